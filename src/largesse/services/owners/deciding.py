"""Another owner's word: what was asked for is done, anew, and only while it is as it was when it was asked for."""

from datetime import datetime
from uuid import UUID

from largesse.db import Connection
from largesse.domain import approvals, staff
from largesse.domain.approvals import (
    OwnerRequest,
    RequestChanged,
    RequestDecided,
    RequestDecision,
    RequestLapsed,
    RequestState,
)
from largesse.domain.locations import EntityUnknown
from largesse.domain.merchants import Merchant
from largesse.domain.payment_accounts import PaymentAccountNotFound
from largesse.domain.staff import Act, ActRefused, Audited, MembershipUnknown, may
from largesse.kernel.errors import LargesseError
from largesse.services.approvals import AskedBy, demand_other
from largesse.services.owners.asking import secret_context
from largesse.services.owners.dependencies import OwnerDependencies
from largesse.services.owners.doing import AT_PROVIDERS, do_at_provider, do_here, standing_of
from largesse.services.staff import Manager

_DONE = "done"


async def give_word(
    deps: OwnerDependencies, merchant: Merchant, request_id: UUID, *, by: Manager, now: datetime
) -> OwnerRequest:
    """Have done what another owner asked for; audited. What was agreed to and not done, as after a crash, is done now.

    Raises:
        ActRefused: they are no owner.
        RequestUnknown, RequestDecided, RequestLapsed: there is nothing to decide.
        RequestOwn, RequestTooClose: it takes another owner.
        RequestChanged: what it is about is different; the request is refused with that.
        LargesseError: it is refused; of an account, the request keeps why.
    """
    async with deps.transaction() as connection:
        request = await _to_decide(connection, merchant, request_id, by, unfinished_too=True, now=now)
        again, changed = request.decision is not None, False
        asker = await _asker(connection, merchant, request)
        if not again:
            asked = AskedBy(person_id=request.requested_by, made_at=request.made_at, addresses=frozenset())
            by_one = await demand_other(connection, merchant, asked, by.person_id, act=Act.OWNERS_WORD, now=now)
            changed = asker is None or await _standing(connection, merchant, request) != request.change.before
            decision = RequestDecision.CHANGED if changed else RequestDecision.APPROVED
            await approvals.decide_owner_request(connection, request, decision, by=by.person_id, by_one=by_one, now=now)
            said = decision.value + (" by one person" if by_one else "")
            await by.record(connection, merchant, Audited.REQUEST_DECIDED, request_id, said, now=now)
        if asker is not None and not changed and request.change.act not in AT_PROVIDERS:
            await do_here(connection, merchant, request.change, by=asker, reason=request.reason, now=now)
            await approvals.end_owner_request(connection, request, _DONE)
    if asker is None or changed:
        raise RequestChanged
    if request.change.act in AT_PROVIDERS:
        await _at_provider(deps, merchant, request, asker, again=again, now=now)
    async with deps.database.connection() as connection:
        return await approvals.find_owner_request(connection, merchant.merchant_id, request_id)


async def withhold_word(
    deps: OwnerDependencies, merchant: Merchant, request_id: UUID, *, by: Manager, now: datetime
) -> OwnerRequest:
    """Refuse what another owner asked for, or take back what one asked for oneself; audited.

    Raises:
        ActRefused: they are no owner.
        RequestUnknown, RequestDecided, RequestLapsed: there is nothing to decide.
    """
    async with deps.transaction() as connection:
        request = await _to_decide(connection, merchant, request_id, by, unfinished_too=False, now=now)
        await approvals.decide_owner_request(connection, request, RequestDecision.REFUSED, by=by.person_id, now=now)
        said = RequestDecision.REFUSED.value
        await by.record(connection, merchant, Audited.REQUEST_DECIDED, request_id, said, now=now)
        return await approvals.find_owner_request(connection, merchant.merchant_id, request_id)


async def _to_decide(
    connection: Connection, merchant: Merchant, request_id: UUID, by: Manager, *, unfinished_too: bool, now: datetime
) -> OwnerRequest:
    request = await approvals.lock_owner_request(connection, merchant.merchant_id, request_id)
    if by.role is None or not may(by.role, Act.OWNERS_WORD):
        raise ActRefused(Act.OWNERS_WORD.value)
    state = request.state(now)
    if state in {RequestState.LAPSED, RequestState.WITHDRAWN}:
        raise RequestLapsed
    unfinished = state is RequestState.APPROVED and request.outcome is None
    if state is not RequestState.WAITING and not (unfinished and unfinished_too):
        raise RequestDecided
    return request


async def _asker(connection: Connection, merchant: Merchant, request: OwnerRequest) -> Manager | None:
    """Return whoever asked, as they act; None where they are no owner any more."""
    membership = await staff.membership_with(connection, merchant.merchant_id, request.requested_by)
    person = await staff.person_of_id(connection, request.requested_by)
    if membership is None or person is None or not may(membership.role, Act.OWNERS_WORD):
        return None
    return Manager(
        actor=f"person:{person.person_id}", name=person.name, person_id=person.person_id, role=membership.role
    )


async def _standing(connection: Connection, merchant: Merchant, request: OwnerRequest) -> str | None:
    """Return what it is about as it is now, None where that is gone."""
    try:
        return await standing_of(connection, merchant, request.change)
    except (MembershipUnknown, PaymentAccountNotFound, EntityUnknown):
        return None


async def _at_provider(
    deps: OwnerDependencies, merchant: Merchant, request: OwnerRequest, asker: Manager, *, again: bool, now: datetime
) -> None:
    """Do it under the request: once, however often it is begun."""
    context = secret_context(merchant.merchant_id, request.request_id)
    code, refused = _DONE, None
    try:
        # What cannot be opened any more ends the request, too: it has to be asked for with the key typed again.
        secret = deps.keyring.open(request.secret, context=context) if request.secret else ""
        await do_at_provider(
            deps, merchant, request.change, secret, by=asker, reason=request.reason, again=again, now=now
        )
    except LargesseError as error:
        code, refused = error.code, error
    async with deps.transaction() as connection:
        await approvals.end_owner_request(connection, request, code)
    if refused is not None:
        raise refused
