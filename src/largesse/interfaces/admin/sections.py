"""The places of the office that a person may go to.

A new place is one line in PLACES: the rail, the page of all places and the keys come from it.
"""

from collections.abc import Callable
from typing import Final, NamedTuple, TypedDict

from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act, Authority, may
from largesse.ui import Voice
from largesse.web.request import AnyRequest

ON_A_PHONE: Final = 4
"""How many places stand in the bar of a phone; the others stand behind `More`."""


class Section(TypedDict):
    """One place of the rail. `key` goes there behind `g`; one that is `later` is not in the bar of a phone."""

    name: str
    href: str
    icon: str
    here: bool
    key: str
    later: bool


class OfficePlace(NamedTuple):
    """A place of the office, below the merchant's address, for whoever may do `act`."""

    path: str
    icon: str
    act: Act
    key: str
    name: Callable[[Voice], str]


PLACES: Final = (
    OfficePlace("", "today", Act.OFFICE, "t", lambda voice: voice.t("Today")),
    OfficePlace("/orders", "orders", Act.ORDERS_READ, "o", lambda voice: voice.t("Orders")),
    OfficePlace("/certificates", "gift", Act.CERTIFICATES_READ, "c", lambda voice: voice.t("Certificates")),
    OfficePlace("/catalogue", "shop", Act.CATALOGUE_READ, "l", lambda voice: voice.t("Catalogue")),
    OfficePlace("/partners", "partners", Act.PARTNERS_READ, "p", lambda voice: voice.t("Partners")),
    OfficePlace("/invoices", "orders", Act.PAYMENTS_READ, "n", lambda voice: voice.t("Invoices")),
    OfficePlace("/bank", "book", Act.PAYMENTS_READ, "b", lambda voice: voice.t("Bank")),
    OfficePlace("/reports", "chart", Act.REPORTS_READ, "r", lambda voice: voice.t("Reports")),
    OfficePlace("/deliveries", "send", Act.DELIVERIES_READ, "d", lambda voice: voice.t("Deliveries")),
    OfficePlace("/settings", "settings", Act.SETTINGS_READ, "s", lambda voice: voice.t("Settings")),
    OfficePlace("/audit", "book", Act.AUDIT_READ, "a", lambda voice: voice.t("Audit")),
    OfficePlace("/cards", "gift", Act.CATALOGUE_READ, "k", lambda voice: voice.t("Cards")),
    OfficePlace("/imports", "download", Act.SETTINGS_READ, "i", lambda voice: voice.t("Imports")),
    OfficePlace("/people", "people", Act.STAFF_READ, "e", lambda voice: voice.t("People")),
    OfficePlace("/requests", "check", Act.CERTIFICATES_READ, "q", lambda voice: voice.t("Requests")),
    OfficePlace("/devices", "settings", Act.SETTINGS_READ, "v", lambda voice: voice.t("Devices")),
    OfficePlace("/api-keys", "key", Act.KEYS_READ, "y", lambda voice: voice.t("Program keys")),
)
"""The places, in the order in which they stand."""

MORE: Final = "/places"


def sections_of(
    voice: Voice, request: AnyRequest, merchant: Merchant | None, authority: Authority | None
) -> list[Section]:
    """Return the places that stand in the rail: those of the merchant that the role allows, and the person's own."""
    path = str(request.scope["path"])
    found = list[Section]()
    if merchant is not None and authority is not None:
        home = f"/admin/{merchant.slug}"
        for place in PLACES:
            if may(authority.role, place.act):
                href = f"{home}{place.path}"
                here = path == href or (bool(place.path) and path.startswith(f"{href}/"))
                found.append(_section(place.name(voice), href, place.icon, place.key, here=here))
    found.append(_section(voice.t("My sign-in"), "/staff", "key", "m", here=path == "/staff"))
    if len(found) > ON_A_PHONE + 1:
        for one in found[ON_A_PHONE:]:
            one["later"] = True
    return found


def _section(name: str, href: str, icon: str, key: str, *, here: bool) -> Section:
    return Section(name=name, href=href, icon=icon, here=here, key=key, later=False)
