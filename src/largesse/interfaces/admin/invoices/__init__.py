"""Pages of invoices: what was issued to partners, what waits to be, and one of them with all that was done to it."""

from collections.abc import Sequence
from pathlib import Path

from litestar.handlers import HTTPRouteHandler

from largesse.interfaces.admin.front import StaffFront
from largesse.interfaces.admin.invoices.account_pages import account_routes
from largesse.interfaces.admin.invoices.draft_pages import draft_routes
from largesse.interfaces.admin.invoices.invoice_list import InvoiceList
from largesse.interfaces.admin.invoices.invoice_page import invoice_page_routes

FOLDER = Path(__file__).parent  # its templates and words


def invoice_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of invoices."""
    return [*InvoiceList(front).routes(), *draft_routes(front), *account_routes(front), *invoice_page_routes(front)]
