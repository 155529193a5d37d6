"""Bring retail orders from a file of the 26 fields: all of them, or none (docs/decisions/0028-retail-import.md)."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db import Connection, gathering
from largesse.db.statistics import renew_statistics
from largesse.domain import merchants, orders, payments
from largesse.domain.merchants import Merchant
from largesse.domain.orders import ImportedOrder, ImportRules, Order, OrderSheet, OrderStatus, RowRefused
from largesse.domain.payments import Payment, PaymentStatus
from largesse.kernel.errors import FieldError, InvalidInput
from largesse.kernel.ids import derived_id, new_id
from largesse.kernel.numbers import fold_prefix
from largesse.kernel.sealing import Keyring
from largesse.kernel.tax import UNTAXED, TaxKind, TaxTreatment
from largesse.kernel.zones import region_of_zone
from largesse.services import endpoints
from largesse.services.orders.dependencies import OrderDependencies
from largesse.services.orders.fulfilment import Fulfilled, fulfil_all
from largesse.services.orders.selling import Basket, GiftOrder, Placed, add_placed, as_placed

_CHUNK = 500
_BROUGHT = TaxTreatment(kind=TaxKind.SALES_TAX)  # a file tells what was added, and neither rate nor country
_TAKEN = "Another order has this number already. If it is the same order, the file differs from what was imported."


class ImportRefused(InvalidInput):
    """Nothing was imported, and why, by line and field."""

    code = "order.import.refused"
    message = "Nothing was imported. Correct what is listed and import the file again."


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did: orders issued now, and those that an earlier import of the same rows had issued."""

    issued: tuple[Order, ...]
    known: tuple[Order, ...]
    dry_run: bool


class _DryRun(Exception):
    """Roll a rehearsal back."""


async def import_orders(
    deps: OrderDependencies, merchant: Merchant, sheet: OrderSheet, *, dry_run: bool, actor: str, now: datetime
) -> Imported:
    """Place and issue the orders of a sheet, in one transaction. The same sheet again changes nothing.

    With `dry_run` everything is done, database and ledger included, and rolled back.

    Raises:
        ImportRefused: something is wrong; every fault is listed by line and field, and nothing was done.
    """
    async with deps.database.connection() as connection:
        rules = await _rules(connection, deps.keyring, merchant, now=now)
    faults, rows = list(sheet.faults), []
    refused: list[tuple[int, str]] = []
    for row in sheet.rows:
        try:
            rows.append(orders.read_order(row.cells, line=row.line, rules=rules))
        except RowRefused as error:
            faults += [_at(row.line, fault) for fault in error.fields]
            if all(fault.field != "order_number" for fault in error.fields):
                refused.append((row.line, row.cells["order_number"].strip()))
    result: list[Imported] = []
    try:
        async with deps.transaction(long=True) as connection:
            known = await _known(connection, merchant, rows)
            faults += await _number_faults(connection, merchant, rows, refused, known)
            if faults:
                raise ImportRefused(fields=sorted(faults, key=_line_of))
            fresh = [(row, operation) for row, operation in _operations(merchant, rows) if row.line not in known]
            issued = await _import(connection, deps, merchant, fresh, actor=actor, now=now)
            result.append(Imported(issued=tuple(issued), known=tuple(known.values()), dry_run=dry_run))
            if dry_run:
                raise _DryRun
    except _DryRun:
        return result[0]
    await renew_statistics(deps.database, rows=len(result[0].issued))
    return result[0]


async def _rules(connection: Connection, keyring: Keyring, merchant: Merchant, *, now: datetime) -> ImportRules:
    return ImportRules(
        vendor_number=merchant.number,
        currency=merchant.money,
        zone=merchant.zone,
        region=region_of_zone(merchant.time_zone),
        customs=await endpoints.customs_of(connection, keyring, merchant.merchant_id),
        now=now,
    )


async def _known(connection: Connection, merchant: Merchant, rows: Sequence[ImportedOrder]) -> Mapping[int, Order]:
    """Return the orders that rows are already, by line: imported before, or issued here and saying the same."""
    asked = _operations(merchant, rows) + _operations(merchant, rows, as_written=True)
    operations = [operation for _, operation in asked]
    imported = await orders.find_by_operation(connection, merchant.merchant_id, operations)
    numbers = [row.order_number for row in rows if row.order_number]
    standing = await orders.find_by_numbers(connection, merchant.merchant_id, numbers)
    bought_with = [one.checkout_id for one in standing.values() if one.checkout_id is not None]
    checkouts = await orders.checkouts_by_id(connection, merchant.merchant_id, bought_with)
    known = dict[int, Order]()
    for row, operation in asked:
        order = standing.get(row.order_number) if row.order_number else imported.get(operation)
        if order is None or order.status in (OrderStatus.PLACED, OrderStatus.CANCELLED):
            continue
        billing = checkouts[order.checkout_id].billing if order.checkout_id in checkouts else None
        as_imported = order.operation_id == operation and order.fingerprint in (row.fingerprint, row.written)
        if as_imported or orders.is_same_order(row, order, billing, zone=merchant.zone):
            known[row.line] = order
    return known


async def _import(
    connection: Connection,
    deps: OrderDependencies,
    merchant: Merchant,
    fresh: Sequence[tuple[ImportedOrder, UUID]],
    *,
    actor: str,
    now: datetime,
) -> list[Order]:
    baskets = [_placed(merchant, row, operation, now=now) for row, operation in fresh]
    issued: list[Order] = []
    for at in range(0, len(baskets), _CHUNK):
        chunk = baskets[at : at + _CHUNK]
        for fulfilled in await _issue(connection, deps, merchant, chunk, actor=actor, now=now):
            issued += fulfilled.orders
    return issued


async def _issue(
    connection: Connection,
    deps: OrderDependencies,
    merchant: Merchant,
    placed: Sequence[Placed],
    *,
    actor: str,
    now: datetime,
) -> list[Fulfilled]:
    foreign = [
        order.order_number
        for one in placed
        for order in one.orders
        if orders.folded_prefix_of_order(order.order_number) != fold_prefix(merchant.prefix)
    ]
    await orders.reserve_numbers(connection, merchant.merchant_id, foreign)
    async with gathering(connection) as writes:
        add_placed(writes, placed)
    received = [_payment(one, now=now) for one in placed]
    return await fulfil_all(connection, deps, merchant, received, actor=actor, now=now)


def _placed(merchant: Merchant, row: ImportedOrder, operation_id: UUID, *, now: datetime) -> Placed:
    gift = GiftOrder(
        charge=row.charge,
        tax=_BROUGHT if row.charge.tax else UNTAXED,
        description=row.description,
        recipient_first_name=row.recipient_first_name,
        recipient_last_name=row.recipient_last_name,
        recipient_email=row.recipient_email,
        to_message=row.to_message,
        from_message=row.from_message,
        message=row.message,
        order_number=row.order_number or None,
        placed_at=row.placed_at,
    )
    basket = Basket(operation_id=operation_id, billing=row.billing, gifts=(gift,))
    return as_placed(merchant, basket, now=now, request=row.fingerprint)


def _payment(placed: Placed, *, now: datetime) -> Payment:
    return Payment(
        merchant_id=placed.checkout.merchant_id,
        payment_id=new_id(now),
        checkout_id=placed.checkout.checkout_id,
        gateway=payments.MANUAL,
        reference=f"import:{placed.orders[0].order_number}",
        status=PaymentStatus.SUCCEEDED,
        currency=placed.checkout.currency,
        amount=placed.checkout.total,
        created_at=now,
        settled_at=now,
    )


def _operations(
    merchant: Merchant, rows: Sequence[ImportedOrder], *, as_written: bool = False
) -> list[tuple[ImportedOrder, UUID]]:
    """Return each row with its operation: that of its order number; without one, of what it says and how often so far.

    `as_written` gives the operations of the version before, which went by the cells as they stood.
    """
    seen = Counter[bytes]()
    operations = []
    for row in rows:
        if row.order_number:
            operations.append((row, derived_id("import", merchant.merchant_id, "number", row.order_number)))
            continue
        told = row.written if as_written else row.fingerprint
        seen[told] += 1
        operations.append((row, derived_id("import", merchant.merchant_id, "row", told.hex(), str(seen[told]))))
    return operations


async def _number_faults(
    connection: Connection,
    merchant: Merchant,
    rows: Sequence[ImportedOrder],
    refused: Sequence[tuple[int, str]],
    same: Mapping[int, Order],
) -> list[FieldError]:
    """Return the faults of order numbers that only the whole file, or the database, can tell.

    `refused` has line and number of the rows that are refused for something else: all faults are told at once. `same`
    are the orders that lines are already.
    """
    numbers = sorted(
        [(row.line, row.order_number) for row in rows if row.order_number] + [at for at in refused if at[1]]
    )
    given = [number for _, number in numbers]
    standing = await orders.find_by_numbers(connection, merchant.merchant_id, given)
    reserved = await orders.numbers_of_others(connection, merchant.merchant_id, given)
    others = {fold_prefix(one.prefix) for one in await merchants.list_merchants(connection)} - {
        fold_prefix(merchant.prefix)
    }

    def faults() -> Iterator[FieldError]:
        first: dict[str, int] = {}
        for line, number in numbers:
            known = standing.get(number)
            if (earlier := first.setdefault(number, line)) != line:
                message = f"Line {earlier} has the same order number. Every order needs its own."
                yield _fault(line, "order_number.repeated", message)
            elif number in reserved or (known and line not in same):
                yield _fault(line, "order.number.taken", _TAKEN)
            elif line not in same and orders.folded_prefix_of_order(number) in others:
                message = "This looks like an order number of another merchant here. Give the order another number."
                yield _fault(line, "order_number.foreign", message)

    return list(faults())


def _fault(line: int, code: str, message: str) -> FieldError:
    return _at(line, FieldError("order_number", code, message))


def _at(line: int, fault: FieldError) -> FieldError:
    return FieldError(f"line {line}: {fault.field}", fault.code, fault.message)


def _line_of(fault: FieldError) -> int:
    return int(fault.field.removeprefix("line ").partition(":")[0])
