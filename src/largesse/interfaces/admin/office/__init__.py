"""The office of a merchant: what staff see and do about orders and certificates."""

from collections.abc import Sequence
from pathlib import Path

from litestar.handlers import HTTPRouteHandler

from largesse.interfaces.admin.front import StaffFront
from largesse.interfaces.admin.office.api_requests_page import api_request_routes
from largesse.interfaces.admin.office.audit_page import audit_routes
from largesse.interfaces.admin.office.certificate_acts import certificate_routes
from largesse.interfaces.admin.office.certificate_list import certificate_list_routes
from largesse.interfaces.admin.office.help_pages import help_routes
from largesse.interfaces.admin.office.order_list import order_list_routes
from largesse.interfaces.admin.office.refund_act import order_routes
from largesse.interfaces.admin.office.search_page import search_routes
from largesse.interfaces.admin.office.selling import selling_routes

FOLDER = Path(__file__).parent  # its templates, words and pictures


def office_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of the office."""
    return [
        *help_routes(front),
        *audit_routes(front),
        *api_request_routes(front),
        *search_routes(front),
        *selling_routes(front),
        *order_list_routes(front),
        *order_routes(front),
        *certificate_list_routes(front),
        *certificate_routes(front),
    ]
