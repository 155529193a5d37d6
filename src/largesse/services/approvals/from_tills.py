"""The word of a second person for what somebody does at a till: there with a PIN, or from afar.

From afar, the till files what it is about with a short code and waits. Whoever may approve is mailed, signs in on a
device of their own, sees what will happen, and decides; the till goes on under the operation that the request is named
after (docs/decisions/0140-approval-from-afar.md).
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import approvals, locations, staff
from largesse.domain.approvals import (
    CODE_LENGTH,
    WAITS_AT_TILL_FOR,
    NobodyToAsk,
    RequestDecided,
    RequestDecision,
    RequestForSelf,
    RequestLapsed,
    RequestOwn,
    RequestState,
    RequestTooClose,
    TillRequest,
    TillShown,
)
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act, ActRefused, Audited, MembershipState, MembershipUnknown, Person, may
from largesse.domain.tills import TillAct
from largesse.kernel.numbers import random_symbols
from largesse.kernel.sealing import Sealed
from largesse.services.approvals.dependencies import ApprovalDependencies, TillApprovalDependencies
from largesse.services.approvals.other_person import AskedBy, addresses_of, demand_other, refuse_own
from largesse.services.staff import Manager, StaffMailPurpose, mail_person
from largesse.services.tills import TillApproval, approve_here

_REFUSALS: Final = (RequestOwn, RequestForSelf, RequestTooClose, MembershipUnknown)


class TillAsked(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody at a till does that takes a second person: the act, what it is about, and what will happen."""

    act: TillAct
    subject: str
    shown: TillShown
    location_id: UUID
    device_id: UUID | None = None


async def approve_at_till(
    deps: TillApprovalDependencies,
    merchant: Merchant,
    asked: TillAsked,
    *,
    membership_id: UUID | None,
    pin: str,
    by: UUID,
    now: datetime,
) -> TillApproval:
    """Take the PIN of whoever approves what the person `by` does, who is neither theirs nor does it to their own.

    Raises:
        ApproverRefused, PinRefused: as `tills.approve_here`.
        RequestForSelf: it is for whoever does it, or for whoever would approve.
        RequestTooClose: whoever does it invited them, or changed what they work with, a short while ago.
    """
    async with deps.database.connection() as connection:
        whose = await _whose(connection, deps, merchant, asked.shown)
        await refuse_own(connection, by, whose)
        people = await staff.members(connection, merchant.merchant_id)
        approver = next((one.person_id for one, _ in people if one.membership_id == membership_id), None)
        if approver is not None and approver != by:
            said = AskedBy(person_id=by, made_at=now, addresses=whose)
            with suppress(MembershipUnknown):  # `approve_here` says so, in as long a time as of everybody
                await demand_other(connection, merchant, said, approver, now=now)
    return await approve_here(
        deps, merchant, asked.act, membership_id=membership_id, pin=pin, actor_id=by, subject=asked.subject, now=now
    )


async def ask_from_afar(
    deps: ApprovalDependencies,
    merchant: Merchant,
    asked: TillAsked,
    *,
    request_id: UUID,
    form: Sealed | None,
    by: Manager,
    now: datetime,
) -> TillRequest:
    """File what somebody does at a till, and mail everybody who may approve it; the same operation again is the first.

    Raises:
        NobodyToAsk: nobody else may approve it.
        RequestForSelf: it is for whoever does it.
    """
    assert by.person_id is not None
    request = TillRequest(
        merchant_id=merchant.merchant_id,
        request_id=request_id,
        code=random_symbols(CODE_LENGTH),
        act=asked.act.value,
        subject=asked.subject,
        shown=asked.shown,
        location_id=asked.location_id,
        device_id=asked.device_id,
        requested_by=by.person_id,
        made_at=now,
        expires_at=now + WAITS_AT_TILL_FOR,
        form=form,
    )
    async with deps.transaction() as connection:
        await refuse_own(connection, by.person_id, await _whose(connection, deps, merchant, asked.shown))
        if not await approvals.insert_till_request(connection, request):
            return await approvals.find_till_request(connection, merchant.merchant_id, request_id)
        people = await _to_ask(connection, deps, merchant, request, now=now)
        if not people:
            raise NobodyToAsk
        place = await locations.find_location(connection, merchant.merchant_id, str(asked.location_id))
        for person in people:
            await mail_person(
                connection,
                person,
                StaffMailPurpose.TILL_ASKED,
                subject_id=request_id,
                about=by.name,
                place=place.name,
                code=request.code,
                merchant_id=merchant.merchant_id,
                now=now,
            )
        await by.record(connection, merchant, Audited.REQUEST_MADE, request_id, asked.act.value, now=now)
    return request


async def granted(
    deps: ApprovalDependencies, merchant: Merchant, asked: TillAsked, *, request_id: UUID, by: UUID, now: datetime
) -> TillApproval | TillRequest | None:
    """Return the word that somebody gave from afar for what is done now, or the request as it stands; None without one.

    The word counts for the operation, the person and the device that it was asked by, and for what it was told alone.
    """
    async with deps.database.connection() as connection:
        try:
            request = await approvals.find_till_request(connection, merchant.merchant_id, request_id)
        except approvals.RequestUnknown:
            return None
        same = (request.act, request.subject, request.shown, request.device_id, request.requested_by) == (
            asked.act.value,
            asked.subject,
            asked.shown,
            asked.device_id,
            by,
        )
        if not same:
            return None
        if request.state(now) is not RequestState.APPROVED or request.decided_by is None:
            return request
        person = await staff.person_of_id(connection, request.decided_by)
    assert person is not None, "persons are never deleted"
    return TillApproval(act=asked.act, approver=person)


async def decide_from_afar(
    deps: ApprovalDependencies, merchant: Merchant, request_id: UUID, *, approves: bool, by: Manager, now: datetime
) -> TillRequest:
    """Give one's word for what somebody at a till waits for, or refuse it; audited. Who asked may take it back.

    Raises:
        ActRefused: their role does not approve.
        RequestUnknown, RequestDecided, RequestLapsed: there is nothing to decide.
        RequestOwn, RequestForSelf, RequestTooClose: it takes another person.
    """
    async with deps.database.transaction() as connection:
        request = await approvals.lock_till_request(connection, merchant.merchant_id, request_id)
        own = by.person_id == request.requested_by
        if by.role is None or not (may(by.role, Act.APPROVE) or (own and not approves)):
            raise ActRefused(Act.APPROVE.value)
        if request.state(now) is RequestState.LAPSED and request.decision is None:
            raise RequestLapsed
        if request.decision is not None:
            raise RequestDecided
        if approves:
            if own:
                raise RequestOwn
            whose = await _whose(connection, deps, merchant, request.shown)
            said = AskedBy(person_id=request.requested_by, made_at=request.made_at, addresses=whose)
            await demand_other(connection, merchant, said, by.person_id, now=now)
        decision = RequestDecision.APPROVED if approves else RequestDecision.REFUSED
        await approvals.decide_till_request(connection, request, decision, by=by.person_id, now=now)
        if approves:
            said_by = f"{request.act} by person:{request.requested_by}, from afar"
            await staff.record(
                connection,
                merchant.merchant_id,
                Audited.TILL_APPROVED,
                subject=request.subject,
                actor=by.actor,
                reason=said_by,
                now=now,
            )
        else:
            said_by = decision.value
        await by.record(connection, merchant, Audited.REQUEST_DECIDED, request_id, said_by, now=now)
        return await approvals.find_till_request(connection, merchant.merchant_id, request_id)


async def _whose(
    connection: Connection, deps: ApprovalDependencies, merchant: Merchant, shown: TillShown
) -> frozenset[str]:
    number = shown.order_number
    return await addresses_of(connection, deps, merchant.merchant_id, shown.certificates, order_number=number)


async def _to_ask(
    connection: Connection, deps: ApprovalDependencies, merchant: Merchant, request: TillRequest, *, now: datetime
) -> Sequence[Person]:
    """Return who may approve what somebody at a till waits for."""
    whose = await _whose(connection, deps, merchant, request.shown)
    asked = AskedBy(person_id=request.requested_by, made_at=request.made_at, addresses=whose)
    found = list[Person]()
    for one, person in await staff.members(connection, merchant.merchant_id):
        if one.state is not MembershipState.LIVE or not may(one.role, Act.APPROVE):
            continue
        try:
            alone = await demand_other(connection, merchant, asked, one.person_id, now=now)
        except _REFUSALS:
            continue
        if not alone:
            found.append(person)
    return found
