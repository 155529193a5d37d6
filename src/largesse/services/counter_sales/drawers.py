"""The drawer of a device: what goes in and out of it beside sales, and what should lie in it."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import closings
from largesse.domain.closings import Closing, ClosingInvalid
from largesse.domain.devices import Device, DeviceRevoked, DeviceState
from largesse.domain.merchants import Merchant
from largesse.kernel.currency import currency
from largesse.kernel.errors import FieldError, LargesseError
from largesse.kernel.ids import derived_id
from largesse.kernel.money import plain
from largesse.kernel.where import BooksSale, Where
from largesse.ledger import (
    Account,
    DeviceSum,
    Entry,
    Kind,
    OpenItem,
    OpenItemKind,
    PostEntry,
    SubjectKind,
    device_sums,
    fingerprint,
)
from largesse.services.certificates import Request
from largesse.services.counter_sales.dependencies import CounterSaleDependencies
from largesse.services.counter_sales.errors import TillBooksSale

_OF_CLOSING: Final = ("closing-cash", "closing-terminal", "closing-terminal-difference")


class DrawerMove(StrEnum):
    """What goes into a drawer or out of it, beside what is sold and paid out."""

    FLOAT = "float"
    """Change, from the safe."""
    TO_SAFE = "to_safe"
    PAY_IN = "pay_in"
    PAY_OUT = "pay_out"
    """For what these books do not know, such as postage; the memo says for what."""
    DEPOSIT = "deposit"
    """Brought to the bank."""


_ENTRIES: Final = {
    DrawerMove.FLOAT: (Kind.PAY_IN, "float"),
    DrawerMove.TO_SAFE: (Kind.PAY_OUT, "float"),
    DrawerMove.PAY_IN: (Kind.PAY_IN, "sundry"),
    DrawerMove.PAY_OUT: (Kind.PAY_OUT, "sundry"),
    DrawerMove.DEPOSIT: (Kind.DEPOSIT, "banked"),
}
EXPLAINED: Final = frozenset({DrawerMove.PAY_IN, DrawerMove.PAY_OUT})
"""The moves that need words: the books know nothing else of what they are for."""


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """What went into a drawer or out of it."""

    move: DrawerMove
    amount: int
    currency: str
    operation_id: UUID
    replayed: bool = False


class DrawerCount(msgspec.Struct, frozen=True, kw_only=True):
    """What was counted in a drawer that is handed over, and how much more that is than expected."""

    counted: int
    difference: int
    currency: str
    operation_id: UUID
    replayed: bool = False

    @property
    def expected(self) -> int:
        """Return what should have lain in it."""
        return self.counted - self.difference


class DrawerStanding(NamedTuple):
    """A device since its last close: what lay in its drawer then, what it did, and what should lie in it at the cut."""

    last: Closing | None
    cut: datetime
    sums: Sequence[DeviceSum]

    @property
    def opening(self) -> int:
        """Return what lay in the drawer at the last close."""
        return self.last.left if self.last else 0

    @property
    def expected(self) -> int:
        """Return what should lie in the drawer."""
        return self.opening + sum(one.on(Account.CASH) for one in self.sums)

    @property
    def terminal(self) -> int:
        """Return what the card terminal should have taken."""
        return sum(one.on(Account.TERMINAL) for one in self.sums)


def drawer_id(device: Device) -> UUID:
    """Return the subject of a device's drawer."""
    return derived_id("drawer", device.merchant_id, device.device_id)


def operations_of_closing(operation_id: UUID) -> tuple[UUID, ...]:
    """Return the operations by which a close books what it counted: they belong to no day of the device."""
    return tuple(derived_id(name, operation_id) for name in _OF_CLOSING)


async def standing_of_drawer(
    deps: CounterSaleDependencies, connection: Connection, merchant: Merchant, device: Device, *, now: datetime
) -> DrawerStanding:
    """Return how a device stands, exactly: nothing is recorded at or before its cut any more.

    It moves the cut of the merchant's books, so it comes first in its transaction, which ends soon.
    """
    cut = await deps.ledger.move_cut(connection, merchant.merchant_id, now=now)
    last = await closings.last_closing(connection, merchant.merchant_id, device.device_id)
    return DrawerStanding(last, cut, await _since(connection, merchant, device, last, until=cut))


async def glance_at_drawer(
    connection: Connection, merchant: Merchant, device: Device, *, now: datetime
) -> DrawerStanding:
    """Return the same as far as it is written down, for somebody who only looks."""
    last = await closings.last_closing(connection, merchant.merchant_id, device.device_id)
    return DrawerStanding(last, now, await _since(connection, merchant, device, last, until=None))


async def _since(
    connection: Connection, merchant: Merchant, device: Device, last: Closing | None, *, until: datetime | None
) -> list[DeviceSum]:
    found = await device_sums(
        connection,
        merchant.merchant_id,
        device.device_id,
        since=last.cut if last else None,
        until=until,
        without=operations_of_closing(last.operation_id) if last else (),
    )
    return [one for one in found if one.currency == merchant.currency]


async def move_cash(
    deps: CounterSaleDependencies,
    merchant: Merchant,
    device: Device,
    move: DrawerMove,
    *,
    amount: int,
    request: Request,
    now: datetime,
) -> Moved:
    """Book what goes into the drawer of a device or out of it; the request's memo says for what.

    Raises:
        TillBooksSale: the drawer at its location is the merchant's own till's.
        DeviceRevoked: the device has ended.
        ClosingInvalid: no amount, or no words for what it is.
        OperationConflict: the operation id was used for something else.
    """
    faults = []
    if amount <= 0:
        faults.append(FieldError("amount", "amount.missing", "Type an amount above zero."))
    if move in EXPLAINED and not (request.memo or "").strip():
        faults.append(FieldError("memo", "memo.missing", "Say what it is for."))
    if faults:
        raise ClosingInvalid(fields=faults)
    where = await where_of_drawer(deps, device)
    kind, reason = _ENTRIES[move]
    item = None
    if move is DrawerMove.DEPOSIT:
        item = OpenItem(OpenItemKind.DEPOSIT, derived_id("deposit", request.operation_id))
    command = entry_of_drawer(
        where, device, kind, reason, amount=amount, currency=merchant.currency, request=request, item=item
    )
    outcome = await deps.ledger.submit(command, now=now)
    return Moved(
        move=move,
        amount=amount,
        currency=merchant.currency,
        operation_id=outcome.operation_id,
        replayed=outcome.replayed,
    )


async def hand_over(
    deps: CounterSaleDependencies, merchant: Merchant, device: Device, *, counted: int, request: Request, now: datetime
) -> DrawerCount:
    """Hand the drawer of a device over to whoever comes next, by count; a difference is booked, with the memo.

    Raises:
        TillBooksSale, DeviceRevoked: as `move_cash`.
        ClosingInvalid: the count is below zero, or differs and nothing says why.
        OperationConflict: the operation id was used for something else.
    """
    if counted < 0:
        raise ClosingInvalid(fields=[FieldError("counted", "counted.negative", "Type what lies in the drawer.")])
    where = await where_of_drawer(deps, device)
    said = (str(device.device_id), counted, request.actor, request.memo)
    asked = fingerprint(msgspec.json.encode(("hand-over", *said)))

    async def work(connection: Connection) -> DrawerCount:
        standing = await standing_of_drawer(deps, connection, merchant, device, now=now)
        done = await deps.ledger.operations(connection, merchant.merchant_id, [request.operation_id], fingerprint=asked)
        if done:
            return DrawerCount(
                counted=counted,
                difference=sum(map(_cash, done[0])),
                currency=merchant.currency,
                operation_id=request.operation_id,
                replayed=True,
            )
        difference = counted - standing.expected
        if difference and not (request.memo or "").strip():
            raise ClosingInvalid(fields=[difference_unexplained("memo", difference, 0, code=merchant.currency)])
        command = msgspec.structs.replace(
            counting(where, device, difference, currency=merchant.currency, request=request), fingerprint=asked
        )
        await post_entries(deps, connection, [command], now=now)
        return DrawerCount(
            counted=counted, difference=difference, currency=merchant.currency, operation_id=request.operation_id
        )

    return await deps.retrying(work)


async def where_of_drawer(deps: CounterSaleDependencies, device: Device) -> Where:
    """Return the location of a device whose drawer is ours.

    Raises:
        TillBooksSale: it is the merchant's own till's.
        DeviceRevoked: the device has ended.
    """
    if device.state is DeviceState.REVOKED:
        raise DeviceRevoked
    where = await deps.locator.last_known(device.merchant_id, device.location_id)
    if where.books_sale is BooksSale.TILL:
        raise TillBooksSale
    return where


def entry_of_drawer(
    where: Where,
    device: Device,
    kind: Kind,
    reason: str,
    *,
    amount: int,
    currency: str,
    request: Request,
    item: OpenItem | None = None,
) -> PostEntry:
    """Return an entry of a device's drawer. Pure."""
    return PostEntry(
        merchant_id=where.merchant_id,
        operation_id=request.operation_id,
        actor=request.actor,
        memo=request.memo,
        where=where,
        device_id=device.device_id,
        subject_kind=SubjectKind.TILL_DRAWER,
        subject_id=drawer_id(device),
        kind=kind,
        reason=reason,
        currency=currency,
        amount=amount,
        open_item=item,
    )


def counting(where: Where, device: Device, difference: int, *, currency: str, request: Request) -> PostEntry:
    """Return the entry of a count that found so much more in a drawer than expected. Pure."""
    reason = "exact" if not difference else "over" if difference > 0 else "short"
    amount = abs(difference)
    return entry_of_drawer(where, device, Kind.COUNT, reason, amount=amount, currency=currency, request=request)


def difference_unexplained(field: str, drawer: int, terminal: int, *, code: str) -> FieldError:
    """Return what is wrong where a difference has no reason, and by how much it differs."""
    money = currency(code)
    found = [
        f"{name} by {'+' if amount > 0 else ''}{plain(amount, money)} {code}"
        for name, amount in (("the drawer", drawer), ("the terminal", terminal))
        if amount
    ]
    text = f"It differs from what should be there, {' and '.join(found)}: say why."
    return FieldError(field, "difference.unexplained", text)


async def post_entries(
    deps: CounterSaleDependencies, connection: Connection, commands: Sequence[PostEntry], *, now: datetime
) -> None:
    """Post entries in the caller's transaction, all or none.

    Raises:
        LargesseError: one of them is refused.
    """
    for outcome in await deps.ledger.post(connection, commands, now=now):
        if isinstance(outcome, LargesseError):
            raise outcome


def _cash(row: Entry) -> int:
    return (row.amount or 0) * ((row.debit is Account.CASH) - (row.credit is Account.CASH))
