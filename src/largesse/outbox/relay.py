"""The relay: claims what is due, sends it with no transaction open, and writes down what came of it (ARCHITECTURE §5).

Any number of relays may run. A claim is a lease: what a relay holds when it dies is taken over when the lease ends. So
everything is sent at least once, and receivers deduplicate by `webhook-id`.
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import msgspec

from largesse.db import Database
from largesse.db.connection import Connection
from largesse.db.faults import CONNECTION_FAULTS
from largesse.db.group_commit import GroupCommit
from largesse.db.turns import in_fair_order
from largesse.kernel.clock import Clock
from largesse.kernel.errors import LargesseError
from largesse.kernel.mail import MailMalformed
from largesse.kernel.sealing import Keyring
from largesse.outbox import store
from largesse.outbox.hint import listen
from largesse.outbox.lanes import Lane, Lanes
from largesse.outbox.mail_writer import MailWriter, NotWanted
from largesse.outbox.model import (
    EMAIL,
    MAIL_DUE,
    Claimed,
    DeliveryStatus,
    Endpoint,
    EndpointStatus,
    ReceiverAnswer,
    Renderer,
    Sender,
)
from largesse.outbox.months import first_waiting
from largesse.outbox.packing import Packed, Unrenderable, pack
from largesse.outbox.recording import DeliveryOutcome, record
from largesse.outbox.retries import Verdict, judge
from largesse.outbox.store import Result

_log = logging.getLogger(__name__)
_ERROR_MAX = 300
ASKED_TOO_MUCH = frozenset({429, 502, 504})
"""What a receiver, or what stands before it, answers when it is asked too much."""
_REFUSED = Verdict(status=DeliveryStatus.FAILED, refused=True)
_FAULTS: tuple[type[BaseException], ...] = (*CONNECTION_FAULTS, LargesseError)


class NobodyWrites(LargesseError):
    """This relay has nobody who composes mail."""

    code = "mail.nobody_writes"
    message = "This worker cannot compose mail to buyers and recipients. Start it as `largesse worker`."


class RelaySettings(msgspec.Struct, frozen=True, kw_only=True):
    """Bound what one relay does at once.

    A lease must outlast what waits before it in a lane: `lane_max` sends, `lane_running_max` at once, each within the
    sender's time limit.
    """

    running_max: int = 512
    lane_running_max: int = 64
    lane_max: int = 256
    held_max: int = 2048
    claim_max: int = 512
    merchant_claim_min: int = 8
    failing_running_max: int = 2
    failing_after: timedelta = timedelta(seconds=2)
    failing_pause_s: float = 0.2
    lease: timedelta = timedelta(seconds=120)
    lease_margin: timedelta = timedelta(seconds=30)
    poll_busy_s: float = 0.25
    poll_rest_s: float = 1.0


class Relay:
    """Sends what is due: `mail` carries mail to people, `http` everything else.

    `renderers` write events, by the format of the endpoint. `mail_writer` composes mails to buyers and recipients;
    without one they wait.
    """

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        clock: Clock,
        *,
        http: Sender,
        mail: Sender,
        renderers: Mapping[str, Renderer],
        mail_writer: MailWriter | None = None,
        settings: RelaySettings | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._clock = clock
        self._http = http
        self._mail = mail
        self._renderers = renderers
        self._mail_writer = mail_writer
        self._record_all = partial(record, mail_writer=mail_writer)
        self._settings = settings or RelaySettings()
        self._jitter = jitter
        self._wake = asyncio.Event()
        self._stop = asyncio.Event()
        self._lanes = Lanes(running_max=self._settings.running_max, lane_running_max=self._settings.lane_running_max)
        self._sending: set[asyncio.Task[None]] = set()
        self._since: UUID | None = None
        self._since_until_s = 0.0

    async def run_once(self, now: datetime) -> int:
        """Send everything that is due at `now`, record it, and return how many attempts were made."""
        total = 0
        self._since = None
        while True:
            async with self._database.transaction() as connection:
                claimed = await self._claim(connection, now=now, limit=self._settings.claim_max, held={})
                endpoints = await store.endpoints_by_id(connection, _endpoint_keys(claimed))
            if not claimed:
                return total
            outcomes = await asyncio.gather(
                *(
                    self._attempt(item, endpoints[item.endpoint_id], troubled=True, now=now)
                    for item in claimed
                    if item.endpoint_id in endpoints
                )
            )
            async with GroupCommit(self._database, self._record_all, merchant_of=_merchant_of) as recorder:
                await asyncio.gather(*(self._record(recorder, outcome) for outcome in outcomes))
            total += len(claimed)

    async def run(self, stop: asyncio.Event) -> None:
        """Send whatever becomes due until `stop` is set; then finish what is on its way, and give back what is not."""
        self._stop = stop
        listener = asyncio.create_task(listen(self._database, self._wake))
        async with GroupCommit(self._database, self._record_all, merchant_of=_merchant_of, runners=2) as recorder:
            try:
                while not stop.is_set():
                    await self._turn(recorder)
                    await self._pause(stop)
            finally:
                listener.cancel()
                with suppress(asyncio.CancelledError):
                    await listener
                await self._drain()

    async def _turn(self, recorder: GroupCommit[DeliveryOutcome, None]) -> None:
        self._wake.clear()
        try:
            await self._fill()
        except _FAULTS as fault:
            _log.warning("the relay could not claim deliveries: %s", type(fault).__name__)
        self._start_ready(recorder)

    async def _fill(self) -> None:
        """Claim what there is room for, and look at the endpoints anew: what waits is sent with their new values."""
        limit = min(self._settings.claim_max, self._settings.held_max - self._lanes.held)
        if limit <= 0 and not self._lanes.held:
            return
        held = self._lanes.held_by_endpoint(full=self._settings.lane_max)
        async with self._database.transaction() as connection:
            claimed = await self._claim(connection, now=self._clock.now(), limit=limit, held=held) if limit > 0 else []
            keys = self._lanes.endpoint_keys.union(_endpoint_keys(claimed))
            endpoints = await store.endpoints_by_id(connection, list(keys)) if keys else {}
        unsent = self._lanes.refresh(endpoints)
        self._lanes.enqueue([item for item in claimed if _is_active(endpoints, item)], endpoints)
        unsent += [item for item in claimed if not _is_active(endpoints, item)]
        if unsent:
            async with self._database.transaction() as connection:
                await store.release(connection, unsent)

    async def _claim(
        self, connection: Connection, *, now: datetime, limit: int, held: dict[UUID, int]
    ) -> list[Claimed]:
        """Claim merchant by merchant; each gets its share of what is left, and no less than a few."""
        since = await self._first_waiting(connection, now)
        waiting = in_fair_order(await store.merchants_due(connection, now=now, since=since), now=now)
        claimed = list[Claimed]()
        for index, merchant_id in enumerate(waiting):
            free = limit - len(claimed)
            if free <= 0:
                break
            share = max(free // (len(waiting) - index), self._settings.merchant_claim_min)
            claimed += await self._claim_of(
                connection, merchant_id, now=now, limit=min(share, free), held=held, since=since
            )
        return claimed

    async def _claim_of(
        self,
        connection: Connection,
        merchant_id: UUID,
        *,
        now: datetime,
        limit: int,
        held: dict[UUID, int],
        since: UUID,
    ) -> list[Claimed]:
        settings = self._settings
        return await store.claim(
            connection,
            merchant_id,
            now=now,
            lease_end=now + settings.lease,
            limit=limit,
            per_endpoint=settings.lane_max,
            per_failing_endpoint=settings.failing_running_max,
            failing_after=settings.failing_after,
            held=held,
            since=since,
        )

    async def _first_waiting(self, connection: Connection, now: datetime) -> UUID:
        """Return an id below all that waits, looked up once a second: only what is sent again by hand is old."""
        if self._since is None or time.monotonic() >= self._since_until_s:
            self._since = await first_waiting(connection, now=now)
            self._since_until_s = time.monotonic() + self._settings.poll_rest_s
        return self._since

    def _start_ready(self, recorder: GroupCommit[DeliveryOutcome, None]) -> None:
        if self._stop.is_set():
            return
        now = self._clock.now()
        for lane, item in self._lanes.ready():
            if item.leased_until - now < self._settings.lease_margin:
                # It waited too long; whoever claims it next sends it.
                self._lanes.finished(lane, full=self._settings.lane_max)
                continue
            task = asyncio.create_task(self._send(lane, item, recorder))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def _send(self, lane: Lane, item: Claimed, recorder: GroupCommit[DeliveryOutcome, None]) -> None:
        try:
            outcome = await self._attempt(item, lane.endpoint, troubled=lane.troubled, now=self._clock.now())
            verdict = outcome.result.verdict
            healthy = verdict.status is DeliveryStatus.DELIVERED or verdict.refused
            lane.troubled = not healthy
            lane.slowed = not healthy and (lane.slowed or outcome.result.status_code in ASKED_TOO_MUCH)
            if lane.endpoint.ordered:
                await self._record(recorder, outcome)
            if not healthy and (lane.slowed or lane.endpoint.failing_since is not None):
                # An endpoint that stays dead costs a few attempts a second, however much waits for it.
                await asyncio.sleep(self._settings.failing_pause_s)
        finally:
            if self._lanes.finished(lane, full=self._settings.lane_max):
                self._wake.set()
            self._start_ready(recorder)
        if not lane.endpoint.ordered:
            await self._record(recorder, outcome)

    async def _record(self, recorder: GroupCommit[DeliveryOutcome, None], outcome: DeliveryOutcome) -> None:
        """Record one outcome. Whatever cannot be written with it is left out, so that each try counts."""
        for tried in (outcome, outcome.by_itself(), outcome.unreadable()):
            try:
                await recorder.submit(tried)
            except LargesseError as fault:
                # The lease ends and it is sent again: at least once.
                _log.warning("an attempt could not be recorded: %s", fault.code)
            except Exception:  # noqa: BLE001 - an attempt that nobody counts would be made for ever
                _log.exception("an attempt could not be recorded whole")
                continue
            return

    async def _attempt(self, item: Claimed, endpoint: Endpoint, *, troubled: bool, now: datetime) -> DeliveryOutcome:
        packed, verdict, dropped = None, None, False
        started = time.monotonic()
        try:
            packed = await self._packed(item, endpoint, now=now)
            sender = self._mail if endpoint.format == EMAIL else self._http
            answer = await sender.send(packed.parcel)
        except NotWanted as error:
            answer, verdict, dropped = _failure(str(error), started), _REFUSED, True
        except MailMalformed as error:
            answer, verdict = _failure(f"{error} [{error.code}]", started), _REFUSED
        except Unrenderable as error:
            answer, verdict = _failure(str(error), started), Verdict(status=DeliveryStatus.FAILED)
        except LargesseError as error:
            answer = _failure(f"{error} [{error.code}]", started)
        except Exception:  # noqa: BLE001 - whatever one delivery does to a sender must not stop the others
            _log.exception("a sender failed on an endpoint of format %s", endpoint.format)
            answer = _failure("The sender failed unexpectedly; the log of the worker says how.", started)
        # The receiver works on it until it has answered, or we stop waiting: the next try counts from there.
        ended = now + timedelta(milliseconds=answer.duration_ms)
        result = Result(
            claimed=item,
            verdict=verdict or judge(answer, tries=item.tries, jitter=self._jitter(), now=ended),
            started_at=now,
            ended_at=ended,
            duration_ms=answer.duration_ms or _since(started),
            status_code=answer.status_code,
            error=_storable(answer.error)[:_ERROR_MAX] if answer.error else None,
            answer=answer.body if packed is None else packed.masked(answer.body),
            body=b"" if packed is None else packed.record,
        )
        noted = endpoint.last_success_at
        return DeliveryOutcome(result=result, was_failing=troubled, success_noted_at=noted, dropped=dropped)

    async def _packed(self, item: Claimed, endpoint: Endpoint, *, now: datetime) -> Packed:
        """Return what is sent, and what the attempt keeps of it."""
        if item.kind == MAIL_DUE:
            if self._mail_writer is None:
                raise NobodyWrites
            composed = await self._mail_writer.compose(item, now=now)
            return Packed(parcel=composed.parcel, record=composed.record)
        return pack(item, endpoint, keyring=self._keyring, renderers=self._renderers, now=now)

    async def _pause(self, stop: asyncio.Event) -> None:
        """Wait for a hint, the stop, or the next poll, whichever comes first."""
        timeout = self._settings.poll_busy_s if self._lanes.held else self._settings.poll_rest_s
        waits = [asyncio.create_task(self._wake.wait()), asyncio.create_task(stop.wait())]
        try:
            await asyncio.wait(waits, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _drain(self) -> None:
        unsent = self._lanes.drain()
        if self._sending:
            await asyncio.gather(*self._sending, return_exceptions=True)
        if unsent:
            with suppress(*_FAULTS):
                async with self._database.transaction() as connection:
                    await store.release(connection, unsent)


def _is_active(endpoints: Mapping[UUID, Endpoint], item: Claimed) -> bool:
    endpoint = endpoints.get(item.endpoint_id)
    return endpoint is not None and endpoint.status is EndpointStatus.ACTIVE


def _failure(error: str, started: float) -> ReceiverAnswer:
    return ReceiverAnswer(error=error, duration_ms=_since(started))


def _since(started: float) -> int:
    return int((time.monotonic() - started) * 1000)


def _storable(text: str) -> str:
    """Return what a receiver or a library said without what a text column cannot hold."""
    return "".join(symbol if symbol.isprintable() else " " for symbol in text)


def _merchant_of(outcome: DeliveryOutcome) -> UUID:
    return outcome.result.claimed.merchant_id


def _endpoint_keys(claimed: list[Claimed]) -> list[tuple[UUID, UUID]]:
    return list({(item.merchant_id, item.endpoint_id) for item in claimed})
