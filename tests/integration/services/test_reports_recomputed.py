"""Reports made anew in Python from the bare rows of the journal: whatever is sealed, and however it is asked.

Nothing here knows of seals, of days that were added up, or of the statements that reports are made by.
"""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import date, datetime, timedelta
from itertools import pairwise, product
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.merchants import Merchant
from largesse.services import reports
from largesse.services.reports import ReportName, ReportQuestion
from largesse.services.seals import seal
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant
from tests.builders.ledger import a_where
from tests.integration.services.test_reports import Life

Rows = list[Mapping[str, Any]]

TOKYO = UUID(int=0xA2)
OUTSTANDING = {"certificates_outstanding", "promotional_outstanding"}
ACTIVE = {"issue", "activate", "reload", "redeem", "hold", "capture", "reverse", "transfer"}
SOLD = {"issue", "activate", "reload"}
SPANS = ((None, None), (date(2026, 12, 1), date(2027, 1, 1)), (date(2026, 12, 15), None), (None, date(2027, 3, 1)))


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with an_application(database) as opened:
        yield opened


class Books:
    """A merchant with some months of random history at two locations, and the moments between its seals."""

    def __init__(self, application: Application, merchant: Merchant, rows: Rows, moments: list[datetime]) -> None:
        self.application = application
        self.merchant = merchant
        self.rows = rows
        self.moments = moments

    def known(self, asked: ReportQuestion) -> Rows:
        """The rows that a question is about."""
        return [
            row
            for row in self.rows
            if (asked.known_at is None or row["recorded_at"] <= asked.known_at)
            and (asked.as_of is None or row["effective_at"] <= asked.as_of)
            and (asked.since is None or row["booked_on"] >= asked.since)
            and (asked.until is None or row["booked_on"] < asked.until)
            and asked.location_id in (None, row["location_id"])
            and asked.offering_id in (None, row["offering_id"])
            and asked.refcode in (None, row["refcode"])
        ]

    async def told(self, asked: ReportQuestion) -> list[dict[str, Any]]:
        """The lines that the report has."""
        return [
            dict(line.cells) for line in (await reports.answer(self.application, self.merchant, asked, now=NOW)).lines
        ]

    def questions(self, report: ReportName) -> Iterable[ReportQuestion]:
        """Ask a report of many periods, as known at the moments of seals and between them."""
        for (since, until), known_at in product(SPANS, [None, *self.moments]):
            yield ReportQuestion(report=report, since=since, until=until, known_at=known_at)
        yield ReportQuestion(report=report, location_id=TOKYO, known_at=self.moments[2])


@pytest.fixture(params=[3, 11])
async def books(application: Application, request: pytest.FixtureRequest) -> Books:
    merchant = await a_merchant(application.database)
    tokyo = replace(a_where(merchant.merchant_id), location_id=TOKYO, time_zone="Asia/Tokyo", cut_off_hour=4)
    life = Life(application, merchant.merchant_id, seed=request.param, places=(None, tokyo))
    moments = []
    for _ in range(3):
        await life.go_on(40)
        made = await seal(application, merchant.merchant_id, now=life.now)
        moments.append(made.cut if made else life.now)
        await life.go_on(20)
        moments.append(life.now)
    async with application.database.connection() as connection:
        rows: Rows = list(await connection.fetch("SELECT * FROM journal ORDER BY subject_id, seq"))
    return Books(application, merchant, rows, moments)


def side(row: Mapping[str, Any]) -> int:
    """What a row does to what is outstanding, in its sign."""
    return (row["credit"] in OUTSTANDING) - (row["debit"] in OUTSTANDING)


def acts_of(row: Mapping[str, Any], seller: str | None) -> set[str]:
    kind, found = row["kind"], set[str]()
    if kind in {"redeem", "capture"}:
        found.add("redemptions")
    if kind in {"reverse", "undo_reload"} or (kind == "void" and row["reason"] == "error" and row["device_id"]):
        found.add("undone")
    if kind == "redeem":
        found |= {row["entry_mode"]} & {"typed", "found"}
        found |= {"without_reference"} if row["memo_hash"] is None else set()
        found |= {"sold_by_same"} if seller == row["actor"] else set()
    if kind in SOLD and row["debit"] == "cash":
        found.add("cash_sales")
    return found


@pytest.mark.parametrize(
    "report, name", [(ReportName.PEOPLE, "actor"), (ReportName.DEVICES, "device_id"), (ReportName.HOURS, "hour")]
)
async def test_what_is_looked_at_first_is_what_the_rows_tell(books: Books, report: ReportName, name: str) -> None:
    sellers: dict[UUID, str] = {}
    for row in books.rows:
        if row["kind"] in {"issue", "activate"}:
            sellers.setdefault(row["subject_id"], row["actor"])
    zone, seen = ZoneInfo(books.merchant.time_zone), Counter[str]()
    for asked in books.questions(report):
        wanted: dict[Any, dict[str, set[Any]]] = defaultdict(lambda: defaultdict(set))
        for row in books.known(asked):
            hour = f"{row['effective_at'].astimezone(zone).hour:02}"
            told = {"hour": hour, "device_id": str(row["device_id"] or "") or None}.get(name, row["actor"])
            for act in acts_of(row, sellers.get(row["subject_id"])):
                wanted[told][act].add(row["operation_id"])
        lines = {line[name]: line for line in await books.told(asked) if line[name] != "average"}
        assert lines.keys() == wanted.keys(), asked
        for told, acts in wanted.items():
            counts = {act: len(operations) for act, operations in acts.items()}
            assert {key: value for key, value in lines[told].items() if value and key != name} == counts, asked
            seen.update(counts)
    assert seen.keys() >= {"redemptions", "undone", "typed", "found", "without_reference", "sold_by_same"}


AGES = ((90, "under_3_months"), (182, "under_6_months"), (365, "under_1_year"), (730, "under_2_years"))


@pytest.mark.parametrize("report", [ReportName.BY_ISSUE, ReportName.BY_ACTIVITY, ReportName.BY_LAST_DAY])
async def test_what_is_outstanding_by_age_is_what_each_certificate_had_then(books: Books, report: ReportName) -> None:
    zone = ZoneInfo(books.merchant.time_zone)
    held = 0
    for known_at, as_of in product([None, *books.moments], [None, NOW + timedelta(days=50), NOW + timedelta(days=200)]):
        asked = ReportQuestion(report=report, known_at=known_at, as_of=as_of)
        today = (min(NOW, as_of) if as_of else NOW).astimezone(zone).date()
        of: dict[UUID, Rows] = defaultdict(list)
        for row in books.known(asked):
            if row["subject_kind"] == "certificate":
                of[row["subject_id"]].append(row)
        wanted: Counter[tuple[Any, ...]] = Counter()
        for rows in of.values():
            last = rows[-1]
            if not last["balance_after"] + last["gratuity_after"]:
                continue
            active = [row for row in rows if row["kind"] in ACTIVE]
            day = {
                ReportName.BY_ISSUE: rows[0]["recorded_at"].astimezone(zone).date(),
                ReportName.BY_ACTIVITY: active[-1]["effective_at"].astimezone(zone).date(),
                ReportName.BY_LAST_DAY: last["good_through_after"],
            }[report]
            days = (day - today).days if report is ReportName.BY_LAST_DAY else (today - day).days
            age = next(name for bound, name in AGES if days < bound)
            age = "past" if report is ReportName.BY_LAST_DAY and days < 0 else age
            key = (rows[0]["class_of_value"], last["currency"], age)
            wanted[*key, "certificates"] += 1
            wanted[*key, "value"] += last["balance_after"]
            wanted[*key, "gratuity"] += last["gratuity_after"]
        found = {
            (line["class_of_value"], line["currency"], line["age"], name): line[name]
            for line in await books.told(asked)
            for name in ("certificates", "value", "gratuity")
        }
        assert found == {key: wanted[key] for key in found}
        assert not wanted.keys() - found.keys()
        held += len(found)
    assert held > 30


async def test_sales_and_redemptions_are_what_the_rows_come_to(books: Books) -> None:
    """By offering, refcode, location, day and moment, sealed or not."""
    narrowed: list[dict[str, Any]] = [
        {},
        {"offering_id": UUID(int=0xF1)},
        {"refcode": "inn"},
        {"location_id": TOKYO},
        {"as_of": NOW + timedelta(days=70, hours=7)},
        {"as_of": NOW + timedelta(days=70, hours=7), "offering_id": UUID(int=0xF2), "location_id": TOKYO},
    ]
    seen = 0
    for base, more in product(list(books.questions(ReportName.REDEMPTIONS)), narrowed):
        asked = replace(base, **more)
        rows = books.known(asked)
        wanted: Counter[tuple[Any, ...]] = Counter()
        operations: dict[tuple[Any, ...], set[Any]] = defaultdict(set)
        for row in rows:
            key = (row["currency"], row["booked_on"], row["location_id"])
            if row["kind"] in {"redeem", "capture"} and side(row) < 0:
                wanted[*key, row["leg"]] += row["amount"]
                operations[key].add((row["subject_id"], row["operation_id"]))
            if row["kind"] == "reverse" and side(row) > 0:
                wanted[*key, "undone"] += row["amount"]
        found = {(line["currency"], line["booked_on"], line["location_id"]): line for line in await books.told(asked)}
        for key, line in found.items():
            told = (line["value"], line["gratuity"], line["undone"], line["redemptions"])
            assert told == (
                wanted[*key, "value"], wanted[*key, "gratuity"], wanted[*key, "undone"], len(operations[key]),
            )  # fmt: skip
            seen += 1
        assert {key[:3] for key in wanted} == found.keys(), asked
        sold: Counter[tuple[Any, ...]] = Counter()
        for row in rows:
            if row["kind"] in SOLD and side(row) > 0:
                sold[row["currency"], row["offering_id"], row["location_id"]] += row["amount"]
        sales: Counter[tuple[Any, ...]] = Counter()
        for line in await books.told(replace(asked, report=ReportName.SALES)):
            sales[line["currency"], line["offering_id"], line["location_id"]] += line["face"] + line["gratuity"]
        assert +sales == sold
    assert seen > 200


async def test_the_roll_forward_closes_with_what_it_opens_for_every_month_class_and_location(books: Books) -> None:
    """Opening + movements = closing = the next month's opening; and both are what the rows come to."""
    months = [date(2026, 11, 1), date(2026, 12, 1), *(date(2027, month, 1) for month in range(1, 8))]
    narrowed: list[dict[str, Any]] = [
        {}, {"refcode": "spring"}, {"offering_id": UUID(int=0xF0)}, {"as_of": NOW + timedelta(days=100, hours=3)},
    ]  # fmt: skip
    classes = {row["subject_id"]: row["class_of_value"] for row in reversed(books.rows) if row["class_of_value"]}
    held = 0
    for known_at, more in product([None, *books.moments[-3:]], narrowed):
        before: dict[tuple[Any, ...], int] = {}
        for since, until in pairwise(months):
            asked = ReportQuestion(
                report=ReportName.LIABILITY, since=since, until=until, known_at=known_at, by_location=True, **more
            )
            wanted: Counter[tuple[Any, ...]] = Counter()
            for row in books.known(replace(asked, since=None)):
                key = (row["currency"], classes.get(row["subject_id"]), row["location_id"])
                wanted[key] += side(row) * (row["amount"] or 0)
            closing = {}
            for line in await books.told(asked):
                key = (line["currency"], line["class_of_value"], line["location_id"])
                moved = sum(line[column.value] for column in reports.LiabilityColumn)
                assert line["opening"] == before.get(key, 0)
                assert line["opening"] + moved == line["closing"] == wanted[key], (asked, key)
                closing[key] = line["closing"]
                held += 1
            assert {key: amount for key, amount in wanted.items() if amount} == {
                key: amount for key, amount in closing.items() if amount
            }
            before = closing
    assert held > 100
