"""Manual entries are booked once, by two persons, between accounts that are no certificate's."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.manual_entries import (
    EntryInvalid,
    EntryNeedsSecond,
    EntryNotWaiting,
    EntryState,
    ManualEntry,
    list_entries,
)
from largesse.domain.merchants import Merchant
from largesse.domain.staff import ActRefused, Role
from largesse.kernel.errors import LargesseError
from largesse.ledger import Account
from largesse.ledger.proofs import trial_balance, verify
from largesse.services.bookkeeping import BY_HAND, approve_entry, refuse_entry, request_entry
from largesse.services.staff import Manager
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant
from tests.builders.staff import OPERATOR, a_worker

DAY = timedelta(days=1)


class Desk(NamedTuple):
    """A merchant with an owner and a bookkeeper."""

    application: Application
    merchant: Merchant
    owner: Manager
    bookkeeper: Manager

    def entry(self, **given: Any) -> ManualEntry:
        """12.50 USD that were short in a drawer, and came back by bank."""
        facts = {
            "merchant_id": self.merchant.merchant_id,
            "entry_id": uuid4(),
            "debit": "bank",
            "credit": "cash_differences",
            "currency": "USD",
            "amount": 12_50,
            "why": "Found in the safe",
            "requested_by": self.bookkeeper.name,
            "requester_id": self.bookkeeper.person_id,
            "requested_at": NOW,
        }
        return ManualEntry(**{**facts, **given})

    async def agrees(self, entry_id: UUID, by: Manager, after: timedelta = DAY) -> None:
        """Somebody agrees."""
        await approve_entry(self.application, self.merchant, entry_id, by=by, now=NOW + after)

    async def balances(self) -> dict[Account, int]:
        """What stands on each account, in books that are true."""
        async with self.application.database.dedicated() as connection:
            assert [one async for one in verify(connection)] == []
            return {one.account: one.balance for one in await trial_balance(connection) if one.balance}

    async def states(self) -> list[tuple[EntryState, str | None, bool]]:
        """What became of each entry."""
        async with self.application.database.connection() as connection:
            found = await list_entries(connection, self.merchant.merchant_id)
        return [(one.state, one.decided_by, one.alone) for one in found]


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with an_application(database) as application:
        merchant = await a_merchant(database)
        owner = await a_worker(application, merchant, name="Ada")
        ida = await a_worker(application, merchant, email="ida@bakery.example", name="Ida", role=Role.BOOKKEEPER)
        yield Desk(application, merchant, owner.manager, ida.manager)


async def test_an_entry_is_booked_once_another_person_agrees(desk: Desk) -> None:
    entry = desk.entry()
    await request_entry(desk.application, entry, by=desk.bookkeeper)
    await request_entry(desk.application, entry, by=desk.bookkeeper)
    assert await desk.balances() == {}
    with pytest.raises(EntryNeedsSecond):
        await desk.agrees(entry.entry_id, desk.bookkeeper)
    told = await asyncio.gather(*(desk.agrees(entry.entry_id, desk.owner) for _ in range(3)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in told) == ["EntryNotWaiting", "EntryNotWaiting", "NoneType"]
    assert await desk.balances() == {Account.BANK: 12_50, Account.CASH_DIFFERENCES: -12_50}
    assert await desk.states() == [(EntryState.BOOKED, "Ada", False)]


async def test_who_is_alone_with_the_right_agrees_a_day_later(desk: Desk) -> None:
    lonely = await a_merchant(desk.application.database, slug="tailor", prefix="TL", number="1002")
    eve = (await a_worker(desk.application, lonely, email="eve@tailor.example", name="Eve")).manager
    entry = desk.entry(merchant_id=lonely.merchant_id, requested_by="Eve", requester_id=eve.person_id)
    await request_entry(desk.application, entry, by=eve)
    with pytest.raises(EntryNeedsSecond):
        await approve_entry(desk.application, lonely, entry.entry_id, by=eve, now=NOW + DAY - timedelta(seconds=1))
    await approve_entry(desk.application, lonely, entry.entry_id, by=eve, now=NOW + DAY)
    async with desk.application.database.connection() as connection:
        assert [one.alone for one in await list_entries(connection, lonely.merchant_id)] == [True]


async def test_an_entry_that_is_refused_or_has_lapsed_is_not_booked(desk: Desk) -> None:
    refused, lapsed = desk.entry(), desk.entry()
    for one in (refused, lapsed):
        await request_entry(desk.application, one, by=desk.bookkeeper)
    await refuse_entry(desk.application, desk.merchant, refused.entry_id, by=desk.bookkeeper, now=NOW)
    for entry_id, after in ((refused.entry_id, DAY), (lapsed.entry_id, 7 * DAY), (uuid4(), DAY)):
        with pytest.raises(EntryNotWaiting):
            await desk.agrees(entry_id, desk.owner, after)
    assert await desk.balances() == {}


@pytest.mark.parametrize(
    "field, given",
    [
        ("debit", {"debit": "certificates_outstanding"}),
        ("debit", {"debit": "nothing"}),
        ("credit", {"credit": "partner_receivable"}),
        ("credit", {"credit": "bank"}),
        ("currency", {"currency": "usd"}),
        ("amount", {"amount": 0}),
        ("amount", {"amount": 10**15}),
        ("why", {"why": ""}),
        ("why", {"why": "x" * 501}),
    ],
)
async def test_what_is_no_entry_is_said_of_its_field(desk: Desk, field: str, given: dict[str, Any]) -> None:
    with pytest.raises(EntryInvalid) as refused:
        await request_entry(desk.application, desk.entry(**given), by=desk.bookkeeper)
    assert [fault.field for fault in refused.value.fields] == [field]


async def test_every_account_that_may_be_booked_by_hand_can_be(desk: Desk) -> None:
    for account in sorted(BY_HAND - {Account.BANK}):
        entry = desk.entry(debit=account.value, credit="bank")
        await request_entry(desk.application, entry, by=desk.bookkeeper)
        await desk.agrees(entry.entry_id, desk.owner)
    assert (await desk.balances())[Account.BANK] == -12_50 * (len(BY_HAND) - 1)


async def test_only_people_with_the_right_ask_and_agree(desk: Desk) -> None:
    clerk = (await a_worker(desk.application, desk.merchant, email="c@bakery.example", role=Role.CLERK)).manager
    entry = desk.entry()
    await request_entry(desk.application, entry, by=desk.bookkeeper)
    for by in (clerk, OPERATOR):
        for act in (
            request_entry(desk.application, desk.entry(), by=by),
            approve_entry(desk.application, desk.merchant, entry.entry_id, by=by, now=NOW),
            refuse_entry(desk.application, desk.merchant, entry.entry_id, by=by, now=NOW),
        ):
            with pytest.raises(ActRefused) as refused:
                await act
            assert isinstance(refused.value, LargesseError)
