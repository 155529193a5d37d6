"""What follows from an attempt: done, again later, or given up. Pure (ARCHITECTURE §5)."""

from datetime import datetime, timedelta

import msgspec

from largesse.kernel.backoff import Backoff
from largesse.outbox.model import DeliveryStatus, ReceiverAnswer

# The first attempt is made at once.
SCHEDULE = Backoff(
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
    jitter=0.1,
)
RETRY_AFTER_MAX = timedelta(hours=24)
DISABLE_AFTER = timedelta(days=5)
GONE = 410


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a delivery; `next_attempt_at` while it is pending.

    `gone`: its endpoint wants no more. `refused`: its endpoint is in good health, and will never take this one.
    """

    status: DeliveryStatus
    next_attempt_at: datetime | None = None
    gone: bool = False
    refused: bool = False


def judge(answer: ReceiverAnswer, *, tries: int, jitter: float, now: datetime) -> Verdict:
    """Return what follows from the attempt after `tries` earlier ones, which ended at `now`.

    `jitter`, 0 to 1, puts the next attempt off by up to a tenth. A Retry-After puts it off too, never forward, and by a
    day at most.
    """
    if answer.received:
        return Verdict(status=DeliveryStatus.DELIVERED)
    if answer.refused:
        return Verdict(status=DeliveryStatus.FAILED, refused=True)
    if answer.status_code == GONE:
        return Verdict(status=DeliveryStatus.FAILED, gone=True)
    if SCHEDULE.exhausted(tries + 1):
        return Verdict(status=DeliveryStatus.FAILED)
    due = SCHEDULE.at(tries + 1, now=now, chance=jitter)
    latest = now + RETRY_AFTER_MAX
    asked = [now + timedelta(seconds=min(answer.retry_after_s or 0, RETRY_AFTER_MAX.total_seconds()))]
    if answer.retry_at is not None:
        asked.append(answer.retry_at)
    return Verdict(status=DeliveryStatus.PENDING, next_attempt_at=max(due, min(latest, max(asked))))
