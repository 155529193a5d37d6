"""The public's door: a merchant's shop, its pictures, and the page that tells what a certificate is worth."""

from collections.abc import Sequence
from pathlib import Path

from litestar.types import ControllerRouterHandler

from largesse.interfaces.storefront.buying import buying_routes
from largesse.interfaces.storefront.given_pages import given_routes
from largesse.interfaces.storefront.pictures import picture_routes
from largesse.interfaces.storefront.redeem import redeem_routes
from largesse.interfaces.storefront.styleguide import styleguide_routes
from largesse.services.house import House
from largesse.ui import Look

FOLDER = Path(__file__).parent  # the door's part of the look: templates/, locale/, static/


def routes(house: House, look: Look, *, demo: bool = False) -> Sequence[ControllerRouterHandler]:
    """Return the routes of this door; a demonstration shows the style guide too."""
    return [
        buying_routes(house, look, demo=demo),
        *picture_routes(house),
        *redeem_routes(house, look),
        *given_routes(house, look),
        *(styleguide_routes(look) if demo else []),
    ]


__all__ = ["FOLDER", "routes"]
