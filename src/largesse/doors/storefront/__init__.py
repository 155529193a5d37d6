"""The public's door: for now the page that tells what a certificate is worth."""

from collections.abc import Sequence

from litestar.types import ControllerRouterHandler

from largesse.doors.storefront.redeem import redeem_routes
from largesse.flows.house import House


def routes(house: House) -> Sequence[ControllerRouterHandler]:
    """Return the routes of this door."""
    return redeem_routes(house)


__all__ = ["routes"]
