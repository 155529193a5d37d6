"""Do what is within a person's limits at once, and have what is beyond them wait for a second person."""

from datetime import datetime, time
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import approvals, staff
from largesse.domain.approvals import (
    WAITS_FOR,
    ActLimit,
    ApprovalRequest,
    FrozenAct,
    LimitedAct,
    RequestDecided,
    RequestState,
    RequestUnknown,
    ShownCertificate,
    read_limit,
)
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act, ActRefused, Audited, Membership, may
from largesse.kernel.clock import zone
from largesse.kernel.errors import LargesseError
from largesse.ledger import Outcome
from largesse.services.approvals.dependencies import ApprovalDependencies
from largesse.services.approvals.doing import NEEDED, do, shown_of
from largesse.services.approvals.other_person import addresses_of, refuse_own
from largesse.services.certificates import Request
from largesse.services.staff import Manager


class AskedFor(msgspec.Struct, frozen=True, kw_only=True):
    """What came of asking: it was done, or waits as a request. One of the two is there."""

    outcome: Outcome | None = None
    waits: ApprovalRequest | None = None


async def change_limit(
    connection: Connection, merchant: Merchant, limit: ActLimit, *, by: Manager, now: datetime
) -> None:
    """Set up to how much one person does alone; audited.

    Raises:
        LimitInvalid: it is no amount.
    """
    _read(limit)
    await approvals.put_limit(connection, limit)
    reason = f"{limit.act.value}: {_said(limit)}"
    await by.record(connection, merchant, Audited.LIMIT_CHANGED, merchant.merchant_id, reason, now=now)


async def change_own_limit(
    connection: Connection,
    merchant: Merchant,
    membership: Membership,
    act: LimitedAct,
    limit: ActLimit | None,
    *,
    by: Manager,
    now: datetime,
) -> None:
    """Set a limit of one person in place of that of everybody, or let that count again (None); audited.

    Raises:
        LimitInvalid: it is no amount.
    """
    if limit is None:
        await approvals.drop_own_limit(connection, merchant.merchant_id, membership.membership_id, act)
    else:
        _read(limit)
        await approvals.put_own_limit(connection, limit, membership.membership_id)
    reason = f"{act.value}: {'as everybody' if limit is None else _said(limit)}"
    await by.record(connection, merchant, Audited.OWN_LIMIT_CHANGED, membership.membership_id, reason, now=now)


def _read(limit: ActLimit) -> None:
    for amount in (limit.per_act, limit.per_day, limit.per_certificate):
        read_limit(amount)


def _said(limit: ActLimit) -> str:
    return ", ".join(
        f"{name} {'none' if amount is None else amount}"
        for name, amount in (("at once", limit.per_act), ("a day", limit.per_day), ("each", limit.per_certificate))
    )


async def ask_or_do(
    deps: ApprovalDependencies, merchant: Merchant, command: FrozenAct, *, by: Manager, request: Request, now: datetime
) -> AskedFor:
    """Do something at once that is within somebody's limits; else it waits for a second person, under the same id.

    The memo of the request says why, and is required. The operator as such has no limits. What waits, or was decided,
    stays so: the same form sent again is answered alike, whatever the limit is by then.

    Raises:
        ActRefused: their role does not allow it at all.
        RequestForSelf: they bought the certificate, or it is for them.
        RequestDecided: it waited, and came to nothing.
        LargesseError: it is refused.
    """
    memo = request.memo or ""
    if by.role is not None and not may(by.role, NEEDED[command.act]):
        raise ActRefused(NEEDED[command.act].value)
    if by.person_id is not None:
        async with deps.database.transaction() as connection:
            merchant_id, operation_id = merchant.merchant_id, request.operation_id
            happened = await deps.ledger.happened(connection, merchant_id, operation_id)
            before = None if happened else await _before(connection, merchant, operation_id, now=now)
            if before is not None:
                return AskedFor(waits=before)
            if not happened:
                number = command.order_number
                whose = await addresses_of(connection, deps, merchant_id, command.touches, order_number=number)
                await refuse_own(connection, by.person_id, whose)
                shown = await shown_of(connection, deps, merchant_id, command.certificate_id)
                if not await _fits(
                    connection,
                    merchant,
                    command,
                    shown.currency,
                    person_id=by.person_id,
                    operation_id=operation_id,
                    now=now,
                ):
                    waits = _waiting(merchant, command, shown, by=by, request=request, now=now)
                    return AskedFor(waits=await _file(connection, merchant, waits, by=by, now=now))
    try:
        outcome = await do(
            deps,
            merchant,
            command,
            operation_id=request.operation_id,
            actor=request.actor,
            memo=memo,
            now=now,
        )
    except LargesseError:
        async with deps.database.transaction() as connection:
            await approvals.forget_act(connection, merchant.merchant_id, request.operation_id)
        raise
    return AskedFor(outcome=outcome)


async def may_alone(
    deps: ApprovalDependencies,
    merchant: Merchant,
    command: FrozenAct,
    currency: str,
    *,
    by: Manager,
    operation_id: UUID,
    now: datetime,
) -> bool:
    """Count what somebody does at a counter, where it is within their limits; False where it takes a second person.

    Sales are limited for who does not approve what others do. What comes to nothing is uncounted by `forget_counted`.
    """
    if by.person_id is None:
        return True
    approves = command.act is LimitedAct.SALE and by.role is not None and may(by.role, Act.APPROVE)
    async with deps.database.transaction() as connection:
        if approves and await _own_limit(connection, merchant, by.person_id, command.act) is None:
            return True
        return await _fits(
            connection, merchant, command, currency, person_id=by.person_id, operation_id=operation_id, now=now
        )


async def count_approved(
    deps: ApprovalDependencies,
    merchant: Merchant,
    command: FrozenAct,
    *,
    by: Manager,
    operation_id: UUID,
    now: datetime,
) -> None:
    """Count what somebody does with the word of a second person: it fills their day like everything else."""
    if by.person_id is None:
        return
    async with deps.database.transaction() as connection:
        await approvals.count_act(connection, merchant.merchant_id, operation_id, command, by.person_id, now=now)


async def forget_counted(deps: ApprovalDependencies, merchant: Merchant, operation_id: UUID) -> None:
    """Let something not count that came to nothing."""
    async with deps.database.transaction() as connection:
        await approvals.forget_act(connection, merchant.merchant_id, operation_id)


async def _before(
    connection: Connection, merchant: Merchant, operation_id: UUID, *, now: datetime
) -> ApprovalRequest | None:
    """Return the request that waits under an id, None where there never was one.

    Raises:
        RequestDecided: it came to nothing.
    """
    try:
        found = await approvals.find_request(connection, merchant.merchant_id, operation_id)
    except RequestUnknown:
        return None
    under_way = found.state(now) is RequestState.APPROVED and found.outcome is None
    if found.state(now) is not RequestState.WAITING and not under_way:
        raise RequestDecided
    return found


async def _fits(
    connection: Connection,
    merchant: Merchant,
    command: FrozenAct,
    currency: str,
    *,
    person_id: UUID,
    operation_id: UUID,
    now: datetime,
) -> bool:
    """Count something against the limits of a person, and return whether it is within them.

    Limits are of the merchant's currency: where there are any, what is in another one is beyond them.
    """
    limit = await approvals.lock_limit(connection, merchant.merchant_id, command.act)
    own = await _own_limit(connection, merchant, person_id, command.act)
    limit = limit if own is None else own
    if limit is not None and limit.is_set:
        today = now.astimezone(zone(merchant.time_zone)).date()
        since = datetime.combine(today, time(), tzinfo=zone(merchant.time_zone))
        done, on_it = await approvals.spent(
            connection, merchant.merchant_id, command, person_id, since=since, but=operation_id
        )
        if currency != merchant.currency or not limit.allows(command.amount, today=done, on_certificate=on_it):
            return False
    await approvals.count_act(connection, merchant.merchant_id, operation_id, command, person_id, now=now)
    return True


async def _own_limit(connection: Connection, merchant: Merchant, person_id: UUID, act: LimitedAct) -> ActLimit | None:
    """Return the limit that somebody who works here has of their own."""
    held = await staff.membership_with(connection, merchant.merchant_id, person_id)
    return await approvals.own_limit_of(connection, merchant.merchant_id, held.membership_id, act) if held else None


def _waiting(
    merchant: Merchant, command: FrozenAct, shown: ShownCertificate, *, by: Manager, request: Request, now: datetime
) -> ApprovalRequest:
    assert by.person_id is not None
    return ApprovalRequest(
        merchant_id=merchant.merchant_id,
        request_id=request.operation_id,
        command=command,
        shown=shown,
        reason=request.memo or command.act.value,
        requested_by=by.person_id,
        made_at=now,
        expires_at=now + WAITS_FOR,
    )


async def _file(
    connection: Connection, merchant: Merchant, made: ApprovalRequest, *, by: Manager, now: datetime
) -> ApprovalRequest:
    """Write a request, or return the one that stands under its id."""
    if not await approvals.insert_request(connection, made):
        return await approvals.find_request(connection, merchant.merchant_id, made.request_id)
    await by.record(connection, merchant, Audited.REQUEST_MADE, made.request_id, made.command.act.value, now=now)
    return made


async def refuse_own_of(deps: ApprovalDependencies, merchant: Merchant, command: FrozenAct, *, by: Manager) -> None:
    """Refuse what somebody does to a certificate that they bought, or that is for them.

    Raises:
        RequestForSelf: it is theirs.
    """
    async with deps.database.connection() as connection:
        number = command.order_number
        whose = await addresses_of(connection, deps, merchant.merchant_id, command.touches, order_number=number)
        await refuse_own(connection, by.person_id, whose)
