"""Where people who work here sign in, and the office of a merchant."""

from collections.abc import Sequence
from pathlib import Path

from litestar.types import ControllerRouterHandler

from largesse.interfaces.admin.dependencies import AdminDependencies
from largesse.interfaces.admin.front import StaffFront
from largesse.interfaces.admin.invitation_pages import invitation_routes
from largesse.interfaces.admin.own_pages import own_routes
from largesse.interfaces.admin.password_pages import password_routes
from largesse.interfaces.admin.people_pages import people_routes
from largesse.interfaces.admin.sign_in_pages import sign_in_routes
from largesse.interfaces.admin.today_page import today_routes
from largesse.interfaces.admin.well_known import well_known_routes
from largesse.ui import Templates

FOLDER = Path(__file__).parent  # the interface's templates: templates/, locale/, static/


def routes(deps: AdminDependencies, templates: Templates, *, demo: bool = False) -> Sequence[ControllerRouterHandler]:
    """Return the routes of this interface; each says in its `opt` who may come."""
    front = StaffFront(deps, templates, demo=demo)
    return [
        *sign_in_routes(front),
        *password_routes(front),
        *invitation_routes(front),
        *own_routes(front),
        *today_routes(front),
        *people_routes(front),
        *well_known_routes(deps),
    ]
