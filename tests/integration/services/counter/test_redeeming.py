"""Bills at a counter on a real database: all or nothing, never twice, undone together."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import pytest
from msgspec.structs import replace

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import devices
from largesse.domain.certificates import CertificateUnknown
from largesse.domain.merchants import Merchant
from largesse.kernel.errors import LargesseError
from largesse.kernel.ids import new_id
from largesse.kernel.numbers import in_groups, make_sample_number
from largesse.ledger import AlreadyReversed, BalanceInsufficient, CertificateBlocked, EntryMode, Kind, OperationConflict
from largesse.services.certificates import block
from largesse.services.counter import (
    ActUnknown,
    BillEmpty,
    BillPart,
    Desk,
    NumberIsSample,
    UndoDayOver,
    UndoElsewhere,
    UndoTooLate,
    UsedSince,
    act_of,
    look_here,
    read_text,
    recent_acts,
    take_bill,
    undo_act,
)
from largesse.services.counter_sales import DayCount, close_day
from tests.builders.application import NOW, an_application
from tests.builders.certificates import Card, a_card, a_merchant, a_request
from tests.builders.counter import a_desk

MINUTE = timedelta(minutes=1)


class Spa(NamedTuple):
    """A merchant with a desk."""

    application: Application
    merchant: Merchant
    desk: Desk


@pytest.fixture
async def spa(database: Database) -> AsyncIterator[Spa]:
    async with an_application(database) as application:
        merchant = await a_merchant(database)
        yield Spa(application, merchant, await a_desk(application, merchant))


def part(card: Card, value: int, gratuity: int = 0) -> BillPart:
    return BillPart(
        certificate_id=card.place.certificate_id, value=value, gratuity=gratuity, entry_mode=EntryMode.SCANNED
    )


async def takes(spa: Spa, *parts: BillPart, operation_id: UUID | None = None, reference: str = "Table 7") -> UUID:
    """Take a bill, and return the id of its operation."""
    done = operation_id or new_id(NOW)
    await take_bill(spa.application, spa.desk, parts, currency="USD", reference=reference, operation_id=done, now=NOW)
    return done


async def test_three_certificates_pay_one_bill_as_one_operation(spa: Spa) -> None:
    cards = [await a_card(spa.application, spa.merchant, gratuity=500) for _ in range(3)]
    done = await takes(spa, part(cards[0], 10_000, 500), part(cards[1], 10_000), part(cards[2], 2_500))
    assert [await card.left(spa.application) for card in cards] == [(0, 0), (0, 500), (7_500, 500)]
    act = await act_of(spa.application, spa.desk, done, now=NOW)
    assert (act.kind, act.value, act.gratuity, act.reference) == (Kind.REDEEM, 22_500, 500, "Table 7")
    assert [(one.value, one.remains, one.gratuity_remains) for one in act.parts] == [
        (10_000, 0, 0),
        (10_000, 0, 500),
        (2_500, 7_500, 500),
    ]
    assert [one.last_four for one in act.parts] == [card.number[-4:] for card in cards]
    assert act.may_undo


async def test_where_one_is_refused_nothing_is_taken_and_it_is_named(spa: Spa) -> None:
    good, bad = [await a_card(spa.application, spa.merchant) for _ in range(2)]
    await block(spa.application, bad.place, request=a_request(), now=NOW)
    with pytest.raises(CertificateBlocked) as refused:
        await takes(spa, part(good, 10_000), part(bad, 500))
    assert refused.value.index == 1
    assert await good.left(spa.application) == (10_000, 0)


async def test_a_bill_sent_twice_is_taken_once_and_another_under_its_id_is_refused(spa: Spa) -> None:
    cards = [await a_card(spa.application, spa.merchant) for _ in range(2)]
    parts = [part(card, 4_000) for card in cards]
    done = await takes(spa, *parts)
    assert await takes(spa, *parts, operation_id=done) == done
    assert [await card.left(spa.application) for card in cards] == [(6_000, 0)] * 2
    with pytest.raises(OperationConflict):
        await takes(spa, part(cards[0], 1), part(cards[1], 1), operation_id=done)


async def test_a_bill_that_takes_nothing_is_refused(spa: Spa) -> None:
    card = await a_card(spa.application, spa.merchant)
    with pytest.raises(BillEmpty):
        await takes(spa, part(card, 0))


async def test_a_bill_over_three_beside_single_redemptions_of_each_never_overdraws(spa: Spa) -> None:
    cards = [await a_card(spa.application, spa.merchant, value=10_000) for _ in range(3)]

    async def tries(*parts: BillPart) -> bool:
        try:
            await takes(spa, *parts)
        except BalanceInsufficient:
            return False
        return True

    bundles = [tries(*(part(card, 3_000) for card in cards)) for _ in range(6)]
    singles = [tries(part(card, 1_700)) for card in cards for _ in range(6)]
    won = await asyncio.gather(*bundles, *singles)
    together, alone = sum(won[:6]), [sum(won[6 + 6 * at : 12 + 6 * at]) for at in range(3)]
    left = [(await card.left(spa.application))[0] for card in cards]
    assert left == [10_000 - 3_000 * together - 1_700 * count for count in alone]
    assert min(left) >= 0
    assert min(left) < 3_000 or together == 6


async def test_a_bill_is_undone_whole_once(spa: Spa) -> None:
    cards = [await a_card(spa.application, spa.merchant, gratuity=100) for _ in range(3)]
    done = await takes(spa, *(part(card, 5_000, 100) for card in cards))
    again = new_id(NOW)
    for _ in range(2):
        await undo_act(spa.application, spa.desk, done, reason="Wrong table", operation_id=again, now=NOW + MINUTE)
    assert [await card.left(spa.application) for card in cards] == [(10_000, 100)] * 3
    with pytest.raises(AlreadyReversed):
        await undo_act(spa.application, spa.desk, done, operation_id=new_id(NOW), now=NOW + MINUTE)
    act = await act_of(spa.application, spa.desk, done, now=NOW + MINUTE)
    assert (act.undone, act.may_undo) == (True, False)
    undone = await act_of(spa.application, spa.desk, again, now=NOW + MINUTE)
    assert (undone.kind, undone.value, undone.reference) == (Kind.REVERSE, 15_000, "Wrong table")


async def why_not(spa: Spa, done: UUID, *, minutes: int = 1, desk: Desk | None = None, approved: bool = False) -> str:
    """Try to undo, and return the code of what is in the way."""
    now = NOW + minutes * MINUTE
    try:
        await undo_act(spa.application, desk or spa.desk, done, approved=approved, operation_id=new_id(now), now=now)
    except LargesseError as refused:
        return refused.code
    return ""


async def test_only_who_did_it_undoes_it_for_some_minutes_and_with_an_approval_others_do(spa: Spa) -> None:
    card = await a_card(spa.application, spa.merchant)
    done = await takes(spa, part(card, 1_000))
    other = replace(spa.desk, actor="person:018f0000-0000-7000-8000-00000000000c")
    elsewhere = replace(spa.desk, device_id=new_id(NOW))
    assert await why_not(spa, done, desk=other) == UndoElsewhere.code
    assert await why_not(spa, done, desk=elsewhere) == UndoElsewhere.code
    assert await why_not(spa, done, minutes=6) == UndoTooLate.code
    assert await why_not(spa, done, minutes=6, approved=True) == ""


async def test_what_was_used_since_or_on_another_day_is_not_undone(spa: Spa) -> None:
    card = await a_card(spa.application, spa.merchant)
    first, second = await takes(spa, part(card, 1_000)), await takes(spa, part(card, 1_000))
    assert await why_not(spa, first, approved=True) == UsedSince.code
    assert await why_not(spa, second, minutes=24 * 60, approved=True) == UndoDayOver.code
    assert await why_not(spa, new_id(NOW)) == ActUnknown.code
    assert await why_not(spa, second) == ""


async def test_what_stands_in_a_closed_day_of_a_device_is_not_undone(spa: Spa) -> None:
    async with spa.application.database.transaction() as connection:
        made, code = await devices.invite_device(
            connection,
            spa.merchant.merchant_id,
            spa.desk.where.location_id,
            devices.DeviceChange(name="Bar left"),
            now=NOW,
        )
        enrolled, _ = await devices.enrol_device(connection, spa.merchant.merchant_id, code, agent="", now=NOW)
        device = await devices.confirm_device(connection, enrolled, now=NOW)
    desk = replace(spa.desk, device_id=made.device_id)
    card = await a_card(spa.application, spa.merchant)
    done = await takes(spa._replace(desk=desk), part(card, 1_000))
    count = DayCount(cash=0)
    await close_day(spa.application, spa.merchant, device, count, request=a_request(), now=NOW + MINUTE)
    assert await why_not(spa, done, desk=desk, minutes=2, approved=True) == UndoDayOver.code


async def test_what_was_done_here_lately_is_listed_newest_first(spa: Spa) -> None:
    card = await a_card(spa.application, spa.merchant)
    first, second = await takes(spa, part(card, 1_000)), await takes(spa, part(card, 500))
    acts = await recent_acts(spa.application, spa.desk, now=NOW + MINUTE)
    assert {act.operation_id for act in acts} == {first, second}
    assert {act.operation_id for act in acts if act.may_undo} == {second}
    elsewhere = replace(spa.desk, device_id=new_id(NOW))
    assert await recent_acts(spa.application, elsewhere, now=NOW + MINUTE) == []


async def test_a_number_is_known_at_the_counter_of_its_merchant_alone(spa: Spa, database: Database) -> None:
    card = await a_card(spa.application, spa.merchant)
    other = await a_merchant(database, slug="tailor", prefix="TL", number="1002")
    theirs = await a_card(spa.application, other)
    found = await look_here(spa.application, spa.merchant, read_text(in_groups(card.number).lower(), "GL"))
    assert found.place == card.place
    for text in (theirs.number, "6012345", "GL" + "7" * 30):
        with pytest.raises(CertificateUnknown):
            await look_here(spa.application, spa.merchant, read_text(text, "GL"))
    with pytest.raises(NumberIsSample):
        await look_here(spa.application, spa.merchant, read_text(make_sample_number("GL"), "GL"))
