"""What follows from an attempt: done, again later, or given up. Pure (ARCHITECTURE §5)."""

from datetime import datetime, timedelta

import msgspec

from largesse.outbox.model import Answer, DeliveryStatus

# The wait before each attempt of a delivery, the first one at once.
SCHEDULE: tuple[timedelta, ...] = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
)
JITTER = 0.1
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


def judge(answer: Answer, *, tries: int, jitter: float, now: datetime) -> Verdict:
    """Return what follows from the attempt after `tries` earlier ones. `jitter`, 0 to 1, puts it off by up to a tenth.

    A Retry-After puts the next attempt off, never forward, and by a day at most.
    """
    if answer.received:
        return Verdict(status=DeliveryStatus.DELIVERED)
    if answer.refused:
        return Verdict(status=DeliveryStatus.FAILED, refused=True)
    if answer.status_code == GONE:
        return Verdict(status=DeliveryStatus.FAILED, gone=True)
    if tries + 1 >= len(SCHEDULE):
        return Verdict(status=DeliveryStatus.FAILED)
    wait = SCHEDULE[tries + 1] * (1 + JITTER * jitter)
    asked = min(timedelta(seconds=answer.retry_after_s or 0), RETRY_AFTER_MAX)
    return Verdict(status=DeliveryStatus.PENDING, next_attempt_at=now + max(wait, asked))
