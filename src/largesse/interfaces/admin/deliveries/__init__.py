"""What other systems are told: their endpoints, each delivery and every attempt of it."""

from collections.abc import Sequence
from pathlib import Path

from litestar.handlers import HTTPRouteHandler

from largesse.interfaces.admin.deliveries.delivery_page import delivery_routes
from largesse.interfaces.admin.deliveries.endpoint_acts import ENDPOINT_ACTS
from largesse.interfaces.admin.deliveries.endpoint_edits import AddEndpointAct, find_place
from largesse.interfaces.admin.deliveries.endpoint_page import endpoint_routes
from largesse.interfaces.admin.deliveries.endpoints import HERE, LIST_HERE, LIST_PATH, PATH, find_endpoint
from largesse.interfaces.admin.deliveries.list_page import delivery_list_routes
from largesse.interfaces.admin.front import StaffFront
from largesse.interfaces.admin.office.acts import act_routes

FOLDER = Path(__file__).parent  # its templates and words


def deliveries_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of endpoints and deliveries."""
    return [
        *delivery_list_routes(front),
        *act_routes(front, [AddEndpointAct()], find_place, path=LIST_PATH, here=LIST_HERE),
        *act_routes(front, ENDPOINT_ACTS, find_endpoint, path=PATH, here=HERE),
        *endpoint_routes(front),
        *delivery_routes(front),
    ]
