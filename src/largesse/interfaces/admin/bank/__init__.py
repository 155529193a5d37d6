"""Pages of banks: lines that wait and what they may be for, accounts, statements, payments that somebody types."""

from collections.abc import Sequence
from pathlib import Path

from litestar.handlers import HTTPRouteHandler

from largesse.interfaces.admin.bank.account_pages import account_routes
from largesse.interfaces.admin.bank.items_page import items_routes
from largesse.interfaces.admin.bank.line_page import line_routes
from largesse.interfaces.admin.bank.queue_page import queue_routes
from largesse.interfaces.admin.front import StaffFront

FOLDER = Path(__file__).parent  # its templates and words


def bank_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of banks."""
    return [*queue_routes(front), *line_routes(front), *account_routes(front), *items_routes(front)]
