"""Do at once what an owner may do alone; have it wait for another owner where there is one."""

from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import approvals, staff
from largesse.domain.approvals import WAITS_FOR, OwnerChange, OwnerRequest, RequestDecided, RequestState, RequestUnknown
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act, Audited, MembershipState, may
from largesse.services.owners.dependencies import OwnerDependencies
from largesse.services.owners.doing import AT_PROVIDERS, do_at_provider, do_here, standing_of
from largesse.services.owners.told_accounts import TOLD_ACCOUNTS
from largesse.services.staff import Manager, StaffMailPurpose, mail_person


class OwnersAsking(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants, why, and the key that they typed, if any. Sent twice under its id, it is asked for once."""

    request_id: UUID
    change: OwnerChange
    reason: str
    secret: str = ""

    def __repr__(self) -> str:
        return f"OwnersAsking({self.change.act})"


class AskedOwner(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: it was done, or `waits` for another owner."""

    waits: OwnerRequest | None = None


async def needs_other_owner(connection: Connection, merchant: Merchant, by: Manager) -> bool:
    """Return whether what is both owners' needs another one: there is one, and it is not the operator as such."""
    if by.person_id is None:
        return False
    people = await staff.members(connection, merchant.merchant_id)
    owners = [one for one, _ in people if one.state is MembershipState.LIVE and may(one.role, Act.OWNERS_WORD)]
    return any(one.person_id == by.person_id for one in owners) and len(owners) > 1


async def ask_owner(
    deps: OwnerDependencies, merchant: Merchant, asking: OwnersAsking, *, by: Manager, now: datetime
) -> AskedOwner:
    """Do it at once where nobody else has to agree; else it waits, and the other owners are mailed.

    Raises:
        RequestDecided: it waited, and was decided.
        LargesseError: it is refused, as by the services that do it.
    """
    change = asking.change
    async with deps.transaction() as connection:
        before = await _before(connection, merchant, asking.request_id, now=now)
        if before is not None:
            return AskedOwner(waits=before)
        if await needs_other_owner(connection, merchant, by):
            return AskedOwner(waits=await _file(connection, deps, merchant, asking, by=by, now=now))
        if change.act not in AT_PROVIDERS:
            await do_here(connection, merchant, change, by=by, reason=asking.reason, now=now)
    if change.act in AT_PROVIDERS:
        await do_at_provider(deps, merchant, change, asking.secret, by=by, reason=asking.reason, now=now)
    return AskedOwner()


def secret_context(merchant_id: UUID, request_id: UUID) -> bytes:
    """Return what a key that waits is sealed for: this request of this merchant, and nothing else."""
    return b"owner request" + merchant_id.bytes + request_id.bytes


async def _before(
    connection: Connection, merchant: Merchant, request_id: UUID, *, now: datetime
) -> OwnerRequest | None:
    """Return what waits under an id already.

    Raises:
        RequestDecided: it was decided.
    """
    try:
        found = await approvals.find_owner_request(connection, merchant.merchant_id, request_id)
    except RequestUnknown:
        return None
    if found.state(now) is not RequestState.WAITING:
        raise RequestDecided
    return found


class _Rehearsed(Exception):
    """A rehearsal is over, and what it did is given up."""


async def _rehearse(
    connection: Connection, merchant: Merchant, asking: OwnersAsking, *, by: Manager, now: datetime
) -> None:
    """Refuse at once what would be refused once another owner agrees, such as an IBAN with a wrong digit.

    Raises:
        LargesseError: it would be.
    """
    try:
        async with connection.transaction():
            await do_here(connection, merchant, asking.change, by=by, reason=asking.reason, now=now)
            raise _Rehearsed
    except _Rehearsed:
        pass


async def _file(
    connection: Connection,
    deps: OwnerDependencies,
    merchant: Merchant,
    asking: OwnersAsking,
    *,
    by: Manager,
    now: datetime,
) -> OwnerRequest:
    assert by.person_id is not None
    context = secret_context(merchant.merchant_id, asking.request_id)
    standing = await standing_of(connection, merchant, asking.change)
    if asking.change.act in TOLD_ACCOUNTS:
        await _rehearse(connection, merchant, asking, by=by, now=now)
    request = OwnerRequest(
        merchant_id=merchant.merchant_id,
        request_id=asking.request_id,
        change=msgspec.structs.replace(asking.change, before=standing),
        reason=asking.reason,
        requested_by=by.person_id,
        made_at=now,
        expires_at=now + WAITS_FOR,
        secret=deps.keyring.seal(asking.secret, context=context) if asking.secret else None,
    )
    await approvals.insert_owner_request(connection, request)
    for membership, person in await staff.members(connection, merchant.merchant_id):
        able = membership.state is MembershipState.LIVE and may(membership.role, Act.OWNERS_WORD)
        if able and person.person_id != by.person_id:
            await mail_person(
                connection,
                person,
                StaffMailPurpose.OWNER_ASKED,
                subject_id=asking.request_id,
                about=by.name,
                merchant_id=merchant.merchant_id,
                now=now,
            )
    await by.record(connection, merchant, Audited.REQUEST_MADE, asking.request_id, asking.change.act.value, now=now)
    return request
