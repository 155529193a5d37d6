"""What the worker does beside the relay: duties that fail apart, and stop together."""

import asyncio
from datetime import datetime

from largesse.app import duties, worker
from largesse.app.application import Application
from largesse.app.duties import Duty, duties_of
from largesse.app.metrics import Metrics
from largesse.app.settings import from_environment
from largesse.db import Database
from largesse.db.faults import DatabaseUnavailable
from tests.builders.application import an_application

SOON_S = 100.0  # a guard against hanging


async def _done(_: Application, **_given: datetime) -> int:
    return 1


async def _broken(_: Application, **_given: datetime) -> int:
    raise RuntimeError("broken")


async def _out_of_reach(_: Application, **_given: datetime) -> int:
    raise DatabaseUnavailable


def metrics() -> Metrics:
    return Metrics(process="test", folder=None)


def runs(numbers: Metrics, name: str, outcome: str) -> str:
    prefix = f'largesse_duty_runs_total{{duty="{name}",outcome="{outcome}"}} '
    lines = numbers.exposition().decode().splitlines()
    return next((line.removeprefix(prefix) for line in lines if line.startswith(prefix)), "0")


async def test_every_duty_can_be_run_at_any_time_and_twice_at_once(database: Database) -> None:
    numbers = metrics()
    async with an_application(database) as application:
        for duty in duties_of(from_environment({})):
            await asyncio.gather(*(duties.run_once(application, duty, metrics=numbers) for _ in range(2)))
            assert runs(numbers, duty.name, "done") == "2.0"


async def test_a_duty_that_fails_stops_neither_the_others_nor_itself(database: Database) -> None:
    numbers, stop = metrics(), asyncio.Event()
    table = [Duty("broken", 0.01, _broken), Duty("away", 0.01, _out_of_reach), Duty("fine", 0.01, _done)]
    async with an_application(database) as application, asyncio.timeout(SOON_S):
        keeping = asyncio.create_task(duties.keep(application, table, stop=stop, metrics=numbers, jitter=lambda: 0.5))
        while (
            min(
                float(runs(numbers, "broken", "failed")),
                float(runs(numbers, "away", "database.unavailable")),
                float(runs(numbers, "fine", "done")),
            )
            < 2
        ):
            await asyncio.sleep(0.01)
        stop.set()
        await keeping


async def test_a_stop_lets_a_duty_finish_what_it_began(database: Database) -> None:
    stop, began, finished = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow(_: Application, **_given: datetime) -> int:
        began.set()
        await stop.wait()
        await asyncio.sleep(0)  # whoever waits for the stop has heard of it
        await asyncio.sleep(0)
        finished.set()
        return 0

    async with an_application(database) as application, asyncio.timeout(SOON_S):
        table = [Duty("slow", 0.01, slow), Duty("rare", 3600, _done)]
        keeping = asyncio.create_task(duties.keep(application, table, stop=stop, metrics=metrics(), jitter=lambda: 0.0))
        await began.wait()
        stop.set()
        await keeping
        assert finished.is_set()


async def test_a_part_of_the_worker_that_fails_is_begun_again() -> None:
    stop, begun = asyncio.Event(), 0

    async def part() -> None:
        nonlocal begun
        begun += 1
        if begun == 2:
            stop.set()
            return
        raise RuntimeError("broken")

    async with asyncio.timeout(SOON_S):
        await worker.persist("part", part, stop=stop)
    assert begun == 2


def test_an_operator_may_have_nobody_told_of_what_will_expire() -> None:
    told = {duty.name for duty in duties_of(from_environment({}))}
    silent = {duty.name for duty in duties_of(from_environment({"LARGESSE_EXPIRING_DAYS": "0"}))}
    assert told - silent == {"tell_expiring"}
