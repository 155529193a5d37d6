"""Breakage in the books: two persons agree on a rule, closes of months book by it, and holders keep their value."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace as with_parts
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from largesse.adapters.typeset import TypstTypesetter
from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.breakage import (
    BreakageInvalid,
    BreakageMethod,
    BreakageNeedsSecond,
    BreakageNotWaiting,
    BreakageRule,
    list_rules,
)
from largesse.domain.merchants import Merchant
from largesse.domain.staff import ActRefused, Role
from largesse.ledger import Command, Expire, proofs
from largesse.services import reports
from largesse.services.bookkeeping import approve_rule, refuse_rule, request_rule
from largesse.services.months import approve_month, breakage_due, reopen_month, request_month
from largesse.services.reports import ReportName, ReportQuestion, month_after
from largesse.services.staff import Manager
from largesse.ui import speak
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant
from tests.builders.ledger import issue, redeem
from tests.builders.staff import a_worker
from tests.integration.services.test_reports import Life

NOVEMBER = date(2026, 11, 1)
DECEMBER = date(2026, 12, 1)
VOICE = speak("en", folders=(reports.FOLDER / "locale",))


class Shop(NamedTuple):
    """A merchant with an owner and a bookkeeper."""

    application: Application
    merchant: Merchant
    owner: Manager
    bookkeeper: Manager

    async def agrees(self, method: BreakageMethod = BreakageMethod.PROPORTIONAL, **given: Any) -> BreakageRule:
        """One asks for a rule, the other agrees."""
        rule = a_rule(self.merchant, self.bookkeeper, method, **given)
        await request_rule(self.application, rule, by=self.bookkeeper)
        return await approve_rule(self.application, self.merchant, rule.rule_id, by=self.owner, now=NOW)

    async def submits(self, command: Command, now: datetime) -> None:
        await self.application.ledger.submit(replace(command, merchant_id=self.merchant.merchant_id), now=now)

    async def closes(self, month: date, *, now: datetime) -> None:
        """Ask, and agree."""
        await request_month(self.application, self.merchant, month, by=self.bookkeeper, now=now)
        await approve_month(self.application, self.merchant, month, by=self.owner, voice=VOICE, now=now)

    async def booked(self) -> list[tuple[Any, ...]]:
        """The rows of breakage, in their order."""
        async with self.application.database.connection() as connection:
            rows = await connection.fetch(
                "SELECT booked_on, debit, credit, amount FROM journal"
                " WHERE kind IN ('estimate_breakage', 'release_breakage') ORDER BY seq"
            )
        return [tuple(row.values()) for row in rows]


def a_rule(merchant: Merchant, by: Manager, method: BreakageMethod, **given: Any) -> BreakageRule:
    told: dict[str, Any] = {
        "class_of_value": "paid", "currency": "USD", "since": NOVEMBER, "why": "five years of books",
        "requested_at": NOW,
    }  # fmt: skip
    if method is BreakageMethod.PROPORTIONAL:
        told["rate_ppm"] = 100_000
    return BreakageRule(
        merchant_id=merchant.merchant_id,
        rule_id=uuid4(),
        method=method,
        requested_by=by.name,
        requester_id=by.person_id or UUID(int=0),
        **told | given,
    )


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[Shop]:
    async with an_application(database) as plain, TypstTypesetter(threads=1) as printer:
        application = with_parts(plain, report_printer=printer)
        merchant = await a_merchant(database)
        owner = await a_worker(application, merchant, name="Ada")
        ida = await a_worker(application, merchant, email="ida@bakery.example", name="Ida", role=Role.BOOKKEEPER)
        yield Shop(application, merchant, owner.manager, ida.manager)


async def clean(application: Application) -> bool:
    async with application.database.dedicated() as connection:
        return [one async for one in proofs.verify(connection)] == []


async def test_a_month_books_what_is_expected_and_real_expiry_releases_it(shop: Shop) -> None:
    """In November 1,000.00 are sold and 450.00 used; in December another 450.00, and then the rest expires.

    2026-11-30  breakage_estimated  breakage            50.00    half of what will be used was
    2026-12-31  breakage_estimated  breakage            50.00    all of it was
    2027-12-..  outstanding         breakage           100.00    it expires
    2027-12-31  breakage            breakage_estimated 100.00    so it is no estimate any more
    """
    await shop.agrees()
    opened = replace(issue(value=100_000), certificate_id=uuid4())
    await shop.submits(opened, NOW)
    await shop.submits(redeem(opened.certificate_id, 45_000), NOW + timedelta(days=1))
    await shop.closes(NOVEMBER, now=datetime(2026, 12, 5, tzinfo=UTC))
    assert await shop.booked() == [(date(2026, 11, 30), "breakage_estimated", "breakage", 5_000)]
    async with shop.application.database.connection() as connection:
        assert await connection.fetchval("SELECT balance FROM certificates") == 55_000, "holders keep their value"
    await shop.submits(redeem(opened.certificate_id, 45_000), datetime(2026, 12, 10, tzinfo=UTC))
    await shop.closes(DECEMBER, now=datetime(2027, 1, 5, tzinfo=UTC))
    expired = Expire(
        merchant_id=shop.merchant.merchant_id, certificate_id=opened.certificate_id, operation_id=uuid4(), actor="duty"
    )
    await shop.submits(expired, datetime(2027, 12, 15, tzinfo=UTC))
    await shop.closes(date(2027, 12, 1), now=datetime(2028, 1, 5, tzinfo=UTC))
    assert (await shop.booked())[1:] == [
        (date(2026, 12, 31), "breakage_estimated", "breakage", 5_000),
        (date(2027, 12, 31), "breakage", "breakage_estimated", 10_000),
    ]
    asked = ReportQuestion(report=ReportName.BREAKAGE, until=date(2027, 1, 1))
    [line] = (await reports.answer(shop.application, shop.merchant, asked, now=NOW)).lines
    told = {name: line.cells[name] for name in ("cohort", "issued", "redeemed", "outstanding", "breakage_booked")}
    assert told == {
        "cohort": NOVEMBER, "issued": 100_000, "redeemed": 90_000, "outstanding": 10_000, "breakage_booked": 10_000,
    }  # fmt: skip
    assert await clean(shop.application)


async def test_a_discount_and_a_tax_within_the_price_are_never_earned(shop: Shop) -> None:
    """Face 1,000.00, sold for 900.00: what its use would earn is 900.00, and a tenth of that is expected."""
    await shop.agrees()
    opened = replace(issue(value=100_000, discount=10_000), certificate_id=uuid4())
    await shop.submits(opened, NOW)
    await shop.submits(redeem(opened.certificate_id, 90_000), NOW + timedelta(days=1))
    async with shop.application.database.connection() as connection:
        [due] = await breakage_due(connection, shop.merchant, NOVEMBER)
    assert (due.reckoned.cohort.issued, due.reckoned.cohort.redeemed, due.change) == (90_000, 81_000, 9_000)


async def test_closing_again_books_only_what_differs(shop: Shop) -> None:
    """Another rate is agreed to meanwhile, so the second version books the difference on the same day."""
    await shop.agrees()
    opened = replace(issue(value=100_000), certificate_id=uuid4())
    await shop.submits(opened, NOW)
    await shop.submits(redeem(opened.certificate_id, 45_000), NOW + timedelta(days=1))
    later = datetime(2026, 12, 5, tzinfo=UTC)
    await shop.closes(NOVEMBER, now=later)
    await reopen_month(shop.application, shop.merchant, NOVEMBER, by=shop.owner, reason="another rate", now=later)
    await shop.closes(NOVEMBER, now=later + timedelta(hours=1))
    assert len(await shop.booked()) == 1
    await reopen_month(shop.application, shop.merchant, NOVEMBER, by=shop.owner, reason="another rate", now=later)
    await request_rule(
        shop.application,
        a_rule(shop.merchant, shop.bookkeeper, BreakageMethod.AT_EXPIRY, requested_at=later),
        by=shop.bookkeeper,
    )
    async with shop.application.database.connection() as connection:
        newest = (await list_rules(connection, shop.merchant.merchant_id))[0]
    await approve_rule(shop.application, shop.merchant, newest.rule_id, by=shop.owner, now=later)
    await shop.closes(NOVEMBER, now=later + timedelta(hours=2))
    assert (await shop.booked())[1:] == [(date(2026, 11, 30), "breakage", "breakage_estimated", 5_000)]
    await reopen_month(shop.application, shop.merchant, NOVEMBER, by=shop.owner, reason="as before", now=later)
    after = later + timedelta(hours=2)
    back = a_rule(shop.merchant, shop.bookkeeper, BreakageMethod.PROPORTIONAL, requested_at=after)
    await request_rule(shop.application, back, by=shop.bookkeeper)
    await approve_rule(shop.application, shop.merchant, back.rule_id, by=shop.owner, now=after)
    await shop.closes(NOVEMBER, now=later + timedelta(hours=3))
    assert (await shop.booked())[2:] == [(date(2026, 11, 30), "breakage_estimated", "breakage", 5_000)]
    assert await clean(shop.application)


async def test_two_persons_agree_on_a_rule(shop: Shop) -> None:
    rule = a_rule(shop.merchant, shop.bookkeeper, BreakageMethod.PROPORTIONAL)
    key = shop.application, shop.merchant, rule.rule_id
    with pytest.raises(BreakageNotWaiting):
        await approve_rule(*key, by=shop.owner, now=NOW)
    await request_rule(shop.application, rule, by=shop.bookkeeper)
    with pytest.raises(BreakageNeedsSecond):
        await approve_rule(*key, by=shop.bookkeeper, now=NOW)
    with pytest.raises(BreakageNotWaiting):
        await approve_rule(*key, by=shop.owner, now=NOW + timedelta(days=7))
    await refuse_rule(*key, by=shop.owner, now=NOW)
    with pytest.raises(BreakageNotWaiting):
        await approve_rule(*key, by=shop.owner, now=NOW)
    clerk = await a_worker(shop.application, shop.merchant, email="cleo@bakery.example", name="Cleo", role=Role.CLERK)
    with pytest.raises(ActRefused):
        await request_rule(shop.application, rule, by=clerk.manager)


@pytest.mark.parametrize(
    "field, given",
    [
        ("class_of_value", {"class_of_value": "promotional"}),
        ("currency", {"currency": "bitcoin"}),
        ("rate", {"rate_ppm": None}),
        ("rate", {"rate_ppm": 0}),
        ("rate", {"rate_ppm": 1_000_000}),
        ("months", {"remote_months": 3}),
        ("months", {"method": BreakageMethod.WHEN_REMOTE, "rate_ppm": None, "remote_months": 241}),
        ("why", {"why": ""}),
    ],
)
async def test_a_rule_that_cannot_be_kept_says_which_field(shop: Shop, field: str, given: dict[str, Any]) -> None:
    rule = replace(a_rule(shop.merchant, shop.bookkeeper, BreakageMethod.PROPORTIONAL), **given)
    with pytest.raises(BreakageInvalid) as caught:
        await request_rule(shop.application, rule, by=shop.bookkeeper)
    assert [fault.field for fault in caught.value.fields] == [field]


HELD = ("certificates_outstanding", "discount_on_outstanding", "tax_on_outstanding")


def reckoned_anew(rows: list[Mapping[str, Any]], classes: Mapping[UUID, str], until: date) -> Counter[tuple[Any, ...]]:
    """What is to stand in the books of each cohort by a rate of a tenth, from the rows alone."""
    opened: dict[UUID, date] = {}
    for row in sorted(rows, key=lambda row: row["booked_on"]):
        if row["lot_id"]:
            opened.setdefault(row["lot_id"], row["booked_on"].replace(day=1))
    parts: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    for row in rows:
        told = row["lot_id"] and row["leg"] in {"value", "discount", "included_tax"} and row["booked_on"] < until
        if not told or classes[row["subject_id"]] != "paid" or row["kind"] == "transfer":
            continue
        net = row["amount"] * ((row["credit"] in HELD) - (row["debit"] in HELD))
        what = {"issue": "sold", "reload": "sold", "redeem": "used", "reverse": "used"}.get(row["kind"], "back")
        what = "gone" if "breakage" in (row["debit"], row["credit"]) or row["kind"] == "expire" else what
        parts[row["currency"], opened[row["lot_id"]]][what] += net
    found: Counter[tuple[Any, ...]] = Counter()
    for key, of in parts.items():
        base, used, gone = of["sold"] + of["back"], -of["used"], -of["gone"]
        unused = base // 10
        left = base - used - gone
        earned = unused * min(used, base - unused) // (base - unused) if base else 0
        found[key] = min(max(earned - gone, 0), left)
    return +found


@pytest.mark.parametrize("seed", [5, 17])
async def test_what_stands_in_the_books_is_what_the_rows_come_to_month_after_month(shop: Shop, seed: int) -> None:
    """Over random histories, of two currencies, with months closed one after another."""
    for code in ("USD", "EUR"):
        await shop.agrees(currency=code)
    life = Life(shop.application, shop.merchant.merchant_id, seed=seed)
    life.hours = [0, 3, 12, 24]
    month, seen = NOVEMBER, 0
    for _ in range(4):
        end = datetime.combine(month_after(month), datetime.min.time(), tzinfo=UTC) + timedelta(days=2)
        while life.now < end - timedelta(days=3):
            await life.go_on(5)
        life.now = max(life.now, end)
        await shop.closes(month, now=life.now)
        async with shop.application.database.connection() as connection:
            rows = await connection.fetch("SELECT * FROM journal WHERE subject_kind = 'certificate' AND amount > 0")
            found = await connection.fetch("SELECT certificate_id, class_of_value FROM certificates")
            balance = await connection.fetch(
                "SELECT currency, sum(CASE kind WHEN 'estimate_breakage' THEN amount ELSE -amount END)::bigint AS sum"
                " FROM journal WHERE kind IN ('estimate_breakage', 'release_breakage') AND booked_on < $1"
                " GROUP BY currency, refers_to",
                month_after(month),
            )
        classes = {row["certificate_id"]: row["class_of_value"] for row in found}
        wanted = reckoned_anew(list(rows), classes, month_after(month))
        stands = sorted((row["currency"], row["sum"]) for row in balance if row["sum"])
        assert stands == sorted((key[0], amount) for key, amount in wanted.items())
        seen += len(stands)
        month = month_after(month)
    assert seen >= 4
    assert await clean(shop.application)
