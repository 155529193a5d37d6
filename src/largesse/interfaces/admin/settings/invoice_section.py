"""`/admin/{slug}/settings/invoices`: what invoices to partners say of the legal entity that they are from."""

from collections.abc import Sequence
from typing import Final

from litestar.handlers import HTTPRouteHandler
from msgspec.structs import asdict

from largesse.domain import invoices, locations
from largesse.domain.invoices import InvoiceSettings
from largesse.domain.locations import EntityUnknown, LegalEntity
from largesse.domain.staff import Act
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.office.acts import ActSubject, act_routes
from largesse.interfaces.admin.rules import for_act
from largesse.interfaces.admin.settings.frame import SETTINGS_PLACES, offers, said_of, section_page, version_of
from largesse.interfaces.admin.settings.invoice_acts import INVOICE_ACTS, InvoicesOf, invoice_facts
from largesse.ui import Voice
from largesse.web.errors import PageUnknown

INVOICES: Final = "/settings/invoices"


class InvoiceSection:
    """Answer about what invoices say."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return what invoices of each legal entity say."""
        merchant, voice = caller.merchant, self._front.voice(caller)
        assert merchant is not None
        here = f"/admin/{merchant.slug}{INVOICES}"
        async with self._deps.database.connection() as connection:
            entities = await locations.entities(connection, merchant.merchant_id)
            found = [
                (one, await invoices.settings_of(connection, merchant.merchant_id, one.entity_id)) for one in entities
            ]
        blocks = [
            {
                "title": one.name,
                "badge": {"badge": voice.t("archived"), "kind": ""}
                if one.archived_at
                else {"badge": voice.t("usual"), "kind": "accent"}
                if one.is_default
                else None,
                "facts": invoice_facts(settings, voice),
                "acts": offers(caller, INVOICE_ACTS, _subject(one, settings, voice), f"{here}/{one.entity_id}", voice),
                "note": "" if settings.iban else voice.t("No account is named: invoices do not say where to pay."),
            }
            for one, settings in found
        ]
        values = {"blocks": blocks, "done": said_of(caller, INVOICE_ACTS, voice)}
        lead = next(one.what(voice) for one in SETTINGS_PLACES if one.path == INVOICES)
        return await section_page(self._front, caller, path=INVOICES, lead=lead, values=values)


def _subject(one: LegalEntity, settings: InvoiceSettings, voice: Voice) -> InvoicesOf:
    return InvoicesOf(
        subject_id=one.entity_id,
        version=version_of(asdict(settings)),
        path=INVOICES,
        section=next(place.name(voice) for place in SETTINGS_PLACES if place.path == INVOICES),
        name=one.name,
        entity=one,
        settings=settings,
    )


async def _find(front: StaffFront, caller: Caller) -> ActSubject:
    merchant = caller.merchant
    assert merchant is not None
    wanted = str(caller.request.path_params["entity_id"])[:60]
    async with front.deps.database.connection() as connection:
        try:
            one = await locations.find_entity(connection, merchant.merchant_id, wanted)
        except EntityUnknown:
            raise PageUnknown from None
        settings = await invoices.settings_of(connection, merchant.merchant_id, one.entity_id)
    return _subject(one, settings, front.voice(caller))


def invoice_settings_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of what invoices say."""
    path, here = f"/admin/{{slug:str}}{INVOICES}", f"/admin/{{slug}}{INVOICES}"
    return [
        front.route("GET", path, for_act(Act.SETTINGS_READ), InvoiceSection(front).show),
        *act_routes(
            front, INVOICE_ACTS, _find, path=f"{path}/{{entity_id:str}}", here=f"{here}/{{entity_id}}", home=here
        ),
    ]
