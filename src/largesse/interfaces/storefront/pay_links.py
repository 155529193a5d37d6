"""`/{slug}/pay?token=…`: the link that somebody was mailed to pay for an order: it leads to the gateway's page.

A gateway's page ends after an hour; opened again, the link leads to a new one while the order waits.
"""

from collections.abc import Sequence

from litestar import Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from largesse.domain import orders
from largesse.domain.orders import CheckoutClosed
from largesse.interfaces.storefront.opening import open_link
from largesse.interfaces.storefront.shops import Shop
from largesse.interfaces.storefront.storefront import Storefront, note_forged
from largesse.kernel.errors import LargesseError
from largesse.services import payments
from largesse.services.gifts import LinkExpired, LinkRefused
from largesse.web.errors import TooManyRequests
from largesse.web.request import AnyRequest
from largesse.web.responses import see_other


def pay_link_routes(front: Storefront) -> Sequence[ControllerRouterHandler]:
    """Return the route of the link."""

    @get("/{slug:str}/pay", include_in_schema=False)
    async def pay(slug: FromPath[str], request: AnyRequest) -> Response[str] | Response[bytes]:
        """Lead to the page to pay, or to what became of the order."""
        return await _pay(front, await front.shop(slug), request)

    return [pay]


async def _pay(front: Storefront, shop: Shop, request: AnyRequest) -> Response[str] | Response[bytes]:
    token, deps, now = request.query_params.get("token", ""), front.deps, front.deps.clock.now()
    try:
        link = await open_link(deps, front.links, token, request)
    except TooManyRequests as refused:
        return front.busy(request, refused, shop)
    except (LinkRefused, LinkExpired) as error:
        if isinstance(error, LinkRefused):
            note_forged(shop, "link")
        return _gone(front, shop, request)
    if link.merchant_id != shop.merchant.merchant_id:
        return _gone(front, shop, request)
    thanks = f"{deps.base_url}{shop.path}/thanks?token={token}"
    async with deps.database.connection() as connection:
        checkout = await orders.find_checkout(connection, link.merchant_id, link.checkout_id)
    try:
        address = await payments.start(
            deps,
            shop.merchant,
            link.checkout_id,
            gateway=checkout.gateway,
            return_url=thanks,
            cancel_url=f"{deps.base_url}{shop.path}",
            now=now,
        )
    except CheckoutClosed:
        return see_other(thanks)
    except LargesseError:
        return _gone(front, shop, request)
    return see_other(address)


def _gone(front: Storefront, shop: Shop, request: AnyRequest) -> Response[str]:
    return front.page("gone.html", request, {}, shop=shop, status=404, here=shop.path)
