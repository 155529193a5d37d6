"""The buying pages as one set of routes."""

from litestar import Response, Router
from litestar.types import ControllerRouterHandler

from largesse.interfaces.storefront.checkout_pages import checkout_routes
from largesse.interfaces.storefront.crawlers import crawler_routes
from largesse.interfaces.storefront.dependencies import StorefrontDependencies
from largesse.interfaces.storefront.forget_pages import forget_routes
from largesse.interfaces.storefront.framed_pages import framed_routes
from largesse.interfaces.storefront.front_pages import answer_unknown, front_routes
from largesse.interfaces.storefront.gift_pages import gift_routes
from largesse.interfaces.storefront.handover_pages import handover_routes
from largesse.interfaces.storefront.legal_pages import legal_routes
from largesse.interfaces.storefront.limits import Limits
from largesse.interfaces.storefront.pay_links import pay_link_routes
from largesse.interfaces.storefront.previews import preview_routes
from largesse.interfaces.storefront.storefront import ShopUnknown, Storefront
from largesse.interfaces.storefront.thanks_pages import thanks_routes
from largesse.interfaces.storefront.withdrawal_pages import withdrawal_routes
from largesse.ui import Templates
from largesse.web.request import AnyRequest


def buying_routes(
    deps: StorefrontDependencies,
    templates: Templates,
    *,
    demo: bool = False,
    limits: Limits | None = None,
    lists_shops: bool = True,
) -> ControllerRouterHandler:
    """Return the routes of the shop: its page, gift form, checkout, preview and thanks.

    `lists_shops` is whether `/` and the sitemap name all merchants.
    """
    front = Storefront(deps, templates, demo=demo, limits=limits, lists_shops=lists_shops)

    def unknown(request: AnyRequest, error: ShopUnknown) -> Response[str]:
        return answer_unknown(front, request, error)

    return Router(
        "/",
        route_handlers=[
            *front_routes(front),
            *gift_routes(front),
            *framed_routes(front),
            *handover_routes(front),
            *checkout_routes(front),
            *forget_routes(front),
            *thanks_routes(front),
            *legal_routes(front),
            *withdrawal_routes(front),
            *pay_link_routes(front),
            *preview_routes(front),
            *crawler_routes(front),
        ],
        exception_handlers={ShopUnknown: unknown},
    )
