"""A sample order for trying an endpoint: plainly marked, complete, and never written anywhere."""

from datetime import datetime
from uuid import UUID

import msgspec

from largesse.kernel.clock import zone
from largesse.kernel.ids import new_id
from largesse.kernel.sealing import Keyring
from largesse.outbox.catalogue import EventKind
from largesse.outbox.endpoints import open_secrets
from largesse.outbox.errors import EndpointNotPosted
from largesse.outbox.model import Answer, Claimed, Endpoint, Format, Parcel, Sender
from largesse.outbox.render import parcel_of

SAMPLE_HEADER = "largesse-sample"
_MARK = "SAMPLE, not an order"


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What was sent to an endpoint to try it, and what came back."""

    parcel: Parcel
    answer: Answer


async def try_endpoint(
    endpoint: Endpoint, keyring: Keyring, sender: Sender, *, merchant_number: str, time_zone: str, now: datetime
) -> Trial:
    """Send a sample order to an endpoint, whatever its status, as a real one would be sent. Nothing is registered.

    Raises:
        EndpointNotPosted: it is mail.
    """
    if endpoint.format is Format.EMAIL:
        raise EndpointNotPosted
    sample = _sample(endpoint, merchant_number, time_zone, now)
    secrets = open_secrets(keyring, endpoint, now=now)
    parcel = parcel_of(sample, endpoint, signing_secrets=secrets, mail_from="", now=now)
    marked = msgspec.structs.replace(parcel, headers={**parcel.headers, SAMPLE_HEADER: "true"})
    return Trial(parcel=marked, answer=await sender.send(marked))


def _sample(endpoint: Endpoint, merchant_number: str, time_zone: str, now: datetime) -> Claimed:
    payload = {
        "order": {
            "order_id": str(UUID(int=0)),
            "order_number": "SAMPLE-000001",
            "channel": "retail",
            "placed_at": now,
            "issued_at": now,
            "local_timestamp": now.astimezone(zone(time_zone)).strftime("%Y-%m-%d %H:%M:%S"),
            "currency": "USD",
            "amount": "100.00",
            "tip": "15.00",
            "discount": "10.00",
            "tax": "5.00",
            "total": "110.00",
            "class_of_value": "paid",
            "description": f"1 hr Massage Instant Gift Certificate ({_MARK})",
            "refcode": None,
            "third_party_identifier": None,
            "good_through": None,
            "certificate_id": str(UUID(int=0)),
            "is_demo": True,
            "is_sample": True,
        },
        "merchant": {"number": merchant_number, "slug": "sample", "name": _MARK, "time_zone": time_zone},
        "recipient": {"first_name": "Sample", "last_name": "Recipient", "email": "recipient@example.com"},
        "gift": {"to": "Sample recipient", "from": "Sample buyer", "message": f"{_MARK}: nothing was sold."},
        "billing": {
            "first_name": "Sample",
            "last_name": "Buyer",
            "email": "buyer@example.com",
            "phone": "+12025550123",
            "address": "1 Sample Street",
            "address2": "Suite 2",
            "city": "Sampleton",
            "state": "NY",
            "zip": "10001",
            "country": "US",
        },
    }
    return Claimed(
        merchant_id=endpoint.merchant_id,
        endpoint_id=endpoint.endpoint_id,
        event_id=new_id(now),
        tries=0,
        leased_until=now,
        kind=EventKind.ORDER_ISSUED,
        version=1,
        payload=msgspec.json.encode(payload).decode(),
        occurred_at=now,
    )
