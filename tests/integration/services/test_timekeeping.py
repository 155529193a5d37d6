"""Duties believe their clock only where the database, the newest rows and the time they ran last agree with it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from largesse import outbox
from largesse.app import duties
from largesse.app.application import Application
from largesse.app.duties import Duty
from largesse.app.metrics import Metrics
from largesse.db import Database
from largesse.kernel.events import Event
from largesse.kernel.ids import new_id
from largesse.ledger import Status
from largesse.services.certificates import accept_clock, check_clock, read_clocks
from largesse.services.certificates.timekeeping import APART_MAX, STEADY_FOR, ClockDiffers, ClockUnsteady
from tests.builders.application import an_application
from tests.builders.certificates import a_card, a_merchant
from tests.fakes.clock import StillClock

YEARS = timedelta(days=3 * 365)


@pytest.fixture
def real() -> datetime:
    """The time of day, which the database's clock shows as well."""
    return datetime.now(UTC)


@pytest.fixture
async def application(database: Database, real: datetime) -> AsyncIterator[Application]:
    async with an_application(database, clock=StillClock(real)) as opened:
        yield opened


async def happened(application: Application, at: datetime) -> None:
    """Let something have happened at that time."""
    merchant = await a_merchant(application.database)
    event = Event(
        merchant_id=merchant.merchant_id, event_id=new_id(at), kind="order.issued", occurred_at=at, payload=b"{}"
    )
    async with application.database.transaction() as connection:
        await outbox.publish(connection, [event])


async def ran_at(application: Application, at: datetime) -> None:
    """Let duties have run at that time, as a database says that is not asked."""
    await read_clocks(application, now=at)


@pytest.mark.parametrize("apart", [YEARS, -YEARS, APART_MAX + timedelta(minutes=5), -APART_MAX - timedelta(minutes=5)])
async def test_a_clock_that_is_more_than_an_hour_from_the_databases_stops_the_duties(
    application: Application, real: datetime, apart: timedelta
) -> None:
    with pytest.raises(ClockDiffers):
        await check_clock(application, now=real + apart)
    with pytest.raises(ClockDiffers):
        await accept_clock(application, now=real + apart)


@pytest.mark.parametrize("apart", [timedelta(), timedelta(minutes=50), timedelta(minutes=-50)])
async def test_clocks_that_agree_by_an_hour_let_the_duties_run(
    application: Application, real: datetime, apart: timedelta
) -> None:
    await check_clock(application, now=real + apart)


async def test_rows_from_the_future_stop_the_duties_until_somebody_says_that_the_clock_is_right(
    application: Application, real: datetime
) -> None:
    await happened(application, real + YEARS)
    with pytest.raises(ClockDiffers):
        await check_clock(application, now=real)

    await accept_clock(application, now=real)

    await check_clock(application, now=real + timedelta(seconds=1))


async def test_after_a_pause_in_which_nothing_happened_the_clock_has_to_run_steadily_first(
    application: Application, real: datetime
) -> None:
    """As on a machine whose own database shares its wrong clock: only the rows can tell."""
    await happened(application, real - YEARS)
    for minutes in range(0, 10, 3):
        with pytest.raises(ClockUnsteady):
            await check_clock(application, now=real + timedelta(minutes=minutes))
    await check_clock(application, now=real + STEADY_FOR)


async def test_a_clock_that_jumps_has_to_run_steadily_again(application: Application, real: datetime) -> None:
    await check_clock(application, now=real)
    await ran_at(application, real - YEARS)
    with pytest.raises(ClockUnsteady):
        await check_clock(application, now=real)
    await accept_clock(application, now=real)
    await check_clock(application, now=real)


async def test_a_worker_whose_clock_is_years_ahead_expires_nothing(database: Database, real: datetime) -> None:
    numbers = Metrics(process="test", folder=None)
    async with an_application(database, clock=StillClock(real + YEARS)) as application:
        merchant = await a_merchant(database)
        card = await a_card(application, merchant, good_through=(real + timedelta(days=90)).date(), now=real)
        for duty in duties.DUTIES:
            await duties.run_once(application, duty, metrics=numbers)
        assert (await card.stands(application)).certificate.status is Status.ACTIVE
    counted = numbers.exposition().decode()
    assert 'largesse_duty_runs_total{duty="expire_certificates",outcome="clock.differs"} 1.0' in counted


async def test_a_duty_is_not_begun_while_the_clock_cannot_be_believed(application: Application, real: datetime) -> None:
    begun = []

    async def work(_: Application, *, now: datetime) -> int:
        begun.append(now)
        return 1

    numbers = Metrics(process="test", folder=None)
    await ran_at(application, real - YEARS)
    await duties.run_once(application, Duty("work", 1, work), metrics=numbers)
    assert begun == []
    await accept_clock(application, now=real)
    await duties.run_once(application, Duty("work", 1, work), metrics=numbers)
    assert begun == [real]
