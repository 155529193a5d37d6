"""The table of withdrawals."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.domain.withdrawals.errors import WithdrawalClosed, WithdrawalNotFound
from largesse.domain.withdrawals.model import Withdrawal

_queries = load(__package__)


async def insert_withdrawal(connection: Connection, one: Withdrawal) -> bool:
    """Write a declaration; return False, having written nothing, where one counts for the order or it came before."""
    values = (one.merchant_id, one.withdrawal_id, one.order_id, one.order_number, one.name, one.email, one.language)
    more = (one.known_by.value, one.doubt.value, one.received_at, one.due_on)
    return await connection.fetchval(_queries.insert_withdrawal, *values, *more) is not None


async def find_withdrawal(
    connection: Connection, merchant_id: UUID, withdrawal_id: UUID, *, lock: bool = False
) -> Withdrawal:
    """Return a declaration, with `lock` held until the transaction ends.

    Raises:
        WithdrawalNotFound: this merchant has none of that id.
    """
    query = _queries.lock_withdrawal if lock else _queries.find_withdrawal
    row = await connection.fetchrow(query, merchant_id, withdrawal_id)
    if row is None:
        raise WithdrawalNotFound
    return _withdrawal(row)


async def withdrawal_of_order(connection: Connection, merchant_id: UUID, order_id: UUID) -> Withdrawal | None:
    """Return the declaration that counts for an order, None where there is none."""
    row = await connection.fetchrow(_queries.withdrawal_of_order, merchant_id, order_id)
    return None if row is None else _withdrawal(row)


async def list_withdrawals(
    connection: Connection, merchant_id: UUID, *, closed_too: bool = False, limit: int
) -> list[Withdrawal]:
    """Return declarations that wait for something, the one that is due first leading; then the closed ones."""
    rows = await connection.fetch(_queries.list_withdrawals, merchant_id, closed_too, limit)
    return [_withdrawal(row) for row in rows]


async def count_open(connection: Connection, merchant_id: UUID) -> tuple[int, date | None]:
    """Return how many wait for something, and the day on which the first is due."""
    row = await connection.fetchrow(_queries.count_open, merchant_id)
    assert row is not None, "it counts"
    return row["waiting"], row["due_on"]


async def mails_to(connection: Connection, merchant_id: UUID, address: str, *, since: datetime) -> int:
    """Return how many declarations gave an address since a moment: each was acknowledged there."""
    return int(await connection.fetchval(_queries.mails_to, merchant_id, address, since))


async def doubted_since(connection: Connection, merchant_id: UUID, order_number: str, *, since: datetime) -> int:
    """Return how many declarations named an order since a moment and were not its buyer's."""
    return int(await connection.fetchval(_queries.doubted_since, merchant_id, order_number, since))


async def merchants_with_open(connection: Connection, *, tried_before: datetime) -> list[UUID]:
    """Return who has declarations that count, are not closed, and were not looked at since a moment."""
    return [row["merchant_id"] for row in await connection.fetch(_queries.merchants_with_open, tried_before)]


async def take_some(
    connection: Connection, merchant_id: UUID, *, tried_before: datetime, limit: int, now: datetime
) -> list[Withdrawal]:
    """Return some of them, each to one caller, and note that they are looked at now."""
    rows = await connection.fetch(_queries.take_some, merchant_id, now, tried_before, limit)
    return [_withdrawal(row) for row in rows]


async def note_round(connection: Connection, one: Withdrawal) -> None:
    """Note that something was booked for a declaration in its present round; a second time changes nothing."""
    await connection.execute(_queries.note_round, one.merchant_id, one.withdrawal_id, one.rounds)


async def settle_withdrawal(
    connection: Connection, one: Withdrawal, *, spent_price: int, currency: str, now: datetime
) -> None:
    """Note that all that was not spent is booked; a second time changes nothing."""
    await connection.execute(_queries.settle_withdrawal, one.merchant_id, one.withdrawal_id, now, spent_price, currency)


async def close_withdrawal(connection: Connection, one: Withdrawal, *, by: str, reason: str, now: datetime) -> None:
    """Note that nothing is left to be done.

    Raises:
        WithdrawalClosed: somebody did before.
    """
    found = await connection.fetchval(_queries.close_withdrawal, one.merchant_id, one.withdrawal_id, now, by, reason)
    if found is None:
        raise WithdrawalClosed


async def open_again(connection: Connection, first: Withdrawal, anew: Withdrawal) -> Withdrawal | None:
    """Begin one that was closed before all was booked, as received with `anew`; None where there is nothing to do."""
    values = (anew.received_at, anew.due_on)
    row = await connection.fetchrow(_queries.open_again, first.merchant_id, first.withdrawal_id, *values)
    return None if row is None else _withdrawal(row)


async def erase_person(connection: Connection, merchant_id: UUID, address: str) -> int:
    """Take whoever has an address, folded, out of what they declared; return of how many declarations."""
    return len(await connection.fetch(_queries.erase_person, merchant_id, address))


async def forget_withdrawals(connection: Connection, merchant_id: UUID, *, before: datetime, limit: int) -> int:
    """Delete some that count for no order and were closed before a moment; return how many."""
    done = await connection.execute(_queries.forget_withdrawals, merchant_id, before, limit)
    return int(done.rpartition(" ")[2])


def _withdrawal(row: Row) -> Withdrawal:
    return msgspec.convert(dict(row), Withdrawal)
