"""Partners as people keep them: added, changed, suspended, given users and keys. Pages and commands alike; audited.

A key orders on account in the partner's name: it is an owner's word, and the other owners are told of it.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import partners, staff
from largesse.domain.merchants import Merchant
from largesse.domain.partners import (
    AgreementChange,
    Credentials,
    Key,
    Partner,
    PartnerChange,
    PartnerUser,
    Terms,
)
from largesse.domain.staff import Act, ActRefused, Audited, AuditReason, MembershipState, Role, may
from largesse.services.capabilities import ChecksPasswords, UsesDatabase
from largesse.services.invoices import standing_of
from largesse.services.partners.details import change_details
from largesse.services.partners.judging import refuse_unlawful
from largesse.services.staff import Manager, StaffMailPurpose, mail_person

_PASSWORD_BYTES = 18


class AccessDependencies(UsesDatabase, ChecksPasswords, Protocol):
    """What users need: the database, and what hashes passwords."""


class PartnerWanted(msgspec.Struct, frozen=True, kw_only=True):
    """What shall be of a partner: who it is, what is agreed, the terms by currency, and those that shall go."""

    details: PartnerChange = PartnerChange()
    agreement: AgreementChange = AgreementChange()
    terms: Mapping[str, Terms] = {}
    removed: Sequence[str] = ()


class MadeOnce(msgspec.Struct, frozen=True, kw_only=True):
    """A secret that was just made for a partner, shown this once and kept nowhere; `about` says whose it is."""

    about: str
    text: str

    def __repr__(self) -> str:
        """Leave the text out: it orders on account."""
        return f"MadeOnce({self.about!r})"


async def add_partner(
    connection: Connection, merchant: Merchant, wanted: PartnerWanted, *, by: Manager, now: datetime
) -> Partner:
    """Create a partner with its agreement.

    Raises:
        LawRefused: the law profile is against the agreement, and the merchant has it refuse.
        PartnerInvalid, PartnerTaken: as their names say.
    """
    partner = await partners.create_partner(
        connection,
        merchant.merchant_id,
        name=wanted.details.name or "",
        contact_email=wanted.details.contact_email or "",
        change=wanted.agreement,
        now=now,
    )
    rest = msgspec.structs.replace(wanted.details, name=None, contact_email=None)
    if any(msgspec.structs.astuple(rest)):
        partner = await change_details(connection, merchant, partner, rest)
    await _agree(connection, merchant, partner, wanted, now=now)
    await by.record(connection, merchant, Audited.PARTNER_ADDED, partner.partner_id, partner.name, now=now)
    return partner


async def change_partner(
    connection: Connection,
    merchant: Merchant,
    partner: Partner,
    wanted: PartnerWanted,
    *,
    seen: str | None = None,
    by: Manager,
    now: datetime,
) -> Partner:
    """Change who a partner is and what is agreed. `seen` is the revision that the change was begun from.

    Raises:
        LawRefused: the law profile is against the agreement, and the merchant has it refuse.
        PartnerChanged: somebody else has changed it meanwhile.
        PartnerInvalid, PartnerTaken: as their names say.
    """
    ref = partner.merchant_id, partner.partner_id
    locked = await partners.lock_agreements(connection, [ref])
    stands = await partners.find_partner(connection, merchant.merchant_id, str(partner.partner_id))
    partners.check_seen(stands, locked[ref], seen)
    if any(value is not None for value in msgspec.structs.astuple(wanted.details)):
        stands = await change_details(connection, merchant, stands, wanted.details)
    await partners.change_agreement(connection, stands, wanted.agreement)
    await _agree(connection, merchant, stands, wanted, now=now)
    await by.record(connection, merchant, Audited.PARTNER_CHANGED, partner.partner_id, stands.name, now=now)
    return stands


async def set_state(
    connection: Connection,
    merchant: Merchant,
    partner: Partner,
    change: AgreementChange,
    *,
    by: Manager,
    reason: str | None,
    code: AuditReason | None = None,
    now: datetime,
) -> None:
    """Put an agreement in force, end it, hold it for a while, or take orders again.

    Raises:
        ReasonInvalid: the reason cannot be kept.
    """
    await partners.change_agreement(connection, partner, change)
    paused = change.suspended or change.enabled is False
    action = Audited.PARTNER_STOPPED if paused else Audited.PARTNER_RESUMED
    await by.record(connection, merchant, action, partner.partner_id, reason, code=code, now=now)


async def add_user(
    deps: AccessDependencies,
    merchant: Merchant,
    partner: Partner,
    email: str,
    *,
    password: str | None = None,
    by: Manager,
    now: datetime,
) -> tuple[PartnerUser, MadeOnce]:
    """Let somebody ask for tokens in a partner's name, with a password that is given or made.

    Raises:
        PartnerInvalid, UserTaken: as their names say.
    """
    text = password or secrets.token_urlsafe(_PASSWORD_BYTES)
    hashed = await deps.passwords.hashed(text)
    async with deps.database.transaction() as connection:
        user = await partners.create_user(connection, partner, email=email, password_hash=hashed, now=now)
        await by.record(connection, merchant, Audited.PARTNER_USER_CHANGED, partner.partner_id, user.email, now=now)
    return user, MadeOnce(about=user.email, text=text)


async def renew_password(
    deps: AccessDependencies,
    merchant: Merchant,
    user: PartnerUser,
    *,
    password: str | None = None,
    by: Manager,
    now: datetime,
) -> MadeOnce:
    """Give a user another password; tokens that live go on living."""
    text = password or secrets.token_urlsafe(_PASSWORD_BYTES)
    hashed = await deps.passwords.hashed(text)
    async with deps.database.transaction() as connection:
        await partners.set_password(connection, user.merchant_id, user.user_id, hashed)
        await by.record(connection, merchant, Audited.PARTNER_USER_CHANGED, user.partner_id, user.email, now=now)
    return MadeOnce(about=user.email, text=text)


async def let_user(
    connection: Connection, merchant: Merchant, user: PartnerUser, *, enabled: bool, by: Manager, now: datetime
) -> None:
    """Let a user in again, or do nothing any more; tokens stop within seconds."""
    if enabled:
        await partners.enable_user(connection, user.merchant_id, user.user_id)
    else:
        await partners.disable_user(connection, user.merchant_id, user.user_id, now)
    await by.record(connection, merchant, Audited.PARTNER_USER_CHANGED, user.partner_id, user.email, now=now)


async def make_key(
    connection: Connection,
    merchant: Merchant,
    user: PartnerUser,
    *,
    key_id: UUID | None = None,
    by: Manager,
    reason: str | None = None,
    code: AuditReason | None = None,
    now: datetime,
) -> tuple[Key, MadeOnce]:
    """Make an API key of a partner's user, and tell the other owners.

    Raises:
        ActRefused: it takes an owner.
        PartnerKeyKnown: it was made before.
    """
    _demand_owner(by)
    key, text = await partners.create_key(connection, user, key_id=key_id, now=now)
    await by.record(connection, merchant, Audited.PARTNER_KEY_MADE, user.partner_id, reason, code=code, now=now)
    await _tell_owners(connection, merchant, user, by=by, now=now)
    return key, MadeOnce(about=user.email, text=text)


async def make_token(
    connection: Connection,
    merchant: Merchant,
    partner: Partner,
    key: Key,
    *,
    by: Manager,
    reason: str | None = None,
    code: AuditReason | None = None,
    now: datetime,
) -> MadeOnce:
    """Issue an access token of a key, as its user's password would.

    Raises:
        ActRefused: it takes an owner.
    """
    _demand_owner(by)
    agreement = await partners.agreement_of(connection, partner.merchant_id, partner.partner_id)
    credentials = Credentials(
        merchant_id=key.merchant_id,
        partner_id=partner.partner_id,
        user_id=key.user_id,
        key_id=key.key_id,
        email="",
        password_hash="",
        token_lifetime_s=agreement.token_lifetime_s,
    )
    text = await partners.issue_token(connection, credentials, now=now)
    await by.record(connection, merchant, Audited.PARTNER_KEY_MADE, partner.partner_id, reason, code=code, now=now)
    return MadeOnce(about=f"…{key.hint}", text=text)


async def revoke_key(
    connection: Connection,
    merchant: Merchant,
    partner: Partner,
    ending: str,
    *,
    by: Manager,
    reason: str | None = None,
    code: AuditReason | None = None,
    now: datetime,
) -> Key:
    """End a key, and its tokens with it.

    Raises:
        KeyUnknown: the partner has no live key like that.
    """
    key = await partners.revoke_key(connection, partner, ending, now=now)
    await by.record(connection, merchant, Audited.PARTNER_KEY_REVOKED, partner.partner_id, reason, code=code, now=now)
    return key


async def end_tokens(
    connection: Connection,
    merchant: Merchant,
    partner: Partner,
    key_id: UUID,
    *,
    by: Manager,
    reason: str | None = None,
    code: AuditReason | None = None,
    now: datetime,
) -> None:
    """End the tokens of a key; the key works on, and others can be asked for with it.

    Raises:
        KeyUnknown: the partner has no live key like that.
    """
    await partners.end_tokens(connection, partner, key_id, now=now)
    await by.record(connection, merchant, Audited.PARTNER_KEY_REVOKED, partner.partner_id, reason, code=code, now=now)


def _demand_owner(by: Manager) -> None:
    if by.role is not None and not may(by.role, Act.LIVE_KEYS):
        raise ActRefused(Act.LIVE_KEYS.value)


async def _agree(
    connection: Connection, merchant: Merchant, partner: Partner, wanted: PartnerWanted, *, now: datetime
) -> None:
    for code, asked in wanted.terms.items():
        # Locked before what it owes is read, which counts where the currency was not agreed until now.
        await partners.lock_agreements(connection, [(partner.merchant_id, partner.partner_id)])
        owed = await standing_of(connection, partner.merchant_id, partner.partner_id, code)
        terms = msgspec.structs.replace(asked, credit_used=owed.used)
        await partners.put_terms(connection, partner, code, terms)
    for code in wanted.removed:
        await partners.remove_terms(connection, partner, code)
    agreed = await partners.agreement_of(connection, partner.merchant_id, partner.partner_id)
    await refuse_unlawful(connection, merchant, agreed, now=now)


async def _tell_owners(
    connection: Connection, merchant: Merchant, user: PartnerUser, *, by: Manager, now: datetime
) -> None:
    partner = await partners.find_partner(connection, merchant.merchant_id, str(user.partner_id))
    for membership, person in await staff.members(connection, merchant.merchant_id):
        is_owner = membership.role is Role.OWNER and membership.state is MembershipState.LIVE
        if is_owner and person.person_id != by.person_id:
            await mail_person(
                connection,
                person,
                StaffMailPurpose.KEY_MADE,
                about=f"{by.name or by.actor}: {partner.name}",
                merchant_id=merchant.merchant_id,
                now=now,
            )
