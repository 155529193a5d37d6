"""Pages of banks: what lines may be for, accounts, statements, payments that are typed, and what is paid by hand."""

from collections.abc import Sequence
from pathlib import Path

from litestar.handlers import HTTPRouteHandler

from largesse.interfaces.admin.bank.account_pages import account_routes
from largesse.interfaces.admin.bank.by_hand_pages import by_hand_routes
from largesse.interfaces.admin.bank.items_page import items_routes
from largesse.interfaces.admin.bank.line_page import line_routes
from largesse.interfaces.admin.bank.queue_page import queue_routes
from largesse.interfaces.admin.bank.rates_page import rates_routes
from largesse.interfaces.admin.front import StaffFront

FOLDER = Path(__file__).parent  # its templates and words


def bank_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of banks."""
    pages = (queue_routes, line_routes, account_routes, items_routes, rates_routes, by_hand_routes)
    return [route for routes in pages for route in routes(front)]
