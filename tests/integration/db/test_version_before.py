"""A database of revision 0014 is brought up to date, and nothing of it is lost.

`version_0014.json` was written by the code of that revision: every kind of journal row, orders of the shop and on
account, card payments with a refund and disputes that are open and lost, endpoints with attempts, under a key of
zeros. Of its tables only those of pictures and themes are empty.
"""

import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from largesse.adapters.keyring import FixedKeyring
from largesse.db import Database, migrate, revisions
from largesse.domain import catalog, locations, orders
from largesse.domain.merchants import find_merchant
from largesse.kernel.ids import first_id
from largesse.kernel.tax import TaxKind
from largesse.ledger import RULES, UNDOES, Kind, Status
from largesse.ledger.proofs import verify
from largesse.services.certificates import locate, redeem
from largesse.services.merchants import where_of
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_request

WRITTEN: dict[str, Any] = json.loads(Path(__file__).with_name("version_0014.json").read_text(encoding="utf-8"))

MILLISECOND = timedelta(milliseconds=1)


@pytest.fixture
async def old(dsn: str) -> str:
    """The address of a database at revision 0014 that holds those rows."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("DROP SCHEMA public CASCADE")
        await connection.execute("CREATE SCHEMA public")
        await migrate.upgrade(dsn, to="0014")
        for table, rows in WRITTEN["tables"].items():
            await connection.execute(
                f"INSERT INTO {table} SELECT * FROM jsonb_populate_recordset(NULL::{table}, $1::jsonb)",
                json.dumps(rows),
            )
    finally:
        await connection.close()
    return dsn


async def accounts(dsn: str) -> dict[str, int]:
    """What stands on each account, by the journal."""
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch(
            "SELECT account, sum(amount)::bigint AS total FROM ("
            "SELECT debit AS account, amount FROM journal UNION ALL SELECT credit, -amount FROM journal"
            ") AS legs WHERE account IS NOT NULL GROUP BY account"
        )
    finally:
        await connection.close()
    return {row["account"]: row["total"] for row in rows}


def test_rows_of_every_kind_of_that_version_are_among_them() -> None:
    kinds = {Kind(row["kind"]) for row in WRITTEN["tables"]["journal"]}
    later = {Kind.PREPARE, Kind.ACTIVATE, Kind.REINSTATE, Kind.CONVERT, Kind.UNDO_RELOAD, Kind.CASH_OUT, Kind.HAND_OVER}
    later |= {kind for kind, _, _ in RULES} | set(UNDOES) | {Kind.MANUAL_ENTRY}
    assert kinds == set(Kind) - later, "those came later"


async def test_every_row_is_still_there_and_the_books_are_the_same(old: str) -> None:
    before = await accounts(old)
    await migrate.upgrade(old)
    assert await migrate.current(old) == revisions.head()
    after = await accounts(old)
    turned = after.pop("discount_on_outstanding")
    assert after.pop("transfers") == 0
    before.pop("transfers", None)
    assert turned > 0
    given = after.pop("promotions_granted")
    assert given == -after.pop("promotional_outstanding") > 0
    assert (
        after
        | {
            "discounts": after["discounts"] + turned,
            "certificates_outstanding": after["certificates_outstanding"] - given,
            "promotions": after["promotions"] + given,
        }
        == before
    )
    async with await Database.open(old, size_max=4) as database, database.connection() as connection:
        assert [difference async for difference in verify(connection)] == []
        for table, rows in WRITTEN["tables"].items():
            only = " WHERE kind <> 'convert'" if table == "journal" else ""
            assert await connection.fetchval(f"SELECT count(*) FROM {table}{only}") == len(rows), table


async def test_tax_that_was_added_before_goes_with_what_is_left(old: str) -> None:
    raw = await asyncpg.connect(old)
    try:
        card = await raw.fetchrow(
            "SELECT c.certificate_id, c.balance, (SELECT sum(amount) FROM journal j"
            " WHERE j.certificate_id = c.certificate_id AND j.pot = 'value' AND j.kind IN ('issue', 'reload'))::bigint"
            " AS filled FROM certificates c"
            " WHERE c.status = 'active' AND c.balance > 0 AND c.funding = 'gateway_clearing' LIMIT 1"
        )
        assert card is not None
        await raw.execute(
            "INSERT INTO journal"
            " (merchant_id, certificate_id, seq, operation_id, leg, kind, currency, debit, credit,"
            " amount, balance_after, held_after, gratuity_after, gratuity_held_after, actor, fingerprint,"
            " recorded_at)"
            " SELECT merchant_id, certificate_id, seq + 1, gen_random_uuid(), 0, 'reload', currency, "
            " 'gateway_clearing',"
            " 'tax_payable', 801, balance, held, gratuity_balance, gratuity_held, 'test',"
            " decode(repeat('00', 16), 'hex'), now() FROM certificates WHERE certificate_id = $1",
            card["certificate_id"],
        )
        await raw.execute("UPDATE certificates SET seq = seq + 1 WHERE certificate_id = $1", card["certificate_id"])
    finally:
        await raw.close()

    await migrate.upgrade(old)

    async with await Database.open(old, size_max=4) as database, database.connection() as connection:
        lots = await connection.fetchval(
            "SELECT lots FROM certificates WHERE certificate_id = $1", card["certificate_id"]
        )
        assert [difference async for difference in verify(connection)] == []
    [lot] = json.loads(lots)
    assert lot["added_tax"] == (2 * 801 * card["balance"] + card["filled"]) // (2 * card["filled"])


async def test_what_partners_owed_before_says_whose_it_is(old: str) -> None:
    await migrate.upgrade(old, to="0043")
    raw = await asyncpg.connect(old)
    try:
        owed = await raw.fetch(
            "SELECT o.partner_id,"
            " sum(CASE WHEN j.debit = 'partner_receivable' THEN j.amount ELSE -j.amount END)::bigint AS owed"
            " FROM journal j JOIN certificates c ON c.certificate_id = j.subject_id"
            " JOIN orders o ON o.order_number = c.order_number"
            " WHERE 'partner_receivable' IN (j.debit, j.credit) GROUP BY 1 HAVING sum(j.amount) <> 0"
        )
    finally:
        await raw.close()
    assert owed
    await migrate.upgrade(old)
    async with (
        await Database.open(old, size_max=4) as database,
        an_application(database, keyring=FixedKeyring([bytes(32)])) as application,
        database.connection() as connection,
    ):
        merchant = await find_merchant(connection, "corner-spa")
        lots = await connection.fetch(
            "SELECT DISTINCT lot ->> 'source' AS source, lot ->> 'party_id' AS party_id"
            " FROM certificates, jsonb_array_elements(lots) AS lot"
        )
        named = {row["party_id"] for row in lots if row["source"] == "partner_receivable"}
        assert named == {str(row["partner_id"]) for row in owed}
        assert {row["party_id"] for row in lots if row["source"] != "partner_receivable"} == {None}
        balances = await application.ledger.partner_balances(connection, merchant.merchant_id)
        assert {one.party_id: one.receivable for one in balances if one.receivable} == {
            row["partner_id"]: row["owed"] for row in owed if row["owed"]
        }
        assert [difference async for difference in verify(connection)] == []


async def test_certificates_and_orders_of_before_go_on(old: str) -> None:
    await migrate.upgrade(old)
    async with (
        await Database.open(old, size_max=4) as database,
        an_application(database, keyring=FixedKeyring([bytes(32)])) as application,
    ):
        found = await locate(application, WRITTEN["number"], at=None)
        state = found.certificate
        stood = next(
            row for row in WRITTEN["tables"]["certificates"] if row["certificate_id"] == str(state.certificate_id)
        )
        assert (state.status, state.balance, state.held) == (Status.ACTIVE, stood["balance"], stood["held"])
        assert state.good_through == date.fromisoformat(stood["good_through"])
        outcome = await redeem(application, found.place, value=100, request=a_request(), now=NOW)
        assert outcome.balance == stood["balance"] - 100
        async with database.connection() as connection:
            merchant = await find_merchant(connection, "corner-spa")
            for row in WRITTEN["tables"]["orders"]:
                order = await orders.find_by_number(connection, merchant.merchant_id, row["order_number"])
                assert (order.status, order.order_number) == (row["status"], row["order_number"])
            assert [difference async for difference in verify(connection)] == []


async def test_what_was_taxed_before_is_sales_tax_at_the_rate_that_makes_its_tax(old: str) -> None:
    [offering_id] = [row["offering_id"] for row in WRITTEN["tables"]["offerings"] if row["slug"] == "massage"]
    mine = [row["order_number"] for row in WRITTEN["tables"]["orders"] if row["channel"] == "retail"]
    fitting, other, untaxed = mine[:3]
    raw = await asyncpg.connect(old)
    try:
        await raw.execute("UPDATE offerings SET tax_rate = 0.0825")
        change = "UPDATE orders SET tax = $2, total = total - tax + $2, offering_id = $3 WHERE order_number = $1"
        amount = "SELECT amount - discount FROM orders WHERE order_number = $1"
        right = (await raw.fetchval(amount, fitting) * 825 + 5000) // 10000
        await raw.execute(change, fitting, right, UUID(offering_id))
        await raw.execute(change, other, 7, UUID(offering_id))
    finally:
        await raw.close()

    await migrate.upgrade(old)

    async with await Database.open(old, size_max=4) as database, database.connection() as connection:
        merchant = await find_merchant(connection, "corner-spa")
        offerings = await catalog.list_offerings(connection, merchant.merchant_id)
        assert {(one.tax.kind, one.tax.country, one.tax.rate) for one in offerings} == {
            (TaxKind.SALES_TAX, None, Decimal("0.0825"))
        }
        found = await orders.find_by_numbers(connection, merchant.merchant_id, [fitting, other, untaxed])
        told = {number: (one.tax_kind, one.tax_rate, one.included_tax) for number, one in found.items()}
    assert told == {
        fitting: (TaxKind.SALES_TAX, Decimal("0.0825"), 0),
        other: (TaxKind.SALES_TAX, None, 0),
        untaxed: (TaxKind.NONE, None, 0),
    }


async def test_every_merchant_of_before_has_a_legal_entity_and_a_location(old: str) -> None:
    await migrate.upgrade(old)
    async with await Database.open(old, size_max=4) as database, database.connection() as connection:
        for row in WRITTEN["tables"]["merchants"]:
            merchant = await find_merchant(connection, row["slug"])
            [entity] = await locations.entities(connection, merchant.merchant_id)
            [location] = await locations.locations(connection, merchant.merchant_id)
            where = await where_of(connection, merchant.merchant_id)
            assert (entity.name, entity.currency, entity.created_at) == (
                merchant.name,
                merchant.currency,
                merchant.created_at,
            )
            assert (where.location_id, where.legal_entity_id) == (location.location_id, entity.entity_id)
            assert (where.time_zone, where.cut_off_hour, where.books_sale) == (merchant.time_zone, 0, "largesse")
            assert {entity.entity_id.version, location.location_id.version} == {7}
            assert len({entity.entity_id, location.location_id, merchant.merchant_id}) == 3
            assert first_id(merchant.created_at) <= location.location_id < first_id(merchant.created_at + MILLISECOND)
