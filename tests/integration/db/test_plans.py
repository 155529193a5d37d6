"""How PostgreSQL means to run every named statement, on tables with fresh statistics and without.

A statement of a request must not read all rows of a table that grows, nor all of a merchant's. No statement at all may
join two of them row by row: that is what a planner chooses for a merchant that its statistics do not know, and what
made an export quadratic.
"""

import importlib
import json
import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

import largesse
from largesse.db.dataset import Dataset, csv_statement
from largesse.db.sql import Queries, load
from largesse.domain.book_exports import MEMORANDUM, BookAsked, BookCover
from largesse.domain.book_exports.store import take_rows
from largesse.domain.certificates.views import last_fours
from largesse.domain.orders.views import OrderFilter, orders_dataset
from largesse.domain.partners.views import buyers
from largesse.kernel.paging import Period
from largesse.ledger.views import certificates_dataset, journal_dataset, redemptions_dataset
from largesse.outbox.dataset import deliveries_dataset
from tests.support.filled import BIG, KNOWN, NEW, fill, loosen
from tests.support.postgres import Server, fresh_database

# Plans are those of one version, and generic ones are only told since PostgreSQL 16.
pytestmark = pytest.mark.own_server

ROWS = 30_000
NEW_ROWS = 3_000
SOURCE = Path(largesse.__path__[0])
PACKAGES = sorted(
    ".".join(("largesse", *path.parent.relative_to(SOURCE).parts)) for path in SOURCE.rglob("queries.sql")
)

MERCHANT_WIDE = {
    "orders_dataset": "an export is of all that a merchant has",
    "certificates_dataset": "an export",
    "journal_dataset": "an export",
    "redemptions_dataset": "an export",
}
"""Statements that read all of a merchant's rows, and why they may."""

_PROOF = "`ledger verify` proves all that there is"
INSTALLATION_WIDE = {
    "count_by_key": "`keys status` counts all of them",
    "holds_any": "stops at the first row",
    "pending": "of a partial index, up to a bound",
    "chain_differences": _PROOF,
    "status_differences": _PROOF,
    "state_differences": _PROOF,
    "posting_differences": _PROOF,
    "hold_differences": _PROOF,
    "book_differences": _PROOF,
    "trial_balance": _PROOF,
    "count_rows": _PROOF,
}
"""Statements that read all rows of a table that grows, and why they may."""


def statements() -> Iterator[tuple[str, str]]:
    for package in PACKAGES:
        importlib.import_module(package)
        queries: Queries = load(package)
        for name in queries.names():
            yield name, getattr(queries, name)


def nodes(plan: dict[str, Any], above: tuple[dict[str, Any], ...] = ()) -> Iterator[tuple[dict[str, Any], Any]]:
    yield plan, above
    for inner in plan.get("Plans", ()):
        yield from nodes(inner, (*above, plan))


def columns_of(condition: str) -> set[str]:
    return set(re.findall(r"([a-z_0-9]+)\)?(?:::[a-z ]+)? (?:=|<|>|<=|>=|IS|~)", condition.replace('"', "")))


def bounded(above: tuple[dict[str, Any], ...]) -> bool:
    """Return whether reading stops early: a limit stands above, and nothing between gathers all rows first."""
    for node in reversed(above):
        if node["Node Type"] == "Limit":
            return True
        if node["Node Type"] in {"Sort", "Aggregate", "Hash", "WindowAgg", "Incremental Sort"}:
            return False
    return False


def table_of(node: dict[str, Any]) -> str:
    """Return the table that a node reads; a partition is its table's."""
    return re.sub(r"_(before|default|\d{4}_\d\d)$", "", node.get("Relation Name", ""))


def reads_all(plan: dict[str, Any]) -> set[str]:
    """Return the big tables that are read from one end to the other."""
    return {
        table_of(node)
        for node, above in nodes(plan)
        if table_of(node) in BIG and not bounded(above)
        if node["Node Type"] == "Seq Scan" or ("Index" in node["Node Type"] and "Index Cond" not in node)
    }


def reads_a_merchant(plan: dict[str, Any]) -> set[str]:
    """Return the big tables of which all rows of a merchant are read."""
    found = set()
    for node, above in nodes(plan):
        of_table = next((table_of(one) for one in (node, *above[::-1]) if "Relation Name" in one), "")
        of_index = node["Node Type"] in {"Index Scan", "Index Only Scan", "Bitmap Index Scan"}
        if of_index and of_table in BIG and columns_of(node.get("Index Cond", "")) == {"merchant_id"}:
            found |= set() if bounded(above) else {of_table}
    return found


def joins_row_by_row(plan: dict[str, Any]) -> list[str]:
    """Return the joins that look through many rows of a big table again for each row of the other side."""
    found = []
    for node, _ in nodes(plan):
        if node["Node Type"] != "Nested Loop":
            continue
        inner = node["Plans"][1]
        if reads_a_merchant(inner) or reads_all(inner):
            found.append(str(node.get("Join Filter", inner["Node Type"])))
    return found


async def explained(connection: "asyncpg.Connection[asyncpg.Record]", statement: str) -> dict[str, Any]:
    """Return the plan that is kept for a statement of a request: one for all values of its parameters."""
    prepared = await connection.prepare(f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {statement}")
    text = await prepared.fetchval(*(None for _ in prepared.get_parameters()))
    plan: dict[str, Any] = json.loads(text)[0]["Plan"]
    return plan


async def kept(connection: "asyncpg.Connection[asyncpg.Record]", statement: str) -> dict[str, Any]:
    """Return the same of a statement as the server keeps it, without values that rule anything out."""
    prepared = await connection.prepare(statement)
    nothing = ", ".join("NULL" for _ in prepared.get_parameters())
    await connection.execute(f"SET plan_cache_mode = force_generic_plan; PREPARE kept AS {statement}")
    try:
        text = await connection.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE kept({nothing})")
    finally:
        await connection.execute("DEALLOCATE kept; RESET plan_cache_mode")
    plan: dict[str, Any] = json.loads(text)[0]["Plan"]
    return plan


@pytest.fixture
async def filled(postgres_server: Server) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A superuser's session on a database of one merchant's many rows, with no statistics yet."""
    async with fresh_database(postgres_server) as dsn:
        connection = await asyncpg.connect(dsn, user="postgres")
        try:
            await loosen(connection)
            await fill(connection, KNOWN, rows=ROWS)
            yield connection
        finally:
            await connection.close()


async def faults(connection: "asyncpg.Connection[asyncpg.Record]") -> list[str]:
    found = []
    for name, statement in statements():
        plan = await explained(connection, statement)
        if name not in INSTALLATION_WIDE:
            found += [f"{name}: reads all of {table}" for table in sorted(reads_all(plan))]
        if name not in INSTALLATION_WIDE and name not in MERCHANT_WIDE:
            found += [f"{name}: reads all of a merchant's {table}" for table in sorted(reads_a_merchant(plan))]
        found += [f"{name}: joins row by row on {how}" for how in joins_row_by_row(plan)]
    return found


async def test_no_statement_reads_more_than_it_needs_with_statistics(
    filled: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    await filled.execute("ANALYZE")
    assert not (found := await faults(filled)), "\n".join(found)


async def test_no_statement_reads_more_than_it_needs_without_statistics(
    filled: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    assert not (found := await faults(filled)), "\n".join(found)


async def test_what_leaves_for_the_bookkeeper_is_joined_whole(
    filled: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    """Of a merchant that statistics do not know, for a set that they know nothing of: written a moment ago."""
    await filled.execute("ANALYZE")
    await fill(filled, NEW, rows=NEW_ROWS)
    entity, far = UUID(int=5), datetime(2100, 1, 1, tzinfo=UTC)
    await filled.execute("UPDATE journal SET legal_entity_id = $2 WHERE merchant_id = $1", NEW, entity)
    asked = BookAsked(legal_entity_id=entity, currency="USD", until=far.date(), imports=False)
    views = load("largesse.services.book_exports", "views.sql")
    place = (NEW, entity, "USD", far.date())
    memorandum = sorted(MEMORANDUM)
    questions: list[tuple[str, tuple[Any, ...]]] = [
        (views.waiting, (*place, None, None, memorandum, False, "UTC")),
        (views.left_out, (*place, memorandum)),
        (views.set_keys, (NEW, 1, None, "UTC")),
        (views.lines_by_row, (NEW, 1, None, "UTC")),
        (views.lines_together, (NEW, 1, None, "UTC", "day", far.date())),
    ]
    async with filled.transaction():
        taken = await take_rows(filled, NEW, 1, asked, BookCover(until=None, cut=None), cut=far)  # type: ignore[arg-type]  # a bare connection does for a store
        assert taken == NEW_ROWS
        for statement, values in questions:
            plan = json.loads(await filled.fetchval(f"EXPLAIN (FORMAT JSON) {statement}", *values))[0]["Plan"]
            assert [node for node, _ in nodes(plan) if node["Node Type"] == "Nested Loop"] == [], statement


async def test_what_a_partner_is_owed_is_read_of_an_index_that_no_order_writes(
    filled: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    await filled.execute("ANALYZE")
    views = load("largesse.services.invoices", "views.sql")
    for statement in (views.credit_of, views.credit_by_entity):
        indexes = {node.get("Index Name") for node, _ in nodes(await kept(filled, statement))} - {None}
        assert indexes == {"journal_partner_credit"}, statement
    [row] = await filled.fetch("SELECT indexdef FROM pg_indexes WHERE indexname = 'journal_partner_credit'")
    assert "'partner_credit'" in row["indexdef"].partition(" WHERE ")[2]
    assert "partner_receivable" not in row["indexdef"]


async def test_a_draft_is_read_filling_by_filling(filled: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Three fillings of a partner that has ordered thousands of times, invoiced before."""
    partner, draft, other = UUID(int=6), UUID(int=7), UUID(int=8)
    await filled.execute(
        "UPDATE journal SET party_id = $1, debit = 'partner_receivable', subject_kind = 'certificate', amount = 5",
        partner,
    )
    await filled.execute(
        "INSERT INTO invoice_items (merchant_id, lot_id, invoice_id, certificate_id)"
        " SELECT merchant_id, coalesce(lot_id, subject_id), CASE WHEN n <= 3 THEN $1::uuid ELSE $2 END, subject_id"
        " FROM (SELECT *, row_number() OVER () AS n FROM journal) AS given",
        draft,
        other,
    )
    statement = load("largesse.services.invoices", "views.sql").charged_items
    for knows in (False, True):
        if knows:
            await filled.execute("ANALYZE")
        text = await filled.fetchval(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}", KNOWN, partner, draft)
        plan = json.loads(text)[0]["Plan"]
        assert plan["Actual Rows"] == 3
        looked_at = sum(
            (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
            for node, _ in nodes(plan)
            if table_of(node) == "journal"
        )
        assert looked_at <= 3 * 3, knows


async def test_where_anything_waits_is_told_by_days_and_what_is_not_sealed(
    filled: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    await filled.execute("ANALYZE")
    views = load("largesse.services.book_exports", "views.sql")
    last = await filled.fetchval("SELECT max(recorded_at) FROM journal")
    text = await filled.fetchval(f"EXPLAIN (FORMAT JSON) {views.where_anything_waits}", KNOWN, last)
    assert "journal" not in reads_all(json.loads(text)[0]["Plan"])


def exports() -> list[Dataset]:
    ever = Period()
    zone = "America/New_York"
    return [
        orders_dataset(NEW, vendor_number="1", zone=zone, chosen=OrderFilter(placed=ever)).joined(buyers(NEW)),
        certificates_dataset(NEW, zone=zone, issued=ever).joined(last_fours(NEW), after="certificate_id"),
        journal_dataset(NEW, zone=zone, recorded=ever),
        redemptions_dataset(NEW, zone=zone, recorded=ever),
        deliveries_dataset(NEW, zone=zone, occurred=ever),
    ]


async def test_an_export_for_a_merchant_that_statistics_do_not_know_joins_nothing_row_by_row(
    filled: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    await filled.execute("ANALYZE")
    await fill(filled, NEW, rows=NEW_ROWS)
    for dataset in exports():
        statement, values = csv_statement(dataset)
        text = await filled.fetchval(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}", *values)
        plan = json.loads(text)[0]["Plan"]
        assert joins_row_by_row(plan) == [], dataset.name
        looked_at = sum(
            (node["Actual Rows"] + node.get("Rows Removed by Join Filter", 0)) * node["Actual Loops"]
            for node, _ in nodes(plan)
        )
        assert looked_at < 30 * NEW_ROWS, dataset.name
