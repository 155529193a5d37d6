"""Every figure of every report is what the rows behind it come to, over random histories, sealed or not."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.merchants import Merchant
from largesse.ledger import Account, ClassOfValue
from largesse.services import reports
from largesse.services.certificates import Place, redeem
from largesse.services.reports import (
    BY_DAY,
    BY_MONTH,
    FIGURED,
    OF_PARTNERS,
    CellKind,
    Each,
    FigureAsked,
    ReportName,
    ReportQuestion,
    ReportTable,
    StatementPart,
)
from largesse.services.seals import seal
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant, a_request
from tests.builders.invoices import an_invoiced_partner, ordered
from tests.builders.ledger import a_where
from tests.fakes.clock import StillClock
from tests.integration.services.test_reports import Life

MONTH = date(2026, 12, 1)
UNTIL = date(2027, 4, 1)
PARTNER = UUID(int=0xB1)
WITH_LINES = {
    ReportName.LIABILITY,
    ReportName.BALANCES,
    ReportName.SALES,
    ReportName.TENDERS,
    ReportName.REDEMPTIONS,
    ReportName.PROMOTIONS,
    ReportName.BETWEEN,
    ReportName.JOURNAL,
    ReportName.PEOPLE,
    ReportName.HOURS,
}
"""The reports of which the history has something to tell."""


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with an_application(database) as opened:
        yield opened


@pytest.fixture
async def merchant(application: Application) -> Merchant:
    """A merchant with some months of random history, sealed in the middle of it."""
    found = await a_merchant(application.database)
    tokyo = replace(a_where(found.merchant_id), location_id=UUID(int=0xA2), time_zone="Asia/Tokyo", cut_off_hour=4)
    life = Life(application, found.merchant_id, seed=7, places=(None, tokyo))
    for _ in range(3):
        await life.go_on(40)
        await seal(application, found.merchant_id, now=life.now)
    await life.go_on(60)
    return found


def questions() -> Iterator[ReportQuestion]:
    for report in ReportName:
        yield ReportQuestion(report=report)
        yield ReportQuestion(report=report, since=MONTH, until=date(2027, 1, 1), by_location=True)
        yield ReportQuestion(report=report, offering_id=UUID(int=0xF1), until=date(2027, 2, 1))
        yield ReportQuestion(report=report, refcode="spring", location_id=UUID(int=0xA2), since=MONTH)
        yield ReportQuestion(report=report, as_of=NOW + timedelta(days=60, hours=5), location_id=UUID(int=0xA2))
        yield ReportQuestion(report=report, as_of=NOW + timedelta(days=90), known_at=NOW + timedelta(days=100))
        if report in OF_PARTNERS:
            yield ReportQuestion(report=report, partner_id=PARTNER, since=MONTH, location_id=UUID(int=0xA2))
        for each, able in ((Each.MONTH, BY_MONTH), (Each.DAY, BY_DAY)):
            if report in able:
                yield ReportQuestion(report=report, each=each, since=date(2026, 12, 9), until=date(2027, 1, 5))
    yield ReportQuestion(report=ReportName.LIABILITY, since=MONTH, class_of_value=ClassOfValue.PROMOTIONAL)
    yield ReportQuestion(report=ReportName.BALANCES, since=MONTH, currency="EUR", known_at=NOW + timedelta(days=60))
    yield ReportQuestion(report=ReportName.LIABILITY, since=MONTH, as_of=NOW + timedelta(days=40, hours=3))
    yield ReportQuestion(report=ReportName.SALES, as_of=NOW + timedelta(days=40), known_at=NOW + timedelta(days=30))


async def adds_up(application: Application, merchant: Merchant, asked: ReportQuestion, table: ReportTable) -> int:
    """Every cell of a table is what its rows come to; how many there were."""
    held = 0
    for line in table.lines:
        for column in table.columns:
            if not column.figure:
                continue
            wanted = FigureAsked(question=asked, column=column.name, where=line.where)
            found = await reports.figure_rows(application, merchant, wanted, limit=10_000)
            assert found is not None
            assert not found.more
            if column.kind is CellKind.COUNT:
                told = len({(row["subject_id"], row["operation_id"]) for row in found.rows})
            else:
                told = sum(row["signed"] for row in found.rows)
            assert told == line.cells[column.name], (asked, column.name, line.where)
            held += 1
    return held


async def test_every_figure_is_the_sum_of_the_rows_behind_it(application: Application, merchant: Merchant) -> None:
    seen = set[ReportName]()
    for asked in questions():
        table = await reports.answer(application, merchant, asked, now=NOW)
        held = await adds_up(application, merchant, asked, table)
        assert held or not table.lines or asked.report not in FIGURED, asked
        seen.add(asked.report) if table.lines else None
    assert seen >= WITH_LINES


@pytest.mark.parametrize(
    "report, up, down",
    [
        (ReportName.GRATUITIES, ("earned",), ("paid_out",)),
        (ReportName.PROMOTIONS, ("granted", "undone", "other"), ("used", "lapsed")),
        (ReportName.PARTNERS, ("ordered", "other"), ("taken_back", "matched")),
    ],
)
async def test_opening_and_what_moved_it_is_closing(
    application: Application, merchant: Merchant, report: ReportName, up: tuple[str, ...], down: tuple[str, ...]
) -> None:
    asked = ReportQuestion(report=report, since=MONTH)
    for line in (await reports.answer(application, merchant, asked, now=NOW)).lines:
        told: dict[str, Any] = dict(line.cells)
        moved = sum(told[name] for name in up) - sum(told[name] for name in down)
        assert told["opening"] + moved == told["closing"]


async def test_what_is_outstanding_is_the_same_by_whatever_age(application: Application, merchant: Merchant) -> None:
    until = date(2027, 3, 1)
    liability = await reports.answer(
        application, merchant, ReportQuestion(report=ReportName.LIABILITY, until=until), now=NOW
    )
    owed = {(line.currency, line.cells["class_of_value"]): line.cells["closing"] for line in liability.lines}
    for report in (ReportName.BY_ISSUE, ReportName.BY_ACTIVITY, ReportName.BY_LAST_DAY, ReportName.BY_LEGAL_CLOCK):
        table = await reports.answer(application, merchant, ReportQuestion(report=report, until=until), now=NOW)
        found = Counter[tuple[str | None, Any]]()
        for line in table.lines:
            told: dict[str, Any] = dict(line.cells)
            found[line.currency, told["class_of_value"]] += told["value"] + told["gratuity"]
        assert found == {key: amount for key, amount in owed.items() if amount}, report


async def test_a_report_of_a_partner_is_what_it_ordered_and_what_became_of_it(database: Database) -> None:
    async with an_application(database, clock=StillClock(NOW)) as application:
        one = await an_invoiced_partner(application)
        two = await an_invoiced_partner(application, merchant=one.merchant, email="other@partner.example")
        merchant = one.merchant
        for ordering, amount in ((one, "50.00"), (one, "30.00"), (two, "70.00")):
            order = await ordered(application, ordering, amount)
            assert order.certificate_id is not None
            place = Place(merchant_id=merchant.merchant_id, certificate_id=order.certificate_id)
            await redeem(application, place, value=1_000, request=a_request(), now=NOW)
        await seal(application, merchant.merchant_id, now=NOW + timedelta(minutes=1))
        found: dict[ReportName, list[Any]] = {}
        for report in OF_PARTNERS:
            for ordering in (one, two):
                asked = ReportQuestion(report=report, partner_id=ordering.partner.partner_id)
                table = await reports.answer(application, merchant, asked, now=NOW)
                await adds_up(application, merchant, asked, table)
                found.setdefault(report, []).append([line.cells for line in table.lines])

    def told(report: ReportName, name: str) -> list[int]:
        return [sum(line[name] for line in lines) for lines in found[report]]

    assert told(ReportName.LIABILITY, "issued") == [8_000, 7_000]
    assert told(ReportName.LIABILITY, "closing") == [6_000, 6_000]
    assert told(ReportName.SALES, "face") == [8_000, 7_000]
    assert told(ReportName.REDEMPTIONS, "value") == [2_000, 1_000]
    assert told(ReportName.PARTNERS, "closing") == [8_000, 7_000]
    assert told(ReportName.BY_ISSUE, "value") == [6_000, 6_000]


@pytest.mark.parametrize("report", [ReportName.SALES, ReportName.REDEMPTIONS, ReportName.JOURNAL, ReportName.LIABILITY])
async def test_the_months_of_a_report_come_to_what_it_says_in_one_sum(
    application: Application, merchant: Merchant, report: ReportName
) -> None:
    summed = []
    for each in (None, Each.MONTH):
        table = await reports.answer(
            application, merchant, ReportQuestion(report=report, each=each, until=UNTIL), now=NOW
        )
        found = Counter[tuple[str | None, str]]()
        for line in table.lines:
            for column in table.columns:
                value = line.cells.get(column.name)
                if column.figure and isinstance(value, int) and not column.name.startswith(("opening", "closing")):
                    found[line.currency, column.name] += value
        summed.append(found)
        months = {line.cells["month"] for line in table.lines} if each else set()
        assert len(months) > 1 or not each
    assert summed[0] == summed[1]


async def test_every_month_begins_with_what_the_one_before_ended_with(
    application: Application, merchant: Merchant
) -> None:
    asked = ReportQuestion(report=ReportName.LIABILITY, each=Each.MONTH, until=UNTIL)
    standing = dict[tuple[str | None, Any], Any]()
    for line in (await reports.answer(application, merchant, asked, now=NOW)).lines:
        key = line.currency, line.cells["class_of_value"]
        assert line.cells["opening"] == standing.get(key, 0)
        standing[key] = line.cells["closing"]
    assert standing


async def test_the_pages_of_a_statement_are_the_statement(application: Application, merchant: Merchant) -> None:
    asked = ReportQuestion(report=ReportName.STATEMENT, since=date(2026, 12, 9), location_id=UUID(int=0xA2))
    whole = await reports.answer(application, merchant, asked, now=NOW)
    rows = [line.cells for line in whole.lines if line.cells["kind"] not in {"opening", "closing"}]
    assert whole.of == len(rows) > 20
    paged, edges, skipped = list[Any](), list[Any](), 0
    while skipped < whole.of:
        part = StatementPart(skipped=skipped, size=7)
        page = await reports.answer(application, merchant, asked, part=part, now=NOW)
        assert (page.skipped, page.rows, page.of) == (skipped, min(7, whole.of - skipped), whole.of)
        edges.append([line.cells for line in page.lines if line.cells["kind"] in {"opening", "carried", "closing"}])
        paged += [line.cells for line in page.lines if line.cells["kind"] not in {"opening", "carried", "closing"}]
        skipped += page.rows
    assert paged == rows
    assert {one["kind"] for one in edges[0]} == {"opening", "carried"}
    assert {one["kind"] for one in edges[-1]} == {"carried", "closing"}
    beyond = await reports.answer(application, merchant, asked, part=StatementPart(skipped=whole.of, size=7), now=NOW)
    assert beyond.skipped == 0


async def test_a_statement_goes_from_what_stood_there_to_what_stands_there(
    application: Application, merchant: Merchant
) -> None:
    since, until = MONTH, date(2027, 3, 1)
    trial = await reports.answer(
        application, merchant, ReportQuestion(report=ReportName.BALANCES, since=since, until=until), now=NOW
    )
    seen = 0
    for line in trial.lines:
        asked = ReportQuestion(
            report=ReportName.STATEMENT, since=since, until=until, currency=line.currency,
            account=Account(str(line.cells["account"])),
        )  # fmt: skip
        found = (await reports.answer(application, merchant, asked, now=NOW)).lines
        assert (found[0].cells["kind"], found[0].cells["balance"]) == ("opening", line.cells["opening"])
        assert (found[-1].cells["kind"], found[-1].cells["balance"]) == ("closing", line.cells["closing"])
        seen += len(found) - 2
    assert seen > 20


async def test_a_statement_of_a_certificate_ends_with_what_is_left_of_it(
    application: Application, merchant: Merchant
) -> None:
    async with application.database.connection() as connection:
        held = await connection.fetch("SELECT certificate_id, balance + gratuity_balance AS left FROM certificates")
    for row in held:
        asked = ReportQuestion(report=ReportName.STATEMENT, subject_id=row["certificate_id"], since=date(2026, 12, 15))
        lines = (await reports.answer(application, merchant, asked, now=NOW)).lines
        assert [line.cells["balance"] for line in lines[-1:]] == [row["left"]][: len(lines)]
