"""The tables of accounts at banks, of what was brought of them, and of their lines."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.domain.banking.errors import BankAccountUnknown, BankLineUnknown
from largesse.domain.banking.model import BankAccount, ColumnMap, KeptLine, LineState, StatementTaken
from largesse.kernel.bank_statements import BankLine

_queries = load(__package__)
_ENCODER = msgspec.json.Encoder()
_INSERTED = "INSERT 0 1"
_LINE_FIELDS = BankLine.__struct_fields__


async def insert_account(connection: Connection, account: BankAccount) -> bool:
    """Write a new account; False where one of its number and currency, or of its name, stands."""
    tag = await connection.execute(
        _queries.insert_account, account.merchant_id, account.account_id, account.name, account.number,
        account.currency, account.legal_entity_id, account.made_at,
    )  # fmt: skip
    return tag == _INSERTED


async def list_accounts(connection: Connection, merchant_id: UUID) -> list[BankAccount]:
    """Return a merchant's accounts: those in use first, then by name."""
    return [_account(row) for row in await connection.fetch(_queries.list_accounts, merchant_id)]


async def find_account(connection: Connection, merchant_id: UUID, named: str | UUID) -> BankAccount:
    """Return an account by its id, its name or its number.

    Raises:
        BankAccountUnknown: there is none.
    """
    wanted = str(named).strip().lower()
    bare = "".join(wanted.split())
    for one in await list_accounts(connection, merchant_id):
        if wanted in {str(one.account_id), one.name.lower()} or bare == one.number.lower():
            return one
    raise BankAccountUnknown


async def lock_account(connection: Connection, merchant_id: UUID, account_id: UUID) -> BankAccount:
    """Return an account; nobody else brings a statement of it until the transaction ends.

    Raises:
        BankAccountUnknown: there is none.
    """
    row = await connection.fetchrow(_queries.lock_account, merchant_id, account_id)
    if row is None:
        raise BankAccountUnknown
    return _account(row)


async def retire_account(connection: Connection, account: BankAccount, since: datetime | None) -> None:
    """Write since when an account is used no more; None: it is used."""
    await connection.execute(_queries.retire_account, account.merchant_id, account.account_id, since)


async def keep_columns(connection: Connection, account: BankAccount, columns: ColumnMap) -> None:
    """Remember what the columns of a bank's CSV mean."""
    said = _ENCODER.encode(columns).decode()
    await connection.execute(_queries.keep_columns, account.merchant_id, account.account_id, said)


async def statement_of(connection: Connection, account: BankAccount, digest: bytes) -> StatementTaken | None:
    """Return what a file was taken as before."""
    row = await connection.fetchrow(_queries.statement_of, account.merchant_id, account.account_id, digest)
    return None if row is None else StatementTaken(**row)


async def list_statements(
    connection: Connection, merchant_id: UUID, account_id: UUID | None = None, *, limit: int = 50
) -> list[StatementTaken]:
    """Return what was taken of a merchant's accounts, or of one, the newest first."""
    rows = await connection.fetch(_queries.list_statements, merchant_id, account_id, limit)
    return [StatementTaken(**row) for row in rows]


async def balance_before(connection: Connection, account: BankAccount, day: date) -> int | None:
    """Return what the last statement that ends on a day or before it closed with."""
    found: int | None = await connection.fetchval(_queries.balance_before, account.merchant_id, account.account_id, day)
    return found


async def insert_statement(connection: Connection, one: StatementTaken) -> None:
    """Write a file that was taken."""
    await connection.execute(
        _queries.insert_statement, one.merchant_id, one.statement_id, one.account_id, one.digest, one.format,
        one.file_name, one.number, one.lines, one.added, one.opened_on, one.opening, one.closed_on, one.closing,
        one.gap, one.taken_by, one.taken_at,
    )  # fmt: skip


async def known_lines(connection: Connection, account: BankAccount, digests: Sequence[bytes]) -> set[bytes]:
    """Return which of some lines stand already."""
    rows = await connection.fetch(_queries.known_lines, account.merchant_id, account.account_id, list(digests))
    return {row["digest"] for row in rows}


async def insert_lines(connection: Connection, statement: StatementTaken, lines: Sequence[KeptLine]) -> None:
    """Write the new lines of a statement."""
    rows = [{"line_id": one.line_id, "digest": one.digest.hex(), **msgspec.structs.asdict(one.line)} for one in lines]
    await connection.execute(
        _queries.insert_lines, statement.merchant_id, statement.account_id, statement.statement_id,
        statement.taken_at, _ENCODER.encode(rows).decode(),
    )  # fmt: skip


async def lock_line(connection: Connection, merchant_id: UUID, line_id: UUID) -> KeptLine:
    """Return a line; nobody else changes what became of it until the transaction ends.

    Raises:
        BankLineUnknown: there is none.
    """
    return _known(await connection.fetchrow(_queries.lock_line, merchant_id, line_id))


async def find_line(connection: Connection, merchant_id: UUID, line_id: UUID) -> KeptLine:
    """Return a line as it stands.

    Raises:
        BankLineUnknown: there is none.
    """
    return _known(await connection.fetchrow(_queries.find_line, merchant_id, line_id))


async def waiting_lines(
    connection: Connection, merchant_id: UUID, *, after: KeptLine | None = None, limit: int
) -> list[KeptLine]:
    """Return lines that wait to be matched, the oldest first, those after one of them."""
    day, line_id = (date.min, UUID(int=0)) if after is None else (after.line.booked_on, after.line_id)
    rows = await connection.fetch(_queries.waiting_lines, merchant_id, day, line_id, limit)
    return [_line(row) for row in rows]


async def lines_of(
    connection: Connection,
    merchant_id: UUID,
    *,
    state: LineState | None = None,
    account_id: UUID | None = None,
    limit: int = 100,
) -> list[KeptLine]:
    """Return lines of a state, or of all, the newest first."""
    return [_line(row) for row in await connection.fetch(_queries.lines_of, merchant_id, state, account_id, limit)]


async def count_waiting(connection: Connection, merchant_id: UUID) -> tuple[int, date | None]:
    """Return how many lines wait to be matched, and since when the oldest does."""
    row = await connection.fetchrow(_queries.count_waiting, merchant_id)
    assert row is not None, "a count has a row"
    return row["lines"], row["oldest"]


async def move_line(connection: Connection, line: KeptLine, *, left: int, state: LineState, note: str = "") -> None:
    """Write what of a line is not matched, and what became of it. It is locked."""
    await connection.execute(_queries.move_line, line.merchant_id, line.line_id, left, state, note)


def _account(row: Row) -> BankAccount:
    columns = None if row["columns"] is None else msgspec.json.decode(row["columns"], type=ColumnMap)
    return BankAccount(**{**row, "columns": columns})


def _known(row: Row | None) -> KeptLine:
    if row is None:
        raise BankLineUnknown
    return _line(row)


def _line(row: Row) -> KeptLine:
    return KeptLine(
        merchant_id=row["merchant_id"],
        line_id=row["line_id"],
        account_id=row["account_id"],
        statement_id=row["statement_id"],
        line=BankLine(**{name: row[name] for name in _LINE_FIELDS}),
        digest=row["digest"],
        state=LineState(row["state"]),
        left=row["remaining"],
        kept_at=row["kept_at"],
        note=row["note"],
    )
