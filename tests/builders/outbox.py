"""Events and endpoints for tests."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from largesse.adapters.keyring import FixedKeyring
from largesse.db import Connection
from largesse.domain.merchants import MerchantDraft
from largesse.domain.orders import OrderIssued
from largesse.kernel.conventions import English, SheetSize
from largesse.kernel.events import Event
from largesse.kernel.ids import new_id
from largesse.kernel.sealing import Keyring
from largesse.outbox import Endpoint, Reach
from largesse.services.endpoints import AddEndpoint, Format, add_endpoint, renderers
from largesse.services.merchants import open_merchant

LOOPBACK = Reach.of("127.0.0.0/8")
OWNER = "owner@merchant.example"

PAYLOAD: dict[str, dict[str, object]] = {
    "order": {
        "order_id": "018f4d3e-0000-7000-8000-000000000001",
        "order_number": "GL-7K2M9QXR4T",
        "channel": "retail",
        "placed_at": "2026-11-22T14:30:00Z",
        "issued_at": "2026-11-22T14:31:00Z",
        "local_timestamp": "2026-11-22 09:30:00",
        "currency": "USD",
        "amount": "100.00",
        "tip": "15.00",
        "discount": "10.00",
        "tax": "5.00",
        "total": "110.00",
        "class_of_value": "paid",
        "description": "1 hr Massage Instant Gift Certificate",
        "refcode": None,
        "third_party_identifier": None,
        "good_through": None,
        "certificate_id": "018f4d3e-0000-7000-8000-000000000002",
        "is_demo": False,
    },
    "merchant": {"number": "12345", "slug": "spa", "name": "Spa", "time_zone": "America/New_York"},
    "recipient": {"first_name": "Ada", "last_name": "Ærø & Søn", "email": "ada@recipient.example"},
    "gift": {"to": "Ada", "from": "Bo 🎁", "message": "Alles Gute = 100 %\nzum Geburtstag"},
    "billing": {
        "first_name": "Bo",
        "last_name": "Buyer",
        "email": "bo+gifts@buyer.example",
        "phone": "+12125550123",
        "address": "1 Main St",
        "address2": "",
        "city": "New York",
        "state": "NY",
        "zip": "10001",
        "country": "US",
    },
}


MAIL_FROM = "Largesse <gifts@example.com>"
RENDERERS = renderers(mail_from=MAIL_FROM)


def issued_facts(parts: Mapping[str, Mapping[str, object]]) -> OrderIssued:
    """Return what `order.issued` tells, with some of its parts changed."""
    payload = {name: {**part, **parts.get(name, {})} for name, part in PAYLOAD.items()}
    return msgspec.convert(payload, OrderIssued)


def a_keyring() -> FixedKeyring:
    """Return a keyring with one fresh key."""
    return FixedKeyring([secrets.token_bytes(32)])


def an_event(merchant_id: UUID, *, kind: str = "order.issued", now: datetime | None = None, number: int = 0) -> Event:
    """Return an event; an `order.issued` carries a whole order, numbered `number` in its description."""
    now = now or datetime.now(UTC)
    payload: object = {"number": number}
    if kind == "order.issued":
        order = {**PAYLOAD["order"], "description": f"Gift {number}"} if number else PAYLOAD["order"]
        payload = {**PAYLOAD, "order": order}
    return Event(
        merchant_id=merchant_id,
        event_id=new_id(now),
        kind=kind,
        occurred_at=now,
        payload=msgspec.json.encode(payload),
    )


async def a_merchant(connection: Connection, *, slug: str = "spa", prefix: str = "GL") -> UUID:
    """Create a merchant and return its id."""
    draft = MerchantDraft(
        english=English.BRITISH,
        paper=SheetSize.A4,
        slug=slug,
        number=slug[:11],
        prefix=prefix,
        name="Spa",
        currency="USD",
        time_zone="America/New_York",
        contact_email=OWNER,
    )
    return (await open_merchant(connection, draft, now=datetime.now(UTC))).merchant_id


async def an_endpoint(
    connection: Connection,
    keyring: Keyring,
    merchant_id: UUID,
    url: str,
    *,
    written: Format = Format.ORDER_FORM,
    events: Sequence[str] = (),
    ordered: bool = False,
) -> tuple[Endpoint, str]:
    """Add an endpoint and return it with its secret."""
    wanted = AddEndpoint(
        merchant_id=merchant_id,
        format=written,
        url=url,
        events=events,
        custom1="account 7",
        custom2="open sesame",
        ordered=ordered,
        notify=OWNER,
    )
    return await add_endpoint(connection, keyring, wanted, reach=LOOPBACK, now=datetime.now(UTC))
