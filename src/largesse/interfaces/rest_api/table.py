"""All routes of the REST API, in the order in which the documentation has them."""

from typing import Final

from largesse.interfaces.rest_api import (
    card_batches,
    checkouts,
    devices,
    filling,
    invoicing,
    lists,
    looking,
    managing,
    receivers,
    spending,
    telling,
)
from largesse.interfaces.rest_api.routing import RestRoute

ROUTES: Final[tuple[RestRoute, ...]] = (
    *filling.ROUTES,
    *looking.ROUTES,
    *spending.ROUTES,
    *managing.ROUTES,
    *lists.ROUTES,
    *checkouts.ROUTES,
    *invoicing.ROUTES,
    *card_batches.ROUTES,
    *devices.ROUTES,
    *receivers.ROUTES,
    *telling.ROUTES,
)
"""The table."""
