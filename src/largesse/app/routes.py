"""Every interface that speaks HTTP, put together: for the web process alone.

Apart from `wiring`, so that workers, commands and the supervisor start without loading pages that they never show.
"""

from litestar.types import ControllerRouterHandler

from largesse.app.application import Application
from largesse.domain.payments import TEST, TestGateway
from largesse.interfaces import admin, callbacks, counter, partner_api, rest_api, storefront
from largesse.services.approvals import FOLDER as APPROVALS_FOLDER
from largesse.services.book_exports import FOLDER as BOOKS_FOLDER
from largesse.services.counter_sales import FOLDER as COUNTER_SALES_FOLDER
from largesse.services.mails import FOLDER as MAILS_FOLDER
from largesse.services.monitors import FOLDER as MONITORS_FOLDER
from largesse.services.months import FOLDER as MONTHS_FOLDER
from largesse.services.reports import FOLDER as REPORTS_FOLDER
from largesse.ui import Templates
from largesse.web.assets import ui_routes


def open_templates(application: Application) -> Templates:
    """Return the templates of every interface that has pages, ready to be shown."""
    parts = {
        "storefront": storefront.FOLDER,
        "callbacks": callbacks.FOLDER,
        "admin": admin.FOLDER,
        "office": admin.OFFICE_FOLDER,
        "imports": admin.IMPORTS_FOLDER,
        "cards": admin.CARDS_FOLDER,
        "program_keys": admin.KEYS_FOLDER,
        "rest_api": rest_api.FOLDER,
        "deliveries": admin.DELIVERIES_FOLDER,
        "catalogue": admin.CATALOGUE_FOLDER,
        "setup": admin.SETUP_FOLDER,
        "partners": admin.PARTNERS_FOLDER,
        "bank": admin.BANK_FOLDER,
        "invoices": admin.INVOICES_FOLDER,
        "portal": admin.PORTAL_FOLDER,
        "settings": admin.SETTINGS_FOLDER,
        "books": admin.BOOKS_FOLDER,
        "counter": counter.FOLDER,
        "mails": MAILS_FOLDER,
        "reports": REPORTS_FOLDER,
        "monitors": MONITORS_FOLDER,
        "months": MONTHS_FOLDER,
        "book_exports": BOOKS_FOLDER,
        "approvals": APPROVALS_FOLDER,
        "counter_sales": COUNTER_SALES_FOLDER,
    }
    templates = Templates(parts=parts, https=application.base_url.startswith("https:"))
    templates.warm()
    return templates


def interface_routes(
    application: Application,
    *,
    demo: bool = False,
    templates: Templates | None = None,
    api_rates: tuple[int, int] | None = None,
    lists_shops: bool = True,
) -> list[ControllerRouterHandler]:
    """Return the routes of every interface that speaks HTTP, and of the look that those with pages share."""
    templates = templates or open_templates(application)
    trial = application.gateways.named(TEST) if TEST in application.gateways else None
    return [
        *ui_routes(templates),
        *partner_api.routes(application),
        *rest_api.routes(application, templates, demo=demo, rates=api_rates or rest_api.USUAL_RATES),
        *admin.routes(application, templates, demo=demo),
        *counter.routes(application, templates, demo=demo),
        *storefront.routes(application, templates, demo=demo, lists_shops=lists_shops),
        *callbacks.routes(application, templates, trial=trial if isinstance(trial, TestGateway) else None),
    ]
