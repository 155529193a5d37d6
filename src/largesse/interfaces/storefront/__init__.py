"""The public's interface: a merchant's shop, its pictures, and the page that tells what a certificate is worth."""

from collections.abc import Sequence
from pathlib import Path

from litestar.types import ControllerRouterHandler

from largesse.interfaces.storefront.buying import buying_routes
from largesse.interfaces.storefront.dependencies import StorefrontDependencies
from largesse.interfaces.storefront.given_pages import given_routes
from largesse.interfaces.storefront.held_pictures import held_picture_routes
from largesse.interfaces.storefront.pictures import picture_routes
from largesse.interfaces.storefront.planned_pages import planned_routes
from largesse.interfaces.storefront.receipt_pages import receipt_routes
from largesse.interfaces.storefront.redeem import redeem_routes
from largesse.interfaces.storefront.reminder_pages import reminder_routes
from largesse.interfaces.storefront.styleguide import styleguide_routes
from largesse.interfaces.storefront.wallet_pages import wallet_routes
from largesse.ui import Templates

FOLDER = Path(__file__).parent  # the interface's templates: templates/, locale/, static/


def routes(
    deps: StorefrontDependencies, templates: Templates, *, demo: bool = False, lists_shops: bool = True
) -> Sequence[ControllerRouterHandler]:
    """Return the routes of this interface; a demonstration shows the style guide too."""
    return [
        buying_routes(deps, templates, demo=demo, lists_shops=lists_shops),
        *picture_routes(deps),
        *redeem_routes(deps, templates),
        *held_picture_routes(deps),
        *wallet_routes(deps, templates),
        *reminder_routes(deps, templates),
        *given_routes(deps, templates),
        *planned_routes(deps, templates),
        *receipt_routes(deps, templates),
        *(styleguide_routes(templates) if demo else []),
    ]
