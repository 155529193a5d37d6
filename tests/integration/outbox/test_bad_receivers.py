"""What becomes of a delivery when the receiver behaves badly."""

import asyncio
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from largesse.adapters.http_sender import HttpSender
from largesse.outbox import Attempt, DeliveryStatus, EndpointStatus, Parcel, Reach, ReceiverAnswer
from tests.builders.outbox import LOOPBACK
from tests.integration.outbox.conftest import Desk
from tests.support.receiver import Receiver


@pytest.mark.parametrize(
    "behaviour, status_code, said",
    [
        ("hang", None, "did not answer within 1 s"),
        ("drip", None, "did not answer within 1 s"),
        ("reset", None, "The connection failed"),
        ("redirect", 302, "a redirect, which is not followed"),
        ("fail", 500, "answered 500"),
    ],
)
async def test_a_failure_is_recorded_and_tried_again_in_five_seconds(
    desk: Desk, shared_receiver: Receiver, behaviour: str, status_code: int | None, said: str
) -> None:
    endpoint, _ = await desk.endpoint(shared_receiver.url(behaviour))
    (event,) = await desk.publish()

    async with HttpSender(reach=LOOPBACK, timeout_s=1.0 if behaviour in {"hang", "drip"} else 60.0) as http:
        await desk.relay(http=http).run_once(desk.now)

    delivery = await desk.delivery(endpoint, event)
    assert delivery.status is DeliveryStatus.PENDING
    (attempt,) = await desk.attempts(endpoint, event)
    assert delivery.next_attempt_at == _ended(attempt) + timedelta(seconds=5)
    assert attempt.status_code == status_code
    assert attempt.error is not None
    assert said in attempt.error
    assert attempt.body.startswith(b"giftcafe_vendornum=")


async def test_an_answer_of_5_mb_is_cut_at_2_kb_in_the_log_and_does_no_harm(
    desk: Desk, shared_receiver: Receiver
) -> None:
    endpoint, _ = await desk.endpoint(shared_receiver.url("big"))
    (event,) = await desk.publish()

    await desk.relay().run_once(desk.now)

    assert (await desk.delivery(endpoint, event)).status is DeliveryStatus.DELIVERED
    assert (await desk.attempts(endpoint, event))[0].answer == b"x" * 2048


async def test_nobody_listening_is_a_failure_that_says_so(desk: Desk) -> None:
    endpoint, _ = await desk.endpoint("http://127.0.0.1:1/")
    (event,) = await desk.publish()

    await desk.relay().run_once(desk.now)

    error = (await desk.attempts(endpoint, event))[0].error
    assert error is not None
    assert "connection failed" in error


async def test_a_receiver_that_asks_for_time_is_given_it(desk: Desk, shared_receiver: Receiver) -> None:
    endpoint, _ = await desk.endpoint(shared_receiver.url("busy"))
    (event,) = await desk.publish()

    await desk.relay().run_once(desk.now)

    (attempt,) = await desk.attempts(endpoint, event)
    assert (await desk.delivery(endpoint, event)).next_attempt_at == _ended(attempt) + timedelta(seconds=1200)


async def test_what_a_receiver_asks_for_counts_from_the_end_of_its_answer(
    desk: Desk, shared_receiver: Receiver
) -> None:
    endpoint, _ = await desk.endpoint(shared_receiver.url("says?status=503&wait=0.5&retry=12"))
    (event,) = await desk.publish()

    await desk.relay().run_once(desk.now)

    (attempt,) = await desk.attempts(endpoint, event)
    assert attempt.duration_ms >= 500
    assert (await desk.delivery(endpoint, event)).next_attempt_at == _ended(attempt) + timedelta(seconds=12)


async def test_a_receiver_that_names_a_moment_is_not_asked_before_it(desk: Desk, shared_receiver: Receiver) -> None:
    endpoint, _ = await desk.endpoint(shared_receiver.url("says?status=503&date=90.9"))
    moment = datetime.now(UTC) + timedelta(seconds=89)
    (event,) = await desk.publish()

    await desk.relay().run_once(datetime.now(UTC))

    assert (await desk.delivery(endpoint, event)).next_attempt_at >= moment


@pytest.mark.parametrize(
    "said",
    [
        "Fri, 31 Dec 99999 23:59:59 GMT",
        "Fri, 31 Dec 9999 23:59:59 -2359",
        "Mon, 01 Jan 0001 00:00:00 +2359",
        "Fri, 31 Feb 2027 00:00:00 GMT",
        "9" * 400,
        "soon",
    ],
)
@pytest.mark.parametrize("status, fate", [(200, DeliveryStatus.DELIVERED), (503, DeliveryStatus.PENDING)])
async def test_a_retry_after_that_no_calendar_has_changes_nothing(
    desk: Desk, shared_receiver: Receiver, status: int, fate: DeliveryStatus, said: str
) -> None:
    endpoint, _ = await desk.endpoint(shared_receiver.url(f"says?{urlencode({'status': status, 'retry': said})}"))
    (event,) = await desk.publish()

    await desk.relay().run_once(desk.now)

    delivery = await desk.delivery(endpoint, event)
    (attempt,) = await desk.attempts(endpoint, event)
    assert (delivery.status, attempt.status_code) == (fate, status)
    assert delivery.next_attempt_at <= _ended(attempt) + timedelta(days=1)


async def test_a_refusal_that_aborts_ends_one_delivery_and_not_its_endpoint(
    desk: Desk, shared_receiver: Receiver
) -> None:
    endpoint, _ = await desk.endpoint(shared_receiver.url("says?status=422&abort=1"))
    (event,) = await desk.publish()

    await desk.relay().run_once(desk.now)

    assert (await desk.delivery(endpoint, event)).status is DeliveryStatus.FAILED
    fresh = await desk.fresh(endpoint)
    assert (fresh.status, fresh.failing_since) == (EndpointStatus.ACTIVE, None)


async def test_a_receiver_that_is_gone_is_disabled_at_once(desk: Desk, shared_receiver: Receiver) -> None:
    endpoint, _ = await desk.endpoint(shared_receiver.url("gone"))
    (event,) = await desk.publish()

    await desk.relay().run_once(desk.now)
    later = await desk.publish()

    assert (await desk.fresh(endpoint)).status is EndpointStatus.DISABLED
    assert (await desk.delivery(endpoint, event)).status is DeliveryStatus.FAILED
    with pytest.raises(AssertionError):
        await desk.delivery(endpoint, later[0])


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "10.1.2.3", "169.254.169.254", "100.64.0.1", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "localhost"],
)
async def test_nothing_is_posted_into_our_own_network(host: str) -> None:
    async with HttpSender(timeout_s=60.0) as sender:
        answer = await sender.send(Parcel(url=f"https://{host}/", body=b"x"))

    assert answer.status_code is None
    assert answer.error is not None
    assert "not on the public internet" in answer.error


async def test_a_name_that_is_allowed_may_resolve_to_this_machine(shared_receiver: Receiver) -> None:
    async with HttpSender(reach=Reach.of("localhost"), timeout_s=60.0) as sender:
        url = f"http://localhost:{shared_receiver.port}/ok"
        answer = await sender.send(Parcel(url=url, body=b"", headers={"content-type": "text/plain"}))

    assert answer.received


async def test_a_proxy_in_the_environment_is_not_used(
    shared_receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    async with HttpSender(reach=LOOPBACK, timeout_s=60.0) as sender:
        parcel = Parcel(url=shared_receiver.url("ok"), body=b"", headers={"content-type": "text/plain"})
        assert (await sender.send(parcel)).received


async def test_many_hanging_posts_end_together(shared_receiver: Receiver) -> None:
    async with HttpSender(reach=LOOPBACK, timeout_s=0.5) as sender:
        parcel = Parcel(url=shared_receiver.url("hang"), body=b"", headers={"content-type": "text/plain"})
        begun, begun_at_first_end = 0, 0

        async def send() -> ReceiverAnswer:
            nonlocal begun, begun_at_first_end
            begun += 1
            answer = await sender.send(parcel)
            begun_at_first_end = begun_at_first_end or begun
            return answer

        answers = await asyncio.gather(*(send() for _ in range(40)))

    assert begun_at_first_end == 40
    assert {answer.error for answer in answers} == {"The receiver did not answer within 0.5 s."}


def _ended(attempt: Attempt) -> datetime:
    return attempt.started_at + timedelta(milliseconds=attempt.duration_ms)
