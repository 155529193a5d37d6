"""Tabs at a location: set aside, captured, added to, taken over and let go, by whoever stands there."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import pytest
from msgspec.structs import replace

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.merchants import Merchant
from largesse.kernel.ids import new_id
from largesse.ledger import BalanceInsufficient
from largesse.services.certificates import release_expired_holds
from largesse.services.counter import (
    BillPart,
    Desk,
    TabOver,
    TabUnknown,
    capture_tab,
    change_tab,
    find_tab,
    open_tab,
    release_tab,
    tab_lasts,
    tabs_at,
)
from tests.builders.application import NOW, an_application
from tests.builders.certificates import Card, a_card, a_merchant
from tests.builders.counter import a_desk
from tests.builders.locations import a_location


class Bar(NamedTuple):
    """A bar with a desk, and somebody else at it."""

    application: Application
    merchant: Merchant
    desk: Desk
    other: Desk


@pytest.fixture
async def bar(database: Database) -> AsyncIterator[Bar]:
    async with an_application(database) as application:
        merchant = await a_merchant(database)
        place = await a_location(database, merchant, cut_off_hour=4)
        desk = await a_desk(application, merchant, location_id=place.location_id)
        other = replace(desk, actor="person:018f0000-0000-7000-8000-00000000000c")
        yield Bar(application, merchant, desk, other)


async def opened(bar: Bar, card: Card, value: int = 6_000) -> UUID:
    """Open a tab, and return its id."""
    done = new_id(NOW)
    part = BillPart(certificate_id=card.place.certificate_id, value=value)
    await open_tab(bar.application, bar.desk, part, reference="Table 7", operation_id=done, now=NOW)
    return done


async def test_a_tab_stands_to_the_end_of_the_business_day_at_least(bar: Bar) -> None:
    assert tab_lasts(bar.desk, NOW) == timedelta(hours=18)  # ten in the morning there, to four
    at_night = NOW + timedelta(hours=17, minutes=30)
    assert tab_lasts(bar.desk, at_night) == timedelta(hours=4)


async def test_a_tab_is_listed_at_its_location_with_reference_and_person(bar: Bar) -> None:
    card = await a_card(bar.application, bar.merchant)
    hold_id = await opened(bar, card)
    [tab] = await tabs_at(bar.application, bar.other, now=NOW)
    assert (tab.hold.hold_id, tab.reference, tab.actor, tab.last_four) == (
        hold_id,
        "Table 7",
        bar.desk.actor,
        card.number[-4:],
    )
    home = await a_desk(bar.application, bar.merchant)
    assert await tabs_at(bar.application, home, now=NOW) == []
    with pytest.raises(TabUnknown):
        await find_tab(bar.application, home, hold_id, now=NOW)


async def test_anybody_there_captures_a_tab_and_the_rest_is_free(bar: Bar) -> None:
    card = await a_card(bar.application, bar.merchant)
    hold_id = await opened(bar, card)
    await capture_tab(bar.application, bar.other, hold_id, value=4_500, operation_id=new_id(NOW), now=NOW)
    stands = (await card.stands(bar.application)).certificate
    assert (stands.balance, stands.held) == (5_500, 0)
    assert await tabs_at(bar.application, bar.desk, now=NOW) == []


async def test_a_tab_is_added_to_and_taken_over_without_being_free_between(bar: Bar) -> None:
    card = await a_card(bar.application, bar.merchant)
    hold_id = await opened(bar, card)
    changed = new_id(NOW)
    await change_tab(bar.application, bar.other, hold_id, more=2_000, operation_id=changed, now=NOW)
    [tab] = await tabs_at(bar.application, bar.desk, now=NOW)
    assert (tab.hold.hold_id, tab.hold.amount, tab.reference, tab.actor) == (
        changed,
        8_000,
        "Table 7",
        bar.other.actor,
    )
    with pytest.raises(BalanceInsufficient):
        await change_tab(bar.application, bar.desk, changed, more=2_001, operation_id=new_id(NOW), now=NOW)
    assert (await card.stands(bar.application)).certificate.held == 8_000


async def test_a_tab_that_was_let_go_is_gone(bar: Bar) -> None:
    card = await a_card(bar.application, bar.merchant)
    hold_id = await opened(bar, card)
    await release_tab(bar.application, bar.desk, hold_id, operation_id=new_id(NOW), now=NOW)
    assert (await card.stands(bar.application)).certificate.available == 10_000
    with pytest.raises(TabUnknown):
        await release_tab(bar.application, bar.desk, hold_id, operation_id=new_id(NOW), now=NOW)


async def test_the_counter_asks_shortly_before_a_tab_ends(bar: Bar) -> None:
    await opened(bar, await a_card(bar.application, bar.merchant))
    ends = NOW + timedelta(hours=18)
    for before, asks in ((16, False), (15, True), (1, True), (0, False)):
        now = ends - timedelta(minutes=before)
        [tab] = await tabs_at(bar.application, bar.desk, now=now)
        assert (tab.ends_soon(now), tab.is_over) == (asks, before == 0)


@pytest.mark.parametrize("let_go", [False, True])
async def test_after_its_end_a_tab_is_a_redemption_of_what_is_still_there(bar: Bar, let_go: bool) -> None:
    card = await a_card(bar.application, bar.merchant)
    hold_id = await opened(bar, card)
    late = NOW + timedelta(hours=19)
    if let_go:
        await release_expired_holds(bar.application, now=late)
    [tab] = await tabs_at(bar.application, bar.desk, now=late)
    assert tab.is_over
    with pytest.raises(TabOver):
        await change_tab(bar.application, bar.desk, hold_id, more=1, operation_id=new_id(late), now=late)
    value = 3_000
    await capture_tab(bar.application, bar.desk, hold_id, value=value, operation_id=new_id(late), now=late)
    assert (await card.stands(bar.application)).certificate.balance == 7_000
    if let_go:
        assert await tabs_at(bar.application, bar.desk, now=late) == []
