"""Pages of partners: who orders on account, under which agreement, and with which users and keys."""

from collections.abc import Sequence
from pathlib import Path

from litestar.handlers import HTTPRouteHandler

from largesse.interfaces.admin.front import StaffFront
from largesse.interfaces.admin.partners.access_pages import access_routes
from largesse.interfaces.admin.partners.asking_pages import asking_routes
from largesse.interfaces.admin.partners.billing_pages import billing_routes
from largesse.interfaces.admin.partners.partner_list import PartnerList
from largesse.interfaces.admin.partners.partner_pages import partner_routes
from largesse.interfaces.admin.partners.person_pages import person_routes

FOLDER = Path(__file__).parent  # its templates and words


def partners_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of partners."""
    return [
        *PartnerList(front).routes(),
        *asking_routes(front),
        *partner_routes(front),
        *billing_routes(front),
        *access_routes(front),
        *person_routes(front),
    ]
