"""Reports beside the journal that they are made of: the same figures by SQL of another make, whatever is sealed."""

import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from largesse.app.application import Application
from largesse.db import Database
from largesse.kernel.errors import LargesseError
from largesse.kernel.tax import TaxKind, TaxTreatment
from largesse.kernel.where import Where
from largesse.ledger import (
    Account,
    ClassOfValue,
    Command,
    EntryMode,
    Expire,
    RateLine,
    Refund,
    Reload,
    Reverse,
    Sum,
    Void,
)
from largesse.services import reports
from largesse.services.reports import LiabilityColumn, PeriodInvalid, ReportPeriod
from largesse.services.seals import seal
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant
from tests.builders.ledger import issue, redeem

# The roll-forward as somebody would write it who knows nothing of days, seals and columns.
PLAIN = """
SELECT j.currency, c.class_of_value,
    coalesce(sum(amount * sign) FILTER (WHERE booked_on < $2), 0)::bigint AS opening,
    coalesce(sum(amount * sign) FILTER (WHERE booked_on >= $2 AND booked_on < $3), 0)::bigint AS moved,
    coalesce(sum(amount * sign) FILTER (WHERE booked_on < $3), 0)::bigint AS closing
FROM (
    SELECT *, (credit IN ('certificates_outstanding', 'promotional_outstanding'))::int
        - (debit IN ('certificates_outstanding', 'promotional_outstanding'))::int AS sign
    FROM journal WHERE merchant_id = $1 AND amount IS NOT NULL AND ($4::timestamptz IS NULL OR recorded_at <= $4)
) AS j
JOIN certificates c ON c.merchant_id = j.merchant_id AND c.certificate_id = j.subject_id
WHERE booked_on < $3
GROUP BY 1, 2 ORDER BY 1, 2
"""


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with an_application(database) as opened:
        yield opened


class Life:
    """A merchant's certificates, and commands drawn for them, day after day."""

    def __init__(
        self, application: Application, merchant_id: UUID, seed: int, places: Sequence[Where | None] = (None,)
    ) -> None:
        self.application = application
        self.merchant_id = merchant_id
        self.draw = random.Random(seed)
        self.now = NOW
        self.cards: list[UUID] = []
        self.spent: list[tuple[UUID, UUID]] = []
        self.places = places
        self.hours = [0, 1, 7, 30, 200]
        self.offerings = [UUID(int=0xF0 + number) for number in range(3)]

    async def go_on(self, steps: int) -> None:
        """Let some time pass, and much be asked; what is refused is refused."""
        for _ in range(steps):
            self.now += timedelta(hours=self.draw.choice(self.hours))
            command = self.command()
            try:
                await self.application.ledger.submit(command, now=self.now)
            except LargesseError:
                continue

    def command(self) -> Command:
        """Draw a command."""
        draw = self.draw
        if not self.cards or draw.random() < 0.3:
            given = draw.random() < 0.2
            opened = issue(
                value=draw.randint(1, 90_00),
                discount=0 if given else draw.choice([0, 0, 1]),
                class_of_value=ClassOfValue.PROMOTIONAL if given else ClassOfValue.PAID,
                funding=Account.PROMOTIONS_GRANTED
                if given
                else draw.choice([Account.GATEWAY_CLEARING, Account.OPENING_BALANCES, Account.PARTNER_RECEIVABLE]),
                currency=draw.choice(["USD", "EUR"]),
            )
            self.cards.append(opened.certificate_id)
            until = self.now + timedelta(days=draw.choice([20, 90]))
            return replace(
                opened,
                merchant_id=self.merchant_id,
                operation_id=uuid4(),
                expires_at=until,
                good_through=until.date(),
                gratuity=0 if given else draw.choice([0, 0, 500]),
                offering_id=draw.choice([None, *self.offerings]),
                refcode=draw.choice([None, "spring", "inn"]),
                **self.spot(),
            )
        card = draw.choice(self.cards)
        common: dict[str, Any] = {
            "merchant_id": self.merchant_id,
            "certificate_id": card,
            "operation_id": uuid4(),
            **self.spot(),
        }
        kind = draw.randrange(9)
        if kind <= 2:
            self.spent.append((card, common["operation_id"]))
            return replace(redeem(card, draw.randint(1, 30_00), draw.choice([0, 0, 0, 100])), **common)
        if kind == 3 and self.spent:
            card, operation_id = draw.choice(self.spent)
            return Reverse(**common | {"certificate_id": card}, redemption_id=operation_id)
        if kind == 4:
            return Refund(**common, value=draw.randint(1, 20_00))
        if kind == 5:
            return Void(**common | {"reason": draw.choice(["fraud", "unpaid", "error"])})
        if kind in {6, 7}:
            return Reload(**common, value=draw.randint(1, 50_00), funding=Account.GATEWAY_CLEARING)
        return Expire(**common)

    def spot(self) -> dict[str, Any]:
        """Draw who does something where, at which device, and how the number came in."""
        draw = self.draw
        return {
            "actor": draw.choice(["person:a", "person:b", "cli:c"]),
            "where": draw.choice(self.places),
            "device_id": draw.choice([None, UUID(int=0xD1), UUID(int=0xD2)]),
            "entry_mode": draw.choice([None, *EntryMode]),
            "memo": draw.choice([None, "table 5"]),
        }


def as_told(told: reports.Told[Sum]) -> list[tuple[str, str, int, int, int]]:
    return [
        (line.currency, line.class_of_value.value, line.opening, sum(line.columns.values()), line.closing)
        for line in reports.roll_forward(told.lines)
    ]


@pytest.mark.parametrize("seed", [1, 2])
async def test_any_period_known_at_any_moment_is_what_plain_sql_makes_of_the_journal(
    application: Application, seed: int
) -> None:
    merchant_id = (await a_merchant(application.database)).merchant_id
    life = Life(application, merchant_id, seed)
    months = [date(2026, 11, 1), date(2026, 12, 1), *(date(2027, month, 1) for month in (1, 2, 4, 7)), date(2029, 1, 1)]
    first: dict[datetime, list[tuple[str, str, int, int, int]]] = {}
    moments: list[datetime] = []
    for _ in range(5):
        await life.go_on(60)
        moments.append(life.now)
        made = await seal(application, merchant_id, now=life.now)
        if made is not None:
            asked = ReportPeriod(since=months[0], until=months[-1], known_at=made.cut)
            told = await reports.read_sums(application, merchant_id, asked)
            assert not told.provisional
            first[made.cut] = as_told(told)
        await life.go_on(20)
        moments.append(life.now)
    assert first
    for cut, lines in first.items():  # whatever was recorded since
        asked = ReportPeriod(since=months[0], until=months[-1], known_at=cut)
        assert as_told(await reports.read_sums(application, merchant_id, asked)) == lines
    async with application.database.dedicated() as connection:
        for known_at in [None, *life.draw.sample(moments, 3), max(first)]:
            for since, until in pairwise(months):
                asked = ReportPeriod(since=since, until=until, known_at=known_at)
                told = await reports.read_sums(application, merchant_id, asked)
                plain = await connection.fetch(PLAIN, merchant_id, since, until, known_at)
                assert [list(line) for line in as_told(told)] == [list(row) for row in plain]
                assert told.provisional is (known_at is None or known_at > max(first))
                closing: Counter[str] = Counter()
                for line in reports.balances(told.lines):
                    closing[line.currency] += line.closing
                assert not any(closing.values())
    everything = reports.roll_forward((await reports.read_sums(application, merchant_id, ReportPeriod())).lines)
    assert {column for line in everything for column in line.columns} >= {
        LiabilityColumn.ISSUED,
        LiabilityColumn.RELOADED,
        LiabilityColumn.IMPORTED,
        LiabilityColumn.REVERSED,
        LiabilityColumn.REDEEMED,
        LiabilityColumn.REFUNDED,
        LiabilityColumn.VOIDED,
        LiabilityColumn.EXPIRED,
    }


async def test_a_period_ends_after_it_begins(application: Application) -> None:
    merchant_id = (await a_merchant(application.database)).merchant_id
    for until in (date(2026, 11, 1), date(2026, 10, 31)):
        with pytest.raises(PeriodInvalid):
            await reports.read_sums(application, merchant_id, ReportPeriod(since=date(2026, 11, 1), until=until))
    told = await reports.read_sums(application, merchant_id, ReportPeriod())
    assert (told.lines, told.provisional) == ((), True)


TAXES = """
SELECT sum(CASE WHEN credit = 'tax_payable' THEN amount WHEN debit = 'tax_payable' THEN -amount ELSE 0 END)::bigint
FROM journal WHERE merchant_id = $1 AND booked_on >= $2 AND booked_on < $3
"""


async def test_taxes_are_told_by_what_they_are_computed_from_and_go_back_with_what_goes_back(
    application: Application,
) -> None:
    merchant_id = (await a_merchant(application.database)).merchant_id
    single = TaxTreatment(kind=TaxKind.SINGLE_PURPOSE, country="DE", rate=Decimal("0.19"))
    many = TaxTreatment(kind=TaxKind.MULTI_PURPOSE, country="DE")
    first = replace(issue(value=10_000, discount=1_000), included_tax=1_437, treatment=single, merchant_id=merchant_id)
    second = replace(issue(value=10_000), treatment=many, merchant_id=merchant_id)
    rates = (RateLine(Decimal("0.07"), 3_000), RateLine(Decimal(0), 2_000))
    spent = replace(redeem(second.certificate_id, 5_000), merchant_id=merchant_id, rates=rates)
    common: dict[str, Any] = {"merchant_id": merchant_id, "actor": "test"}
    back = Refund(**common, certificate_id=first.certificate_id, operation_id=uuid4(), value=5_000)
    undone = Reverse(
        **common, certificate_id=second.certificate_id, operation_id=uuid4(), redemption_id=spent.operation_id
    )
    later = NOW + timedelta(days=40)
    for command, now in ((first, NOW), (second, NOW), (spent, NOW), (back, later), (undone, later)):
        await application.ledger.submit(command, now=now)

    async def told(since: date | None, until: date | None) -> list[tuple[str | None, int | None, int, int]]:
        period = ReportPeriod(since=since, until=until)
        lines = (await reports.read_taxes(application, merchant_id, period)).lines
        assert {(line.currency, line.count) for line in lines} == {("USD", 1)} or since is until is None
        return [(line.kind, line.rate_ppm, line.taxable, line.tax) for line in lines]

    between = (NOW + timedelta(days=20)).date()
    for sealed in (False, True):
        if sealed:
            await seal(application, merchant_id, now=later + timedelta(days=1))
        assert await told(None, between) == [
            ("multi_purpose", 0, 2_000, 0),
            ("multi_purpose", 70_000, 3_000, 196),
            ("single_purpose", 190_000, 9_000, 1_437),
        ]
        assert await told(between, None) == [
            ("multi_purpose", 0, -2_000, 0),
            ("multi_purpose", 70_000, -3_000, -196),
            ("single_purpose", 190_000, -4_500, -719),
        ]
        assert [line[3] for line in await told(None, None)] == [0, 0, 718]
    async with application.database.connection() as connection:
        for since, until in ((date(2020, 1, 1), between), (between, date(2030, 1, 1))):
            booked = await connection.fetchval(TAXES, merchant_id, since, until)
            assert booked == sum(line[3] for line in await told(since, until))
