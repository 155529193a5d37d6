"""Limits of what people and programs of a partner order alone: above what a second person agrees, and how much a month.

The merchant sets both; audited.
"""

from datetime import datetime
from uuid import UUID

from largesse.db import Connection
from largesse.domain import partners, staff
from largesse.domain.merchants import Merchant
from largesse.domain.partners import KeyUnknown, Partner, PartnerInvalid, SpendingLimit
from largesse.domain.staff import Act, ActRefused, Audited, may
from largesse.kernel.currency import currency
from largesse.kernel.errors import FieldError
from largesse.kernel.money import plain
from largesse.services.partners import month_of
from largesse.services.portal.people import find_person
from largesse.services.staff import Manager


async def set_approval(
    connection: Connection, partner: Partner, code: str, above: int | None, *, by: Manager, now: datetime
) -> None:
    """Have what is ordered in the portal in one act above an amount wait for a second person; None: nothing does.

    Raises:
        ActRefused: the role does not allow it.
        PartnerInvalid: the currency is not in the agreement.
    """
    _demand(by)
    ref = partner.merchant_id, partner.partner_id
    await partners.lock_agreements(connection, [ref])
    if not await partners.put_approval_above(connection, ref, code, above):
        raise _not_agreed(code)
    told = "no approval" if above is None else f"approval above {plain(above, currency(code))} {code}"
    await _note(connection, partner, Audited.PARTNER_CHANGED, told, by=by, now=now)


async def set_limit(
    connection: Connection,
    merchant: Merchant,
    partner: Partner,
    spender_id: UUID,
    code: str,
    *,
    monthly: int | None,
    by: Manager,
    now: datetime,
) -> None:
    """Let a person or a key order at most so much in a month; None: as much as the agreement allows.

    Raises:
        ActRefused: the role does not allow it.
        KeyUnknown, PartnerMemberUnknown: the partner has nobody and no key of that id.
        PartnerInvalid: the currency is not in the agreement.
    """
    _demand(by)
    ref = partner.merchant_id, partner.partner_id
    agreement = (await partners.lock_agreements(connection, [ref]))[ref]
    if code not in agreement.terms:
        raise _not_agreed(code)
    whose = await _named(connection, partner, spender_id)
    if monthly is None:
        await partners.drop_spending_limit(connection, ref, spender_id, code)
        told = f"{whose}: no limit in {code}"
    else:
        limit = SpendingLimit(
            merchant_id=partner.merchant_id,
            spender_id=spender_id,
            currency=code,
            partner_id=partner.partner_id,
            monthly=monthly,
            month=month_of(merchant, now),
        )
        await partners.put_spending_limit(connection, limit)
        told = f"{whose}: {plain(monthly, currency(code))} {code} a month"
    await _note(connection, partner, Audited.PARTNER_PERSON_CHANGED, told, by=by, now=now)


async def spender_of(connection: Connection, partner: Partner, text: str) -> UUID:
    """Return the person (by address) or the key (by its last four characters) that a limit is for.

    Raises:
        KeyUnknown: no live key ends so.
        PartnerMemberUnknown: nobody of that address acts for the partner.
    """
    if "@" in text:
        member, _ = await find_person(connection, partner, text)
        return member.membership_id
    keys = await partners.keys(connection, (partner.merchant_id, partner.partner_id))
    for key in keys:
        if key.revoked_at is None and key.hint == text.strip()[-4:]:
            return key.key_id
    raise KeyUnknown


async def _named(connection: Connection, partner: Partner, spender_id: UUID) -> str:
    for key in await partners.keys(connection, (partner.merchant_id, partner.partner_id)):
        if key.key_id == spender_id:
            return f"key …{key.hint}"
    _, person = await find_person(connection, partner, str(spender_id))
    return person.email


def _not_agreed(code: str) -> PartnerInvalid:
    message = f"{code} is not in the agreement."
    return PartnerInvalid(fields=[FieldError("currency", "currency.not_agreed", message)])


def _demand(by: Manager) -> None:
    if by.role is not None and not may(by.role, Act.PARTNERS_TRUST):
        raise ActRefused(Act.PARTNERS_TRUST.value)


async def _note(
    connection: Connection, partner: Partner, action: Audited, told: str, *, by: Manager, now: datetime
) -> None:
    said, subject = f"{partner.name}: {told}", str(partner.partner_id)
    await staff.record(connection, partner.merchant_id, action, subject=subject, actor=by.actor, reason=said, now=now)
