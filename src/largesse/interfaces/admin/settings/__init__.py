"""The settings of a merchant: one page that says what each place is for, and a page for each."""

from collections.abc import Sequence
from pathlib import Path

from litestar.handlers import HTTPRouteHandler

from largesse.interfaces.admin.front import StaffFront
from largesse.interfaces.admin.settings.danger_section import danger_routes
from largesse.interfaces.admin.settings.invoice_section import invoice_settings_routes
from largesse.interfaces.admin.settings.law_section import law_routes
from largesse.interfaces.admin.settings.network_section import network_routes
from largesse.interfaces.admin.settings.payment_section import payment_routes
from largesse.interfaces.admin.settings.place_sections import place_routes
from largesse.interfaces.admin.settings.shop_sections import shop_routes
from largesse.interfaces.admin.settings.text_section import text_routes
from largesse.interfaces.admin.settings.wallet_section import wallet_routes
from largesse.interfaces.admin.settings.website_section import website_routes

FOLDER = Path(__file__).parent  # its templates and words


def settings_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of the settings."""
    return [
        *shop_routes(front),
        *text_routes(front),
        *website_routes(front),
        *place_routes(front),
        *invoice_settings_routes(front),
        *payment_routes(front),
        *wallet_routes(front),
        *law_routes(front),
        *network_routes(front),
        *danger_routes(front),
    ]
