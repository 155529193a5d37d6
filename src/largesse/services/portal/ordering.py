"""Order for a partner: one certificate or a hundred thousand, validated whole, approved where it is large, placed once.

What was typed or uploaded becomes one batch under the operation id of its form: sent twice, it is the same batch. A few
certificates are placed at once; many by the worker, in chunks that each stand or fall whole.
"""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import partners, portal, staff
from largesse.domain.partners import Agreement, Partner, Terms
from largesse.domain.portal import (
    BatchDelivery,
    BatchKnown,
    BatchLapsed,
    BatchNotOpen,
    BatchOwn,
    PartnerMember,
    PartnerRole,
    PortalBatch,
    PortalBatchInvalid,
    PortalBatchState,
    PortalBatchUnknown,
)
from largesse.domain.staff import REASON_LENGTH_MAX, Audited, ReasonInvalid, StaffSession
from largesse.kernel import free_text
from largesse.kernel.clock import day_of
from largesse.kernel.currency import currency
from largesse.kernel.errors import FieldError, LargesseError
from largesse.kernel.money import Money
from largesse.kernel.text_tables import TextTable
from largesse.ledger import fingerprint
from largesse.services.partners import contact_of, month_of
from largesse.services.portal.dependencies import PortalDependencies
from largesse.services.portal.mailing import mail_approvers, mail_orderer
from largesse.services.portal.reading import BatchRead, PortalOrderAsked, read_batch
from largesse.services.portal.standing import ActsFor
from largesse.services.staff import StaffMailPurpose

AT_ONCE: Final = 25
"""Up to so many certificates are placed before the answer; more are left to the worker."""
_FAULTS_SHOWN: Final = 200


async def order_batch(
    deps: PortalDependencies,
    acts: ActsFor,
    table: TextTable,
    asked: PortalOrderAsked,
    *,
    batch_id: UUID,
    file_name: str = "",
    operator: str = "",
    now: datetime,
) -> PortalBatch:
    """Take an order, whole or not at all, and return it: placed soon, or waiting for a second person.

    The same `batch_id` with the same order is the same batch. Where an `operator` orders for somebody, it is audited.

    Raises:
        PortalBatchInvalid: something is wrong; every fault is named by line and column, and nothing was ordered.
        BatchKnown: the id was used for another order.
        AgreementDisabled, AgreementSuspended, CreditExhausted, SpendingLimitReached: as for one order.
    """
    merchant, agreement = acts.merchant, acts.agreement
    today = day_of(now, in_zone=merchant.zone)
    terms = agreement.terms.get(asked.currency.code)
    # A hundred thousand lines take seconds, in which everybody else is answered.
    read, told = await asyncio.to_thread(_read, table, asked, terms, today)
    async with deps.transaction() as connection:
        known = await portal.find_batch(connection, merchant.merchant_id, batch_id)
        if known is not None:
            return _same(known, acts.member, told)
        await _refuse(connection, acts, asked, read, now=now)
        waits = needs_approval(agreement, asked.currency.code, read.total)
        batch = PortalBatch(
            merchant_id=merchant.merchant_id,
            batch_id=batch_id,
            partner_id=acts.partner.partner_id,
            membership_id=acts.member.membership_id,
            person_id=acts.member.person_id,
            state=PortalBatchState.WAITING if waits else PortalBatchState.PLACING,
            delivery=asked.delivery,
            refcode=asked.refcode,
            currency=asked.currency.code,
            total=read.total,
            lines=len(read.lines),
            file_name=file_name[:200],
            fingerprint=told,
            made_at=now,
        )
        if not await portal.insert_batch(connection, batch):
            known = await portal.find_batch(connection, merchant.merchant_id, batch_id)
            assert known is not None
            return _same(known, acts.member, told)
        await portal.insert_batch_lines(connection, batch, read.lines)
        if operator:
            told_of = str(acts.member.membership_id)
            await _note(connection, acts.partner, operator, batch, Audited.PARTNER_BATCH_ORDERED, told=told_of, now=now)
        if batch.state is PortalBatchState.WAITING:
            await mail_approvers(connection, batch, acts, now=now)
    return batch


def _read(table: TextTable, asked: PortalOrderAsked, terms: Terms | None, today: date) -> tuple[BatchRead, bytes]:
    read = read_batch(table, asked, terms, today=today)
    return read, fingerprint(msgspec.json.encode((asked.refcode, asked.currency.code, asked.delivery, read.lines)))


def needs_approval(agreement: Agreement, code: str, total: int) -> bool:
    """Return whether what is ordered in one act waits for a second person of the partner."""
    terms = agreement.terms.get(code)
    return terms is not None and terms.approval_above is not None and total > terms.approval_above


async def _refuse(
    connection: Connection, acts: ActsFor, asked: PortalOrderAsked, read: BatchRead, *, now: datetime
) -> None:
    """Refuse an order that the agreement does not allow as it stands.

    Raises:
        LargesseError: why.
    """
    faults = list(read.faults)
    agreement = acts.agreement
    if asked.delivery is BatchDelivery.FILE and not agreement.numbers_as_file:
        message = "Your agreement does not let you download numbers. Have them mailed to the recipients."
        faults.append(FieldError("delivery", "delivery.not_agreed", message))
    if asked.refcode and not agreement.takes(asked.refcode):
        message = f"Your agreement does not name this refcode. It names: {', '.join(agreement.refcodes)}."
        faults.append(FieldError("refcode", "refcode.not_agreed", message))
    if faults:
        raise PortalBatchInvalid(fields=faults[:_FAULTS_SHOWN])
    by, code = acts.member.membership_id, asked.currency.code
    refused = await refusal_of_total(connection, acts, by, Money(read.total, currency(code)), now=now)
    if refused is not None:
        raise refused


async def refusal_of_total(
    connection: Connection, acts: ActsFor, membership_id: UUID, total: Money, *, now: datetime
) -> LargesseError | None:
    """Return why so much cannot be ordered just now, None where it can: the credit, and what the person may order."""
    agreement, code = acts.agreement, total.currency.code
    refused = partners.standing(agreement, contact_of(acts.merchant))
    if refused is not None:
        return refused
    terms = agreement.terms.get(code)
    if terms is None or total.minor > terms.credit_left:
        return partners.CreditExhausted()
    if agreement.limits_spenders:
        month, ref = month_of(acts.merchant, now), (acts.merchant.merchant_id, acts.partner.partner_id)
        for limit in await partners.spending_limits_of(connection, ref):
            if (limit.spender_id, limit.currency) == (membership_id, code) and total.minor > limit.left(month):
                return partners.SpendingLimitReached()
    return None


def _same(known: PortalBatch, member: PartnerMember, told: bytes) -> PortalBatch:
    if (known.partner_id, known.membership_id) != (member.partner_id, member.membership_id):
        raise PortalBatchUnknown  # somebody else's: that it exists is not told
    if known.fingerprint != told:
        raise BatchKnown
    return known


async def find_batch(connection: Connection, acts: ActsFor, batch_id: UUID | None) -> PortalBatch:
    """Return a batch of a partner.

    Raises:
        PortalBatchUnknown: it has none of that id.
    """
    found = None if batch_id is None else await portal.find_batch(connection, acts.merchant.merchant_id, batch_id)
    if found is None or found.partner_id != acts.partner.partner_id:
        raise PortalBatchUnknown
    return found


async def decide_batch(
    deps: PortalDependencies,
    acts: ActsFor,
    session: StaffSession,
    batch_id: UUID | None,
    *,
    approve: bool,
    reason: str,
    now: datetime,
) -> PortalBatch:
    """Approve a batch that waits, or refuse it; decided once, by another person than who ordered.

    Raises:
        BatchLapsed: a certificate of it would not be good for longer than today, which may only be refused.
        BatchNotOpen: it does not wait.
        BatchOwn: they ordered it.
        PortalBatchUnknown: there is none.
        CreditExhausted, SpendingLimitReached, AgreementDisabled, AgreementSuspended: it cannot be placed any more.
        ReasonInvalid: it is refused, and the reason cannot be kept.
    """
    async with deps.transaction() as connection:
        batch = await _locked(connection, acts.partner, batch_id)
        if batch.state is not PortalBatchState.WAITING:
            raise BatchNotOpen
        if batch.person_id == session.person_id:
            raise BatchOwn
        if approve:
            refused = await refusal_of_total(connection, acts, batch.membership_id, money_of(batch), now=now)
            if refused is not None:
                raise refused
            last = await portal.earliest_last_day(connection, batch)
            if last is not None and last <= day_of(now, in_zone=acts.merchant.zone):
                raise BatchLapsed
        decided = msgspec.structs.replace(
            batch,
            state=PortalBatchState.PLACING if approve else PortalBatchState.REFUSED,
            decided_by=session.person_id,
            decided_at=now,
            reason=free_text.one_line(reason)[:500] or None,
            finished_at=None if approve else now,
        )
        action = Audited.PARTNER_BATCH_APPROVED if approve else Audited.PARTNER_BATCH_REFUSED
        await _note(connection, acts.partner, acts.member.actor, decided, action, told=decided.reason, now=now)
        await portal.put_batch(connection, decided)
        await mail_orderer(connection, decided, acts.partner, StaffMailPurpose.PARTNER_DECIDED, now=now)
    return decided


async def withdraw_batch(
    deps: PortalDependencies, acts: ActsFor, session: StaffSession, batch_id: UUID | None, *, now: datetime
) -> PortalBatch:
    """Take a batch back that waits, or the rest of one that was stopped; whoever ordered it, or an approver, may.

    Raises:
        BatchNotOpen: it is past that.
        PortalBatchUnknown: there is none.
    """
    async with deps.transaction() as connection:
        batch = await _locked(connection, acts.partner, batch_id)
        if batch.state not in {PortalBatchState.WAITING, PortalBatchState.STOPPED}:
            raise BatchNotOpen
        if batch.person_id != session.person_id and acts.member.role is not PartnerRole.APPROVER:
            raise BatchNotOpen
        ended = msgspec.structs.replace(batch, state=PortalBatchState.WITHDRAWN, finished_at=now)
        await portal.put_batch(connection, ended)
        await _note(connection, acts.partner, acts.member.actor, ended, Audited.PARTNER_BATCH_WITHDRAWN, now=now)
    return ended


async def take_back_batch(
    deps: PortalDependencies, partner: Partner, batch_id: UUID | None, *, reason: str, actor: str, now: datetime
) -> PortalBatch:
    """Take back, for a partner that asks for it, a batch that waits, or the rest of one that was stopped.

    Raises:
        BatchNotOpen: it is past that.
        PortalBatchUnknown: there is none.
        ReasonInvalid: the reason cannot be kept.
    """
    reason = free_text.one_line(reason)
    if not 0 < len(reason) <= REASON_LENGTH_MAX:
        raise ReasonInvalid
    async with deps.transaction() as connection:
        batch = await _locked(connection, partner, batch_id)
        if batch.state not in {PortalBatchState.WAITING, PortalBatchState.STOPPED}:
            raise BatchNotOpen
        ended = msgspec.structs.replace(batch, state=PortalBatchState.WITHDRAWN, reason=reason, finished_at=now)
        await portal.put_batch(connection, ended)
        await _note(connection, partner, actor, ended, Audited.PARTNER_BATCH_WITHDRAWN, told=reason, now=now)
    return ended


async def go_on_with_batch(
    deps: PortalDependencies, partner: Partner, batch_id: UUID | None, *, actor: str, now: datetime
) -> PortalBatch:
    """Let a batch of a partner that was stopped go on where it stopped.

    Raises:
        BatchNotOpen: it was not stopped.
        PortalBatchUnknown: there is none.
    """
    async with deps.transaction() as connection:
        batch = await _locked(connection, partner, batch_id)
        if batch.state is not PortalBatchState.STOPPED:
            raise BatchNotOpen
        again = msgspec.structs.replace(batch, state=PortalBatchState.PLACING, trouble="")
        await portal.put_batch(connection, again)
        await _note(connection, partner, actor, again, Audited.PARTNER_BATCH_APPROVED, told="goes on", now=now)
    return again


def money_of(batch: PortalBatch) -> Money:
    """Return what a batch comes to."""
    return Money(batch.total, currency(batch.currency))


async def waiting_batches(connection: Connection, acts: ActsFor) -> Sequence[PortalBatch]:
    """Return what waits for a second person of a partner."""
    key = acts.merchant.merchant_id, acts.partner.partner_id
    return await portal.latest_batches(connection, *key, state=PortalBatchState.WAITING)


async def _locked(connection: Connection, partner: Partner, batch_id: UUID | None) -> PortalBatch:
    found = None if batch_id is None else await portal.lock_batch(connection, partner.merchant_id, batch_id)
    if found is None or found.partner_id != partner.partner_id:
        raise PortalBatchUnknown
    return found


async def _note(
    connection: Connection,
    partner: Partner,
    actor: str,
    batch: PortalBatch,
    action: Audited,
    *,
    told: str | None = None,
    now: datetime,
) -> None:
    said, subject = f"{partner.name}: {told}" if told else partner.name, str(batch.batch_id)
    await staff.record(connection, batch.merchant_id, action, subject=subject, actor=actor, reason=said[:500], now=now)
