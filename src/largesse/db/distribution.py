"""Spread merchants over several machines: what makes Citus of a database of Largesse, worked out before it is done.

`read` looks into the catalogue, `plan_of` says what is to be done and what stands in the way, both as values; only
`distribute` changes anything (docs/decisions/0094-distributing.md).
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import asyncpg
import msgspec

from largesse.db import revisions
from largesse.db.migrate import alone, connect
from largesse.db.migrations.patience import Patience
from largesse.db.migrations.statements import OTHER_SESSIONS, OWN_NAME
from largesse.kernel.errors import Conflict

TENANT = "merchant_id"
REFERENCE = ("merchants", "routes", "alembic_version")
"""Tables of which every node has a copy, in the order in which they refer to each other."""
SHARDS = 32
_LOCK_MS = 10_000
_TURN = timedelta(seconds=10)


class ForeignKey(msgspec.Struct, frozen=True):
    """A foreign key: its name, the table it refers to, its first column, and how PostgreSQL writes it."""

    name: str
    refers_to: str
    first_column: str
    definition: str


class TableFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A table as the catalogue has it; its partitions are part of it.

    `keys` are the columns of each primary key and unique index by name. `placed` is how Citus has it: as a `reference`
    table, `distributed`, or not at all.
    """

    name: str
    columns: tuple[str, ...]
    keys: dict[str, tuple[str, ...]]
    foreign_keys: tuple[ForeignKey, ...] = ()
    has_triggers: bool = False
    rows: int = 0
    placed: str | None = None

    @property
    def is_tenants(self) -> bool:
        """Return whether its rows belong to merchants."""
        return TENANT in self.columns and self.name not in REFERENCE


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in a database. `citus` is the version of the extension, None where it is not installed."""

    tables: tuple[TableFacts, ...]
    role: str
    revision: str | None
    citus: str | None = None
    nodes: int = 0
    visibility_off: bool = False
    sessions: dict[str, int] = {}


class Step(msgspec.Struct, frozen=True):
    """One thing that is done: what it is for, and the statement."""

    why: str
    sql: str


class Plan(msgspec.Struct, frozen=True):
    """What distributing does, in this order and in one transaction, and what stands in its way."""

    steps: tuple[Step, ...]
    obstacles: tuple[str, ...]


class CannotDistribute(Conflict):
    """Something stands in the way of distributing."""

    code = "database.cannot_distribute"
    message = "This database cannot be distributed as it is. Nothing was changed."

    @classmethod
    def because(cls, obstacles: Iterable[str]) -> "CannotDistribute":
        """Return the error that lists what stands in the way."""
        return cls("\n".join((cls.message, *(f"  - {obstacle}" for obstacle in obstacles))))


def plan_of(catalogue: Catalogue, *, shards: int = SHARDS) -> Plan:
    """Return what distributing this database takes: every table that is not yet where it belongs is placed once."""
    obstacles = tuple(_obstacles(catalogue))
    by_name = {table.name: table for table in catalogue.tables}
    references = [by_name[name] for name in REFERENCE if name in by_name and by_name[name].placed is None]
    tenants = [table for table in catalogue.tables if table.is_tenants and table.placed is None]
    standing = [table.name for table in catalogue.tables if table.is_tenants and table.placed is not None]
    steps = list[Step]()
    if not catalogue.visibility_off:
        steps.append(
            Step(
                "Spare every new session a look at which tables are shards, which costs half a second.",
                f"ALTER ROLE {_quoted(catalogue.role)} SET citus.override_table_visibility = off",
            )
        )
    if references or tenants:
        steps.append(
            Step(
                "Work on one shard after another, since tables that refer to each other are moved in one transaction.",
                "SET LOCAL citus.multi_shard_modify_mode = 'sequential'",
            )
        )
    if any(table.has_triggers for table in tenants):
        steps.append(
            Step(
                "Take the append-only triggers to the shards; one that is made afterwards protects nothing.",
                "SET LOCAL citus.enable_unsafe_triggers = on",
            )
        )
    between = [
        (table, key)
        for table in tenants
        for key in table.foreign_keys
        if by_name[key.refers_to].is_tenants and key.refers_to not in standing
    ]
    steps += [
        Step(
            f"Take the foreign key from {table.name} to {key.refers_to} off, until both are distributed.",
            f"ALTER TABLE {_quoted(table.name)} DROP CONSTRAINT {_quoted(key.name)}",
        )
        for table, key in between
    ]
    steps += [
        Step(f"Give every node a copy of {table.name}.", f"SELECT create_reference_table({_text(table.name)})")
        for table in references
    ]
    beside = standing[0] if standing else None
    for table in tenants:
        where = f"colocate_with => {_text(beside)}" if beside else f"colocate_with => 'none', shard_count => {shards}"
        steps.append(
            Step(
                f"Spread {table.name} by merchant ({_count(table.rows)}).",
                f"SELECT create_distributed_table({_text(table.name)}, '{TENANT}', {where})",
            )
        )
        beside = beside or table.name
    steps += [
        Step(
            f"Put the foreign key from {table.name} to {key.refers_to} back.",
            f"ALTER TABLE {_quoted(table.name)} ADD CONSTRAINT {_quoted(key.name)} {key.definition}",
        )
        for table, key in between
    ]
    return Plan(tuple(steps), obstacles)


def _obstacles(catalogue: Catalogue) -> Iterator[str]:
    if catalogue.citus is None:
        yield (
            "Citus is not installed in this database. Install its packages, add citus to shared_preload_libraries, and "
            "run CREATE EXTENSION citus as a superuser."
        )
    elif catalogue.nodes == 0:
        yield "No node takes shards. Add the workers: SELECT citus_add_node('host', 5432)."
    if catalogue.revision != revisions.head():
        yield f"The database is at revision {catalogue.revision}, not {revisions.head()}. Run `largesse migrate` first."
    if catalogue.sessions:
        open_ones = ", ".join(f"{count} of {name}" for name, count in sorted(catalogue.sessions.items()))
        yield f"The service is open ({open_ones}). Stop every process of Largesse: all tables are locked meanwhile."
    by_name = {table.name: table for table in catalogue.tables}
    for table in catalogue.tables:
        yield from _faults_of(table, by_name)


def _faults_of(table: TableFacts, by_name: dict[str, TableFacts]) -> Iterator[str]:
    if table.is_tenants:
        if not table.keys:
            yield f"{table.name} has no primary key."
        for name, columns in table.keys.items():
            if columns[0] != TENANT:
                yield f"The key {name} of {table.name} does not begin with {TENANT}."
        for key in table.foreign_keys:
            if by_name[key.refers_to].is_tenants and key.first_column != TENANT:
                yield f"The foreign key {key.name} of {table.name} does not begin with {TENANT}."
            if not by_name[key.refers_to].is_tenants and key.refers_to not in REFERENCE:
                yield f"{table.name} refers to {key.refers_to}, which stays on the coordinator."
    for key in table.foreign_keys:
        if not table.is_tenants and by_name[key.refers_to].is_tenants:
            yield f"{table.name} has no merchant and refers to {key.refers_to}, which is spread over the nodes."


async def read(dsn: str) -> Catalogue:
    """Return what stands in a database now.

    Raises:
        DatabaseRefused: its address is wrong, or it takes no such user.
        DatabaseUnavailable: it cannot be reached.
    """
    session = await connect(dsn)
    try:
        return await _read(session)
    finally:
        session.terminate()


async def distribute(dsn: str, *, shards: int = SHARDS) -> Plan:
    """Do what the plan for a database says, all of it or nothing, and return the plan.

    Raises:
        CannotDistribute: something stands in the way.
        DatabaseMigrating: another process migrates it.
        DatabaseRefused: its address is wrong, or it takes no such user.
        DatabaseUnavailable: it cannot be reached.
    """
    async with alone(dsn, Patience(turn=_TURN)):
        session = await connect(dsn)
        try:
            plan = plan_of(await _read(session), shards=shards)
            if plan.obstacles:
                raise CannotDistribute.because(plan.obstacles)
            async with session.transaction():
                await session.execute(f"SET LOCAL lock_timeout = {_LOCK_MS}")
                for step in plan.steps:
                    await session.execute(step.sql)
        except asyncpg.LockNotAvailableError as error:
            raise CannotDistribute.because(["A table is locked by another session; end it, and try again."]) from error
        finally:
            session.terminate()
    return plan


_TABLES = """
SELECT t.relname::text AS name,
    greatest(
        t.reltuples, 0, (
            SELECT sum(greatest(part.reltuples, 0)) FROM pg_partition_tree(t.oid) AS tree
            JOIN pg_class AS part ON part.oid = tree.relid
        )
    )::bigint AS rows,
    ARRAY(
        SELECT attname::text FROM pg_attribute WHERE attrelid = t.oid AND attnum > 0 AND NOT attisdropped
        ORDER BY attnum
    ) AS columns,
    EXISTS (SELECT 1 FROM pg_trigger WHERE tgrelid = t.oid AND NOT tgisinternal) AS has_triggers
FROM pg_class AS t
WHERE t.relnamespace = 'public'::regnamespace AND t.relkind IN ('r', 'p') AND NOT t.relispartition
    AND NOT EXISTS (
        SELECT 1 FROM pg_depend AS d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = t.oid AND d.deptype = 'e'
    )
ORDER BY t.relname
"""
_KEYS = """
SELECT t.relname::text AS table, k.relname::text AS name,
    ARRAY(
        SELECT a.attname::text FROM unnest(i.indkey::int[]) WITH ORDINALITY AS part (number, place)
        JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = part.number
        WHERE part.place <= i.indnkeyatts ORDER BY part.place
    ) AS columns
FROM pg_index AS i
JOIN pg_class AS t ON t.oid = i.indrelid
JOIN pg_class AS k ON k.oid = i.indexrelid
WHERE i.indisunique AND t.relnamespace = 'public'::regnamespace
ORDER BY t.relname, k.relname
"""
_FOREIGN_KEYS = """
SELECT t.relname::text AS table, c.conname::text AS name, o.relname::text AS refers_to,
    a.attname::text AS first_column, pg_get_constraintdef(c.oid) AS definition
FROM pg_constraint AS c
JOIN pg_class AS t ON t.oid = c.conrelid
JOIN pg_class AS o ON o.oid = c.confrelid
JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
WHERE c.contype = 'f' AND c.conparentid = 0 AND t.relnamespace = 'public'::regnamespace
ORDER BY t.relname, c.conname
"""
_FACTS = """
SELECT current_user::text AS role, (SELECT max(version_num) FROM alembic_version) AS revision,
    (SELECT extversion FROM pg_extension WHERE extname = 'citus') AS citus,
    EXISTS (
        SELECT 1 FROM pg_db_role_setting AS s JOIN pg_roles AS r ON r.oid = s.setrole
        WHERE r.rolname = current_user AND 'citus.override_table_visibility=off' = ANY (s.setconfig)
    ) AS visibility_off
"""
_PLACED = """
SELECT c.relname::text AS name,
    CASE WHEN p.partmethod = 'h' THEN 'distributed' WHEN p.repmodel = 't' THEN 'reference' END AS placed
FROM pg_dist_partition AS p JOIN pg_class AS c ON c.oid = p.logicalrelid
"""
_NODES = "SELECT count(*) FROM pg_dist_node WHERE noderole = 'primary' AND isactive AND shouldhaveshards"


async def _read(session: Any) -> Catalogue:
    facts = await session.fetchrow(_FACTS)
    placed, nodes = {}, 0
    if facts["citus"] is not None:
        placed = {row["name"]: row["placed"] for row in await session.fetch(_PLACED)}
        nodes = await session.fetchval(_NODES)
    keys: dict[str, dict[str, tuple[str, ...]]] = {}
    for row in await session.fetch(_KEYS):
        keys.setdefault(row["table"], {})[row["name"]] = tuple(row["columns"])
    foreign: dict[str, list[ForeignKey]] = {}
    for row in await session.fetch(_FOREIGN_KEYS):
        key = ForeignKey(row["name"], row["refers_to"], row["first_column"], row["definition"])
        foreign.setdefault(row["table"], []).append(key)
    return Catalogue(
        tables=tuple(
            TableFacts(
                name=row["name"],
                columns=tuple(row["columns"]),
                keys=keys.get(row["name"], {}),
                foreign_keys=tuple(foreign.get(row["name"], ())),
                has_triggers=row["has_triggers"],
                rows=row["rows"],
                placed=placed.get(row["name"]),
            )
            for row in await session.fetch(_TABLES)
        ),
        role=facts["role"],
        revision=facts["revision"],
        citus=facts["citus"],
        nodes=nodes,
        visibility_off=facts["visibility_off"],
        sessions={row["name"]: row["count"] for row in await session.fetch(OTHER_SESSIONS, OWN_NAME)},
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _count(rows: int) -> str:
    return f"about {rows} rows" if rows else "no rows that are known of"
