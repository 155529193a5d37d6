"""A file of the 26 fields becomes orders, all of it or none, with every fault named by line and field."""

import asyncio
import random
import string
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import orders
from largesse.domain.merchants import Merchant
from largesse.domain.orders import OrderStatus
from largesse.interfaces.cli.sheets import read_order_sheet
from largesse.services.orders.importing import Imported, ImportRefused, _operations, import_orders
from tests.builders.orders import a_file, a_row
from tests.builders.shop import NOW, a_seller, a_shop

TABLES = ("orders", "checkouts", "payments", "certificates", "journal", "certificate_numbers", "events", "routes")


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with a_shop(database) as opened:
        yield opened


@pytest.fixture
async def merchant(database: Database) -> Merchant:
    return await a_seller(database)


async def _import(application: Application, merchant: Merchant, data: bytes, *, dry_run: bool = False) -> Imported:
    return await import_orders(application, merchant, read_order_sheet(data), dry_run=dry_run, actor="test", now=NOW)


async def _refused(application: Application, merchant: Merchant, *rows: dict[str, str]) -> list[tuple[str, str]]:
    with pytest.raises(ImportRefused) as refusal:
        await _import(application, merchant, a_file(*rows))
    return [(fault.field, fault.code) for fault in refusal.value.fields]


async def _counts(application: Application) -> dict[str, int]:
    async with application.database.connection() as connection:
        return {table: await connection.fetchval(f"SELECT count(*) FROM {table}") for table in TABLES}


async def test_a_row_becomes_an_issued_order_with_all_its_fields(application: Application, merchant: Merchant) -> None:
    done = await _import(application, merchant, a_file(a_row(gift_message='Two\nlines, a "quote" and =1+1')))

    [order] = done.issued
    async with application.database.connection() as connection:
        stored = await orders.find_by_number(connection, merchant.merchant_id, "CAFE-1")
        assert stored.checkout_id is not None
        assert stored.certificate_id is not None
        checkout = await orders.find_checkout(connection, merchant.merchant_id, stored.checkout_id)
        certificate = await application.ledger.find(connection, merchant.merchant_id, stored.certificate_id)
    assert stored == order
    assert stored.status is OrderStatus.ISSUED
    assert (stored.amount, stored.tip, stored.discount, stored.tax, stored.total) == (10_000, 1_500, 1_000, 799, 11_299)
    assert stored.message == 'Two\nlines, a "quote" and =1+1'
    assert stored.placed_at == datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    assert checkout.billing.phone == "+12125550100"
    assert certificate is not None
    assert (certificate.balance, certificate.gratuity_balance) == (10_000, 1_500)


async def test_importing_the_same_file_again_changes_nothing(application: Application, merchant: Merchant) -> None:
    file = a_file(a_row(), a_row(order_number=""), a_row(order_number=""))
    first = await _import(application, merchant, file)
    before = await _counts(application)

    again = await _import(application, merchant, file)

    assert len(first.issued) == 3
    assert again.issued == ()
    assert {order.order_number for order in again.known} == {order.order_number for order in first.issued}
    assert await _counts(application) == before


async def test_an_empty_amount_is_the_same_as_nothing_written_out(application: Application, merchant: Merchant) -> None:
    written = {"gift_discount": "0.00", "gift_tax": "0.00", "gift_total": "115.00"}
    empty = written | {"gift_discount": "", "gift_tax": ""}
    for number in ("CAFE-1", ""):
        first = await _import(application, merchant, a_file(a_row(order_number=number, **empty)))
        again = await _import(application, merchant, a_file(a_row(order_number=number, **written, gift_amount="100")))
        assert len(first.issued) == 1
        assert again.issued == ()


async def test_what_the_version_before_imported_is_not_imported_again(
    application: Application, merchant: Merchant
) -> None:
    sheet = read_order_sheet(a_file(a_row(), a_row(order_number=""), a_row(order_number="")))
    first = await _import(application, merchant, a_file(a_row(), a_row(order_number=""), a_row(order_number="")))
    rules = orders.ImportRules(
        vendor_number="1001", currency=merchant.money, zone=merchant.zone, region="US", customs=frozenset(), now=NOW
    )
    rows = [orders.read_order(row.cells, line=row.line, rules=rules) for row in sheet.rows]
    before = _operations(merchant, rows, as_written=True)
    async with application.database.transaction() as connection:
        for order, (row, operation) in zip(first.issued, before, strict=True):
            await connection.execute(
                "UPDATE orders SET operation_id = $1, fingerprint = $2, message = 'as it was then' WHERE order_id = $3",
                *(operation, row.written, order.order_id),
            )

    again = await _import(application, merchant, a_file(a_row(), a_row(order_number=""), a_row(order_number="")))

    assert again.issued == ()
    assert len(again.known) == 3


async def test_semicolons_and_empty_lines_of_a_spreadsheet_import(application: Application, merchant: Merchant) -> None:
    lines = a_file(a_row()).decode().replace(",", ";").split("\r\n")
    file = "\r\n".join(["sep=;", lines[0], ";" * 25, lines[1], ";" * 25, ""]).encode()

    assert [order.order_number for order in (await _import(application, merchant, file)).issued] == ["CAFE-1"]


async def test_a_longer_file_issues_only_what_is_new(application: Application, merchant: Merchant) -> None:
    await _import(application, merchant, a_file(a_row()))

    done = await _import(application, merchant, a_file(a_row(), a_row(order_number="CAFE-2")))

    assert [order.order_number for order in done.issued] == ["CAFE-2"]


async def test_a_row_without_a_number_gets_one_of_ours(application: Application, merchant: Merchant) -> None:
    [order] = (await _import(application, merchant, a_file(a_row(order_number="")))).issued

    assert order.order_number.startswith("GL-")
    assert len(order.order_number) == 13


async def test_a_rehearsal_tells_what_would_happen_and_leaves_nothing(
    application: Application, merchant: Merchant
) -> None:
    before = await _counts(application)

    done = await _import(application, merchant, a_file(a_row(), a_row(order_number="CAFE-2")), dry_run=True)

    assert len(done.issued) == 2
    assert await _counts(application) == before


async def test_one_bad_row_among_good_ones_imports_nothing(application: Application, merchant: Merchant) -> None:
    before = await _counts(application)

    faults = await _refused(
        application,
        merchant,
        a_row(),
        a_row(order_number="CAFE-2", gift_total="1.00", recipient_email="nobody", gift_to_message="x" * 31),
        a_row(order_number="CAFE-3", giftcafe_vendornum="9"),
    )

    assert sorted(faults) == [
        ("line 3: gift_to_message", "text.too_long"),
        ("line 3: gift_total", "total.mismatch"),
        ("line 3: recipient_email", "email.invalid"),
        ("line 4: giftcafe_vendornum", "vendornum.mismatch"),
    ]
    assert await _counts(application) == before


async def test_a_number_stands_for_one_order_in_a_file(application: Application, merchant: Merchant) -> None:
    faults = await _refused(application, merchant, a_row(), a_row(gift_message="again"))

    assert faults == [("line 3: order_number", "order_number.repeated")]


async def test_a_repeated_number_is_told_of_beside_whatever_else_is_wrong(
    application: Application, merchant: Merchant
) -> None:
    faults = await _refused(application, merchant, a_row(gift_total="1.00"), a_row(), a_row(gift_total="2.00"))

    assert sorted(faults) == [
        ("line 2: gift_total", "total.mismatch"),
        ("line 3: order_number", "order_number.repeated"),
        ("line 4: gift_total", "total.mismatch"),
        ("line 4: order_number", "order_number.repeated"),
    ]


async def test_a_number_that_was_imported_cannot_be_another_order(application: Application, merchant: Merchant) -> None:
    await _import(application, merchant, a_file(a_row()))

    assert await _refused(application, merchant, a_row(gift_message="changed")) == [
        ("line 2: order_number", "order.number.taken")
    ]


async def test_a_number_is_unique_in_the_installation(application: Application, merchant: Merchant) -> None:
    await _import(application, merchant, a_file(a_row()))
    other = await a_seller(application.database, slug="other", number="1002", prefix="XY")

    faults = await _refused(application, other, a_row(giftcafe_vendornum="1002"))

    assert faults == [("line 2: order_number", "order.number.taken")]


@pytest.mark.parametrize("number", ["XO-ABCDEFGH12", "xo-abcdefgh12", "X0-ABCDEFGH12"])
async def test_a_number_that_looks_like_another_merchants_is_refused(
    application: Application, merchant: Merchant, number: str
) -> None:
    await a_seller(application.database, slug="other", number="1002", prefix="XO")

    assert await _refused(application, merchant, a_row(order_number=number)) == [
        ("line 2: order_number", "order_number.foreign")
    ]


async def test_a_constant_of_an_endpoint_is_not_data_of_an_order(application: Application, merchant: Merchant) -> None:
    assert await _refused(application, merchant, a_row(custom1="key phrase")) == [("line 2: custom1", "custom.unknown")]


async def test_currencies_keep_their_own_decimals(application: Application) -> None:
    tokyo = await a_seller(
        application.database, slug="tokyo", number="81", prefix="JP", currency="JPY", time_zone="Asia/Tokyo"
    )
    row = a_row(
        giftcafe_vendornum="81", gift_amount="5000", gift_tip="", gift_discount="", gift_tax="500", gift_total="5500"
    )

    [order] = (await _import(application, tokyo, a_file(row))).issued

    assert (order.amount, order.total, order.currency) == (5_000, 5_500, "JPY")
    assert await _refused(application, tokyo, row | {"order_number": "J2", "gift_amount": "5000.5"}) == [
        ("line 2: gift_amount", "amount.decimals")
    ]


async def test_the_same_file_imported_twice_at_once_issues_once(application: Application, merchant: Merchant) -> None:
    file = a_file(*(a_row(order_number=f"CAFE-{number}") for number in range(20)))

    results = await asyncio.gather(*(_import(application, merchant, file) for _ in range(3)), return_exceptions=True)

    assert any(isinstance(one, Imported) for one in results)
    assert (await _counts(application))["certificates"] == 20


async def test_thousands_of_rows_are_imported_at_once(application: Application, merchant: Merchant) -> None:
    random.seed(7)
    rows = [
        a_row(order_number=f"C{number}", gift_message="".join(random.choices(string.printable[:95] + "é漢🎁", k=60)))
        for number in range(3_000)
    ]

    done = await _import(application, merchant, a_file(*rows))

    assert len(done.issued) == 3_000


async def test_a_large_import_is_known_to_the_planner_at_once(application: Application, merchant: Merchant) -> None:
    await _import(application, merchant, a_file(*(a_row(order_number=f"CAFE-{at}") for at in range(1_000))))
    tables = ["orders", "checkouts", "certificates", "certificate_numbers"]
    async with application.database.connection() as connection:
        known = await connection.fetch("SELECT reltuples FROM pg_class WHERE relname = ANY($1::text[])", tables)
    assert [row["reltuples"] for row in known] == [1_000] * 4
