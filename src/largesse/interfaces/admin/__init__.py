"""Where people who work here sign in, and the office of a merchant; and the portal of its partners."""

from collections.abc import Sequence
from pathlib import Path

from litestar.types import ControllerRouterHandler

from largesse.interfaces.admin.bank import bank_routes
from largesse.interfaces.admin.books import books_routes
from largesse.interfaces.admin.breakage_pages import breakage_routes
from largesse.interfaces.admin.cards import card_routes
from largesse.interfaces.admin.catalogue import catalogue_routes
from largesse.interfaces.admin.closing_pages import closing_routes
from largesse.interfaces.admin.deliveries import deliveries_routes
from largesse.interfaces.admin.dependencies import AdminDependencies
from largesse.interfaces.admin.device_close_pages import device_close_routes
from largesse.interfaces.admin.device_pages import device_routes
from largesse.interfaces.admin.entry_pages import entry_routes
from largesse.interfaces.admin.export_pages import export_routes
from largesse.interfaces.admin.front import StaffFront
from largesse.interfaces.admin.imports import import_routes
from largesse.interfaces.admin.invitation_pages import invitation_routes
from largesse.interfaces.admin.invoices import invoice_routes
from largesse.interfaces.admin.known_pages import known_routes
from largesse.interfaces.admin.ledger_pages import ledger_routes
from largesse.interfaces.admin.monitor_pages import monitor_routes
from largesse.interfaces.admin.month_pages import month_routes
from largesse.interfaces.admin.office import office_routes
from largesse.interfaces.admin.offline_pages import offline_routes
from largesse.interfaces.admin.own_limit_pages import own_limit_routes
from largesse.interfaces.admin.own_pages import own_routes
from largesse.interfaces.admin.partners import partners_routes
from largesse.interfaces.admin.password_pages import password_routes
from largesse.interfaces.admin.people_pages import people_routes
from largesse.interfaces.admin.pin_pages import pin_routes
from largesse.interfaces.admin.portal import portal_routes
from largesse.interfaces.admin.program_keys import program_key_routes
from largesse.interfaces.admin.report_mail_pages import report_mail_routes
from largesse.interfaces.admin.report_pages import report_routes
from largesse.interfaces.admin.request_pages import request_routes
from largesse.interfaces.admin.settings import settings_routes
from largesse.interfaces.admin.setup import setup_routes
from largesse.interfaces.admin.sign_in_pages import sign_in_routes
from largesse.interfaces.admin.today_page import today_routes
from largesse.interfaces.admin.view_pages import view_routes
from largesse.interfaces.admin.well_known import well_known_routes
from largesse.interfaces.admin.withdrawal_pages import withdrawal_routes
from largesse.ui import Templates

FOLDER = Path(__file__).parent  # the interface's templates: templates/, locale/, static/
OFFICE_FOLDER = FOLDER / "office"
IMPORTS_FOLDER = FOLDER / "imports"
CARDS_FOLDER = FOLDER / "cards"
KEYS_FOLDER = FOLDER / "program_keys"
DELIVERIES_FOLDER = FOLDER / "deliveries"
CATALOGUE_FOLDER = FOLDER / "catalogue"
SETUP_FOLDER = FOLDER / "setup"
PARTNERS_FOLDER = FOLDER / "partners"
PORTAL_FOLDER = FOLDER / "portal"
SETTINGS_FOLDER = FOLDER / "settings"
BOOKS_FOLDER = FOLDER / "books"
BANK_FOLDER = FOLDER / "bank"
INVOICES_FOLDER = FOLDER / "invoices"


def routes(deps: AdminDependencies, templates: Templates, *, demo: bool = False) -> Sequence[ControllerRouterHandler]:
    """Return the routes of this interface; each says in its `opt` who may come."""
    front = StaffFront(deps, templates, demo=demo)
    return [
        *setup_routes(front),
        *settings_routes(front),
        *sign_in_routes(front),
        *password_routes(front),
        *invitation_routes(front),
        *own_routes(front),
        *today_routes(front),
        *people_routes(front),
        *known_routes(front),
        *own_limit_routes(front),
        *office_routes(front),
        *withdrawal_routes(front),
        *device_routes(front),
        *device_close_routes(front),
        *closing_routes(front),
        *offline_routes(front),
        *pin_routes(front),
        *program_key_routes(front),
        *request_routes(front),
        *report_routes(front),
        *month_routes(front),
        *ledger_routes(front),
        *export_routes(front),
        *entry_routes(front),
        *breakage_routes(front),
        *books_routes(front),
        *bank_routes(front),
        *invoice_routes(front),
        *monitor_routes(front),
        *report_mail_routes(front),
        *import_routes(front),
        *card_routes(front),
        *deliveries_routes(front),
        *catalogue_routes(front),
        *view_routes(front),
        *partners_routes(front),
        *portal_routes(deps, templates, demo=demo),
        *well_known_routes(deps),
    ]
