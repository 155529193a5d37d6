"""Close the day of a device: what was counted, typed before the books tell, and all that the device did, for good.

The close first moves the cut of the merchant's books, as a seal does: it waits for whatever is being recorded, and
what comes afterwards is recorded behind the cut, so that it stands in the next day. A sale is in one day, whoever was
faster.
"""

from datetime import datetime

import msgspec

from largesse.db import Connection
from largesse.domain import closings, offline
from largesse.domain.closings import Closing, ClosingInvalid, ClosingLine, NothingToClose
from largesse.domain.devices import Device
from largesse.domain.merchants import Merchant
from largesse.domain.offline import RowsWait
from largesse.kernel.errors import FieldError
from largesse.kernel.where import BooksSale, Where
from largesse.ledger import Kind, OperationConflict, PostEntry, SubjectKind, fingerprint
from largesse.services.bookkeeping import location_day
from largesse.services.certificates import Request
from largesse.services.counter_sales.dependencies import CounterSaleDependencies
from largesse.services.counter_sales.drawers import (
    DrawerStanding,
    counting,
    difference_unexplained,
    operations_of_closing,
    post_entries,
    standing_of_drawer,
)

REASON_MAX = 200


class DayCount(msgspec.Struct, frozen=True, kw_only=True):
    """What was counted at the end of a day: in the drawer, and what the terminal's batch comes to.

    `reason` is why it differs from what should be there. Where the merchant's own till books, nothing is counted.
    """

    cash: int | None = None
    terminal: int | None = None
    reason: str = ""


async def close_day(
    deps: CounterSaleDependencies,
    merchant: Merchant,
    device: Device,
    count: DayCount,
    *,
    from_office: bool = False,
    request: Request,
    now: datetime,
) -> Closing:
    """Close the day of a device, and return what was written down; asked again, it tells the same.

    `from_office` is where somebody closes it who does not stand at it: it is forgotten, broken or gone.

    Raises:
        ClosingInvalid: the count is missing, or differs and nothing says why.
        NothingToClose: nothing happened on it since its last close.
        RowsWait: it has told of redemptions without a line that were not sent, and whoever is at it closes it.
        OperationConflict: the operation id was used for something else.
    """
    said = (str(device.device_id), count, from_office, request.actor)
    asked = fingerprint(msgspec.json.encode(("close", *said)))
    where = await deps.locator.last_known(merchant.merchant_id, device.location_id)
    if len(count.reason) > REASON_MAX:
        raise ClosingInvalid(fields=[FieldError("reason", "text.too_long", f"Shorten it to {REASON_MAX} characters.")])

    async def work(connection: Connection) -> Closing:
        standing = await standing_of_drawer(deps, connection, merchant, device, now=now)
        before = await closings.closing_of_operation(connection, merchant.merchant_id, request.operation_id)
        if before is not None:
            if before.fingerprint != asked:
                raise OperationConflict
            return before
        closing = _closing(
            merchant, device, where, standing, count, asked=asked, from_office=from_office, request=request, now=now
        )
        _check(closing, standing, where)
        if not from_office:
            await _refuse_while_rows_wait(connection, device)
        commands = _entries(closing, device, where, request)
        if commands:
            await post_entries(deps, connection, commands, now=now)
        await closings.insert_closing(connection, closing)
        return closing

    return await deps.retrying(work)


async def _refuse_while_rows_wait(connection: Connection, device: Device) -> None:
    """Refuse to close a device by whoever is at it that has told of rows of work without a line.

    Raises:
        RowsWait: some were not sent.
    """
    known = await offline.enrolment_of(connection, device.merchant_id, device.device_id, enrolled_at=device.enrolled_at)
    if known is not None and known.waiting:
        raise RowsWait


def _closing(
    merchant: Merchant,
    device: Device,
    where: Where,
    standing: DrawerStanding,
    count: DayCount,
    *,
    asked: bytes,
    from_office: bool,
    request: Request,
    now: datetime,
) -> Closing:
    last = standing.last
    return Closing(
        merchant_id=merchant.merchant_id,
        device_id=device.device_id,
        number=last.number + 1 if last else 1,
        operation_id=request.operation_id,
        fingerprint=asked,
        location_id=where.location_id,
        booked_on=where.booked_on(now),
        since=last.cut if last else None,
        cut=standing.cut,
        currency=merchant.currency,
        opening=standing.opening,
        expected=standing.expected,
        counted=count.cash,
        terminal_expected=standing.terminal,
        terminal_counted=count.terminal,
        reason=count.reason,
        from_office=from_office,
        actor=request.actor,
        totals=tuple(
            ClosingLine(
                kind=one.kind, reason=one.reason, actor=one.actor, debit=one.debit, credit=one.credit,
                count=one.count, sum=one.sum,
            )
            for one in standing.sums
        ),
        made_at=now,
    )  # fmt: skip


def _check(closing: Closing, standing: DrawerStanding, where: Where) -> None:
    """Refuse a close that cannot stand.

    Raises:
        ClosingInvalid: the count is missing, or differs and nothing says why.
        NothingToClose: nothing happened.
    """
    faults = []
    if where.books_sale is BooksSale.TILL:
        if closing.counted is not None or closing.terminal_counted is not None:
            faults.append(FieldError("cash", "count.till_books", "Your own till counts here: leave it empty."))
    else:
        if closing.counted is None or closing.counted < 0:
            faults.append(FieldError("cash", "count.missing", "Count the drawer and type what lies in it, 0 for none."))
        wanted = closing.terminal_counted is not None or not closing.terminal_expected
        if not wanted or (closing.terminal_counted or 0) < 0:
            text = "Type the total of the card terminal's batch, 0 for none."
            faults.append(FieldError("terminal", "count.missing", text))
    differs = closing.difference or closing.terminal_difference
    if not faults and differs and not closing.reason.strip():
        said = difference_unexplained("reason", closing.difference, closing.terminal_difference, code=closing.currency)
        faults.append(said)
    if faults:
        raise ClosingInvalid(fields=faults)
    if not standing.sums and not differs:
        raise NothingToClose


def _entries(closing: Closing, device: Device, where: Where, request: Request) -> list[PostEntry]:
    """Return what a close books: the count of the drawer, and the batch of the terminal on its way to the bank."""
    ids = operations_of_closing(closing.operation_id)
    reason = closing.reason or None
    asks = [Request(operation_id=one, actor=request.actor, memo=reason) for one in ids]
    commands = list[PostEntry]()
    if closing.counted is not None:
        commands.append(counting(where, device, closing.difference, currency=closing.currency, request=asks[0]))
    batch, differs = closing.terminal_counted or 0, closing.terminal_difference
    if batch:
        commands.append(_terminal(closing, where, "banked", batch, asks[1]))
    if differs:
        commands.append(_terminal(closing, where, "over" if differs > 0 else "short", abs(differs), asks[2]))
    return commands


def _terminal(closing: Closing, where: Where, reason: str, amount: int, request: Request) -> PostEntry:
    return PostEntry(
        merchant_id=closing.merchant_id,
        operation_id=request.operation_id,
        actor=request.actor,
        memo=request.memo,
        where=where,
        device_id=closing.device_id,
        subject_kind=SubjectKind.LOCATION,
        subject_id=where.location_id,
        kind=Kind.TERMINAL_BATCH,
        reason=reason,
        open_item=location_day(where.location_id, closing.booked_on),
        currency=closing.currency,
        amount=amount,
    )
