"""What one operation of the product writes, learnt from the rows of real ones, so that it stays true of any schema.

An operation is run for real; the tables in which it left rows, and those rows, are what a yardstick has to write. Rows
that it only changed (an agreement's credit, a draft) are left out: a row that all clients update would hold pgbench
back more than it holds back a batch.
"""

from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter
from itertools import takewhile
from uuid import UUID

import asyncpg
import msgspec

# Longer texts (payloads) are written as they were in the first of two operations.
_DRAWN_LENGTH_MAX = 80
_DIGEST_LENGTH = 32
_CLIENTS_MAX = 64
_KEYS_OF_A_RUN = 1 << 24

_TABLES = """SELECT c.oid::regclass::text AS name, c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence = 'p'
    ORDER BY name"""
_COLUMNS = """SELECT quote_ident(attname) AS name, atttypid AS type_id, format_type(atttypid, atttypmod) AS type
    FROM pg_attribute
    WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum"""
_REFERENCES = """SELECT conrelid::regclass::text AS child, confrelid::regclass::text AS parent FROM pg_constraint
    WHERE contype = 'f' AND conparentid = 0 AND conrelid <> confrelid"""


class Column(msgspec.Struct, frozen=True):
    """A column that an INSERT may name."""

    name: str
    type_id: int
    type: str


class WrittenTable(msgspec.Struct, frozen=True):
    """A table in which operations leave rows."""

    name: str
    columns: tuple[Column, ...]
    rows: int

    @property
    def names(self) -> str:
        """Return its columns as an INSERT lists them."""
        return ", ".join(column.name for column in self.columns)


class Moment(msgspec.Struct, frozen=True):
    """A moment between transactions: what was committed before, and how many rows each table had."""

    transaction: int
    counts: Mapping[str, int]


async def moment_of(connection: asyncpg.Connection) -> Moment:
    """Return this moment. Nothing else may write meanwhile."""
    counts = {}
    for table in await connection.fetch(_TABLES):
        counts[table["name"]] = await connection.fetchval(f"SELECT count(*) FROM {table['name']}")
    transaction = await connection.fetchval("SELECT pg_current_xact_id()::text::bigint")
    return Moment(transaction, counts)


async def written_between(connection: asyncpg.Connection, before: Moment, after: Moment) -> list[WrittenTable]:
    """Return the tables that gained rows between two moments, those that others refer to first."""
    references = await connection.fetch(_REFERENCES)
    graph: dict[str, set[str]] = {name: set() for name in after.counts}
    for reference in references:
        if reference["child"] in graph:
            graph[reference["child"]].add(reference["parent"])
    found = []
    for name in TopologicalSorter(graph).static_order():
        gained = after.counts.get(name, 0) - before.counts.get(name, 0)
        if gained > 0:
            columns = await connection.fetch(_COLUMNS, name)
            found.append(WrittenTable(name, tuple(Column(*column.values()) for column in columns), gained))
    return found


def rows_between(table: WrittenTable, selected: str, before: Moment, after: Moment) -> str:
    """Return the query of the rows that a table gained between two moments, in the order in which they were written."""
    return (
        f"SELECT {selected} FROM {table.name} WHERE xmin::text::bigint > {before.transaction} "
        f"AND xmin::text::bigint < {after.transaction} ORDER BY tableoid, ctid"
    )


class InsertScripts(msgspec.Struct, frozen=True):
    """INSERTs of one operation, in pgbench's words; `:key` is a number that is new each time."""

    inserts: tuple[str, ...]

    def plain(self, *, run: int) -> str:
        """Return the script that sends one statement for each table between BEGIN and COMMIT."""
        return _next_key(run) + "BEGIN;\n" + "".join(f"{insert};\n" for insert in self.inserts) + "COMMIT;\n"

    def single(self, *, run: int) -> str:
        """Return the script that sends all of them as one statement."""
        steps = ",\n".join(f"step{place} AS ({insert})" for place, insert in enumerate(self.inserts[:-1]))
        return f"{_next_key(run)}WITH {steps}\n{self.inserts[-1]};\n"


def _next_key(run: int) -> str:
    """`run`, from 1 to 255, keeps the keys of several runs apart.

    They grow with time in each client, as the product's ids do, and fit into eight hexadecimal digits.
    """
    return f"\\set n :n + 1\n\\set key {run * _KEYS_OF_A_RUN} + :n * {_CLIENTS_MAX} + :client_id\n"


async def insert_scripts(connection: asyncpg.Connection, moments: Sequence[Moment]) -> InsertScripts:
    """Return the INSERTs of one operation, of which one was run between the first two `moments` and one after those.

    What both wrote alike is written as it is; where they differ, an id, a digest or a number is made of `:key`.
    """
    first_moment, second_moment, last_moment = moments
    ids: dict[str, int] = {}
    inserts = []
    for table in await written_between(connection, first_moment, second_moment):
        texts = ", ".join(f"{column.name}::text" for column in table.columns)
        first, second = [
            await connection.fetch(rows_between(table, texts, before, after))
            for before, after in ((first_moment, second_moment), (second_moment, last_moment))
        ]
        if not len(first) == len(second) == table.rows:
            message = f"{table.name}: two operations left {len(first)} and {len(second)} rows, {table.rows} were added"
            raise AssertionError(message)
        rows = [_row(table, tuple(one), tuple(other), ids) for one, other in zip(first, second, strict=True)]
        inserts.append(f"INSERT INTO {table.name} ({table.names}) OVERRIDING SYSTEM VALUE\nVALUES " + ",\n".join(rows))
    return InsertScripts(tuple(inserts))


def _row(table: WrittenTable, one: tuple[str | None, ...], other: tuple[str | None, ...], ids: dict[str, int]) -> str:
    values = [_value(column, a, b, ids) for column, a, b in zip(table.columns, one, other, strict=True)]
    return f"({', '.join(values)})"


def _value(column: Column, one: str | None, other: str | None, ids: dict[str, int]) -> str:
    if one is None:
        return "NULL"
    if one == other or other is None:
        return _quoted(one, column)
    if column.type == "uuid":
        return _drawn_id(ids.setdefault(str(UUID(one)), len(ids)))
    if column.type.startswith("timestamp"):
        return "now()"
    if column.type == "bytea" and (length := len(bytes.fromhex(one[2:]))) <= _DRAWN_LENGTH_MAX:
        rest = f"|| '\\x{one[2 + 2 * _DIGEST_LENGTH :]}'::bytea" if length > _DIGEST_LENGTH else ""
        return f"substring(sha256(int8send(:key)) {rest} FROM 1 FOR {length})"
    if column.type in ("text", "character varying") and len(one) <= _DRAWN_LENGTH_MAX:
        start = _common_start(one, other)
        drawn = "upper(to_hex(:key::bigint))" if one.upper() == one else "to_hex(:key::bigint)"
        length = len(one) - len(start)
        return f"({_quoted(start, column)} || right(lpad({drawn}, {length}, '0'), {length}))"
    return _quoted(one, column)


def _common_start(one: str, other: str) -> str:
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return "".join(letter for letter, _ in alike)


def _drawn_id(place: int) -> str:
    return f"lpad(to_hex(:key::bigint * 64 + {place}), 32, '0')::uuid"


def _quoted(text: str, column: Column) -> str:
    # pgbench reads a colon before a letter as a variable of its own.
    escaped = text.replace("\\", "\\\\").replace("'", "''").replace(":", "\\072")
    return f"E'{escaped}'::{column.type}"
