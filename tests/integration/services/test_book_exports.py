"""Exports for a bookkeeper on a real database: each row leaves once, with the accounts as they were then."""

import asyncio
import csv
import io
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import asyncpg
import pytest
from msgspec.structs import replace

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import locations
from largesse.domain.book_exports import (
    BookAsked,
    BookExportInvalid,
    BookFormat,
    BookGrain,
    BookMappingChanged,
    BookSet,
    BookSetUnknown,
    BooksNothing,
    BooksUnmapped,
    MappedAccount,
    find_mapping,
    list_sets,
    starter_charts,
)
from largesse.domain.merchants import Merchant
from largesse.domain.staff import ActRefused, Role
from largesse.ledger import Account, ClassOfValue, Command
from largesse.services import book_exports, reports
from largesse.services.book_exports import BookFile, BookManner, change_mapping, file_set, make_set, waiting
from largesse.services.staff import Manager
from largesse.ui import Voice, speak
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant
from tests.builders.ledger import issue, redeem
from tests.builders.staff import a_worker
from tests.integration.services.test_reports import Life

DECEMBER = date(2026, 12, 1)
LATER = datetime(2026, 12, 5, 12, 0, tzinfo=UTC)
CSV = BookManner(format=BookFormat.CSV)
BY_ROW = BookManner(format=BookFormat.CSV, grain=BookGrain.ROW)

# What may leave, as somebody would write it who knows nothing of sets.
PLAIN = """
SELECT j.subject_id, j.seq, j.booked_on, j.debit, j.credit, j.amount FROM journal j
WHERE j.merchant_id = $1 AND j.currency = 'USD' AND j.booked_on < $2 AND j.amount IS NOT NULL
    AND 'promotions_granted' NOT IN (j.debit, j.credit) AND 'promotional_outstanding' NOT IN (j.debit, j.credit)
    AND 'opening_balances' NOT IN (j.debit, j.credit)
"""


def spoken(language: str) -> Voice:
    return speak(language, folders=(reports.FOLDER / "locale", book_exports.FOLDER / "locale"))


class Shop(NamedTuple):
    """A merchant whose accounts are mapped, with a bookkeeper."""

    application: Application
    merchant: Merchant
    entity_id: UUID
    bookkeeper: Manager
    minutes: Iterator[int]

    async def submits(self, command: Command, now: datetime = NOW) -> None:
        await self.application.ledger.submit(replace(command, merchant_id=self.merchant.merchant_id), now=now)

    def asked(self, until: date = DECEMBER, **given: Any) -> BookAsked:
        told: dict[str, Any] = {"legal_entity_id": self.entity_id, "currency": "USD", "until": until}
        return BookAsked(**told | given)

    async def exports(
        self, until: date = DECEMBER, manner: BookManner = CSV, *, now: datetime | None = None, **given: Any
    ) -> BookSet:
        """Make a set; one that no moment is named of is made a minute after the one before."""
        now = now or LATER + timedelta(minutes=next(self.minutes))
        asked = self.asked(until, **given)
        return await make_set(self.application, self.merchant, asked, manner, by=self.bookkeeper, now=now)

    async def writes(self, number: int, wanted: BookFormat | None = None) -> tuple[BookFile, bytes]:
        into = io.BytesIO()
        made = await file_set(
            self.application, self.merchant, number, wanted, voice=spoken, into=into, by=self.bookkeeper, now=LATER
        )
        return made, into.getvalue()

    async def reads(self, number: int) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO((await self.writes(number, BookFormat.CSV))[1].decode(), newline="")))

    async def rows(self, query: str, *args: object) -> list[Any]:
        async with self.application.database.connection() as connection:
            return list(await connection.fetch(query, *args))


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[Shop]:
    async with an_application(database) as application:
        merchant = await a_merchant(database)
        await a_worker(application, merchant)
        ida = await a_worker(application, merchant, email="ida@bakery.example", name="Ida", role=Role.BOOKKEEPER)
        async with database.connection() as connection:
            home = await locations.default_entity(connection, merchant.merchant_id)
        assert home is not None
        shop = Shop(application, merchant, home.entity_id, ida.manager, count())
        chart = starter_charts()["us"]
        await change_mapping(application, merchant, chart.lines, chart.facts, before=0, by=shop.bookkeeper, now=NOW)
        yield shop


def taken(rows: Sequence[Any]) -> list[tuple[UUID, int]]:
    return sorted((row["subject_id"], row["seq"]) for row in rows)


@pytest.mark.parametrize("seed", [1, 2])
async def test_every_row_of_a_random_history_leaves_once_and_every_file_balances(shop: Shop, seed: int) -> None:
    life, draw = Life(shop.application, shop.merchant.merchant_id, seed), random.Random(seed)
    number = 0
    for _ in range(4):
        await life.go_on(25)
        until = life.now.date() - timedelta(days=draw.randrange(-1, 20))
        try:
            made = await shop.exports(until, draw.choice([CSV, BY_ROW]), now=life.now)
        except BooksNothing:
            continue
        number += 1
        assert made.set_number == number, "without gaps"
        left = await shop.rows("SELECT subject_id, seq FROM book_set_rows WHERE set_number = $1", number)
        assert made.rows == len(left)
        lines = await shop.reads(number)
        assert sum(int(line["rows"]) for line in lines) == made.rows
        async with shop.application.database.connection() as connection:
            found = await waiting(connection, shop.merchant, shop.asked(until))
        assert found.rows == 0
    final = life.now.date() + timedelta(days=1)
    expected = await shop.rows(PLAIN, shop.merchant.merchant_id, final)
    with suppress(BooksNothing):
        await shop.exports(final, BY_ROW, now=life.now)
    async with shop.application.database.connection() as connection:
        sets = await list_sets(connection, shop.merchant.merchant_id)
    assert taken(await shop.rows("SELECT subject_id, seq FROM book_set_rows")) == taken(expected)
    assert sum(one.rows for one in sets) == len(expected)
    assert sum(one.total for one in sets) == sum(row["amount"] for row in expected)
    sums, told = Counter[str](), Counter[str]()
    for row in expected:
        sums[row["debit"]] += row["amount"]
        sums[row["credit"]] -= row["amount"]
    for one in sets:
        for line in await shop.reads(one.set_number):
            amount = int(line["amount"].replace(".", ""))
            told[line["debit_account"]] += amount
            told[line["credit_account"]] -= amount
    assert told == sums


async def test_what_comes_late_goes_into_the_next_set_marked_with_its_day(shop: Shop) -> None:
    """The 22nd is exported before it is over; then another row of it comes, and one of the 24th."""
    await shop.submits(issue(value=10_000))
    first = await shop.exports(date(2026, 11, 23), now=NOW + timedelta(hours=1))
    await shop.submits(issue(value=2_500), NOW + timedelta(hours=3))
    await shop.submits(issue(value=4_000), NOW + timedelta(days=2))
    second = await shop.exports()
    assert (first.rows, first.late_rows, second.rows, second.late_rows) == (1, 0, 2, 1)
    assert (second.covered, second.first_day) == (date(2026, 11, 23), date(2026, 11, 22))
    late, usual = await shop.reads(second.set_number)
    assert (late["day"], late["late"], late["tax_day"], late["amount"]) == ("2026-11-22", "yes", "2026-11-22", "25.00")
    assert "late" in late["text"]
    assert (usual["day"], usual["late"], usual["tax_day"]) == ("2026-11-24", "", "")


async def test_two_exports_at_once_never_take_a_row_twice(shop: Shop) -> None:
    for _ in range(30):
        await shop.submits(issue())

    async def go() -> BookSet | None:
        try:
            return await shop.exports(date(2026, 12, 6))
        except BooksNothing:
            return None

    async def sell() -> None:
        for _ in range(10):
            await shop.submits(issue(), NOW + timedelta(days=1))

    found = await asyncio.gather(*(go() for _ in range(4)), sell(), *(go() for _ in range(4)))
    made = [one for one in found if isinstance(one, BookSet)]
    while (more := await go()) is not None:
        made.append(more)
    assert sorted(one.set_number for one in made) == list(range(1, len(made) + 1))
    assert sum(one.rows for one in made) == 40
    assert len(await shop.rows("SELECT 1 FROM book_set_rows")) == 40


async def test_a_row_that_is_linked_cannot_be_linked_again_nor_let_go(shop: Shop) -> None:
    await shop.submits(issue())
    made = await shop.exports()
    [row] = await shop.rows("SELECT * FROM book_set_rows")
    with pytest.raises(asyncpg.UniqueViolationError):
        await shop.rows(
            "INSERT INTO book_set_rows VALUES ($1, $2, $3, $4)", row["merchant_id"], row["subject_id"], row["seq"], 9
        )
    for table in ("book_set_rows", "book_sets", "book_mappings"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await shop.rows(f"DELETE FROM {table}")
    assert made.rows == 1


async def test_what_has_no_account_yet_is_told_before_and_nothing_is_taken(shop: Shop) -> None:
    opened = replace(issue(), certificate_id=uuid4())
    await shop.submits(opened)
    await shop.submits(redeem(opened.certificate_id, 1_000), NOW + timedelta(hours=1))
    async with shop.application.database.connection() as connection:
        before = await find_mapping(connection, shop.merchant.merchant_id)
        assert before is not None
        lines = [one for one in before.lines if one.account is not Account.REDEEMED]
    await change_mapping(shop.application, shop.merchant, lines, before.facts, before=1, by=shop.bookkeeper, now=NOW)
    async with shop.application.database.connection() as connection:
        found = await waiting(connection, shop.merchant, shop.asked())
    assert [one.account for one in found.unmapped(lines)] == [Account.REDEEMED]
    totals = book_exports.totals_of(found.parts, lines)
    assert totals[0] == (None, "redeemed", 0, 1_000), "what has no account comes first"
    with pytest.raises(BooksUnmapped, match="redeemed") as refused:
        await shop.exports()
    assert refused.value.code == "books.unmapped"
    assert await shop.rows("SELECT 1 FROM book_set_rows") == []
    with pytest.raises(BookMappingChanged) as changed:
        await change_mapping(
            shop.application, shop.merchant, lines, before.facts, before=1, by=shop.bookkeeper, now=NOW
        )
    assert changed.value.code == "books.mapping_changed"


async def test_a_set_keeps_its_accounts_and_a_further_file_is_a_repeat(shop: Shop) -> None:
    await shop.submits(issue())
    made = await shop.exports()
    first, data = await shop.writes(made.set_number)
    chart = starter_charts()["uk"]
    await change_mapping(
        shop.application, shop.merchant, chart.lines, chart.facts, before=1, by=shop.bookkeeper, now=NOW
    )
    again, same = await shop.writes(made.set_number)
    assert (first.repeat, first.name, again.repeat, again.name) == (0, "largesse-1.csv", 1, "largesse-1-repeat-1.csv")
    [told], [repeated] = (list(csv.DictReader(io.StringIO(one.decode()))) for one in (data, same))
    assert told["debit"] == repeated["debit"] == "Card payments in transit"
    assert (told.pop("repeat"), repeated.pop("repeat")) == ("", "1")
    assert told == repeated
    async with shop.application.database.connection() as connection:
        [known] = await list_sets(connection, shop.merchant.merchant_id)
    assert known.files == 2
    audit = await shop.rows("SELECT action FROM audit_log WHERE action LIKE 'books.%' ORDER BY recorded_at, audit_id")
    assert sorted(row["action"] for row in audit) == [
        "books.exported", "books.filed", "books.filed", "books.mapped", "books.mapped",
    ]  # fmt: skip


@pytest.mark.parametrize("wanted", [one for one in BookFormat if one is not BookFormat.DATEV])
async def test_a_set_can_be_written_in_every_format(shop: Shop, wanted: BookFormat) -> None:
    await shop.submits(issue(value=10_000, gratuity=500, discount=1_000, tax=700))
    made = await shop.exports()
    file, data = await shop.writes(made.set_number, wanted)
    assert file.lines >= 3
    assert data
    assert file.name.endswith((".csv", ".xlsx", ".zip", ".journal"))


async def test_what_came_from_elsewhere_is_left_out_unless_asked_for(shop: Shop) -> None:
    await shop.submits(issue(funding=Account.OPENING_BALANCES, value=5_000))
    await shop.submits(issue(value=1_000))
    await shop.submits(issue(value=700, class_of_value=ClassOfValue.PROMOTIONAL))
    async with shop.application.database.connection() as connection:
        found = await waiting(connection, shop.merchant, shop.asked())
    assert (found.rows, found.imported, found.memorandum) == (1, 1, 1)
    first = await shop.exports()
    assert first.rows == 1
    second = await shop.exports(imports=True)
    assert (second.rows, second.late_rows) == (1, 0)
    [line] = await shop.reads(second.set_number)
    assert (line["imported"], line["debit"], line["credit"]) == ("yes", *["Gift certificates outstanding"] * 2)
    with pytest.raises(BooksNothing):
        await shop.exports(imports=True)


async def test_the_finest_line_that_fits_counts_and_by_month_and_row_lines_are_as_asked(shop: Shop) -> None:
    cards = [replace(issue(value=10_000), certificate_id=uuid4()) for _ in range(2)]
    for number, card in enumerate(cards):
        await shop.submits(card, NOW + timedelta(days=number))
    async with shop.application.database.connection() as connection:
        before = await find_mapping(connection, shop.merchant.merchant_id)
    assert before is not None
    finer = MappedAccount(
        account=Account.CERTIFICATES_OUTSTANDING, class_of_value="paid", code="Paid certificates", name="Paid"
    )
    await change_mapping(
        shop.application, shop.merchant, [*before.lines, finer], before.facts, before=1, by=shop.bookkeeper, now=NOW
    )
    month = await shop.exports(manner=BookManner(format=BookFormat.CSV, grain=BookGrain.MONTH))
    [line] = await shop.reads(month.set_number)
    assert (line["day"], line["rows"], line["amount"], line["credit"]) == (
        "2026-11-30",
        "2",
        "200.00",
        "Paid certificates",
    )
    await shop.submits(redeem(cards[0].certificate_id, 300), NOW + timedelta(days=3))
    await shop.submits(redeem(cards[0].certificate_id, 200), NOW + timedelta(days=3, hours=1))
    by_row = await shop.exports(date(2026, 12, 6), BY_ROW)
    lines = await shop.reads(by_row.set_number)
    assert [(one["amount"], one["subject_id"]) for one in lines] == [
        ("3.00", str(cards[0].certificate_id)), ("2.00", str(cards[0].certificate_id)),
    ]  # fmt: skip


async def test_another_currency_or_legal_entity_has_sets_of_its_own(shop: Shop) -> None:
    await shop.submits(issue(currency="EUR"))
    await shop.submits(issue())
    async with shop.application.database.connection() as connection:
        places = await book_exports.places_of(connection, shop.merchant)
    assert [(one.currency, one.sets) for one in places] == [("EUR", 0), ("USD", 0)]
    assert (await shop.exports(currency="EUR")).rows == 1
    assert (await shop.exports()).rows == 1


@pytest.mark.parametrize(
    "given, field",
    [
        ({"until": date(2027, 1, 1)}, "until"),
        ({"until": date(1970, 1, 1)}, "until"),
        ({"currency": "XXQ"}, "currency"),
        ({"legal_entity_id": UUID(int=5)}, "entity"),
    ],
)
async def test_what_cannot_be_exported_is_refused_beside_its_field(
    shop: Shop, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(BookExportInvalid) as refused:
        await shop.exports(**given)
    assert [one.field for one in refused.value.fields] == [field]
    assert refused.value.code == "books.export"


async def test_who_may_not_exports_nothing_and_a_set_that_is_none_is_not_found(shop: Shop) -> None:
    with pytest.raises(BooksNothing) as nothing:
        await shop.exports()
    assert nothing.value.code == "books.nothing"
    with pytest.raises(BookSetUnknown) as unknown:
        await shop.writes(7)
    assert unknown.value.code == "books.set_unknown"
    clerk = replace(shop.bookkeeper, role=Role.CLERK)
    for by in (clerk, Manager(actor="cli:tester")):
        with pytest.raises(ActRefused):
            await make_set(shop.application, shop.merchant, shop.asked(), CSV, by=by, now=LATER)


async def test_without_accounts_nothing_is_exported(shop: Shop, database: Database) -> None:
    other = await a_merchant(database, slug="other", number="1002", prefix="OT")
    async with database.connection() as connection:
        home = await locations.default_entity(connection, other.merchant_id)
    assert home is not None
    asked = BookAsked(legal_entity_id=home.entity_id, currency="USD", until=DECEMBER)
    with pytest.raises(BooksUnmapped, match="Say first"):
        await make_set(shop.application, other, asked, CSV, by=shop.bookkeeper, now=LATER)
