"""Write down what came of many attempts at once: each delivery's fate, the attempt, and the endpoints' health."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db.connection import Connection
from largesse.kernel.events import Event
from largesse.kernel.ids import timed_id
from largesse.outbox import store
from largesse.outbox.catalogue import MAIL_DUE, EventKind
from largesse.outbox.model import DeliveryStatus, Endpoint
from largesse.outbox.payloads import EndpointDisabled
from largesse.outbox.post import Post, Settled
from largesse.outbox.retries import DISABLE_AFTER
from largesse.outbox.store import Result


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """One result, and whether its endpoint was failing before it: steady health is not written down again.

    `dropped`: a mail that was not wanted any more.
    """

    result: Result
    was_failing: bool
    dropped: bool = False


async def record(connection: Connection, outcomes: Sequence[Outcome], *, post: Post | None = None) -> list[None]:
    """Settle many attempts in the caller's transaction; who failed for five days, or is gone, is disabled and told of.

    `post` hears what came of mails to buyers and recipients.

    Running it again after a lost connection changes nothing that the first run did.
    """
    results = [outcome.result for outcome in outcomes]
    await store.settle(connection, sorted(results, key=_key))
    noteworthy = [outcome.result for outcome in outcomes if outcome.was_failing or not _healthy(outcome.result)]
    if noteworthy:
        await _note_health(connection, noteworthy)
    if post is not None and (settled := _settled_mails(outcomes)):
        await post.settle(connection, settled)
    return [None] * len(outcomes)


def _key(result: Result) -> tuple[UUID, UUID, UUID]:
    return result.claimed.merchant_id, result.claimed.endpoint_id, result.claimed.event_id


def _settled_mails(outcomes: Sequence[Outcome]) -> list[Settled]:
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


def _healthy(result: Result) -> bool:
    return result.verdict.status is DeliveryStatus.DELIVERED or result.verdict.refused


async def _note_health(connection: Connection, results: Sequence[Result]) -> None:
    lanes: dict[tuple[UUID, UUID], list[Result]] = {}
    for result in sorted(results, key=lambda each: each.started_at):
        lanes.setdefault((result.claimed.merchant_id, result.claimed.endpoint_id), []).append(result)
    keys = sorted(lanes)
    health = [(*key, _healthy(lanes[key][-1]), lanes[key][-1].started_at) for key in keys]
    succeeded = [key for key in keys if any(map(_healthy, lanes[key])) and not _healthy(lanes[key][-1])]
    if succeeded:  # a success among the failures: they count from the last one on
        await store.note_health(connection, [(*key, True, lanes[key][-1].started_at) for key in succeeded])
    await store.note_health(connection, health)
    failed = [key for key in keys if not _healthy(lanes[key][-1])]
    if failed:
        rows = [(*key, any(result.verdict.gone for result in lanes[key])) for key in failed]
        await _disable(connection, rows, now=max(result.started_at for result in results))


async def _disable(connection: Connection, rows: Sequence[tuple[UUID, UUID, bool]], *, now: datetime) -> None:
    disabled = await store.disable_failing(connection, rows, failing_before=now - DISABLE_AFTER)
    await store.publish(connection, [disabled_event(endpoint, now=now) for endpoint in disabled])


def disabled_event(endpoint: Endpoint, *, now: datetime) -> Event:
    """Return the event that tells that an endpoint was disabled. Pure."""
    payload = EndpointDisabled(
        endpoint_id=endpoint.endpoint_id,
        format=endpoint.format,
        address=endpoint.address,
        reason=endpoint.status_reason or "",
        failing_since=endpoint.failing_since,
        disabled_at=now,
    )
    return Event(
        merchant_id=endpoint.merchant_id,
        event_id=timed_id(now, "endpoint.disabled", endpoint.endpoint_id),
        kind=EventKind.ENDPOINT_DISABLED,
        occurred_at=now,
        payload=msgspec.json.encode(payload),
    )
