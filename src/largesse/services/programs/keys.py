"""Make, rotate and revoke keys: never with more than their maker may, audited, and told to the owners.

A live key that moves money or reads of people is an owner's word. A developer makes test keys, live ones that read what
a developer reads, and rotates all; whoever makes one for a sandbox may have every scope there, for nothing is real.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final
from uuid import UUID

from largesse.db import Connection
from largesse.domain import merchants, programs, staff
from largesse.domain.merchants import Merchant
from largesse.domain.programs import GUARDED, KeyScope, KeyWanted, ProgramKey, ProgramKeyUnknown
from largesse.domain.staff import Act, ActRefused, Audited, AuditReason, MembershipState, Role, may
from largesse.services.programs.dependencies import ProgramDependencies
from largesse.services.programs.made import MadeKey
from largesse.services.programs.sandboxes import sandbox_for
from largesse.services.staff import Manager, StaffMailPurpose, mail_person

SCOPE_ACTS: Final[Mapping[KeyScope, frozenset[Act]]] = MappingProxyType(
    {
        KeyScope.CERTIFICATES_READ: frozenset({Act.CERTIFICATES_READ}),
        KeyScope.CERTIFICATES_REDEEM: frozenset({Act.COUNTER}),
        KeyScope.CERTIFICATES_ISSUE: frozenset({Act.ISSUE_UNPAID, Act.RELOAD_UNPAID, Act.ACTIVATE}),
        KeyScope.CERTIFICATES_MANAGE: frozenset(
            {Act.ADJUST, Act.REFUND, Act.VOID, Act.EXTEND, Act.MERGE, Act.REISSUE, Act.BLOCK, Act.UNBLOCK}
        ),
        KeyScope.ORDERS_READ: frozenset({Act.ORDERS_READ}),
        KeyScope.CATALOGUE_READ: frozenset({Act.CATALOGUE_READ}),
        KeyScope.PARTNERS_READ: frozenset({Act.PARTNERS_READ}),
        KeyScope.INVOICES_READ: frozenset({Act.PARTNERS_READ, Act.PAYMENTS_READ}),
        KeyScope.EVENTS_READ: frozenset({Act.DELIVERIES_READ, Act.ORDERS_READ}),
        KeyScope.DELIVERIES_READ: frozenset({Act.DELIVERIES_READ}),
        KeyScope.SETTINGS_READ: frozenset({Act.SETTINGS_READ}),
        KeyScope.REPORTS_READ: frozenset({Act.REPORTS_READ}),
        KeyScope.CHECKOUTS_MANAGE: frozenset({Act.SELL_ON_BEHALF}),
        KeyScope.ENDPOINTS_MANAGE: frozenset({Act.ENDPOINTS_EDIT, Act.DELIVERIES_RESEND}),
        KeyScope.CARDS_MANAGE: frozenset({Act.CATALOGUE_EDIT, Act.VOID}),
        KeyScope.DEVICES_MANAGE: frozenset({Act.DEVICES_EDIT}),
    }
)
"""What a person must be allowed to do who makes a key with a scope."""


def may_have(role: Role | None, scope: KeyScope, *, live: bool) -> bool:
    """Return whether somebody in a role makes keys with a scope; None is the operator, who may."""
    if role is None:
        return True
    if not may(role, Act.TEST_KEYS):
        return False
    if not live:
        return True
    if scope in GUARDED:
        return may(role, Act.LIVE_KEYS)
    return all(may(role, act) for act in SCOPE_ACTS[scope])


async def make_key(
    deps: ProgramDependencies,
    merchant: Merchant,
    wanted: KeyWanted,
    *,
    live: bool,
    by: Manager,
    reason: str | None = None,
    code: AuditReason | None = None,
    now: datetime,
) -> MadeKey:
    """Make a key of a merchant's, or one of its sandbox, which is opened with the first.

    Raises:
        ActRefused: a scope is not theirs to give.
        ProgramKeyInvalid: name, scopes or end cannot stand.
        ProgramKeyKnown: it was made before.
        ProgramKeysMany: there are too many.
    """
    for one in KeyScope:
        if one.value in wanted.scopes and not may_have(by.role, one, live=live):
            raise ActRefused(f"{Act.LIVE_KEYS.value}.{one.value}" if live else Act.TEST_KEYS.value)
    if by.role is not None and not may(by.role, Act.TEST_KEYS):
        raise ActRefused(Act.TEST_KEYS.value)
    async with deps.transaction() as connection:
        owner = merchant if live else await sandbox_for(connection, merchant, now=now)
        key, text = await programs.make_key(connection, owner.merchant_id, wanted, live=live, made_by=by.actor, now=now)
        words = f"{'live' if live else 'test'}: {', '.join(one.value for one in key.scopes)}"
        words = f"{reason} ({words})" if reason else words
        await by.record(connection, merchant, Audited.PROGRAM_KEY_MADE, key.key_id, words[:500], code=code, now=now)
        await _tell_owners(connection, merchant, key, by=by, now=now)
    return MadeKey(key=key, text=text)


async def rotate_key(
    deps: ProgramDependencies,
    merchant: Merchant,
    named: str,
    *,
    overlap: timedelta,
    key_id: UUID | None = None,
    by: Manager,
    now: datetime,
) -> MadeKey:
    """Make a key that stands in for another one of the merchant's or its sandbox's; both work for a while.

    Raises:
        ActRefused: their role has nothing to do with keys.
        ProgramKeyUnknown, ProgramKeyEnded, ProgramKeyInvalid, ProgramKeyKnown: as `domain.programs.rotate_key`.
    """
    if by.role is not None and not may(by.role, Act.TEST_KEYS):
        raise ActRefused(Act.TEST_KEYS.value)
    async with deps.transaction() as connection:
        before = await _find(connection, merchant, named)
        key, text = await programs.rotate_key(
            connection,
            before.merchant_id,
            str(before.key_id),
            overlap=overlap,
            key_id=key_id,
            made_by=by.actor,
            now=now,
        )
        words = f"both work for {overlap}"
        await by.record(connection, merchant, Audited.PROGRAM_KEY_ROTATED, key.key_id, words, now=now)
        await _tell_owners(connection, merchant, key, by=by, now=now)
    return MadeKey(key=key, text=text)


async def revoke_key(
    deps: ProgramDependencies,
    merchant: Merchant,
    named: str,
    *,
    by: Manager,
    reason: str | None = None,
    code: AuditReason | None = None,
    now: datetime,
) -> ProgramKey:
    """End a key at once.

    Raises:
        ActRefused: their role has nothing to do with keys.
        ProgramKeyUnknown: there is none of that id or ending.
    """
    if by.role is not None and not may(by.role, Act.TEST_KEYS):
        raise ActRefused(Act.TEST_KEYS.value)
    async with deps.transaction() as connection:
        found = await _find(connection, merchant, named)
        key = await programs.revoke_key(connection, found.merchant_id, str(found.key_id), now=now)
        await by.record(connection, merchant, Audited.PROGRAM_KEY_REVOKED, key.key_id, reason, code=code, now=now)
    return key


async def list_keys(connection: Connection, merchant: Merchant) -> list[ProgramKey]:
    """Return the keys of a merchant and of its sandbox, the newest first."""
    found = await programs.keys_of(connection, merchant.merchant_id)
    sandbox = await merchants.sandbox_of(connection, merchant.merchant_id)
    if sandbox is not None:
        found += await programs.keys_of(connection, sandbox.merchant_id)
    return sorted(found, key=lambda one: (one.made_at, one.key_id), reverse=True)


async def _find(connection: Connection, merchant: Merchant, named: str) -> ProgramKey:
    """Return the key of an id or an ending, of the merchant or its sandbox."""
    found = [one for one in await list_keys(connection, merchant) if named in {str(one.key_id), one.hint}]
    standing = [one for one in found if one.revoked_at is None] or found
    if len(standing) != 1:
        raise ProgramKeyUnknown
    return standing[0]


async def _tell_owners(
    connection: Connection, merchant: Merchant, key: ProgramKey, *, by: Manager, now: datetime
) -> None:
    """Mail every owner but who made it of a key that moves money or reads of people."""
    if not key.guarded:
        return
    for membership, person in await staff.members(connection, merchant.merchant_id):
        counts = membership.role is Role.OWNER and membership.state is MembershipState.LIVE
        if counts and person.person_id != by.person_id:
            await mail_person(
                connection,
                person,
                StaffMailPurpose.KEY_MADE,
                about=f"{by.name or by.actor}: {key.name} ({', '.join(one.value for one in key.scopes)})",
                merchant_id=merchant.merchant_id,
                now=now,
            )
