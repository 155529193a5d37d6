"""Rows of a queue that cannot be verified: set aside, so that nothing waits behind them, and told to be settled.

Nothing is taken by such a row. Where it can be read it is kept as it was sent: the rows behind it carry on its hash, so
the chain still shows whether anything was changed. Where it cannot, its number is missing, which is told as a gap.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from largesse.db import Connection
from largesse.domain import devices, offline
from largesse.domain.merchants import Merchant
from largesse.domain.offline import (
    ConflictKind,
    Enrolment,
    EnrolmentUnknown,
    OfflineConflict,
    OfflineRow,
    QueueRow,
    QueueRowInvalid,
    RowCame,
    RowState,
    SignedRow,
)
from largesse.kernel.ids import derived_id, new_id
from largesse.services.offline.chaining import chain_up
from largesse.services.offline.dependencies import OfflineDependencies

ASIDE_MAX: Final = 50
"""So many of one enrolment are told at a time: whoever knows its id could send anything."""


async def set_aside(
    deps: OfflineDependencies,
    merchant: Merchant,
    signed: SignedRow,
    *,
    beside: Sequence[SignedRow],
    after: int,
    now: datetime,
) -> OfflineRow | int:
    """Keep a row that cannot be verified, or return the number that it has to have, where it cannot be read.

    Whose it is says the row, else those that came `beside` it; `after` is the number of the row before it.

    Raises:
        QueueRowInvalid: nobody knows whose it is, or too many of its queue wait to be settled.
    """
    row = _read(signed)
    async with deps.transaction() as connection:
        enrolment = await _enrolment(connection, merchant, [signed, *beside])
        if await offline.count_unverified(connection, enrolment) >= ASIDE_MAX:
            raise QueueRowInvalid
        number = row.number if row is not None else max(after, enrolment.last_number) + 1
        before = await offline.find_row(connection, enrolment, number)
        if before is not None and before.state is not RowState.ASIDE:
            return before  # its number was taken by one that the device signed
        device = await devices.find_device(connection, merchant.merchant_id, str(enrolment.device_id))
        own = row is not None and row.enrolment == enrolment.enrolment_id and row.currency == merchant.currency
        asked = row.asked if row is not None and own else 0
        claimed_at = max(enrolment.enrolled_at, min(row.claimed_at, now)) if row is not None else now

        def conflict(kind: ConflictKind, *, number: int, number_to: int = 0) -> OfflineConflict:
            return OfflineConflict(
                merchant_id=merchant.merchant_id,
                conflict_id=new_id(now),
                enrolment_id=enrolment.enrolment_id,
                device_id=device.device_id,
                location_id=device.location_id,
                kind=kind,
                number=number,
                number_to=number_to or number,
                currency=merchant.currency,
                amount=asked if kind is ConflictKind.UNVERIFIED else 0,
                last_four=row.parts[0].last_four if row is not None and kind is ConflictKind.UNVERIFIED else "",
                claimed_at=claimed_at,
                noted_at=now,
            )

        await offline.insert_conflict(connection, conflict(ConflictKind.UNVERIFIED, number=number))
        if before is not None or row is None or not own:
            return before or number
        kept = OfflineRow(
            merchant_id=merchant.merchant_id,
            enrolment_id=enrolment.enrolment_id,
            number=number,
            device_id=device.device_id,
            location_id=device.location_id,
            operation_id=derived_id("offline-aside", enrolment.enrolment_id, str(number)),
            body=signed.body,
            signature=signed.signature,
            membership_id=None,
            claimed_at=claimed_at,
            received_at=now,
            came=RowCame.LINE,
            late=False,
            state=RowState.ASIDE,
            asked=asked,
            taken=0,
        )
        await offline.insert_row(connection, kept)
        await chain_up(connection, enrolment, row, conflict)
        await offline.fill_gap(connection, enrolment, number, now=now)
        return kept


async def _enrolment(connection: Connection, merchant: Merchant, rows: Sequence[SignedRow]) -> Enrolment:
    """Return the enrolment that the first of some rows names which names one of the merchant's, locked."""
    for enrolment_id in dict.fromkeys(_named(rows)):
        try:
            return await offline.locked_enrolment(connection, merchant.merchant_id, enrolment_id)
        except EnrolmentUnknown:
            continue
    raise QueueRowInvalid


def _named(rows: Sequence[SignedRow]) -> list[UUID]:
    return [row.enrolment for row in map(_read, rows) if row is not None]


def _read(signed: SignedRow) -> QueueRow | None:
    try:
        return offline.read_row(signed)
    except QueueRowInvalid:
        return None
