"""What endpoints keep to themselves, and the words for events."""

from datetime import UTC, datetime
from uuid import UUID

from standardwebhooks import Webhook

from largesse.domain.gifts import DELIVERED, DELIVERY_FAILED
from largesse.domain.orders.events import ORDER_ISSUED
from largesse.domain.payments.events import PAYMENT_RETURNED, REFUND_FAILED
from largesse.kernel.sealing import Sealed
from largesse.ledger.events import EVENT_KINDS
from largesse.outbox import Endpoint, Parcel
from largesse.outbox.signing import new_secret, signed_headers
from largesse.services.endpoints import EventKind, Format


def test_neither_key_phrases_nor_secrets_show_in_a_repr() -> None:
    endpoint = Endpoint(
        merchant_id=UUID(int=1),
        endpoint_id=UUID(int=2),
        format=Format.JSON,
        url="https://example.com/orders",
        events=("order.issued",),
        private=Sealed("key", b"phrase"),
        secret=Sealed("key", b"phrase"),
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    parcel = Parcel(url=endpoint.url + "?key=phrase", body=b"phrase", headers={"webhook-signature": "phrase"})

    assert "phrase" not in repr(endpoint) + repr(parcel)
    assert "https://example.com/orders" in repr(endpoint)


def test_every_kind_of_event_says_when_it_happens() -> None:
    assert all(kind.description.endswith(".") for kind in EventKind)


def test_every_event_that_is_emitted_is_in_the_catalogue() -> None:
    of_gifts, of_money = {DELIVERED, DELIVERY_FAILED}, {PAYMENT_RETURNED, REFUND_FAILED}
    assert {*EVENT_KINDS.values(), ORDER_ISSUED, *of_gifts, *of_money} <= set(EventKind)


def test_each_of_two_secrets_verifies_alone() -> None:
    old, new = new_secret(), new_secret()
    body = '{"name": "Ærø"}'.encode()
    headers = signed_headers(body, message_id="id", signing_secrets=(new, old), now=datetime.now(UTC))

    for secret in (old, new):
        assert Webhook(secret).verify(body, headers) == {"name": "Ærø"}
    assert len({old, new}) == 2
    assert len(headers["webhook-signature"].split(" ")) == 2
