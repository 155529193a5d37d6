"""The relay over time: retries, order, fairness, leases, pausing, sending again. Time is passed in."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from largesse.kernel.clock import SystemClock
from largesse.outbox import (
    DeliveryStatus,
    EndpointNotActive,
    EndpointStatus,
    Notifier,
    Parcel,
    ReceiverAnswer,
    Relay,
    RelaySettings,
    disable_endpoint,
    list_deliveries,
    oldest_due,
    open_secrets,
    pause_endpoint,
    publish,
    resend,
    resend_failed,
    resume_endpoint,
    rotate_secret,
)
from largesse.outbox.store import claim
from largesse.services.endpoints import Format
from tests.builders.outbox import RENDERERS, an_event
from tests.fakes.senders import KeepingSender
from tests.integration.outbox.conftest import Desk
from tests.support.receiver import Receiver

WAITS = [
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
]


def failing(parcel: Parcel) -> ReceiverAnswer:
    return ReceiverAnswer(status_code=500, error=f"The receiver answered 500 to {len(parcel.body)} bytes.")


async def test_a_delivery_is_tried_ten_times_over_three_days_and_then_given_up(desk: Desk) -> None:
    endpoint, _ = await desk.endpoint("https://example.com/")
    (event,) = await desk.publish()
    relay, now = desk.relay(http=KeepingSender(failing)), desk.now

    for wait in WAITS:
        assert await relay.run_once(now) == 1
        assert await relay.run_once(now + wait - timedelta(seconds=1)) == 0
        now += wait
    assert await relay.run_once(now) == 1

    delivery = await desk.delivery(endpoint, event)
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.FAILED, 10)
    attempts = await desk.attempts(endpoint, event)
    assert [attempt.attempt for attempt in attempts] == list(range(1, 11))
    assert await relay.run_once(now + timedelta(days=9)) == 0


async def test_the_id_stays_the_same_however_often_an_event_is_sent(desk: Desk) -> None:
    await desk.endpoint("https://example.com/")
    (event,) = await desk.publish()
    sender = KeepingSender(failing)
    relay = desk.relay(http=sender)

    await relay.run_once(desk.now)
    await relay.run_once(desk.now + timedelta(minutes=1))

    assert [parcel.headers["webhook-id"] for parcel in sender.parcels] == [str(event.event_id)] * 2
    first, second = (parcel.headers["webhook-signature"] for parcel in sender.parcels)
    assert first != second


async def test_an_ordered_endpoint_gets_one_at_a_time_oldest_first_across_a_failure(desk: Desk) -> None:
    await desk.endpoint("https://example.com/in-order", ordered=True)
    events = await desk.publish(count=5)
    events += await desk.publish(count=5)
    calls, busy = 0, 0

    class Slow(KeepingSender):
        async def send(self, parcel: Parcel) -> ReceiverAnswer:
            nonlocal busy
            busy += 1
            assert busy == 1
            await asyncio.sleep(0)
            busy -= 1
            return await super().send(parcel)

    def third_fails(parcel: Parcel) -> ReceiverAnswer:
        nonlocal calls
        calls += 1
        return failing(parcel) if calls == 3 else ReceiverAnswer(status_code=200)

    sender = Slow(third_fails)
    relay = desk.relay(http=sender)

    assert await relay.run_once(desk.now) == 3
    assert await relay.run_once(desk.now + timedelta(seconds=4)) == 0
    assert await relay.run_once(desk.now + timedelta(seconds=5)) == 8

    expected = [str(event.event_id) for event in events]
    expected.insert(3, expected[2])
    assert [parcel.headers["webhook-id"] for parcel in sender.parcels] == expected


async def test_a_failing_head_blocks_only_its_own_endpoint(desk: Desk) -> None:
    await desk.endpoint("https://example.com/fail", ordered=True)
    await desk.endpoint("https://example.com/ok", ordered=True)
    await desk.publish(count=4)
    sender = KeepingSender(lambda parcel: failing(parcel) if "fail" in parcel.url else ReceiverAnswer(status_code=200))

    await desk.relay(http=sender).run_once(desk.now)

    names = sorted(parcel.url.rpartition("/")[2] for parcel in sender.parcels)
    assert names == ["fail", "ok", "ok", "ok", "ok"]


async def test_two_relays_never_take_the_same_delivery_nor_disturb_the_order(desk: Desk) -> None:
    await desk.endpoint("https://example.com/in-order", ordered=True)
    await desk.endpoint("https://example.com/any")
    events = await desk.publish(count=40)
    sender = KeepingSender()

    await asyncio.gather(*(desk.relay(http=sender).run_once(desk.now) for _ in range(3)))
    await desk.relay(http=sender).run_once(desk.now)

    ids = [str(event.event_id) for event in events]
    assert [p.headers["webhook-id"] for p in sender.parcels if "in-order" in p.url] == ids
    assert sorted(p.headers["webhook-id"] for p in sender.parcels if "any" in p.url) == sorted(ids)


async def test_an_endpoint_with_thousands_waiting_does_not_delay_another(desk: Desk) -> None:
    busy, _ = await desk.endpoint("https://example.com/busy")
    await desk.publish(count=3000)
    other, _ = await desk.endpoint("https://example.com/other", written=Format.JSON, events=("invoice.paid",))
    (event,) = await desk.publish(kind="invoice.paid", now=desk.now + timedelta(seconds=1))

    async with desk.database.transaction() as connection:
        claimed = await claim(
            connection,
            desk.merchant_id,
            now=desk.now + timedelta(seconds=2),
            lease_end=desk.now + timedelta(minutes=1),
            limit=100,
            per_endpoint=60,
            per_failing_endpoint=2,
            failing_after=timedelta(seconds=2),
            held={},
            since=UUID(int=0),
        )

    of_busy = [item for item in claimed if item.endpoint_id == busy.endpoint_id]
    assert len(of_busy) == 50
    assert [item.event_id for item in claimed if item.endpoint_id == other.endpoint_id] == [event.event_id]


async def test_a_relay_sends_to_others_while_one_receiver_hangs(desk: Desk) -> None:
    await desk.endpoint("https://example.com/hang")
    await desk.endpoint("https://example.com/ok", written=Format.JSON)
    arrived = asyncio.Event()

    class Hanging(KeepingSender):
        async def send(self, parcel: Parcel) -> ReceiverAnswer:
            if "hang" in parcel.url:
                await arrived.wait()
                return failing(parcel)
            answer = await super().send(parcel)
            if len(self.parcels) == 300:
                arrived.set()
            return answer

    await desk.publish(count=300)
    stop, sender = asyncio.Event(), Hanging()
    running = asyncio.create_task(desk.relay(http=sender).run(stop))
    await asyncio.wait_for(arrived.wait(), 100)
    stop.set()
    await running

    assert len(sender.parcels) == 300


async def test_what_a_relay_held_when_it_was_killed_is_taken_over_after_its_lease(desk: Desk) -> None:
    endpoint, _ = await desk.endpoint("https://example.com/")
    (event,) = await desk.publish()

    class Dying(KeepingSender):
        async def send(self, parcel: Parcel) -> ReceiverAnswer:
            await super().send(parcel)
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await desk.relay(http=Dying()).run_once(desk.now)

    sender = KeepingSender()
    relay = desk.relay(http=sender)
    assert await relay.run_once(desk.now + timedelta(seconds=60)) == 0
    assert await relay.run_once(desk.now + timedelta(seconds=121)) == 1
    assert (await desk.delivery(endpoint, event)).status is DeliveryStatus.DELIVERED


async def test_deliveries_of_a_paused_endpoint_wait_until_it_is_resumed(desk: Desk) -> None:
    endpoint, _ = await desk.endpoint("https://example.com/")
    async with desk.database.transaction() as connection:
        await pause_endpoint(connection, endpoint.endpoint_id)
    await desk.publish(count=3)

    assert await desk.relay().run_once(desk.now) == 0
    async with desk.database.transaction() as connection:
        assert await oldest_due(connection, now=desk.now) is None
        await resume_endpoint(connection, endpoint.endpoint_id, now=desk.now)
        assert await oldest_due(connection, now=desk.now) == desk.now
    assert await desk.relay(http=KeepingSender()).run_once(desk.now) == 3


async def test_while_a_secret_is_rotated_both_sign_and_then_only_the_new_one(desk: Desk, receiver: Receiver) -> None:
    endpoint, old = await desk.endpoint(receiver.url("ok"))
    async with desk.database.transaction() as connection:
        new = await rotate_secret(connection, desk.keyring, endpoint.endpoint_id, now=desk.now)
    receiver.trust(old)
    receiver.trust(new)
    await desk.publish()
    await desk.relay().run_once(desk.now)

    assert receiver.posts()[0].verified == [True, True]
    fresh = await desk.fresh(endpoint)
    assert open_secrets(desk.keyring, fresh, now=desk.now + timedelta(hours=23)) == (new, old)
    assert open_secrets(desk.keyring, fresh, now=desk.now + timedelta(hours=24)) == (new,)
    assert new not in repr(fresh)


async def test_one_delivery_is_sent_again_with_a_fresh_schedule(desk: Desk) -> None:
    endpoint, _ = await desk.endpoint("https://example.com/")
    (event,) = await desk.publish()
    sender = KeepingSender()
    relay = desk.relay(http=sender)
    await relay.run_once(desk.now)

    async with desk.database.transaction() as connection:
        await resend(connection, endpoint.endpoint_id, event.event_id, now=desk.now)
    assert await relay.run_once(desk.now) == 1

    assert sender.parcels[0].body == sender.parcels[1].body
    assert [attempt.attempt for attempt in await desk.attempts(endpoint, event)] == [1, 2]


async def test_all_that_failed_since_a_moment_is_sent_again(desk: Desk) -> None:
    endpoint, _ = await desk.endpoint("https://example.com/")
    gone = desk.relay(http=KeepingSender(lambda _: ReceiverAnswer(status_code=410, error="The receiver answered 410.")))
    early = desk.now - timedelta(hours=2)
    await desk.publish(now=early)
    await gone.run_once(early)
    async with desk.database.transaction() as connection:
        await resume_endpoint(connection, endpoint.endpoint_id, now=desk.now)
    await desk.publish(count=3)
    await gone.run_once(desk.now)

    async with desk.database.transaction() as connection:
        with pytest.raises(EndpointNotActive):
            await resend_failed(connection, endpoint.endpoint_id, since=early, now=desk.now)
        await resume_endpoint(connection, endpoint.endpoint_id, now=desk.now)
    since = desk.now - timedelta(hours=1)
    async with desk.database.transaction() as connection:
        assert await resend_failed(connection, endpoint.endpoint_id, since=since, now=desk.now) == 3
    assert await desk.relay(http=KeepingSender()).run_once(desk.now) == 3

    async with desk.database.connection() as connection:
        left = await list_deliveries(connection, endpoint, status=DeliveryStatus.FAILED)
    assert len(left) == 1


async def test_who_is_resumed_is_told_of_in_good_health(desk: Desk) -> None:
    endpoint, _ = await desk.endpoint("https://example.com/")
    await desk.publish()
    await desk.relay(http=KeepingSender(lambda _: ReceiverAnswer(status_code=410))).run_once(desk.now)
    assert (await desk.fresh(endpoint)).failing_since is not None

    async with desk.database.transaction() as connection:
        resumed = await resume_endpoint(connection, endpoint.endpoint_id, now=desk.now)

    assert resumed == await desk.fresh(endpoint)
    assert resumed.failing_since is None


async def test_deliveries_are_listed_newest_first_page_by_page(desk: Desk) -> None:
    endpoint, _ = await desk.endpoint("https://example.com/")
    for minute in range(5):
        await desk.publish(now=desk.now + timedelta(minutes=minute))

    async with desk.database.connection() as connection:
        first = await list_deliveries(connection, endpoint, limit=3)
        rest = await list_deliveries(connection, endpoint, before=first[-1].event_id, limit=3)

    moments = [delivery.occurred_at for delivery in first + rest]
    assert moments == sorted(moments, reverse=True)
    assert len(moments) == 5


async def test_a_disabled_endpoint_is_told_nothing_more(desk: Desk) -> None:
    endpoint, _ = await desk.endpoint("https://example.com/")
    async with desk.database.transaction() as connection:
        await disable_endpoint(connection, endpoint.endpoint_id, reason="The merchant left.")
    await desk.publish()

    async with desk.database.connection() as connection:
        assert await list_deliveries(connection, endpoint) == []
    assert (await desk.fresh(endpoint)).status is EndpointStatus.DISABLED


async def test_an_event_that_no_form_fits_fails_for_good_and_says_why(desk: Desk) -> None:
    endpoint, _ = await desk.endpoint("https://example.com/")
    event = an_event(desk.merchant_id, now=desk.now, kind="order.issued")
    broken = type(event)(
        merchant_id=event.merchant_id,
        event_id=event.event_id,
        kind=event.kind,
        occurred_at=event.occurred_at,
        payload=b'{"order":{}}',
    )
    async with desk.database.transaction() as connection:
        await publish(connection, [broken])

    await desk.relay().run_once(desk.now)

    assert (await desk.delivery(endpoint, event)).status is DeliveryStatus.FAILED
    error = (await desk.attempts(endpoint, event))[0].error
    assert error is not None
    assert "cannot be written" in error


@pytest.mark.own_session
async def test_a_hint_brings_an_event_to_its_receiver_long_before_the_next_poll(desk: Desk) -> None:
    await desk.endpoint("https://example.com/")
    sender, stop = KeepingSender(), asyncio.Event()
    settings = RelaySettings(poll_rest_s=3600.0, poll_busy_s=3600.0)
    running = asyncio.create_task(desk.relay(http=sender, settings=settings).run(stop))
    async with Notifier(desk.database) as notifier:
        for expected in range(1, 4):
            await asyncio.sleep(0.05)
            await desk.publish()
            notifier.hint()
            async with asyncio.timeout(100):
                while len(sender.parcels) < expected:
                    await asyncio.sleep(0.005)
    stop.set()
    await running


async def test_without_any_hint_polling_finds_what_is_due(desk: Desk) -> None:
    await desk.endpoint("https://example.com/")
    await desk.publish()
    sender, stop = KeepingSender(), asyncio.Event()
    relay = Relay(desk.database, desk.keyring, SystemClock(), http=sender, mail=sender, renderers=RENDERERS)
    running = asyncio.create_task(relay.run(stop))
    async with asyncio.timeout(100):
        while not sender.parcels:
            await asyncio.sleep(0.01)
    stop.set()
    await running


async def test_a_relay_that_stops_gives_back_what_it_has_not_sent(desk: Desk) -> None:
    await desk.endpoint("https://example.com/")
    await desk.publish(count=200)
    stop = asyncio.Event()

    class Stopping(KeepingSender):
        async def send(self, parcel: Parcel) -> ReceiverAnswer:
            stop.set()
            return await super().send(parcel)

    sender = Stopping()
    await desk.relay(http=sender).run(stop)

    rest = KeepingSender()
    assert await desk.relay(http=rest).run_once(desk.now + timedelta(seconds=30)) == 200 - len(sender.parcels)
    assert 0 < len(sender.parcels) < 200


async def test_a_receiver_that_answers_429_is_asked_for_two_at_a_time(desk: Desk) -> None:
    await desk.endpoint("https://example.com/")
    await desk.publish(count=100)
    stop, busy, most = asyncio.Event(), 0, list[int]()

    class Crowded(KeepingSender):
        async def send(self, parcel: Parcel) -> ReceiverAnswer:
            nonlocal busy
            busy += 1
            most.append(busy)
            await asyncio.sleep(0)
            busy -= 1
            if len(most) >= 80:
                stop.set()
            await super().send(parcel)
            return ReceiverAnswer(status_code=429, error="The receiver answered 429.")

    await desk.relay(http=Crowded(), settings=RelaySettings(failing_pause_s=0)).run(stop)

    assert max(most[:64]) > 2, "at first it is not known"
    assert max(most[66:]) <= 2
