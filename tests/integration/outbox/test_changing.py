"""Endpoints that are changed, resumed and removed while deliveries wait."""

import asyncio
from datetime import timedelta
from urllib.parse import parse_qs

import pytest

from largesse.domain import staff
from largesse.domain.orders import PhoneForm
from largesse.domain.staff import ByWhom
from largesse.outbox import (
    DeliveryStatus,
    Endpoint,
    EndpointInvalid,
    EndpointIsMail,
    EndpointNotFound,
    EndpointStatus,
    EndpointWaits,
    NewEndpoint,
    NothingAsked,
    Parcel,
    ReceiverAnswer,
    add_endpoint,
    admit_endpoint,
    decline_endpoint,
    list_endpoints,
    pause_endpoint,
    resend_failed,
    resume_endpoint,
    sendable,
)
from largesse.services.endpoints import ChangeEndpoint, Format, change_endpoint, remove_endpoint, reveal_phrases
from tests.builders.outbox import LOOPBACK
from tests.fakes.senders import KeepingSender
from tests.integration.outbox.conftest import Desk
from tests.support.receiver import Receiver

FAILING = KeepingSender(lambda _: ReceiverAnswer(status_code=500, error="The receiver answered 500."))


async def changed(desk: Desk, endpoint: Endpoint, change: ChangeEndpoint) -> Endpoint:
    """Change an endpoint as the operator does."""
    async with desk.database.transaction() as connection:
        return await change_endpoint(
            connection,
            desk.keyring,
            endpoint.endpoint_id,
            change,
            reach=LOOPBACK,
            by=ByWhom(actor="cli:ada"),
            now=desk.now,
        )


async def resumed(desk: Desk, endpoint: Endpoint) -> None:
    """Resume an endpoint."""
    async with desk.database.transaction() as connection:
        await resume_endpoint(connection, endpoint.endpoint_id, now=desk.now)


async def test_what_waits_goes_out_with_the_new_values(desk: Desk, receiver: Receiver) -> None:
    endpoint, _ = await desk.endpoint("https://old.example.com/?key=old")
    (event,) = await desk.publish()
    await desk.relay(http=FAILING).run_once(desk.now)

    change = ChangeEndpoint(
        url=receiver.url("ok/new") + "?key=new", custom1="other", custom2="", phone=PhoneForm.NATIONAL
    )
    anew = await changed(desk, endpoint, change)
    assert anew == await desk.fresh(endpoint)
    assert anew.failing_since is None, "it was another receiver that failed"
    await desk.relay().run_once(desk.now)

    (post,) = receiver.posts()
    assert post.path == "/ok/new?key=new"
    values = dict(post.fields or [])
    assert (values["custom1"], values["custom2"], values["billing_phone"]) == ("other", "", "212-555-0123")
    assert post.headers["webhook-id"] == str(event.event_id)
    async with desk.database.connection() as connection:
        [entry] = await staff.entries_about(connection, desk.merchant_id, str(endpoint.endpoint_id))
    assert (entry.action, entry.actor) == ("endpoint.changed", "cli:ada")
    assert entry.reason == "url, custom1, custom2, phone"


async def test_every_wrong_field_of_a_change_is_named_and_nothing_changes(desk: Desk) -> None:
    endpoint, _ = await desk.endpoint("https://example.com/", written=Format.JSON)
    with pytest.raises(EndpointInvalid) as refused:
        await changed(
            desk,
            endpoint,
            ChangeEndpoint(url="ftp://x/", events=["order.eaten"], custom1="x" * 56, phone=PhoneForm.NATIONAL),
        )
    assert [fault.field for fault in refused.value.fields] == ["url", "events", "custom1", "phone"]
    assert await desk.fresh(endpoint) == endpoint


async def test_ordering_that_is_changed_holds_for_what_waits(desk: Desk) -> None:
    endpoint, _ = await desk.endpoint("https://example.com/", ordered=True)
    await desk.publish(count=3)
    await changed(desk, endpoint, ChangeEndpoint(ordered=False))
    assert await desk.relay(http=FAILING).run_once(desk.now) == 3

    await changed(desk, endpoint, ChangeEndpoint(ordered=True))
    await resumed(desk, endpoint)
    assert await desk.relay(http=FAILING).run_once(desk.now) == 1


async def test_a_relay_that_runs_sends_what_it_has_in_hand_with_the_new_values(desk: Desk) -> None:
    endpoint, _ = await desk.endpoint("https://old.example.com/", ordered=True)
    gate, sent = asyncio.Event(), list[str]()

    class Slow(KeepingSender):
        async def send(self, parcel: Parcel) -> ReceiverAnswer:
            sent.append(parcel.url)
            if len(sent) == 1:
                await gate.wait()
            return ReceiverAnswer(status_code=200)

    relay, stop = desk.relay(http=Slow()), asyncio.Event()
    await desk.publish(count=2)
    running = asyncio.create_task(relay.run(stop))
    while not sent:
        await asyncio.sleep(0.01)
    await changed(desk, endpoint, ChangeEndpoint(url="https://new.example.com/"))
    gate.set()
    while len(sent) < 2:
        await asyncio.sleep(0.01)
    stop.set()
    await running

    assert sent == ["https://old.example.com/", "https://new.example.com/"]


async def test_who_is_resumed_gets_at_once_what_waited_for_a_retry(desk: Desk) -> None:
    endpoint, _ = await desk.endpoint("https://example.com/")
    await desk.publish(count=3)
    failing = desk.relay(http=FAILING)
    await failing.run_once(desk.now)
    await failing.run_once(desk.now + timedelta(seconds=6))
    async with desk.database.transaction() as connection:
        await pause_endpoint(connection, endpoint.endpoint_id)

    await resumed(desk, endpoint)

    assert await desk.relay(http=KeepingSender()).run_once(desk.now) == 3


async def test_an_ordered_endpoint_that_is_resumed_moves_on_from_its_head(desk: Desk) -> None:
    endpoint, _ = await desk.endpoint("https://example.com/", ordered=True)
    await desk.publish(count=3)
    await desk.relay(http=FAILING).run_once(desk.now)
    assert await desk.relay(http=KeepingSender()).run_once(desk.now) == 0

    await resumed(desk, endpoint)

    assert await desk.relay(http=KeepingSender()).run_once(desk.now) == 3


async def test_what_fails_again_while_it_runs_is_not_queued_twice(desk: Desk) -> None:
    endpoint, _ = await desk.endpoint("https://example.com/")
    refusing = desk.relay(http=KeepingSender(lambda _: ReceiverAnswer(status_code=422, error="no", refused=True)))
    await desk.publish(count=3)
    await refusing.run_once(desk.now)

    async def again() -> int:
        async with desk.database.transaction() as connection:
            since = desk.now - timedelta(days=1)
            return await resend_failed(connection, endpoint.endpoint_id, since=since, now=desk.now)

    queued = asyncio.create_task(again())
    while not queued.done():
        await refusing.run_once(desk.now + timedelta(seconds=1))

    assert await queued == 3


async def test_a_removed_endpoint_is_told_nothing_more_and_what_was_sent_is_still_there(
    desk: Desk, receiver: Receiver
) -> None:
    endpoint, secret = await desk.endpoint(receiver.url("ok") + "?key=phrase")
    (sent,) = await desk.publish()
    await desk.relay().run_once(desk.now)
    (waiting,) = await desk.publish(now=desk.now + timedelta(seconds=1))

    async with desk.database.transaction() as connection:
        await remove_endpoint(connection, endpoint.endpoint_id, by=ByWhom(actor="cli:ada"), now=desk.now)
    await desk.publish(now=desk.now + timedelta(seconds=2))

    assert await desk.relay().run_once(desk.now + timedelta(seconds=3)) == 0
    assert (await desk.delivery(endpoint, waiting)).status is DeliveryStatus.FAILED
    assert [one.status_code for one in await desk.attempts(endpoint, sent)] == [200]
    async with desk.database.transaction() as connection:
        assert endpoint.endpoint_id not in {one.endpoint_id for one in await list_endpoints(connection)}
        with pytest.raises(EndpointNotFound):
            await resume_endpoint(connection, endpoint.endpoint_id, now=desk.now)
        row = await connection.fetchrow("SELECT * FROM endpoints WHERE endpoint_id = $1", endpoint.endpoint_id)
    assert (await desk.fresh(endpoint)).status is EndpointStatus.REMOVED
    assert secret not in str(row)
    assert row is not None
    assert not any(row[name] for name in ("secret_cipher", "previous_cipher", "private_cipher"))


async def test_mail_cannot_be_changed_or_removed(desk: Desk) -> None:
    await desk.endpoint("https://example.com/")
    async with desk.database.connection() as connection:
        [notices] = [one for one in await list_endpoints(connection) if one.format == Format.EMAIL]
    with pytest.raises(EndpointIsMail):
        await changed(desk, notices, ChangeEndpoint(ordered=True))
    async with desk.database.transaction() as connection:
        with pytest.raises(EndpointIsMail):
            await remove_endpoint(connection, notices.endpoint_id, by=ByWhom(actor="cli:ada"), now=desk.now)


async def test_key_phrases_are_shown_to_who_gives_a_reason(desk: Desk) -> None:
    endpoint, _ = await desk.endpoint("https://example.com/?key=phrase")
    async with desk.database.transaction() as connection:
        found = await reveal_phrases(
            connection, desk.keyring, endpoint.endpoint_id, actor="cli:ada", reason="moving on", now=desk.now
        )
        [entry] = await staff.entries_about(connection, desk.merchant_id, str(endpoint.endpoint_id))
    assert (parse_qs(found.query), found.custom1, found.custom2) == (
        {"key": ["phrase"]},
        "account 7",
        "open sesame",
    )
    assert "sesame" not in repr(found)
    assert (entry.action, entry.reason) == ("endpoint.revealed", "moving on")


async def test_what_an_older_version_kept_in_clear_is_sealed_and_masked(desk: Desk) -> None:
    endpoint, _ = await desk.endpoint("https://example.com/")
    (event,) = await desk.publish()
    await desk.relay(http=KeepingSender()).run_once(desk.now)
    async with desk.database.transaction() as connection:
        await connection.execute(
            "UPDATE endpoints SET url = 'https://example.com/?key=phrase', custom1 = 'account 7', "
            "custom2 = 'open sesame', private_cipher = NULL, private_key_id = NULL WHERE format <> 'email'"
        )
        await connection.execute("UPDATE attempts SET body = convert_to('a=1&custom2=open+sesame', 'UTF8')")
    sender = KeepingSender()
    await desk.publish(now=desk.now + timedelta(seconds=1))
    await desk.relay(http=sender).run_once(desk.now + timedelta(seconds=1))
    assert b"open+sesame" in sender.parcels[0].body
    assert sender.parcels[0].url == "https://example.com/?key=phrase"

    await desk.seal()

    async with desk.database.connection() as connection:
        row = await connection.fetchrow("SELECT * FROM endpoints WHERE endpoint_id = $1", endpoint.endpoint_id)
    assert not any(phrase in str(row) for phrase in ("phrase", "account 7", "sesame"))
    assert [one.body for one in await desk.attempts(endpoint, event)] == [b"a=1&custom2=***"]
    await desk.publish(now=desk.now + timedelta(seconds=2))
    await desk.relay(http=sender).run_once(desk.now + timedelta(seconds=2))
    assert sender.parcels[1].url == "https://example.com/?key=phrase"
    assert b"open+sesame" in sender.parcels[1].body


async def test_what_waits_for_an_owners_word_is_told_nothing_and_the_word_counts_once(desk: Desk) -> None:
    endpoint, _ = await desk.endpoint("https://example.com/")
    new = NewEndpoint(
        merchant_id=endpoint.merchant_id,
        format=Format.JSON,
        url="https://new.example.com/",
        events=("order.issued",),
        asked_by="person:dev",
    )
    async with desk.database.transaction() as connection:
        waiting, _ = await add_endpoint(connection, desk.keyring, new, now=desk.now)
        for refused in (sendable, pause_endpoint):
            with pytest.raises(EndpointWaits):
                await refused(connection, waiting.endpoint_id)
        with pytest.raises(EndpointWaits):
            await resume_endpoint(connection, waiting.endpoint_id, now=desk.now)
    async with desk.database.transaction() as connection:
        admitted = await admit_endpoint(connection, desk.keyring, waiting.endpoint_id, now=desk.now)
        assert (admitted.status, admitted.asked) == (EndpointStatus.ACTIVE, None)
    for one in (waiting, endpoint):
        async with desk.database.transaction() as connection:
            with pytest.raises(NothingAsked):
                await admit_endpoint(connection, desk.keyring, one.endpoint_id, now=desk.now)
            with pytest.raises(NothingAsked):
                await decline_endpoint(connection, one.endpoint_id, now=desk.now)
