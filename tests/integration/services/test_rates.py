"""Rates have a day and a source; what is gained or lost between currencies is booked when the month is closed."""

from collections.abc import AsyncIterator
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.merchants import Merchant
from largesse.domain.rates import RateInvalid, RateMissing, in_base, list_rates, rate_on, read_rates
from largesse.domain.staff import ActRefused, Role
from largesse.kernel.text_tables import TextTable
from largesse.ledger import Account, Across, Kind, OpenItem, OpenItemKind, PostEntry, SubjectKind
from largesse.ledger.proofs import trial_balance, verify
from largesse.services import banking
from largesse.services.months.exchanging import book_exchange, exchange_due
from largesse.services.staff import Manager
from largesse.wire.loose_tables import read_loose_table
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant
from tests.builders.staff import OPERATOR

MONTH = date(2026, 11, 1)
PLAIN = "day,currency,rate\n2026-11-20,EUR,0.92\n2026-11-30,EUR,0.95\n"
ECB = "Date,EUR,JPY,\n2026-11-20,0.92,150.1,\n2026-11-19,N/A,149,\n"


def table(text: str) -> TextTable:
    return read_loose_table(text.encode(), size_max=100_000)


class Shop(NamedTuple):
    """A merchant that sells in dollars."""

    application: Application
    merchant: Merchant

    async def keeps(self, text: str, *, by: Manager = OPERATOR, now: datetime = NOW) -> int:
        """Keep rates of a table."""
        rates = read_rates(
            table(text), merchant_id=self.merchant.merchant_id, base="USD", source="ECB", by=by.actor, now=now
        )
        return await banking.keep_rates(self.application, self.merchant, rates, by=by, now=now)

    async def changes(self, euros: int, dollars: int) -> None:
        """So many euros come to the bank, and are worth so many dollars to a partner."""
        where = await self.application.locator.where(self.merchant.merchant_id, now=NOW)
        entry = PostEntry(
            merchant_id=self.merchant.merchant_id,
            operation_id=uuid4(),
            actor="test",
            where=where,
            subject_kind=SubjectKind.BANK_ACCOUNT,
            subject_id=uuid4(),
            kind=Kind.EXCHANGE,
            reason="received",
            currency="EUR",
            amount=euros,
            party_id=uuid4(),
            open_item=OpenItem(OpenItemKind.STATEMENT_LINE, uuid4()),
            across=Across(currency="USD", amount=dollars),
        )
        async with self.application.transaction() as connection:
            [outcome] = await self.application.ledger.post(connection, [entry], now=NOW)
            assert not isinstance(outcome, Exception)

    async def closes(self) -> int:
        """Book what closing the month books."""
        async with self.application.transaction() as connection:
            return await book_exchange(
                self.application,
                connection,
                self.merchant,
                MONTH,
                actor="test",
                now=datetime(2026, 12, 2, tzinfo=NOW.tzinfo),
            )

    async def balances(self) -> dict[tuple[Account, str], int]:
        """What stands on the accounts between currencies, in books that are true."""
        async with self.application.database.dedicated() as connection:
            assert [one async for one in verify(connection)] == []
            found = await trial_balance(connection)
        wanted = {Account.EXCHANGE, Account.EXCHANGE_DIFFERENCES}
        return {(one.account, one.currency): one.balance for one in found if one.account in wanted and one.balance}


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[Shop]:
    async with an_application(database) as application:
        yield Shop(application, await a_merchant(database))


async def test_rates_are_kept_by_day_with_their_source_and_found_for_days_after(shop: Shop) -> None:
    assert await shop.keeps(PLAIN) == 2
    assert await shop.keeps(ECB) == 3
    async with shop.application.database.connection() as connection:
        known = await list_rates(connection, shop.merchant.merchant_id, "EUR")
        assert [(one.day.day, str(one.rate.normalize()), one.source) for one in known] == [
            (30, "0.95", "ECB"),
            (20, "0.92", "ECB"),
        ]
        found = await rate_on(connection, shop.merchant.merchant_id, "EUR", date(2026, 11, 25))
        assert found.day == date(2026, 11, 20)
        for code, day in (("EUR", date(2026, 11, 19)), ("EUR", date(2027, 1, 15)), ("CHF", date(2026, 11, 30))):
            with pytest.raises(RateMissing) as raised:
                await rate_on(connection, shop.merchant.merchant_id, code, day)
            assert raised.value.code == "rate.missing"
    with pytest.raises(ActRefused):
        await shop.keeps(PLAIN, by=Manager(actor="person:x", role=Role.CLERK))


@pytest.mark.parametrize(
    "text, fields",
    [
        ("a,b\n1,2\n", {"header"}),
        ("day,currency,rate\n2026-11-31,EUR,1\n2026-11-20,USD,1\n2026-11-20,EUR,0\n", {"line 2", "line 3", "line 4"}),
        ("day,currency,rate\n2026-11-20,EUR,NaN\n2026-11-20,EUR,-1\n", {"line 2", "line 3"}),
    ],
)
def test_everything_that_is_no_rate_is_told(text: str, fields: set[str]) -> None:
    with pytest.raises(RateInvalid) as raised:
        read_rates(table(text), merchant_id=uuid4(), base="USD", source="ECB", by="x", now=NOW)
    assert {one.field for one in raised.value.fields} == fields


@given(st.integers(-(10**10), 10**10), st.integers(1, 10**8))
def test_an_amount_in_ones_own_money_is_the_nearest_whole(amount: int, rate: int) -> None:
    value = Decimal(rate) / 10_000
    found = in_base(amount, "EUR", "JPY", value)
    assert abs(Decimal(amount) / 100 / value - found) <= Decimal("0.5000001")
    assert in_base(-amount, "EUR", "JPY", value) == -found


async def test_closing_a_month_books_what_was_gained_or_lost_and_only_what_is_new(shop: Shop) -> None:
    assert await shop.closes() == 0
    await shop.changes(95_00, 102_00)
    with pytest.raises(RateMissing):
        await shop.closes()
    await shop.keeps(PLAIN)
    # 95.00 EUR are worth 100.00 USD on the last day, and 102.00 USD were given for them.
    assert await shop.closes() == 2_00
    assert await shop.balances() == {
        (Account.EXCHANGE, "EUR"): -95_00,
        (Account.EXCHANGE, "USD"): 100_00,
        (Account.EXCHANGE_DIFFERENCES, "USD"): 2_00,
    }
    assert await shop.closes() == 0
    await shop.changes(95_00, 102_00)
    assert await shop.closes() == 2_00, "the same once more, as when a month was opened again"
    await shop.changes(95_00, 98_00)
    assert await shop.closes() == -2_00
    await shop.changes(95_00, 99_00)
    assert await shop.closes() == -1_00
    async with shop.application.database.connection() as connection:
        assert await exchange_due(connection, shop.merchant, MONTH) == 0
    assert (await shop.balances())[Account.EXCHANGE_DIFFERENCES, "USD"] == 1_00
