"""Write down what came of many attempts at once: each delivery's fate, the attempt, and the endpoints' health."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from largesse.db.connection import Connection
from largesse.kernel.events import Event
from largesse.kernel.ids import timed_id
from largesse.outbox import store
from largesse.outbox.mail_writer import MailWriter, Settled
from largesse.outbox.model import ENDPOINT_DISABLED, MAIL_DUE, DeliveryStatus, Endpoint
from largesse.outbox.retries import DISABLE_AFTER
from largesse.outbox.store import Result

NOTED_EVERY = timedelta(minutes=1)
"""How often the success of an endpoint in steady health is written down."""
UNRECORDED = "What came of this attempt could not be recorded as it was; the log of the worker says why."


class EndpointDisabled(msgspec.Struct, frozen=True, kw_only=True):
    """Payload of `endpoint.disabled`, version 1. `address` is the URL without its query, which may hold a secret."""

    endpoint_id: UUID
    format: str
    address: str
    reason: str
    failing_since: datetime | None
    disabled_at: datetime


class DeliveryOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """One result, and whether its endpoint was failing before it: steady health is not written down again.

    `success_noted_at` is when its endpoint was last known to have taken something.

    `dropped`: a mail that was not wanted any more. `alone`: recording it with all that follows has failed, so only the
    attempt and its fate are written.
    """

    result: Result
    was_failing: bool
    success_noted_at: datetime | None = None
    dropped: bool = False
    alone: bool = False

    def by_itself(self) -> "DeliveryOutcome":
        """Return what can be recorded whatever is wrong with what follows from it."""
        return msgspec.structs.replace(self, alone=True)

    def unreadable(self) -> "DeliveryOutcome":
        """Return the same attempt with nothing of what was sent and said: some of it cannot be stored."""
        bare = msgspec.structs.replace(
            self.result, error=UNRECORDED, answer=b"", body=b"", status_code=self.result.status_code
        )
        return msgspec.structs.replace(self, result=bare, alone=True)


async def record(
    connection: Connection, outcomes: Sequence[DeliveryOutcome], *, mail_writer: MailWriter | None = None
) -> list[None]:
    """Settle many attempts in the caller's transaction; who failed for five days, or is gone, is disabled and told of.

    `mail_writer` hears what came of mails to buyers and recipients.

    Running it again after a lost connection changes nothing that the first run did.
    """
    results = [outcome.result for outcome in outcomes]
    await store.settle(connection, sorted(results, key=_key))
    noteworthy = [outcome.result for outcome in outcomes if outcome.was_failing or not _healthy(outcome.result)]
    if noteworthy:
        await _note_health(connection, noteworthy)
    if taken := _successes(outcomes):
        await store.note_success(connection, taken)
    if mail_writer is not None and (settled := _settled_mails([one for one in outcomes if not one.alone])):
        await mail_writer.settle(connection, settled)
    return [None] * len(outcomes)


def _key(result: Result) -> tuple[UUID, UUID, UUID]:
    return result.claimed.merchant_id, result.claimed.endpoint_id, result.claimed.event_id


def _settled_mails(outcomes: Sequence[DeliveryOutcome]) -> list[Settled]:
    final = (one for one in outcomes if one.result.verdict.status is not DeliveryStatus.PENDING)
    return [
        Settled(
            claimed=one.result.claimed,
            status=one.result.verdict.status,
            refused=one.result.verdict.refused,
            dropped=one.dropped,
            at=one.result.started_at,
        )
        for one in sorted(final, key=lambda each: _key(each.result))
        if one.result.claimed.kind == MAIL_DUE
    ]


def _successes(outcomes: Sequence[DeliveryOutcome]) -> list[tuple[UUID, UUID, datetime]]:
    """Return which endpoints took something, and when, that were not known to have done so within a minute before."""
    latest: dict[tuple[UUID, UUID], datetime] = {}
    for one in outcomes:
        at, known = one.result.ended_at, one.success_noted_at
        if one.result.verdict.status is DeliveryStatus.DELIVERED and (known is None or at - known >= NOTED_EVERY):
            key = one.result.claimed.merchant_id, one.result.claimed.endpoint_id
            latest[key] = max(at, latest.get(key, at))
    return [(*key, at) for key, at in sorted(latest.items())]


def _healthy(result: Result) -> bool:
    return result.verdict.status is DeliveryStatus.DELIVERED or result.verdict.refused


async def _note_health(connection: Connection, results: Sequence[Result]) -> None:
    lanes: dict[tuple[UUID, UUID], list[Result]] = {}
    for result in sorted(results, key=lambda each: each.started_at):
        lanes.setdefault((result.claimed.merchant_id, result.claimed.endpoint_id), []).append(result)
    keys = sorted(lanes)
    succeeded = [key for key in keys if any(map(_healthy, lanes[key]))]
    if succeeded:
        await store.note_health(connection, [(*key, True, lanes[key][-1].started_at) for key in succeeded])
    failing = [(key, failing_since(lanes[key])) for key in keys]
    failed = [(*key, False, since) for key, since in failing if since is not None]
    if failed:
        await store.note_health(connection, failed)
        rows = [(*row[:2], any(result.verdict.gone for result in lanes[row[:2]])) for row in failed]
        await _disable(connection, rows, now=max(result.started_at for result in results))


def failing_since(results: Sequence[Result]) -> datetime | None:
    """Return when the first failure after the last success began; None when the last attempt succeeded."""
    since = None
    for result in results:
        since = None if _healthy(result) else since or result.started_at
    return since


async def _disable(connection: Connection, rows: Sequence[tuple[UUID, UUID, bool]], *, now: datetime) -> None:
    disabled = await store.disable_failing(connection, rows, failing_before=now - DISABLE_AFTER)
    await store.publish(connection, [disabled_event(endpoint, now=now) for endpoint in disabled])


def disabled_event(endpoint: Endpoint, *, now: datetime) -> Event:
    """Return the event that tells that an endpoint was disabled. Pure."""
    payload = EndpointDisabled(
        endpoint_id=endpoint.endpoint_id,
        format=endpoint.format,
        address=endpoint.url,
        reason=endpoint.status_reason or "",
        failing_since=endpoint.failing_since,
        disabled_at=now,
    )
    return Event(
        merchant_id=endpoint.merchant_id,
        event_id=timed_id(now, ENDPOINT_DISABLED, endpoint.endpoint_id),
        kind=ENDPOINT_DISABLED,
        occurred_at=now,
        payload=msgspec.json.encode(payload),
    )
