"""Pages of the catalogue: what is on sale, promo codes, the look of the shop, and pictures."""

from collections.abc import Sequence
from pathlib import Path

from litestar.handlers import HTTPRouteHandler

from largesse.domain.staff import Act
from largesse.interfaces.admin.catalogue.look_page import look_routes
from largesse.interfaces.admin.catalogue.offering_pages import offering_routes
from largesse.interfaces.admin.catalogue.overview_page import PATH, overview_routes
from largesse.interfaces.admin.catalogue.picture_pages import picture_routes
from largesse.interfaces.admin.catalogue.preview import CataloguePreview
from largesse.interfaces.admin.catalogue.promo_pages import promo_routes
from largesse.interfaces.admin.front import StaffFront
from largesse.interfaces.admin.rules import for_act

FOLDER = Path(__file__).parent  # its templates and words


def catalogue_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of the catalogue."""
    return [
        *overview_routes(front),
        *offering_routes(front),
        *promo_routes(front),
        *look_routes(front),
        *picture_routes(front),
        front.route("GET", f"{PATH}/preview.svg", for_act(Act.CATALOGUE_READ), CataloguePreview(front).draw),
    ]
