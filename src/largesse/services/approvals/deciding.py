"""Decide what somebody asked for: by another person, anew, and only while everything stands that it showed."""

from datetime import datetime
from uuid import UUID

from largesse.db import Connection
from largesse.domain import approvals
from largesse.domain.approvals import (
    ApprovalRequest,
    RequestChanged,
    RequestDecided,
    RequestDecision,
    RequestLapsed,
    RequestState,
)
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act, ActRefused, Audited, may
from largesse.kernel.errors import LargesseError
from largesse.ledger import Outcome
from largesse.services.approvals.dependencies import ApprovalDependencies
from largesse.services.approvals.doing import do, shown_of
from largesse.services.approvals.other_person import AskedBy, addresses_of, demand_other
from largesse.services.staff import Manager

_DONE = "done"


async def approve(
    deps: ApprovalDependencies, merchant: Merchant, request_id: UUID, *, by: Manager, now: datetime
) -> Outcome:
    """Have done what somebody asked for; audited. What was approved and not done, as after a crash, is done now.

    Raises:
        ActRefused: their role does not approve.
        RequestUnknown, RequestDecided, RequestLapsed: there is nothing to decide.
        RequestOwn, RequestForSelf, RequestTooClose: it takes another person.
        RequestChanged: something that it showed is different; the request is refused with that.
        LargesseError: the act is refused; the request keeps why.
    """
    async with deps.database.transaction() as connection:
        request = await _to_decide(connection, merchant, request_id, by, unfinished_too=True, now=now)
        changed = False
        if request.decision is None:
            command = request.command
            addresses = await addresses_of(
                connection, deps, merchant.merchant_id, command.touches, order_number=command.order_number
            )
            asked = AskedBy(person_id=request.requested_by, made_at=request.made_at, addresses=addresses)
            by_one = await demand_other(connection, merchant, asked, by.person_id, now=now)
            there = await shown_of(connection, deps, merchant.merchant_id, request.command.certificate_id)
            changed = there != request.shown
            decision = RequestDecision.CHANGED if changed else RequestDecision.APPROVED
            await approvals.decide(connection, request, decision, by=by.person_id, by_one=by_one, now=now)
            said = decision.value + (" by one person" if by_one else "")
            await by.record(connection, merchant, Audited.REQUEST_DECIDED, request.request_id, said, now=now)
    if changed:
        raise RequestChanged
    return await _do(deps, merchant, request, now=now)


async def refuse(
    deps: ApprovalDependencies, merchant: Merchant, request_id: UUID, *, by: Manager, now: datetime
) -> ApprovalRequest:
    """Refuse what somebody asked for, or take back what one asked for oneself; audited.

    Raises:
        ActRefused: their role does not approve, and it is somebody else's request.
        RequestUnknown, RequestDecided, RequestLapsed: there is nothing to decide.
    """
    async with deps.database.transaction() as connection:
        request = await _to_decide(connection, merchant, request_id, by, unfinished_too=False, now=now)
        await approvals.decide(connection, request, RequestDecision.REFUSED, by=by.person_id, now=now)
        said = RequestDecision.REFUSED.value
        await by.record(connection, merchant, Audited.REQUEST_DECIDED, request.request_id, said, now=now)
        return await approvals.find_request(connection, merchant.merchant_id, request_id)


async def _to_decide(
    connection: Connection, merchant: Merchant, request_id: UUID, by: Manager, *, unfinished_too: bool, now: datetime
) -> ApprovalRequest:
    request = await approvals.lock_request(connection, merchant.merchant_id, request_id)
    own = by.person_id == request.requested_by
    if by.role is None or not (may(by.role, Act.APPROVE) or (own and not unfinished_too)):
        raise ActRefused(Act.APPROVE.value)
    state = request.state(now)
    if state in {RequestState.LAPSED, RequestState.WITHDRAWN}:
        raise RequestLapsed
    unfinished = state is RequestState.APPROVED and request.outcome is None
    if state is not RequestState.WAITING and not (unfinished and unfinished_too):
        raise RequestDecided
    return request


async def _do(deps: ApprovalDependencies, merchant: Merchant, request: ApprovalRequest, *, now: datetime) -> Outcome:
    """Do it under the request's own id: once, however often it is begun."""
    code, refused, outcome = _DONE, None, None
    try:
        outcome = await do(
            deps,
            merchant,
            request.command,
            operation_id=request.request_id,
            actor=f"person:{request.requested_by}",
            memo=request.reason,
            now=now,
        )
    except LargesseError as error:
        code, refused = error.code, error
    async with deps.database.transaction() as connection:
        await approvals.set_outcome(connection, request, code)
        if refused is None:
            await approvals.count_act(
                connection, merchant.merchant_id, request.request_id, request.command, request.requested_by, now=now
            )
    if refused is not None:
        raise refused
    assert outcome is not None
    return outcome
