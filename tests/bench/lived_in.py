"""A merchant of many years: certificates, orders and journal rows by the million, made from the rows of real ones.

Some histories are lived for real, by the services that people use; the rows they left are then copied as often as it
takes, each copy with ids, numbers, names and days of its own and a journal whose chain of hashes is right, so that
`largesse ledger verify` finds nothing. Events and what was sent are left out: nothing that is measured reads them.
"""

import hashlib
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from operator import itemgetter
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from largesse.app.application import Application
from largesse.domain import merchants
from largesse.domain.certificates import seal_number
from largesse.domain.merchants import Merchant
from largesse.kernel.numbers import make_number
from largesse.kernel.sealing import Keyring
from largesse.ledger import chain
from largesse.services import certificates
from largesse.services.certificates import Place, Request
from largesse.services.orders import mark_paid, selling
from tests.bench.instance import Instance
from tests.bench.rows import WrittenTable, moment_of, rows_between, written_between
from tests.builders.orders import a_basket, a_charge

CERTIFICATES: Final = 1_000_000
HISTORIES: Final = 120
BATCH: Final = 2_000
DAYS: Final = 730
SEED: Final = 20_261_130
KEPT: Final = 1_000
"""Of so many copies, the number of one is told."""
_LEFT_OUT = frozenset({"events", "deliveries", "attempts"})
_NAMES = frozenset({"recipient_first_name", "recipient_last_name", "billing_first_name", "billing_last_name"})
_ADDRESSES = frozenset({"recipient_email", "billing_email"})
_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SYLLABLES = ("an", "bel", "cor", "da", "el", "fre", "gi", "ha", "il", "jo", "ka", "li", "mo", "na", "or", "pe")
_TIMED = 7
_KIND = 0xF << 76 | 0b11 << 62
"""The bits of an id that say how it was made."""
_REFERENCE = UUID(int=1, version=4)
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_CONSOLE = Console(stderr=True)
_ID_COLUMNS = """SELECT quote_ident(c.relname), quote_ident(a.attname)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND a.atttypid = 'uuid'::regtype AND a.attnum > 0 AND NOT a.attisdropped"""


class Lived(msgspec.Struct, frozen=True, kw_only=True):
    """What was made: the merchant, how much of it, and some numbers that can be typed at a till."""

    merchant: Merchant
    certificates: int
    journal_rows: int
    seconds: float
    numbers: tuple[str, ...]


class _Copy:
    """One copy of a history: what its ids, its number, its names and its days become."""

    def __init__(self, draw: random.Random, place: int, merchant: Merchant) -> None:
        self.days = timedelta(days=draw.randrange(1, DAYS))
        self._draw, self._place, self._prefix = draw, place, merchant.prefix
        self._ids: dict[UUID, UUID] = {}
        self._number = make_number(merchant.prefix)

    def id(self, known: UUID) -> UUID:
        """Return the id that stands for one of the history's; where that tells its moment, this one does too."""
        found = self._ids.get(known)
        if found is None:
            drawn = self._draw.getrandbits(128)
            if known.version == _TIMED:
                moved = (known.int >> 80) - int(self.days.total_seconds() * 1000)
                drawn = moved << 80 | drawn & (1 << 80) - 1
            found = self._ids[known] = UUID(int=drawn & ~_KIND | known.int & _KIND)
        return found

    def order_number(self) -> str:
        """Return the number of its order: no order of the product's own begins with U, which looks like V."""
        return f"{self._prefix}-U" + "".join(_DIGITS[self._place >> shift & 31] for shift in range(30, -1, -5))

    def number(self) -> str:
        """Return the number of its certificate."""
        return self._number

    def name(self) -> str:
        """Return a name that nobody has."""
        return "".join(self._draw.choices(_SYLLABLES, k=3)).capitalize()


Change = Callable[[_Copy], Any]


class _TableOfCopies:
    """One table of a history: its rows, and what changes in each from copy to copy; ids that are `known` do not."""

    def __init__(self, table: WrittenTable, rows: Sequence[asyncpg.Record], known: frozenset[UUID]) -> None:
        self.name = table.name
        self.columns = [column.name.strip('"') for column in table.columns]
        self.rows = [[row[name] for name in self.columns] for row in rows]
        self._changes = [[*_changes(row, self.columns, known)] for row in self.rows]

    def changing(self, number: int) -> frozenset[int]:
        """Return which columns of a row change."""
        return frozenset(place for place, _ in self._changes[number])

    def copied(self, copy: _Copy) -> list[list[Any]]:
        """Return the rows of a copy."""
        written = []
        for row, changes in zip(self.rows, self._changes, strict=True):
            made = row.copy()
            for place, change in changes:
                made[place] = change(copy)
            written.append(made)
        return written


def _changes(row: Sequence[Any], columns: Sequence[str], known: frozenset[UUID]) -> Iterator[tuple[int, Change]]:
    for place, (name, value) in enumerate(zip(columns, row, strict=True)):
        change = _change(name, value, known)
        if change is not None:
            yield place, change


def _change(name: str, value: Any, known: frozenset[UUID]) -> Change | None:
    """Return how a value of a column changes from copy to copy, None for not at all."""
    match value:
        case UUID() if value not in known:
            return lambda copy: copy.id(value)
        case date():  # and a datetime, which is one
            return lambda copy: value - copy.days
        case str() if name == "order_number":
            return lambda copy: copy.order_number()
        case str() if name in _NAMES:
            return lambda copy: copy.name()
        case str() if name in _ADDRESSES:
            return lambda copy: f"{copy.name()}.{copy.name()}@example.com".lower()
        case str() if name == "reference":
            return lambda copy: str(copy.id(_REFERENCE))
        case str() if value.startswith(("[{", '{"')):
            read = msgspec.json.decode(value)
            return lambda copy: msgspec.json.encode(_moved(read, copy, known)).decode()
        case _:
            return None


def _moved(value: Any, copy: _Copy, known: frozenset[UUID]) -> Any:
    """Return a JSON value with the ids, the order number and the moments of a copy."""
    match value:
        case dict():
            return {
                key: copy.order_number() if key == "order_number" and one else _moved(one, copy, known)
                for key, one in value.items()
            }
        case list():
            return [_moved(one, copy, known) for one in value]
        case str() if _ID.fullmatch(value) and UUID(value) not in known:
            return str(copy.id(UUID(value)))
        case str() if _MOMENT.fullmatch(value):
            return (datetime.fromisoformat(value) - copy.days).isoformat().replace("+00:00", "Z")
        case _:
            return value


class _Journal:
    """The journal's rows of a history, chained anew in each copy; what does not change is framed once."""

    def __init__(self, table: _TableOfCopies) -> None:
        self._merchant, self._subject, self._hash = map(table.columns.index, ("merchant_id", "subject_id", "hash"))
        hashed = [(table.columns.index(name), write) for name, write in chain.FORMAT_1]
        self._frames = [[_frame(row[place], write) for place, write in hashed] for row in table.rows]
        self._again = [
            [(at, place, write) for at, (place, write) in enumerate(hashed) if place in table.changing(number)]
            for number in range(len(table.rows))
        ]

    def chain(self, rows: list[list[Any]]) -> dict[UUID, bytes]:
        """Put the hash into each row of a copy, and return the last one of each subject."""
        heads: dict[UUID, bytes] = {}
        for row, frames, again in zip(rows, self._frames, self._again, strict=True):
            framed = frames.copy()
            for at, place, write in again:
                framed[at] = _frame(row[place], write)
            before = heads.get(row[self._subject]) or chain.genesis(row[self._merchant], row[self._subject])
            heads[row[self._subject]] = row[self._hash] = hashlib.sha256(before + b"".join(framed)).digest()
        return heads


def _frame(value: Any, write: Callable[[Any], bytes]) -> bytes:
    return b"\xff\xff\xff\xff" if value is None else write(value)


class _History:
    """The rows that one lived history left, table by table; those that others refer to come first."""

    def __init__(self, tables: Sequence[_TableOfCopies]) -> None:
        self.tables = {table.name: table for table in tables}
        self._journal = _Journal(self.tables["journal"])

    def copied(self, copy: _Copy, keyring: Keyring) -> dict[str, list[list[Any]]]:
        """Return the rows of a copy, its certificates with numbers of their own and the heads of their chains."""
        made = {name: table.copied(copy) for name, table in self.tables.items()}
        heads = self._journal.chain(made["journal"])
        columns = self.tables["certificates"].columns
        certificate_id, head = columns.index("certificate_id"), columns.index("head")
        for row in made["certificates"]:
            row[head] = heads[row[certificate_id]]
        columns = self.tables["certificate_numbers"].columns
        merchant_id, certificate_id = columns.index("merchant_id"), columns.index("certificate_id")
        made["certificate_numbers"] = [
            [getattr(sealed, name) for name in columns]
            for row in made["certificate_numbers"]
            for sealed in [seal_number(keyring, row[merchant_id], row[certificate_id], copy.number())]
        ]
        return made


async def live_in(instance: Instance, *, count: int = CERTIFICATES, seed: int = SEED) -> Lived:
    """Fill the demo merchant's books with so many certificates, and say what was made.

    The numbers are random at each run, as they are sealed by the instance's own keys; all else comes from `seed`.
    """
    began = time.perf_counter()
    connection = await asyncpg.connect(instance.superuser_dsn)
    try:
        async with instance.application() as application:
            async with application.database.connection() as reading:
                merchant = await merchants.find_merchant(reading, "demo")
            histories = await _lived(connection, application, merchant)
            numbers = await _copy(connection, application.keyring, merchant, histories, count=count, seed=seed)
        await connection.execute("ANALYZE")
        rows = await connection.fetchval("SELECT count(*) FROM journal WHERE merchant_id = $1", merchant.merchant_id)
    finally:
        await connection.close()
    return Lived(
        merchant=merchant,
        certificates=count,
        journal_rows=rows,
        seconds=time.perf_counter() - began,
        numbers=tuple(numbers),
    )


async def _lived(connection: asyncpg.Connection, application: Application, merchant: Merchant) -> list[_History]:
    """Live some histories for real, one after another, and return what each left."""
    known = await _all_ids(connection)
    found = []
    for place in range(HISTORIES):
        before = await moment_of(connection)
        await _live(application, merchant, place)
        after = await moment_of(connection)
        tables = []
        for table in await written_between(connection, before, after):
            if table.name not in _LEFT_OUT:
                rows = await connection.fetch(rows_between(table, table.names, before, after))
                if table.name == "journal":  # a short row may stand on a page before that of the row it follows
                    rows.sort(key=itemgetter("seq"))
                tables.append(_TableOfCopies(table, rows, known))
        found.append(_History(tables))
    return found


async def _live(application: Application, merchant: Merchant, place: int) -> None:
    """Live one history: an order paid by hand, and what became of its certificate; about five rows of the journal."""
    now = application.clock.now()
    amount, tip = 2_500 + 500 * (place % 40), (1_000 if place % 3 == 0 else 0)
    placed = await selling.place(application, merchant, a_basket(a_charge(amount, tip=tip)), now=now)
    done = await mark_paid(
        application, merchant, placed.orders[0].order_number, reference=None, actor="person", now=now
    )
    certificate_id = done.orders[0].certificate_id
    assert certificate_id is not None
    where = Place(merchant_id=merchant.merchant_id, certificate_id=certificate_id)
    parts = (amount // 4, amount // 5, amount // 10, amount // 4)
    for number, value in enumerate(parts[: 2 + place % 3]):
        gratuity = tip // 4 if number < 2 else 0
        await certificates.redeem(
            application, where, value=value, gratuity=gratuity, request=_asked(), now=application.clock.now()
        )
    if place % 10 == 1:
        await certificates.block(application, where, request=_asked(), now=application.clock.now())


def _asked() -> Request:
    return Request(operation_id=uuid4(), actor="person", memo=None)


async def _all_ids(connection: asyncpg.Connection) -> frozenset[UUID]:
    """Return every id that stands in the database: what a history shares with all others, such as its merchant."""
    found: set[UUID] = set()
    for table, column in await connection.fetch(_ID_COLUMNS):
        found |= {row[0] for row in await connection.fetch(f"SELECT DISTINCT {column} FROM {table}") if row[0]}
    return frozenset(found)


async def _copy(
    connection: asyncpg.Connection,
    keyring: Keyring,
    merchant: Merchant,
    histories: Sequence[_History],
    *,
    count: int,
    seed: int,
) -> list[str]:
    """Write copies until so many certificates stand, and return some of their numbers.

    Foreign keys and triggers are not asked for these rows: they were checked when the histories were lived.
    """
    draw = random.Random(seed)
    numbers: list[str] = []
    columns = {name: table.columns for history in histories for name, table in history.tables.items()}
    order = [name for name in histories[0].tables if name in columns]
    order += [name for name in columns if name not in order]
    await connection.execute("SET session_replication_role = replica")
    with _progress() as progress:
        task = progress.add_task("certificates", total=count)
        for first in range(0, count, BATCH):
            made: dict[str, list[list[Any]]] = {name: [] for name in order}
            for place in range(first, min(first + BATCH, count)):
                copy = _Copy(draw, place, merchant)
                for name, rows in draw.choice(histories).copied(copy, keyring).items():
                    made[name] += rows
                if place % KEPT == 0:
                    numbers.append(copy.number())
            async with connection.transaction():
                for name in order:
                    if made[name]:
                        await connection.copy_records_to_table(name, records=made[name], columns=columns[name])
            progress.advance(task, min(BATCH, count - first))
    await connection.execute("RESET session_replication_role")
    return numbers


def _progress() -> Progress:
    return Progress("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=_CONSOLE)
