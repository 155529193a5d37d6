"""The gateway's money lands: payouts are taken, each line is matched, and the books hear what comes and what was kept.

What comes to the bank moves from `gateway_clearing` to `bank_clearing`, where the payout is an open item until the
bank's line closes it; what the gateway kept goes to `gateway_fees`. So a payout takes off the gateway's account what
its lines add up to, and each line says of which payment, refund or dispute that is.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from largesse.db import Connection, load
from largesse.domain import staff
from largesse.domain.merchants import Merchant
from largesse.domain.payments import AccountRef
from largesse.domain.payouts import (
    Payout,
    PayoutDiffers,
    PayoutLine,
    PayoutPart,
    PayoutTold,
    find_payout,
    insert_payout,
)
from largesse.domain.staff import Audited
from largesse.kernel.ids import derived_id
from largesse.kernel.where import Where
from largesse.ledger import Across, Kind, OpenItem, OpenItemKind, PostEntry, SubjectKind
from largesse.services.banking.accounts import demand_booking
from largesse.services.banking.booking import post
from largesse.services.banking.dependencies import BankingDependencies
from largesse.services.merchants import where_of_entity
from largesse.services.staff import Manager

_views = load(__package__, "views.sql")
_REASON_MAX: Final = 200


async def take_payouts(
    deps: BankingDependencies,
    merchant: Merchant,
    told: Sequence[PayoutTold],
    *,
    gateway: str,
    account_id: UUID | None = None,
    by: Manager,
    now: datetime,
) -> list[Payout]:
    """Take payouts, all of them or none; one that was taken before adds nothing.

    `account_id` is the merchant's own account at the gateway, None where the installation's serves it.

    Raises:
        ActRefused: the role does not allow it.
        PayoutDiffers: one was taken before with other amounts.
    """
    demand_booking(by)
    subject_id = AccountRef(merchant_id=merchant.merchant_id, gateway=gateway, account_id=account_id).subject_id
    where = await deps.locator.where(merchant.merchant_id, now=now)

    async def work(connection: Connection) -> list[Payout]:
        await deps.ledger.lock_subject(connection, merchant.merchant_id, SubjectKind.GATEWAY_ACCOUNT, subject_id)
        return [
            await _take(
                deps, connection, merchant, one, gateway=gateway, subject_id=subject_id, where=where, by=by, now=now
            )
            for one in told
        ]

    return await deps.retrying(work)


async def _take(
    deps: BankingDependencies,
    connection: Connection,
    merchant: Merchant,
    told: PayoutTold,
    *,
    gateway: str,
    subject_id: UUID,
    where: Where,
    by: Manager,
    now: datetime,
) -> Payout:
    before = await find_payout(connection, merchant.merchant_id, gateway, told.reference)
    if before is not None:
        if (before.amount, before.fees, before.lines) != (told.amount, told.fees, len(told.lines)):
            raise PayoutDiffers
        return replace(before, again=True)
    payout = Payout(
        merchant_id=merchant.merchant_id,
        payout_id=derived_id("payout", merchant.merchant_id, gateway, told.reference),
        gateway=gateway,
        subject_id=subject_id,
        reference=told.reference,
        currency=told.currency,
        amount=told.amount,
        fees=told.fees,
        arrives_on=told.arrives_on,
        lines=len(told.lines),
        taken_by=by.actor,
        taken_at=now,
    )
    await insert_payout(connection, payout, await _matched(connection, merchant.merchant_id, gateway, told.lines))
    moves = [
        (Kind.PAYOUT, "paid" if payout.amount > 0 else "drawn", payout.amount),
        (Kind.FEE, "charged" if payout.fees > 0 else "returned", payout.fees),
    ]
    rows = [_entry(payout, where, *move, by) for move in moves if move[2]]
    rows += await _of_other_entities(connection, payout, where, told.lines, by)
    await post(deps, connection, rows, now=now)
    await staff.record(
        connection, merchant.merchant_id, Audited.PAYOUT_TAKEN, subject=str(payout.payout_id), actor=by.actor,
        reason=payout.reference[:_REASON_MAX], now=now,
    )  # fmt: skip
    return payout


def _entry(payout: Payout, where: Where, kind: Kind, reason: str, amount: int, by: Manager) -> PostEntry:  # noqa: PLR0917 - one row, in the order it is read
    return PostEntry(
        merchant_id=payout.merchant_id,
        operation_id=derived_id("payout-booked", payout.payout_id, kind.value),
        actor=by.actor,
        where=where,
        subject_kind=SubjectKind.GATEWAY_ACCOUNT,
        subject_id=payout.subject_id,
        kind=kind,
        reason=reason,
        open_item=OpenItem(OpenItemKind.PAYOUT, payout.payout_id),
        currency=payout.currency,
        amount=abs(amount),
    )


async def _of_other_entities(
    connection: Connection, payout: Payout, where: Where, lines: Sequence[PayoutLine], by: Manager
) -> list[PostEntry]:
    """Return what says that a gateway paid out here what stands in the books of other legal entities: it is owed."""
    named = [one for one in lines if one.gross]
    found = await connection.fetch(
        _views.entities_of_payouts, payout.merchant_id, payout.gateway, [one.what for one in named],
        [one.reference for one in named],
    )  # fmt: skip
    entities = {(row["what"], row["reference"]): row["entity_id"] for row in found}
    owed = Counter[UUID]()
    for one in named:
        entity_id = entities.get((one.what, one.reference))
        if entity_id is not None and entity_id != where.legal_entity_id:
            owed[entity_id] += one.gross
    rows = []
    for entity_id, amount in sorted(owed.items()):
        there = await where_of_entity(connection, payout.merchant_id, entity_id)
        giver, taker = (where, there) if amount > 0 else (there, where)
        if amount:
            row = _entry(payout, giver, Kind.SETTLE_ENTITIES, "paid_out", amount, by)
            operation_id = derived_id("payout-of-entity", payout.payout_id, entity_id)
            rows.append(replace(row, operation_id=operation_id, across=Across(legal_entity_id=taker.legal_entity_id)))
    return rows


async def _matched(
    connection: Connection, merchant_id: UUID, gateway: str, lines: Sequence[PayoutLine]
) -> list[PayoutLine]:
    """Return lines with what of these books each is; those that are of nothing here say so by naming nothing."""
    wanted = [one for one in lines if one.what in {PayoutPart.PAYMENT, PayoutPart.REFUND}]
    rows = await connection.fetch(
        _views.items_of_payouts, merchant_id, gateway, [one.what for one in wanted], [one.reference for one in wanted]
    )
    known: dict[tuple[str, str], UUID] = {
        (row["what"], row["reference"]): row["item_id"] for row in rows if row["item_id"]
    }
    names = [one.reference for one in lines if one.what is PayoutPart.DISPUTE]
    for row in await connection.fetch(_views.disputes_named, merchant_id, gateway, names):
        item_id = derived_id("dispute-item", merchant_id, gateway, row["reference"])
        known[PayoutPart.DISPUTE, row["reference"]] = item_id
    return [replace(one, item_id=known.get((one.what, one.reference))) for one in lines]
