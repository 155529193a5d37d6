"""Exports for the bookkeeper in the office: what waits, what left, and which accounts yours are there."""

from collections.abc import Sequence
from pathlib import Path

from litestar.handlers import HTTPRouteHandler

from largesse.interfaces.admin.books.account_pages import account_routes
from largesse.interfaces.admin.books.book_pages import book_routes
from largesse.interfaces.admin.front import StaffFront

FOLDER = Path(__file__).parent  # its templates and words


def books_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of exports for the bookkeeper."""
    return [*book_routes(front), *account_routes(front)]
