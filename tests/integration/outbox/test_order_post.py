"""The order post as an independent receiver sees it."""

import msgspec

from largesse.outbox import DeliveryStatus
from largesse.outbox.store import publish
from largesse.services.endpoints import Format
from tests.builders.outbox import an_event
from tests.integration.outbox.conftest import Desk
from tests.support.receiver import Receiver

NAMES = [
    "giftcafe_vendornum",
    "order_number",
    "order_timestamp",
    "recipient_first_name",
    "recipient_last_name",
    "recipient_email",
    "gift_description",
    "gift_to_message",
    "gift_from_message",
    "gift_message",
    "gift_amount",
    "gift_tip",
    "gift_discount",
    "gift_tax",
    "gift_total",
    "billing_first_name",
    "billing_last_name",
    "billing_email",
    "billing_phone",
    "billing_address",
    "billing_address2",
    "billing_city",
    "billing_state",
    "billing_zip",
    "custom1",
    "custom2",
]


async def test_an_issued_order_arrives_as_the_26_fields_signed(desk: Desk, receiver: Receiver) -> None:
    endpoint, secret = await desk.endpoint(receiver.url("ok"))
    receiver.trust(secret)
    event = an_event(desk.merchant_id, now=desk.now)
    async with desk.database.transaction() as connection:
        await publish(connection, [event])

    assert await desk.relay().run_once(desk.now) == 1

    (post,) = receiver.posts()
    assert post.verified == [True]
    assert post.fields is not None
    assert [name for name, _ in post.fields] == NAMES
    values = dict(post.fields)
    assert values["gift_message"] == "Alles Gute = 100 %\nzum Geburtstag"
    assert values["recipient_last_name"] == "Ærø & Søn"
    assert values["gift_from_message"] == "Bo 🎁"
    assert (values["gift_amount"], values["gift_tip"], values["gift_total"]) == ("100.00", "15.00", "110.00")
    assert values["order_timestamp"] == "2026-11-22 09:30:00"
    assert values["billing_phone"] == "+12125550123"
    assert values["billing_address2"] == ""
    assert (values["custom1"], values["custom2"]) == ("account 7", "open sesame")
    assert post.headers["content-type"] == "application/x-www-form-urlencoded; charset=UTF-8"
    assert post.headers["webhook-id"] == str(event.event_id)
    assert post.headers["user-agent"].startswith("Largesse/")

    delivery = await desk.delivery(endpoint, event)
    assert delivery.status is DeliveryStatus.DELIVERED
    (attempt,) = await desk.attempts(endpoint, event)
    hidden = post.body.replace(b"account+7", b"***").replace(b"open+sesame", b"***")
    assert attempt.body == hidden != post.body
    assert (attempt.status_code, attempt.answer, attempt.error) == (200, b"thank you", None)


async def test_a_json_webhook_carries_the_payload_to_the_byte(desk: Desk, receiver: Receiver) -> None:
    _, secret = await desk.endpoint(receiver.url("ok"), written=Format.JSON)
    receiver.trust(secret)
    event = an_event(desk.merchant_id, now=desk.now)
    async with desk.database.transaction() as connection:
        await publish(connection, [event])

    await desk.relay().run_once(desk.now)

    (post,) = receiver.posts()
    assert post.verified == [True]
    assert post.body.endswith(b',"data":' + event.payload + b"}")
    said = msgspec.json.decode(post.body)
    assert (said["id"], said["type"], said["version"]) == (str(event.event_id), "order.issued", 1)


async def test_each_endpoint_is_told_only_of_what_it_listens_to(desk: Desk, receiver: Receiver) -> None:
    await desk.endpoint(receiver.url("ok/form"))
    await desk.endpoint(receiver.url("ok/holds"), written=Format.JSON, events=("certificate.held",))
    await desk.publish(kind="order.issued")
    await desk.publish(kind="certificate.held")
    await desk.publish(kind="certificate.redeemed")

    assert await desk.relay().run_once(desk.now) == 2

    assert sorted(post.path for post in receiver.posts()) == ["/ok/form", "/ok/holds"]


async def test_an_event_published_twice_is_told_once(desk: Desk, receiver: Receiver) -> None:
    await desk.endpoint(receiver.url("ok"))
    event = an_event(desk.merchant_id, now=desk.now)
    for _ in range(2):
        async with desk.database.transaction() as connection:
            await publish(connection, [event])

    assert await desk.relay().run_once(desk.now) == 1


async def test_an_event_of_a_transaction_that_fails_is_never_told(desk: Desk, receiver: Receiver) -> None:
    await desk.endpoint(receiver.url("ok"))
    connection_context = desk.database.transaction()
    try:
        async with connection_context as connection:
            await publish(connection, [an_event(desk.merchant_id, now=desk.now)])
            raise _Undone
    except _Undone:
        pass

    assert await desk.relay().run_once(desk.now) == 0


async def test_many_events_share_one_connection_to_a_receiver(desk: Desk, receiver: Receiver) -> None:
    await desk.endpoint(receiver.url("ok"), ordered=True)
    await desk.publish(count=10)

    await desk.relay().run_once(desk.now)

    assert len({post.peer for post in receiver.posts()}) == 1


class _Undone(Exception):
    pass
