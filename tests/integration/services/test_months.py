"""Months are closed by two persons, and say for ever what they said then."""

from collections.abc import AsyncIterator
from dataclasses import replace as with_parts
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from uuid import uuid4

import pytest
from msgspec.structs import replace

from largesse.adapters.typeset import TypstTypesetter
from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.merchants import Merchant
from largesse.domain.months import (
    MonthChanged,
    MonthClosed,
    MonthInvalid,
    MonthNeedsSecond,
    MonthNotClosed,
    MonthNotReady,
    MonthNotRequested,
    MonthReportUnknown,
    MonthRequested,
    MonthState,
    find_report,
    list_closes,
)
from largesse.domain.staff import ActRefused, Role
from largesse.ledger import list_seals, proofs
from largesse.services import reports
from largesse.services.merchants import revoke_device
from largesse.services.months import PRINTED, approve_month, check_month, reopen_month, request_month
from largesse.services.months.printing import print_month
from largesse.services.reports import ReportName, ReportQuestion
from largesse.services.staff import Manager
from largesse.ui import speak
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant
from tests.builders.ledger import issue, redeem
from tests.builders.offline import an_offline_till
from tests.builders.staff import OPERATOR, a_worker
from tests.builders.tills import a_till

MONTH = date(2026, 11, 1)
AFTER = datetime(2026, 12, 5, 9, tzinfo=UTC)
VOICE = speak("en", folders=(reports.FOLDER / "locale",))


class Shop(NamedTuple):
    """A merchant with an owner and a bookkeeper, and something sold in November."""

    application: Application
    merchant: Merchant
    owner: Manager
    bookkeeper: Manager

    async def sells(self, value: int, *, now: datetime, claimed_at: datetime | None = None) -> None:
        """Somebody buys a certificate and uses half of it."""
        opened = replace(issue(value=value), merchant_id=self.merchant.merchant_id, operation_id=uuid4())
        opened = replace(opened, certificate_id=uuid4(), claimed_at=claimed_at)
        used = replace(redeem(opened.certificate_id, value // 2), merchant_id=self.merchant.merchant_id)
        for command in (opened, replace(used, operation_id=uuid4(), claimed_at=claimed_at)):
            await self.application.ledger.submit(command, now=now)

    async def closes(self, *, now: datetime = AFTER) -> None:
        """Ask, and agree."""
        await request_month(self.application, self.merchant, MONTH, by=self.bookkeeper, now=now)
        await approve_month(self.application, self.merchant, MONTH, by=self.owner, voice=VOICE, now=now)

    async def kept(self, version: int) -> dict[ReportName, bytes]:
        """The reports of a version as they were printed."""
        async with self.application.database.connection() as connection:
            return {
                one: await find_report(connection, self.merchant.merchant_id, MONTH, version, one.value)
                for one in PRINTED
            }

    async def liability(self, known_at: datetime | None = None) -> list[int]:
        """What was outstanding in the month: opening, and closing."""
        question = ReportQuestion(report=ReportName.LIABILITY, since=MONTH, until=date(2026, 12, 1), known_at=known_at)
        table = await reports.answer(self.application, self.merchant, question, now=AFTER)
        return [amount for line in table.lines if isinstance(amount := line.cells["closing"], int)]


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[Shop]:
    async with an_application(database) as plain, TypstTypesetter(threads=1) as printer:
        application = with_parts(plain, report_printer=printer)
        merchant = await a_merchant(database)
        owner = await a_worker(application, merchant, name="Ada")
        ida = await a_worker(application, merchant, email="ida@bakery.example", name="Ida", role=Role.BOOKKEEPER)
        found = Shop(application, merchant, owner.manager, ida.manager)
        await found.sells(100_00, now=NOW)
        yield found


async def test_a_month_is_closed_by_two_persons_sealed_and_printed(shop: Shop) -> None:
    await shop.closes()
    async with shop.application.database.connection() as connection:
        [closed] = await list_closes(connection, shop.merchant.merchant_id)
        seals = await list_seals(connection, shop.merchant.merchant_id)
    assert (closed.state, closed.version, closed.requested_by, closed.closed_by) == (MonthState.CLOSED, 1, "Ida", "Ada")
    assert closed.alone is False
    assert closed.seal_number == seals[-1].number
    assert closed.known_at == seals[-1].cut
    assert {body[:5] for body in (await shop.kept(1)).values()} == {b"%PDF-"}


async def test_a_closed_month_is_printed_the_same_after_later_facts_and_a_second_version(shop: Shop) -> None:
    await shop.closes()
    first = await shop.kept(1)
    async with shop.application.database.connection() as connection:
        [closed] = await list_closes(connection, shop.merchant.merchant_id)
        [seal] = [
            one for one in await list_seals(connection, shop.merchant.merchant_id) if one.number == closed.seal_number
        ]
    late = datetime(2026, 11, 29, 18, tzinfo=UTC)
    await shop.sells(40_00, now=AFTER + timedelta(days=1), claimed_at=late)
    assert await shop.liability() == [50_00], "what comes late goes to the open month"

    again = await print_month(shop.application, shop.merchant, closed, seal, voice=VOICE)
    assert again == first == await shop.kept(1)

    await reopen_month(shop.application, shop.merchant, MONTH, by=shop.owner, reason="A till came back", now=AFTER)
    await shop.sells(60_00, now=AFTER + timedelta(days=2), claimed_at=late)
    assert await shop.liability() == [80_00]
    assert closed.known_at is not None
    assert await shop.liability(closed.known_at) == [50_00]
    await shop.closes(now=AFTER + timedelta(days=3))
    assert await shop.kept(1) == first
    assert (await shop.kept(2))[ReportName.LIABILITY] != first[ReportName.LIABILITY]
    assert await print_month(shop.application, shop.merchant, closed, seal, voice=VOICE) == first
    async with shop.application.database.dedicated() as connection:
        assert [one async for one in proofs.verify(connection)] == []


async def test_the_same_person_agrees_only_where_nobody_else_may_and_a_day_has_passed(shop: Shop) -> None:
    application, merchant = shop.application, shop.merchant
    await request_month(application, merchant, MONTH, by=shop.bookkeeper, now=AFTER)
    later = AFTER + timedelta(hours=24)
    with pytest.raises(MonthNeedsSecond):
        await approve_month(application, merchant, MONTH, by=shop.bookkeeper, voice=VOICE, now=later)

    lonely = await a_merchant(application.database, slug="tailor", prefix="TL", number="1002")
    eve = (await a_worker(application, lonely, email="eve@tailor.example", name="Eve")).manager
    await request_month(application, lonely, MONTH, by=eve, now=AFTER)
    with pytest.raises(MonthNeedsSecond):
        await approve_month(application, lonely, MONTH, by=eve, voice=VOICE, now=later - timedelta(seconds=1))
    closed = await approve_month(application, lonely, MONTH, by=eve, voice=VOICE, now=later)
    assert closed.alone
    assert closed.seal_number is None, "nothing was ever booked there"


async def test_who_was_invited_lately_by_the_requester_does_not_agree(shop: Shop) -> None:
    application, merchant = shop.application, shop.merchant
    new = await a_worker(
        application, merchant, email="new@bakery.example", name="New", role=Role.BOOKKEEPER, by=shop.owner,
        now=AFTER - timedelta(days=1),
    )  # fmt: skip
    await request_month(application, merchant, MONTH, by=shop.owner, now=AFTER)
    with pytest.raises(MonthNeedsSecond):
        await approve_month(application, merchant, MONTH, by=new.manager, voice=VOICE, now=AFTER)


async def test_only_people_with_the_right_close_and_open_months(shop: Shop) -> None:
    application, merchant = shop.application, shop.merchant
    manager = (await a_worker(application, merchant, email="m@bakery.example", role=Role.MANAGER)).manager
    for by in (manager, OPERATOR):
        with pytest.raises(ActRefused):
            await request_month(application, merchant, MONTH, by=by, now=AFTER)
        with pytest.raises(ActRefused):
            await approve_month(application, merchant, MONTH, by=by, voice=VOICE, now=AFTER)
        with pytest.raises(ActRefused):
            await reopen_month(application, merchant, MONTH, by=by, reason="because", now=AFTER)


async def test_what_was_shown_is_what_is_closed(shop: Shop) -> None:
    application, merchant = shop.application, shop.merchant
    await request_month(application, merchant, MONTH, by=shop.bookkeeper, now=AFTER)
    with pytest.raises(MonthRequested):
        await request_month(application, merchant, MONTH, by=shop.owner, now=AFTER)
    await shop.sells(10_00, now=AFTER, claimed_at=datetime(2026, 11, 25, 12, tzinfo=UTC))
    with pytest.raises(MonthChanged):
        await approve_month(application, merchant, MONTH, by=shop.owner, voice=VOICE, now=AFTER)
    lapsed = AFTER + timedelta(days=7)
    with pytest.raises(MonthNotRequested):
        await approve_month(application, merchant, MONTH, by=shop.owner, voice=VOICE, now=lapsed)
    await request_month(application, merchant, MONTH, by=shop.bookkeeper, now=lapsed)
    await approve_month(application, merchant, MONTH, by=shop.owner, voice=VOICE, now=lapsed)
    with pytest.raises(MonthClosed):
        await request_month(application, merchant, MONTH, by=shop.owner, now=lapsed)


async def test_a_month_that_is_not_over_or_not_closed_is_not_closed_or_opened(shop: Shop) -> None:
    application, merchant = shop.application, shop.merchant
    early = datetime(2026, 11, 30, 12, tzinfo=UTC)
    assert [one.code for one in await check_month(application, merchant, MONTH, now=early)] == ["month.not_over"]
    assert await check_month(application, merchant, MONTH, now=AFTER) == []
    with pytest.raises(MonthNotReady):
        await request_month(application, merchant, MONTH, by=shop.owner, now=early)
    with pytest.raises(MonthNotRequested):
        await approve_month(application, merchant, MONTH, by=shop.owner, voice=VOICE, now=AFTER)
    with pytest.raises(MonthNotClosed):
        await reopen_month(application, merchant, MONTH, by=shop.owner, reason="because", now=AFTER)
    with pytest.raises(MonthInvalid):
        await reopen_month(application, merchant, MONTH, by=shop.owner, reason="", now=AFTER)
    with pytest.raises(MonthReportUnknown):
        await shop.kept(1)


async def test_a_damaged_ledger_is_not_closed(shop: Shop) -> None:
    async with shop.application.database.connection() as connection:
        await connection.execute("UPDATE certificates SET balance = balance + 1")
    found = await check_month(shop.application, shop.merchant, MONTH, now=AFTER)
    assert "month.ledger" in {one.code for one in found}


async def test_a_device_that_may_hold_rows_of_the_month_is_named_until_it_is_heard_of_or_waived(shop: Shop) -> None:
    application, merchant = shop.application, shop.merchant
    till = await an_offline_till(application, merchant, await a_till(application, merchant))
    end = datetime(2026, 11, 28, 20, tzinfo=UTC)
    for now, named in ((end, ["Bar left"]), (AFTER, [])):
        await till.refresh(now=now)
        found = await check_month(application, merchant, MONTH, now=AFTER, prove=False)
        assert [one.told for one in found if one.code == "month.device"] == named
        assert all(one.waivable for one in found)
    quiet = await an_offline_till(application, merchant, await a_till(application, merchant, name="Lost", now=NOW))
    await quiet.refresh(now=end)
    async with application.database.transaction() as connection:
        await revoke_device(connection, quiet.till.device, actor="cli:tester", now=end)
    with pytest.raises(MonthNotReady):
        await request_month(application, merchant, MONTH, by=shop.bookkeeper, now=AFTER)
    await request_month(application, merchant, MONTH, by=shop.bookkeeper, waived="stolen, the guests paid", now=AFTER)
    january = datetime(2027, 1, 3, 9, tzinfo=UTC)
    found = await check_month(application, merchant, date(2026, 12, 1), now=january, prove=False)
    assert "Lost" not in [one.told for one in found], "its book was too old by then"
