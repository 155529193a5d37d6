"""Monitors: looked at by the worker, remembered, and told of once when a bound is passed."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from msgspec.structs import replace

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.merchants import Merchant
from largesse.domain.monitors import Monitor, MonitorInvalid, MonitorUnknown, Watched, list_monitors
from largesse.domain.staff import ActRefused, AuditReason, Role, find_member
from largesse.kernel.tax import UNTAXED
from largesse.services import monitors
from largesse.services import staff as services
from largesse.services.certificates import Place, prepare
from largesse.services.certificates import redeem as redeem_at
from largesse.services.monitors import remove_monitor, set_monitor, watch
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant, a_request
from tests.builders.counters import a_counter, sold_at, spot_at
from tests.builders.ledger import issue, redeem
from tests.builders.staff import OPERATOR, Worker, a_worker

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with an_application(database) as opened:
        yield opened


@pytest.fixture
async def merchant(application: Application) -> Merchant:
    return await a_merchant(application.database)


@pytest.fixture
async def ada(application: Application, merchant: Merchant) -> Worker:
    return await a_worker(application, merchant, name="Ada")


@pytest.fixture
async def ida(application: Application, merchant: Merchant, ada: Worker) -> Worker:
    del ada
    return await a_worker(application, merchant, email="ida@bakery.example", name="Ida", role=Role.BOOKKEEPER)


def a_monitor(merchant: Merchant, by: Worker, watched: Watched, bound: int, **given: Any) -> Monitor:
    usual = {"currency": "USD"} if watched in {Watched.LIABILITY, Watched.REDEEMED_HOUR} else {}
    return Monitor(
        merchant_id=merchant.merchant_id,
        monitor_id=uuid4(),
        watched=watched,
        bound=bound,
        made_by=by.manager.person_id or UUID(int=0),
        made_at=NOW,
        **usual | given,
    )


async def told(database: Database) -> list[tuple[str, str]]:
    """Whom mails about monitors went to, and what about."""
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT payload FROM events WHERE kind = 'mail.due' ORDER BY occurred_at")
    mails = [msgspec.json.decode(row["payload"]) for row in rows]
    return [(mail["address"], mail["about"]) for mail in mails if mail.get("purpose") == "staff.monitor"]


async def seen(database: Database, merchant: Merchant) -> list[tuple[int | None, bool]]:
    async with database.connection() as connection:
        found = await list_monitors(connection, merchant.merchant_id)
    return [(one.value, one.over_since is not None) for one in found]


async def test_a_bound_that_is_passed_is_told_once_and_again_only_after_it_came_back(
    application: Application, merchant: Merchant, ida: Worker
) -> None:
    """Outstanding 100.00, 600.00, 600.00, 90.00, 690.00 with a bound of 500.00."""
    database = application.database
    await set_monitor(application, merchant, a_monitor(merchant, ida, Watched.LIABILITY, 50_000), by=ida.manager)

    async def sold(value: int, at: timedelta) -> UUID:
        opened = replace(issue(value=value), merchant_id=merchant.merchant_id)
        await application.ledger.submit(opened, now=NOW + at)
        return opened.certificate_id

    await sold(10_000, 0 * HOUR)
    assert await watch(application, now=NOW + MINUTE) == 0
    assert await seen(database, merchant) == [(10_000, False)]
    card = await sold(50_000, HOUR)
    assert await watch(application, now=NOW + HOUR) == 1
    assert [await watch(application, now=NOW + HOUR + minute * MINUTE) for minute in (1, 2, 3)] == [0, 0, 0]
    assert await told(database) == [("ida@bakery.example", "What is outstanding: more than $500.00")]
    used = replace(redeem(card, 50_000), merchant_id=merchant.merchant_id)
    await application.ledger.submit(used, now=NOW + HOUR + 10 * MINUTE)
    assert await watch(application, now=NOW + HOUR + 11 * MINUTE) == 0
    assert await seen(database, merchant) == [(10_000, False)]
    await sold(59_000, HOUR + 20 * MINUTE)
    assert await watch(application, now=NOW + HOUR + 21 * MINUTE) == 0, "told less than an hour ago"
    assert await seen(database, merchant) == [(69_000, True)]
    assert len(await told(database)) == 1


async def test_several_workers_tell_it_once(application: Application, merchant: Merchant, ida: Worker) -> None:
    await set_monitor(application, merchant, a_monitor(merchant, ida, Watched.LIABILITY, 0), by=ida.manager)
    await application.ledger.submit(replace(issue(value=1), merchant_id=merchant.merchant_id), now=NOW)
    found = await asyncio.gather(*(watch(application, now=NOW + HOUR) for _ in range(4)))
    assert sum(found) == 1
    assert len(await told(application.database)) == 1


async def test_each_figure_is_what_it_says(application: Application, merchant: Merchant, ida: Worker) -> None:
    opened = replace(issue(value=10_000), merchant_id=merchant.merchant_id)
    await application.ledger.submit(opened, now=NOW)
    for at, value in ((HOUR, 1_000), (3 * HOUR, 700), (3 * HOUR + MINUTE, 300)):
        used = replace(redeem(opened.certificate_id, value), merchant_id=merchant.merchant_id, actor="person:a")
        await application.ledger.submit(replace(used, operation_id=uuid4()), now=NOW + at)
    known = [
        a_monitor(merchant, ida, Watched.LIABILITY, 0),
        a_monitor(merchant, ida, Watched.LIABILITY, 0, currency="EUR"),
        a_monitor(merchant, ida, Watched.REDEEMED_HOUR, 0),
        a_monitor(merchant, ida, Watched.EXCEPTION, 0, act="without_reference"),
        a_monitor(merchant, ida, Watched.EXCEPTION, 0, act="days_open"),
        a_monitor(merchant, ida, Watched.CREDIT, 0),
        a_monitor(merchant, ida, Watched.STOCK, 0, offering_id=uuid4()),
    ]
    values = await monitors.values_of(application, merchant, known, now=NOW + 3 * HOUR + 2 * MINUTE)
    assert [values.get(one.monitor_id) for one in known] == [8_000, 0, 1_000, 3, 0, None, None]


async def test_owners_are_told_once_whoever_set_it_has_left(
    application: Application, merchant: Merchant, ada: Worker, ida: Worker
) -> None:
    await set_monitor(application, merchant, a_monitor(merchant, ida, Watched.LIABILITY, 0), by=ida.manager)
    async with application.transaction() as connection:
        membership, _ = await find_member(connection, merchant.merchant_id, "ida@bakery.example")
        await services.end_membership(
            connection, merchant, membership, by=ada.manager, reason=None, code=AuditReason.LEFT, now=NOW
        )
    await application.ledger.submit(replace(issue(value=1), merchant_id=merchant.merchant_id), now=NOW)
    assert await watch(application, now=NOW + HOUR) == 1
    assert [address for address, _ in await told(application.database)] == [ada.person.email]


@pytest.mark.parametrize(
    "field, watched, given",
    [
        ("currency", Watched.LIABILITY, {"currency": None}),
        ("currency", Watched.LIABILITY, {"currency": "bitcoin"}),
        ("offering_id", Watched.STOCK, {}),
        ("offering_id", Watched.STOCK, {"offering_id": UUID(int=1)}),
        ("act", Watched.EXCEPTION, {}),
        ("act", Watched.EXCEPTION, {"act": "redemptions"}),
        ("bound", Watched.CREDIT, {"bound": 101}),
        ("bound", Watched.LIABILITY, {"bound": -1}),
    ],
)
async def test_a_monitor_that_cannot_be_kept_says_which_field(
    application: Application, merchant: Merchant, ida: Worker, *, field: str, watched: Watched, given: dict[str, Any]
) -> None:
    one = replace(a_monitor(merchant, ida, watched, 5), **given)
    with pytest.raises(MonitorInvalid) as caught:
        await set_monitor(application, merchant, one, by=ida.manager)
    assert [fault.field for fault in caught.value.fields] == [field]


async def test_who_reads_no_figures_sets_none_and_what_is_gone_is_unknown(
    application: Application, merchant: Merchant, ida: Worker
) -> None:
    one = a_monitor(merchant, ida, Watched.LIABILITY, 0)
    with pytest.raises(ActRefused):
        await set_monitor(application, merchant, one, by=OPERATOR)
    await set_monitor(application, merchant, one, by=ida.manager)
    await set_monitor(application, merchant, one, by=ida.manager)
    assert len(await seen(application.database, merchant)) == 1
    await remove_monitor(application, merchant, one.monitor_id, by=ida.manager, now=NOW)
    with pytest.raises(MonitorUnknown):
        await remove_monitor(application, merchant, one.monitor_id, by=ida.manager, now=NOW)


async def test_a_card_that_is_first_used_elsewhere_soon_after_its_activation_is_told(
    application: Application, database: Database
) -> None:
    """Three cards: one used where it was sold, one elsewhere within the hour, one elsewhere the day after."""
    bar = await a_counter(database, tax=UNTAXED)
    garden = await a_counter(database, bar.merchant, code="GARDEN")
    owner = await a_worker(application, bar.merchant, name="Ada")
    one = a_monitor(bar.merchant, owner, Watched.CARD_ELSEWHERE, 0)
    await set_monitor(application, bar.merchant, one, by=owner.manager)
    for place, after in ((bar, MINUTE), (garden, MINUTE), (garden, 2 * HOUR)):
        card = await prepare(application, bar.merchant, request=a_request(), now=NOW)
        await sold_at(application, bar, card=card.certificate_id)
        used = Place(merchant_id=bar.merchant.merchant_id, certificate_id=card.certificate_id)
        spot = await spot_at(application, place)
        await redeem_at(application, used, value=500, spot=spot, request=a_request(), now=NOW + after)
    found = await monitors.values_of(application, bar.merchant, [one], now=NOW + 3 * HOUR)
    assert found == {one.monitor_id: 1}
    assert await watch(application, now=NOW + 3 * HOUR) == 1
