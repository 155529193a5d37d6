"""What is exported is what is stored, in every format, and harmless where it is opened."""

import asyncio
import csv
import io
import json
import re
import zipfile
from collections.abc import AsyncIterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from lxml import etree
from msgspec.structs import replace

from largesse import outbox
from largesse.app.application import Application
from largesse.db import Database
from largesse.db.dataset import Dataset
from largesse.domain.exports import FileFormat, write_xlsx
from largesse.domain.merchants import Merchant
from largesse.domain.orders import POST_NAMES, Order
from largesse.interfaces.cli.sheets import read_order_sheet
from largesse.kernel.formulas import guard
from largesse.kernel.paging import Period
from largesse.kernel.tax import TaxKind, TaxTreatment
from largesse.ledger import RateLine
from largesse.ledger.commands import Redeem, Reverse
from largesse.ledger.views import journal_dataset
from largesse.services import endpoints
from largesse.services.exports.exporting import DatasetName, ExportRefused, ExportRequest, export
from largesse.services.orders.fulfilment import fulfil
from largesse.services.orders.importing import ImportRefused, import_orders
from largesse.services.orders.selling import place
from tests.builders.ledger import issue, redeem
from tests.builders.orders import a_basket, a_file, a_payment, a_row
from tests.builders.shop import NOW, a_seller, a_shop

NASTY = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\n=1",
    "'=1",
    "''-x",
    "'plain",
    "＝1",
    'a "quote", and\ncomma',
    "back\\slash\\n",
    "漢字🎁",
    "",
    "A;=1+2",
    "A; -1",
    "A\n@b;＝c",
    "A;'=1",
    "A\n- one\n- two",
]
NAMESPACE = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with a_shop(database) as opened:
        yield opened


@pytest.fixture
async def merchant(database: Database) -> Merchant:
    return await a_seller(database)


@pytest.fixture
async def orders(application: Application, merchant: Merchant) -> tuple[Order, ...]:
    """One order for each nasty message, a second apart."""
    rows = [
        a_row(order_number=f"C{place:02}", order_timestamp=f"2026-11-20 18:30:{place:02}", gift_message=message)
        for place, message in enumerate(NASTY)
    ]
    return (
        await import_orders(
            application, merchant, read_order_sheet(a_file(*rows)), dry_run=False, actor="test", now=NOW
        )
    ).issued


async def _export(
    application: Application, merchant: Merchant, dataset: str = "orders", **given: str | FileFormat | UUID
) -> bytes:
    file = io.BytesIO()

    async def sink(chunk: bytes) -> None:
        file.write(chunk)

    request = replace(ExportRequest(dataset=DatasetName(dataset)), **given)
    await export(application, merchant, request, sink=sink)
    return file.getvalue()


def _rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def _sheets(data: bytes | Path) -> list[list[list[tuple[str, str]]]]:
    """Every sheet's rows of (type, text) cells; the type is `n` for numbers, `inlineStr` for texts."""
    with zipfile.ZipFile(io.BytesIO(data) if isinstance(data, bytes) else data) as book:
        names = sorted(name for name in book.namelist() if name.startswith("xl/worksheets/sheet"))
        return [
            [
                [(cell.get("t", "n"), "".join(map(str, cell.itertext()))) for cell in row.findall("m:c", NAMESPACE)]
                for row in etree.fromstring(book.read(name)).iterfind(".//m:row", NAMESPACE)
            ]
            for name in names
        ]


async def test_csv_begins_with_the_26_names_and_ends_lines_as_rfc_4180_says(
    application: Application, merchant: Merchant, orders: tuple[Order, ...]
) -> None:
    data = await _export(application, merchant)

    header = data.split(b"\r\n", 1)[0].decode().split(",")
    assert header[:27] == [*POST_NAMES, "status"]
    assert data.endswith(b"\r\n")
    records = list(csv.reader(io.StringIO(data.decode(), newline=""), strict=True))
    assert len(records) == len(orders) + 1
    assert {len(record) for record in records} == {len(header)}


async def test_csv_holds_what_is_stored(
    application: Application, merchant: Merchant, orders: tuple[Order, ...]
) -> None:
    rows = _rows(await _export(application, merchant))

    for row, order in zip(rows, orders, strict=True):
        assert row["order_number"] == order.order_number
        assert row["order_id"] == str(order.order_id)
        assert row["giftcafe_vendornum"] == merchant.number
        local = order.placed_at.astimezone(merchant.zone)
        assert row["order_timestamp"] == local.strftime("%Y-%m-%d %H:%M:%S")
        assert row["gift_total"] == "112.99"
        assert row["gift_discount"] == "10.00"
        assert row["billing_phone"] == "'+12125550100"
        assert (row["status"], row["currency"], row["custom1"]) == ("issued", "USD", "")


@pytest.mark.usefixtures("orders")
async def test_no_cell_of_a_csv_is_a_formula(application: Application, merchant: Merchant) -> None:
    data = await _export(application, merchant)

    for row in _rows(data):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝")) for cell in row.values())


async def test_postgresql_guards_each_cell_as_the_import_expects(
    application: Application, merchant: Merchant, orders: tuple[Order, ...]
) -> None:
    rows = _rows(await _export(application, merchant))

    assert [row["gift_message"] for row in rows] == [guard(order.message) for order in orders]
    for part in (part for row in rows for cell in row.values() for part in re.split("[;\t\r\n]", cell)):
        assert not part.lstrip(" ").startswith(tuple("=+-@＝＋－＠"))


async def test_our_own_csv_imported_again_changes_nothing(application: Application, merchant: Merchant) -> None:
    bare = {"gift_tip": "", "gift_discount": "", "gift_tax": "", "gift_total": "100.00", "billing_phone": ""}
    rows = (a_row(order_number="B1", **bare), a_row(order_number="", **bare), a_row(order_number="B3"))
    sheet = read_order_sheet(a_file(*rows))
    first = await import_orders(application, merchant, sheet, dry_run=False, actor="test", now=NOW)
    paid = await place(application, merchant, a_basket(), now=NOW)
    await fulfil(application, merchant, a_payment(paid.checkout), actor="test", now=NOW)
    exported = _rows(await _export(application, merchant))
    file = a_file(*({name: row[name] for name in POST_NAMES} for row in exported))

    again = await import_orders(application, merchant, read_order_sheet(file), dry_run=False, actor="test", now=NOW)

    assert again.issued == ()
    numbers = {order.order_number for order in (*first.issued, *paid.orders)}
    assert {order.order_number for order in again.known} == numbers
    changed = file.replace(b"100.00,0.00,0.00,0.00,100.00", b"100.00,0.00,10.00,0.00,90.00", 1)
    with pytest.raises(ImportRefused) as refused:
        await import_orders(application, merchant, read_order_sheet(changed), dry_run=False, actor="test", now=NOW)
    assert [fault.code for fault in refused.value.fields] == ["order.number.taken"]


async def test_what_was_exported_as_csv_imports_as_what_is_there(
    application: Application, merchant: Merchant, orders: tuple[Order, ...]
) -> None:
    rows = _rows(await _export(application, merchant))
    file = a_file(*({name: row[name] for name in POST_NAMES} for row in rows))

    other = await a_seller(application.database, slug="other", number="1002", prefix="XY")
    moved = file.replace(b"1001,C", b"1002,D")
    done = await import_orders(application, other, read_order_sheet(moved), dry_run=False, actor="test", now=NOW)

    assert [order.message for order in done.issued] == [order.message for order in orders]
    assert [order.placed_at for order in done.issued] == [order.placed_at for order in orders]


async def test_json_lines_hold_what_is_stored(
    application: Application, merchant: Merchant, orders: tuple[Order, ...]
) -> None:
    lines = (await _export(application, merchant, format=FileFormat.JSONL)).decode().splitlines()

    for line, order in zip(map(json.loads, lines), orders, strict=True):
        assert line["gift_message"] == order.message
        assert line["gift_total"] == "112.99"
        assert datetime.fromisoformat(line["issued_at"]) == order.issued_at
        assert line["refcode"] is None


async def test_workbooks_hold_texts_as_texts_and_money_as_numbers(
    application: Application, merchant: Merchant, orders: tuple[Order, ...]
) -> None:
    data = await _export(application, merchant, format=FileFormat.XLSX)

    [sheet] = _sheets(data)
    assert [text for _, text in sheet[0]][:26] == list(POST_NAMES)
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
        assert b'formatCode="0.00"' in book.read("xl/styles.xml")
    for cells, order in zip(sheet[1:], orders, strict=True):
        assert ("inlineStr", order.order_number) in cells
        assert ("n", "112.99") in cells
        if order.message:
            assert order.message in [text for kind, text in cells if kind == "inlineStr"]


@pytest.mark.usefixtures("orders")
async def test_a_full_sheet_is_followed_by_another(
    application: Application, merchant: Merchant, tmp_path: Path
) -> None:
    dataset: Dataset = journal_dataset(merchant.merchant_id, zone="UTC", recorded=Period())
    async with application.database.dedicated() as connection, connection.transaction(readonly=True):
        path = tmp_path / "journal.xlsx"
        rows = await write_xlsx(connection, dataset, path, lambda _rows: None, sheet_rows_max=11)

    sheets = _sheets(path)
    assert sum(len(sheet) - 1 for sheet in sheets) == rows
    assert {len(sheet) for sheet in sheets[:-1]} == {11}
    assert all(sheet[0] == sheets[0][0] for sheet in sheets)


@pytest.mark.usefixtures("orders")
@pytest.mark.parametrize(
    "given, expected",
    [
        ({"since": "2026-11-21"}, 0),
        ({"until": "2026-11-20"}, 0),
        ({"since": "2026-11-20", "until": "2026-11-21"}, len(NASTY)),
        ({"since": "2026-11-20T18:30:03"}, len(NASTY) - 3),
        ({"until": "2026-11-20T18:30:03"}, 3),
        ({"since": "2026-11-20T23:30:03+00:00"}, len(NASTY) - 3),
        ({"status": "issued"}, len(NASTY)),
        ({"status": "placed"}, 0),
        ({"refcode": "B1"}, 0),
    ],
)
async def test_filters_are_half_open_and_in_the_merchants_zone(
    application: Application, merchant: Merchant, given: dict[str, str], expected: int
) -> None:
    assert len(_rows(await _export(application, merchant, **given))) == expected


@pytest.mark.parametrize(
    "dataset, given, code",
    [
        ("journal", {"status": "issued"}, "export.filter.unsupported"),
        ("orders", {"status": "lost"}, "export.status.unknown"),
        ("orders", {"since": "2027-02-30"}, "moment.invalid"),
        ("orders", {"until": "yesterday"}, "moment.invalid"),
        ("orders", {"since": "2026-11-22", "until": "2026-11-21"}, "export.until.too_early"),
        ("journal", {"since": "2026-11-22", "until": "2026-11-22"}, "export.until.too_early"),
    ],
)
async def test_a_filter_that_cannot_be_used_is_named(
    application: Application, merchant: Merchant, dataset: str, given: dict[str, str], code: str
) -> None:
    with pytest.raises(ExportRefused) as refusal:
        await _export(application, merchant, dataset, **given)

    assert [fault.code for fault in refusal.value.fields] == [code]


@pytest.mark.usefixtures("orders")
async def test_nothing_of_another_merchant_is_exported(application: Application) -> None:
    other = await a_seller(application.database, slug="other", number="1002", prefix="XY")

    for dataset in DatasetName:
        assert _rows(await _export(application, other, dataset.value)) == []


async def test_certificates_show_the_last_four_and_never_the_number(
    application: Application, merchant: Merchant, orders: tuple[Order, ...]
) -> None:
    rows = _rows(await _export(application, merchant, "certificates"))

    assert len(rows) == len(orders)
    assert {len(row["last_four"]) for row in rows} == {4}
    assert {row["certificate_id"] for row in rows} == {str(order.certificate_id) for order in orders}
    assert all((row["balance"], row["gratuity_balance"]) == ("100.00", "15.00") for row in rows)


async def test_redemptions_tell_both_pots_and_whether_they_were_undone(
    application: Application, merchant: Merchant, orders: tuple[Order, ...]
) -> None:
    assert orders[0].certificate_id is not None
    certificate_id, merchant_id = orders[0].certificate_id, merchant.merchant_id
    first, second, undo = (UUID(int=number) for number in (1, 2, 3))

    def redeem(operation_id: UUID, value: int, gratuity: int) -> Redeem:
        return Redeem(
            merchant_id=merchant_id,
            certificate_id=certificate_id,
            operation_id=operation_id,
            actor="=till",
            value=value,
            gratuity=gratuity,
        )

    reverse = Reverse(
        merchant_id=merchant_id, certificate_id=certificate_id, operation_id=undo, actor="=till", redemption_id=second
    )
    for command in (redeem(first, 1_050, 200), redeem(second, 1, 0), reverse):
        await application.ledger.submit(command, now=NOW)

    rows = {row["operation_id"]: row for row in _rows(await _export(application, merchant, "redemptions"))}

    assert (rows[str(first)]["value"], rows[str(first)]["gratuity"], rows[str(first)]["reversed"]) == (
        "10.50",
        "2.00",
        "false",
    )
    assert rows[str(second)]["reversed"] == "true"
    assert rows[str(first)]["actor"] == "'=till"
    assert len(rows) == 2


async def test_exports_carry_the_gross_and_the_rates_that_a_redemption_names(
    application: Application, merchant: Merchant
) -> None:
    """50.00 of a multi-purpose certificate: 30.00 at 7 %, 20.00 at 19 %."""
    many = TaxTreatment(kind=TaxKind.MULTI_PURPOSE, country="DE")
    opened = replace(issue(value=10_000), treatment=many, merchant_id=merchant.merchant_id)
    rates = (RateLine(Decimal("0.07"), 3_000), RateLine(Decimal("0.19"), 2_000))
    used = replace(redeem(opened.certificate_id, 5_000, merchant_id=merchant.merchant_id), rates=rates)
    for command in (opened, used):
        await application.ledger.submit(command, now=NOW)

    [spent] = _rows(await _export(application, merchant, "redemptions"))
    told = ("tax_kind", "tax_rates", "taxable", "tax", "value")
    assert [spent[name] for name in told] == ["multi_purpose", "19 7", "50.00", "5.15", "50.00"]
    taxed = [row for row in _rows(await _export(application, merchant, "journal")) if row["leg"] == "tax_due"]
    told = ("tax_kind", "tax_rate_ppm", "taxable_amount", "tax_amount", "tax_point")
    assert sorted(tuple(row[name] for name in told) for row in taxed) == [
        ("multi_purpose", "190000", "20.00", "3.19", "2026-11-22"),
        ("multi_purpose", "70000", "30.00", "1.96", "2026-11-22"),
    ]


async def test_the_journal_balances_as_exported(
    application: Application, merchant: Merchant, orders: tuple[Order, ...]
) -> None:
    rows = _rows(await _export(application, merchant, "journal"))

    outstanding = sum(
        Decimal(row["amount"])
        * ((row["credit"] == "certificates_outstanding") - (row["debit"] == "certificates_outstanding"))
        for row in rows
        if row["amount"]
    )
    assert outstanding == len(orders) * Decimal("115.00")


async def test_deliveries_are_exported_without_urls(application: Application, merchant: Merchant) -> None:
    async with application.database.connection() as connection:
        assert await outbox.list_endpoints(connection, merchant.merchant_id) == []
    header = (await _export(application, merchant, "deliveries")).decode()

    assert header.startswith("occurred_at,event_id,kind,endpoint_id")
    assert "url" not in header


@pytest.mark.parametrize("dataset", ["orders", "deliveries"])
async def test_an_endpoint_must_be_the_merchants_own(
    application: Application, merchant: Merchant, database: Database, dataset: str
) -> None:
    other = await a_seller(database, slug="other", number="OTHER", prefix="OT")
    async with application.database.transaction() as connection:
        wanted = endpoints.AddEndpoint(
            merchant_id=other.merchant_id,
            format=endpoints.Format.JSON,
            url="https://example.com/",
            notify="a@example.com",
        )
        foreign, _ = await endpoints.add_endpoint(
            connection, application.keyring, wanted, reach=application.reach, now=NOW
        )

    with pytest.raises(ExportRefused) as refusal:
        await _export(application, merchant, dataset, endpoint=foreign.endpoint_id)
    assert [(fault.field, fault.code) for fault in refusal.value.fields] == [("endpoint", "endpoint.not_found")]
    with pytest.raises(outbox.EndpointNotFound):
        await _export(application, merchant, dataset, endpoint=UUID(int=2))


async def test_all_rows_are_of_one_moment(
    application: Application, merchant: Merchant, orders: tuple[Order, ...]
) -> None:
    late: list[int] = []

    async def sink(_chunk: bytes) -> None:
        if not late:
            late.append(1)
            rows = a_file(a_row(order_number="LATE"))
            await import_orders(application, merchant, read_order_sheet(rows), dry_run=False, actor="test", now=NOW)

    told: list[int] = []
    rows = await export(application, merchant, ExportRequest(dataset=DatasetName.ORDERS), sink=sink, total=told.append)

    assert rows == told[0] == len(orders)


@pytest.mark.usefixtures("orders")
@pytest.mark.parametrize("wanted", list(FileFormat))
async def test_a_reader_that_goes_away_ends_the_export(
    application: Application, merchant: Merchant, wanted: FileFormat
) -> None:
    async def sink(chunk: bytes) -> None:
        if not chunk.startswith(POST_NAMES[0].encode()):
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        async with asyncio.timeout(100):
            await export(application, merchant, ExportRequest(dataset=DatasetName.ORDERS, format=wanted), sink=sink)

    async with application.database.connection() as connection:
        busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY%'"
        async with asyncio.timeout(100):
            while await connection.fetchval(f"{busy} AND state = 'active'"):
                await asyncio.sleep(0.05)


@pytest.mark.usefixtures("orders")
@pytest.mark.parametrize("dataset", list(DatasetName))
async def test_every_dataset_is_exported_as_json_lines(
    application: Application, merchant: Merchant, dataset: DatasetName
) -> None:
    """Whatever its columns are called."""
    lines = (await _export(application, merchant, dataset=dataset, format=FileFormat.JSONL)).decode().splitlines()
    assert all(isinstance(json.loads(line), dict) for line in lines)
    assert lines or dataset not in {DatasetName.ORDERS, DatasetName.CERTIFICATES, DatasetName.JOURNAL}
