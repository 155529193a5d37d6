"""The worker process: the relay that sends what leaves the installation, and the periodic duties.

Any number of workers share the work.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import structlog
import uvloop

from largesse import outbox
from largesse.app import duties, logs, metrics, wiring
from largesse.app.application import Application
from largesse.app.duties import Duty
from largesse.app.metrics import Metrics
from largesse.app.settings import Settings
from largesse.kernel.backoff import Backoff
from largesse.kernel.errors import Unavailable
from largesse.outbox import Relay

NUMBER_EVERY_S = 0.5
BEAT_S = 5.0
NUMBER_EVERY_S = 0.5
# What the parts may take to finish once they are told to stop; a supervisor kills a while later.
FINISH_S_MAX = 20.0
# A part that failed is begun again after a moment, longer each time it fails soon.
AGAIN = Backoff.of_seconds(0.1, 1.0, 5.0, 15.0)

_log = structlog.get_logger()


def run(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT; then finish what is on its way."""
    logs.configure(process="worker", level=settings.log_level.upper())
    metrics.clean(metrics.folder_of(settings.home))
    uvloop.run(_run(settings))


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    numbers = Metrics(process="worker", folder=metrics.folder_of(settings.home))
    async with (
        wiring.open_application(settings, metrics=numbers, patience_s=wiring.START_PATIENCE_S) as application,
        wiring.open_relay(settings, application, metrics=numbers) as relay,
    ):
        await work(application, relay, duties.duties_of(settings), stop=stop, metrics=numbers)


async def work(
    application: Application, relay: Relay, table: Sequence[Duty], *, stop: asyncio.Event, metrics: Metrics
) -> None:
    """Run the relay, the duties and the heartbeat side by side until `stop` is set, and each to its end.

    What has not ended by then, since a database or a receiver keeps it waiting, is cancelled: it is safe to run again.
    """
    parts = [
        asyncio.create_task(part)
        for part in (
            persist("relay", lambda: relay.run(stop), stop=stop),
            persist("duties", lambda: duties.keep(application, table, stop=stop, metrics=metrics), stop=stop),
            persist("numbers", lambda: _number(application, stop), stop=stop),
            persist("heartbeat", lambda: _beat(application, stop, metrics), stop=stop),
        )
    ]
    try:
        await stop.wait()
        await asyncio.wait(parts, timeout=FINISH_S_MAX)
    finally:
        for part in parts:
            part.cancel()
        await asyncio.gather(*parts, return_exceptions=True)


async def persist(name: str, begin: Callable[[], Awaitable[None]], *, stop: asyncio.Event) -> None:
    """Run one part of the worker, and begin it again whenever it fails, until `stop` is set."""
    failures = 0
    while not stop.is_set():
        try:
            await begin()
        except Exception as error:  # noqa: BLE001 - one failing part must not stop the others
            _log.error("part_failed", part=name, exc_info=error)
        if not stop.is_set():
            failures += 1
            await _wait(stop, AGAIN.seconds(failures))


async def _number(application: Application, stop: asyncio.Event) -> None:
    """Give committed events their numbers, within a second."""
    while not stop.is_set():
        try:
            await outbox.number_events(application.database)
        except Unavailable as error:
            _log.warning("events_not_numbered", error_code=error.code)
        await _wait(stop, NUMBER_EVERY_S)


async def _beat(application: Application, stop: asyncio.Event, metrics: Metrics) -> None:
    lag, pending = wiring.relay_lag(application), wiring.relay_pending(application)
    while not stop.is_set():
        try:
            metrics.relay(lag_s=(await lag()).total_seconds(), pending=await pending())
            metrics.heartbeat("worker", at_s=application.clock.now().timestamp())
        except Unavailable as error:
            _log.warning("database_out_of_reach", error_code=error.code)
        await _wait(stop, BEAT_S)


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
