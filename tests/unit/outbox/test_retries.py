"""What follows from an attempt."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.outbox import DeliveryStatus, ReceiverAnswer
from largesse.outbox.retries import SCHEDULE, judge

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
REFUSED = ReceiverAnswer(status_code=500, error="no")


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_any_2xx_is_a_success(status: int) -> None:
    assert judge(ReceiverAnswer(status_code=status), tries=3, jitter=1.0, now=NOW).status is DeliveryStatus.DELIVERED


@pytest.mark.parametrize("status", [100, 199, 301, 304, 400, 404, 429, 500, 503])
def test_anything_else_is_tried_again(status: int) -> None:
    answer = ReceiverAnswer(status_code=status, error="no")
    assert judge(answer, tries=0, jitter=0.0, now=NOW).status is DeliveryStatus.PENDING


@given(st.integers(0, 20), st.floats(0, 1))
def test_waits_follow_the_schedule_and_are_put_off_by_a_tenth_at_most(tries: int, jitter: float) -> None:
    verdict = judge(REFUSED, tries=tries, jitter=jitter, now=NOW)
    if tries >= len(SCHEDULE.waits):
        assert verdict.status is DeliveryStatus.FAILED
        assert verdict.next_attempt_at is None
        return
    assert verdict.next_attempt_at is not None
    wait = verdict.next_attempt_at - NOW
    assert SCHEDULE.waits[tries] <= wait <= SCHEDULE.waits[tries] * 1.1


@pytest.mark.parametrize(
    "asked, wait",
    [
        (1, timedelta(seconds=5)),
        (90, timedelta(seconds=90)),
        (10**9, timedelta(hours=24)),
    ],
)
def test_a_retry_after_puts_off_and_is_bounded_by_a_day(asked: int, wait: timedelta) -> None:
    answer = ReceiverAnswer(status_code=503, error="busy", retry_after_s=asked)
    assert judge(answer, tries=0, jitter=0.0, now=NOW).next_attempt_at == NOW + wait


def test_410_ends_it() -> None:
    verdict = judge(ReceiverAnswer(status_code=410, error="gone"), tries=0, jitter=0.0, now=NOW)
    assert (verdict.status, verdict.gone) == (DeliveryStatus.FAILED, True)
