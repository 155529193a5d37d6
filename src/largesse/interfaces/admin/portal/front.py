"""What every page of the portal stands on: as the pages of staff, for people who act for a partner."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from largesse.domain import portal
from largesse.domain.catalog import theme_of
from largesse.domain.merchants import Merchant, merchant_of_id
from largesse.domain.partners import Agreement, Partner, find_partner
from largesse.domain.portal import PartnerAct, PartnerMember, partner_may
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.partners.wording import partner_roles
from largesse.interfaces.admin.rules import Need, PageRule
from largesse.interfaces.admin.sections import MORE, Section
from largesse.interfaces.admin.workplaces import Workplace
from largesse.kernel.clock import zone
from largesse.services.portal import acts_for, demand_of, note_refusal
from largesse.ui import Brand, Voice
from largesse.web.forms import an_id
from largesse.web.request import named_in
from largesse.web.responses import see_other
from largesse.web.staff_places import PARTNERS, asked_for

HERE: Final = "/partner/{partner_id:str}"
NAMED: Final = "{partner_id:str}"


class PortalCaller(msgspec.Struct, frozen=True, kw_only=True):
    """Who acts, in all certainty: what a page of a partner may rely on."""

    caller: Caller
    merchant: Merchant
    partner: Partner
    agreement: Agreement
    member: PartnerMember

    @property
    def home(self) -> str:
        """The partner's pages."""
        return f"/partner/{self.partner.partner_id}"

    def may(self, act: PartnerAct) -> bool:
        """Return whether their role allows something at all."""
        return partner_may(self.member.role, act)


def acting(caller: Caller) -> PortalCaller:
    """Return who acts on a page that its rule lets only people of the partner in to."""
    assert caller.merchant is not None
    assert caller.partner is not None
    assert caller.agreement is not None
    assert caller.member is not None
    return PortalCaller(
        caller=caller,
        merchant=caller.merchant,
        partner=caller.partner,
        agreement=caller.agreement,
        member=caller.member,
    )


_IN_BAR: Final = 5
"""So many places have room beside each other on a phone."""
_LATER: Final = frozenset({"f", "k", "m"})


class PortalFront(StaffFront):
    """What the pages of the portal share."""

    places = PARTNERS

    async def _admitted(self, caller: Caller, rule: PageRule) -> Caller:
        """Return the caller as they stand with the partner in the address.

        Raises:
            ActRefused, ClosedAfterRecovery, StepUpNeeded: as the table of roles says.
            PartnerMemberUnknown: they do not act for it, or there is none.
        """
        if rule.need not in {Need.ACT, Need.MEMBER}:
            return caller
        session, person = caller.session, caller.person
        assert session is not None
        assert person is not None
        async with self.deps.database.connection() as connection:
            found = await acts_for(connection, session, _partner_in(caller))
        if rule.partner_act is not None:
            demand_of(found.member, person, session, rule.partner_act, now=self.deps.clock.now())
        return msgspec.structs.replace(
            caller, merchant=found.merchant, partner=found.partner, agreement=found.agreement, member=found.member
        )

    async def _note_refusal(self, caller: Caller, rule: PageRule) -> None:
        assert caller.session is not None
        assert rule.partner_act is not None
        async with self.deps.database.transaction() as connection:
            found = await acts_for(connection, caller.session, _partner_in(caller))
            await note_refusal(connection, found.member, rule.partner_act, now=self.deps.clock.now())

    def _to_step_up(self, caller: Caller, rule: PageRule) -> Answer:
        named = named_in(caller.request)
        back = rule.back.format(**named) if rule.back else asked_for(caller.request)
        return see_other(self.places.to_step_up(named["partner_id"], back))

    def _rail(self, caller: Caller, token: str) -> dict[str, object]:
        del token
        sections = portal_sections(self.voice(caller), caller)
        more = f"/partner/{caller.partner.partner_id}{MORE}" if caller.partner is not None else None
        return {
            "sections": sections,
            "more": more if any(one["later"] for one in sections) else None,
            "search": None,
            "help": None,
        }

    async def workplaces(self, caller: Caller) -> tuple[Sequence[Workplace], ZoneInfo]:
        """Return the partners that the caller acts for, and the clock of the first one's merchant."""
        assert caller.person is not None
        names = partner_roles(self.voice(caller))
        found, clock = list[Workplace](), zone("UTC")
        async with self.deps.database.connection() as connection:
            for member in await portal.members_of_person(connection, caller.person.person_id):
                merchant = await merchant_of_id(connection, member.merchant_id)
                partner = await find_partner(connection, member.merchant_id, str(member.partner_id))
                clock = zone(merchant.time_zone) if not found else clock
                name = f"{partner.name} · {merchant.name}"
                role = names[member.role.value]
                found.append(Workplace(name=name, role=role, href=f"/partner/{partner.partner_id}"))
        return found, clock

    async def _brand(self, caller: Caller) -> Brand:
        if caller.merchant is None or caller.partner is None:
            return await super()._brand(caller)
        async with self.deps.database.connection() as connection:
            theme = await theme_of(connection, caller.merchant.merchant_id)
        home = f"/partner/{caller.partner.partner_id}"
        return Brand(name=caller.merchant.name, accent=theme.accent, home=home, english=caller.merchant.english)


def portal_sections(voice: Voice, caller: Caller) -> list[Section]:
    """Return the places of the rail: those of the partner that the role allows, and the person's own."""
    found, path = list[Section](), str(caller.request.scope["path"])

    def add(name: str, href: str, icon: str, key: str, *, exact: bool = False) -> None:
        here = path == href or (not exact and path.startswith(f"{href}/"))
        found.append(Section(name=name, href=href, icon=icon, here=here, key=key, later=False))

    if caller.partner is not None and caller.member is not None:
        home = f"/partner/{caller.partner.partner_id}"
        for place, name, icon, key, act in portal_places(voice):
            if partner_may(caller.member.role, act):
                add(name, f"{home}{place}", icon, key, exact=not place)
    add(voice.t("My sign-in"), PARTNERS.own, "key", "m")
    if len(found) > _IN_BAR:
        for one in found:
            one["later"] = one["key"] in _LATER
    return found


def portal_places(voice: Voice) -> Sequence[tuple[str, str, str, str, PartnerAct]]:
    """Return the places below a partner's address: path, name, picture, key, and the act that opens it."""
    return (
        ("", voice.t("Overview"), "today", "t", PartnerAct.OPEN),
        ("/order", voice.t("Order"), "gift", "n", PartnerAct.ORDER),
        ("/batches", voice.t("What was ordered"), "orders", "b", PartnerAct.ORDERS_READ),
        ("/orders", voice.t("Find"), "search", "f", PartnerAct.ORDERS_READ),
        ("/invoices", voice.t("Invoices"), "orders", "i", PartnerAct.INVOICES_READ),
        ("/keys", voice.t("Keys"), "key", "k", PartnerAct.KEYS_READ),
    )


def _partner_in(caller: Caller) -> UUID | None:
    return an_id(str(caller.request.path_params["partner_id"]))
