"""What cannot be recorded as it is: it counts as a try, and stops nobody else."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from largesse.db import Connection
from largesse.kernel.events import Event
from largesse.kernel.ids import new_id
from largesse.outbox import (
    Claimed,
    Composed,
    DeliveryStatus,
    Parcel,
    ReceiverAnswer,
    Relay,
    Settled,
    list_deliveries,
    list_endpoints,
    open_mail_endpoint,
    publish,
)
from tests.builders.outbox import RENDERERS
from tests.fakes.clock import StillClock
from tests.fakes.senders import KeepingSender
from tests.integration.outbox.conftest import Desk


class Poisoned:
    """A mail writer that chokes on what came of one mail. Conforms to `outbox.MailWriter`."""

    def __init__(self, bad: str) -> None:
        self.bad = bad
        self.noted = list[str]()

    async def compose(self, claimed: Claimed, *, now: datetime) -> Composed:
        """Return a mail that says what its event holds."""
        del now
        body = claimed.payload.encode()
        return Composed(parcel=Parcel(url="mailto:ada@example.com", body=body), record=b"")

    async def settle(self, connection: Connection, settled: Sequence[Settled]) -> None:
        """Note every mail, and break at the bad one."""
        await connection.fetchval("SELECT 1")
        if any(self.bad in one.claimed.payload for one in settled):
            raise KeyError(self.bad)
        self.noted += [one.claimed.payload for one in settled]


async def test_a_failure_of_ours_while_recording_counts_a_try_and_stops_no_other_mail(desk: Desk) -> None:
    moments = [desk.now + timedelta(milliseconds=place) for place in range(3)]
    mails = [
        Event(
            merchant_id=desk.merchant_id,
            event_id=new_id(moment),
            kind="mail.due",
            occurred_at=desk.now,
            payload=f'"{name}"'.encode(),
        )
        for moment, name in zip(moments, ("good", "bad", "fine"), strict=True)
    ]
    async with desk.database.transaction() as connection:
        await open_mail_endpoint(connection, desk.merchant_id, now=desk.now)
        await publish(connection, mails)
    mail, post = KeepingSender(), Poisoned("bad")
    relay = Relay(
        desk.database, desk.keyring, StillClock(desk.now), http=mail, mail=mail, renderers=RENDERERS, mail_writer=post
    )

    assert await relay.run_once(desk.now) == 3
    assert await relay.run_once(desk.now + timedelta(days=1)) == 0

    assert len(mail.parcels) == 3, "nobody got the same mail twice"
    assert sorted(post.noted) == ['"fine"', '"good"']
    async with desk.database.connection() as connection:
        [office] = await list_endpoints(connection, desk.merchant_id)
        found = await list_deliveries(connection, office)
    assert [(one.status, one.attempts) for one in found] == [(DeliveryStatus.DELIVERED, 1)] * 3


async def test_an_answer_that_no_column_holds_is_recorded_without_it(desk: Desk) -> None:
    endpoint, _ = await desk.endpoint("https://example.com/")
    (event,) = await desk.publish()
    sender = KeepingSender(lambda _: ReceiverAnswer(status_code=500, error="no\0 way \ud800", body=b"\0\xff"))

    assert await desk.relay(http=sender).run_once(desk.now) == 1

    delivery = await desk.delivery(endpoint, event)
    (attempt,) = await desk.attempts(endpoint, event)
    assert (delivery.attempts, delivery.status) == (1, DeliveryStatus.PENDING)
    assert (attempt.error, attempt.answer) == ("no  way  ", b"\0\xff")


async def test_an_answer_larger_than_its_column_counts_as_a_try_too(desk: Desk) -> None:
    endpoint, _ = await desk.endpoint("https://example.com/")
    (event,) = await desk.publish()
    sender = KeepingSender(lambda _: ReceiverAnswer(status_code=200, body=b"x" * 5000))

    assert await desk.relay(http=sender).run_once(desk.now) == 1

    (attempt,) = await desk.attempts(endpoint, event)
    assert (await desk.delivery(endpoint, event)).status is DeliveryStatus.DELIVERED
    assert (attempt.status_code, attempt.answer) == (200, b"")
    assert attempt.error is not None
    assert "could not be recorded" in attempt.error


async def test_an_endpoint_fails_since_the_first_failure_after_its_last_success(desk: Desk) -> None:
    endpoint, _ = await desk.endpoint("https://example.com/")
    await desk.publish(count=3)
    failing = desk.relay(http=KeepingSender(lambda _: ReceiverAnswer(status_code=500, error="no")))

    await failing.run_once(desk.now)
    first = (await desk.fresh(endpoint)).failing_since
    await failing.run_once(desk.now + timedelta(minutes=1))

    assert first == desk.now == (await desk.fresh(endpoint)).failing_since
