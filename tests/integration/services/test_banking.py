"""Statements are taken once, as a whole or not at all, and the books have of an account what its bank has."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.banking import (
    BankAccount,
    BankAccountInvalid,
    BankAccountRetired,
    BankAccountTaken,
    BankAccountUnknown,
    BankFileRepeats,
    BankLineUnknown,
    ColumnMap,
    KeptLine,
    StatementTaken,
    find_account,
    find_line,
    lines_of,
    list_accounts,
)
from largesse.domain.merchants import Merchant
from largesse.domain.staff import ActRefused, Role
from largesse.kernel.bank_statements import Balance, BankStatement
from largesse.ledger import Account
from largesse.ledger.proofs import trial_balance, verify
from largesse.services import banking
from largesse.services.staff import Manager
from tests.builders.application import NOW, an_application
from tests.builders.bank_files import DAY, IBAN, PAYER, a_line, a_statement
from tests.builders.certificates import a_merchant
from tests.builders.staff import OPERATOR


class Bank(NamedTuple):
    """A merchant with an account at a bank."""

    application: Application
    merchant: Merchant
    account: BankAccount

    async def brings(self, statement: BankStatement, *, name: str = "day.xml", **more: Any) -> StatementTaken:
        """Somebody brings a file."""
        digest = hashlib.sha256(repr((name, statement)).encode()).digest()
        return await banking.take_statement(
            self.application, self.account, [statement], digest=digest, file_name=name, by=OPERATOR, now=NOW, **more
        )

    async def lines(self) -> list[KeptLine]:
        """All lines, the newest first."""
        async with self.application.database.connection() as connection:
            return await lines_of(connection, self.merchant.merchant_id)

    async def balances(self) -> dict[Account, int]:
        """What stands on each account, in books that are true."""
        async with self.application.database.dedicated() as connection:
            assert [one async for one in verify(connection)] == []
            return {one.account: one.balance for one in await trial_balance(connection) if one.balance}


@pytest.fixture
async def bank(database: Database) -> AsyncIterator[Bank]:
    async with an_application(database) as application:
        merchant = await a_merchant(database)
        account = await banking.add_account(
            application, merchant, name="Giro", number=IBAN.lower(), currency="EUR", by=OPERATOR, now=NOW
        )
        yield Bank(application, merchant, account)


async def test_the_books_have_of_an_account_what_the_bank_has(bank: Bank) -> None:
    taken = await bank.brings(a_statement([a_line(), a_line(-30_00, place=2)]))
    assert (taken.lines, taken.added, taken.gap, taken.again) == (2, 2, False, False)
    assert await bank.balances() == {Account.BANK: 70_00, Account.BANK_CLEARING: -70_00}
    assert [(one.line.amount, one.left) for one in await bank.lines()] in (
        [(-30_00, -30_00), (100_00, 100_00)],
        [(100_00, 100_00), (-30_00, -30_00)],
    )


async def test_a_file_that_comes_again_or_overlaps_adds_only_what_is_new(bank: Bank) -> None:
    first = a_statement([a_line(), a_line(place=2, entry_reference="", text="By hand")])
    before = await bank.brings(first)
    again = await bank.brings(first)
    assert (again.statement_id, again.added, again.again) == (before.statement_id, 0, True)
    longer = a_statement([*first.lines, a_line(5_00, place=3)])
    assert (await bank.brings(longer, name="longer.xml")).added == 1
    assert await bank.balances() == {Account.BANK: 205_00, Account.BANK_CLEARING: -205_00}


async def test_ten_who_bring_the_same_file_at_once_bring_it_once(bank: Bank) -> None:
    taken = await asyncio.gather(*(bank.brings(a_statement([a_line()])) for _ in range(10)))
    assert sorted(one.added for one in taken) == [0] * 9 + [1]
    assert await bank.balances() == {Account.BANK: 100_00, Account.BANK_CLEARING: -100_00}


async def test_of_a_file_that_is_refused_nothing_is_taken(bank: Bank) -> None:
    with pytest.raises(BankFileRepeats):
        await bank.brings(a_statement([a_line(), a_line()]))
    assert await bank.lines() == []
    assert await bank.balances() == {}


async def test_a_statement_that_is_missing_between_two_shows(bank: Bank) -> None:
    await bank.brings(a_statement([a_line()]))
    later = a_statement([a_line(2_00, place=2)], opening=5_000_00)
    later = replace(later, opening=Balance(on=DAY.replace(day=25), amount=5_000_00))
    assert (await bank.brings(later, name="later.xml")).gap


async def test_accounts_are_checked_kept_once_and_found_by_what_people_call_them(bank: Bank) -> None:
    deps, merchant = bank.application, bank.merchant

    async def add(by: Manager = OPERATOR, **given: Any) -> BankAccount:
        facts: dict[str, Any] = {"name": "Savings", "number": PAYER, "currency": "EUR", **given}
        return await banking.add_account(deps, merchant, **facts, by=by, now=NOW)

    for wrong, field in (
        ({"number": "DE89370400440532013001"}, "number"),
        ({"name": ""}, "name"),
        ({"currency": "EURO"}, "currency"),
    ):
        given: dict[str, Any] = dict(wrong)
        with pytest.raises(BankAccountInvalid) as raised:
            await add(**given)
        assert [fault.field for fault in raised.value.fields] == [field]
    with pytest.raises(BankAccountInvalid) as raised:
        await add(number="DE89370400440532013001")
    assert [fault.code for fault in raised.value.fields] == ["iban.invalid"]
    with pytest.raises(BankAccountTaken):
        await add(number=IBAN)
    with pytest.raises(BankAccountTaken):
        await add(name="giro")
    with pytest.raises(ActRefused):
        await add(by=Manager(actor="person:x", role=Role.MANAGER))
    in_dollars = await add(number=IBAN, currency="USD")
    async with deps.database.connection() as connection:
        for named in ("giro", IBAN, str(bank.account.account_id), "DE89 3704 0044 0532 0130 00"):
            assert (await find_account(connection, merchant.merchant_id, named)).name == "Giro"
        with pytest.raises(BankAccountUnknown):
            await find_account(connection, merchant.merchant_id, "Pillow")
        with pytest.raises(BankLineUnknown):
            await find_line(connection, merchant.merchant_id, merchant.merchant_id)
    columns = ColumnMap(booked_on="Day", amount="Sum")
    await banking.remember_columns(deps, in_dollars, columns, by=OPERATOR, now=NOW)
    await banking.retire(deps, bank.account, by=OPERATOR, now=NOW)
    with pytest.raises(BankAccountRetired):
        await bank.brings(a_statement([a_line()]))
    await banking.retire(deps, bank.account, by=OPERATOR, again=True, now=NOW)
    assert (await bank.brings(a_statement([a_line()]))).added == 1
    async with deps.database.connection() as connection:
        known = await list_accounts(connection, merchant.merchant_id)
    assert [(one.name, one.columns) for one in known] == [("Giro", None), ("Savings", columns)]
