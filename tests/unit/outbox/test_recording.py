"""Since when an endpoint has been failing."""

from datetime import UTC, datetime, timedelta

from largesse.kernel.ids import new_id
from largesse.outbox import Claimed, DeliveryStatus
from largesse.outbox.recording import failing_since
from largesse.outbox.retries import Verdict
from largesse.outbox.store import Result

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def results(*received: bool) -> list[Result]:
    """One result a second, received or not."""
    made = []
    for place, good in enumerate(received):
        moment = NOW + timedelta(seconds=place)
        key = new_id(moment)
        claimed = Claimed(
            merchant_id=key,
            endpoint_id=key,
            event_id=key,
            tries=0,
            leased_until=moment,
            kind="order.issued",
            version=1,
            payload="{}",
            occurred_at=moment,
        )
        made.append(
            Result(
                claimed=claimed,
                verdict=Verdict(status=DeliveryStatus.DELIVERED if good else DeliveryStatus.PENDING),
                started_at=moment,
                ended_at=moment,
                duration_ms=0,
                status_code=200 if good else 500,
                error=None,
                answer=b"",
                body=b"",
            )
        )
    return made


def test_it_is_the_first_failure_after_the_last_success() -> None:
    assert failing_since(results(False, False, False)) == NOW
    assert failing_since(results(False, True, False, False)) == NOW + timedelta(seconds=2)
    assert failing_since(results(False, True)) is None
