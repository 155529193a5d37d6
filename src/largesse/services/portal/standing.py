"""What somebody is to a partner just now, and what that allows. Asked anew for every request."""

from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import merchants, partners, portal, staff
from largesse.domain.merchants import Merchant
from largesse.domain.partners import Agreement, Partner
from largesse.domain.portal import PARTNER_RULES, PartnerAct, PartnerMember, PartnerMemberUnknown
from largesse.domain.staff import ActRefused, Person, StaffSession, StepUpNeeded, demand_unrecovered, stepped_up


class ActsFor(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who acts for a partner: as what, of which merchant's partner, and under which agreement."""

    member: PartnerMember
    partner: Partner
    agreement: Agreement
    merchant: Merchant


async def acts_for(connection: Connection, session: StaffSession, partner_id: UUID | None) -> ActsFor:
    """Return what a person is to a partner.

    Raises:
        PartnerMemberUnknown: they do not act for it; whether there is such a partner is not told.
    """
    for member in await portal.members_of_person(connection, session.person_id):
        if member.partner_id == partner_id:
            partner = await partners.find_partner(connection, member.merchant_id, str(partner_id))
            return ActsFor(
                member=member,
                partner=partner,
                agreement=await partners.agreement_of(connection, member.merchant_id, member.partner_id),
                merchant=await merchants.merchant_of_id(connection, member.merchant_id),
            )
    raise PartnerMemberUnknown


def demand_of(member: PartnerMember, person: Person, session: StaffSession, act: PartnerAct, *, now: datetime) -> None:
    """Let somebody do something for a partner, or say why not: the role first, so that nobody steps up in vain.

    Raises:
        ActRefused: the role may not.
        ClosedAfterRecovery: it may, and this person may not so soon after a recovery.
        StepUpNeeded: this person has to show again who they are, for this partner.
    """
    rule = PARTNER_RULES[act]
    if member.role not in rule.roles:
        raise ActRefused(act.value)
    if rule.closed_after_recovery:
        demand_unrecovered(person.recovered_at, now=now)
    at = session.confirmed_at if session.confirmed_for == member.partner_id else None
    if rule.step_up and not stepped_up(at, now=now):
        raise StepUpNeeded


async def note_refusal(connection: Connection, member: PartnerMember, act: PartnerAct, *, now: datetime) -> None:
    """Write to the merchant's audit log that somebody tried in the portal what they may not."""
    await staff.record(
        connection,
        member.merchant_id,
        staff.Audited.PARTNER_PERSON_REFUSED,
        subject=str(member.partner_id),
        actor=member.actor,
        reason=act.value,
        now=now,
    )
