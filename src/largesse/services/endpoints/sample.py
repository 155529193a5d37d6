"""A sample order for trying an endpoint: plainly marked, complete, and never written anywhere."""

from datetime import datetime
from uuid import UUID

import msgspec

from largesse.kernel.clock import zone
from largesse.kernel.errors import Conflict
from largesse.kernel.ids import new_id
from largesse.kernel.sealing import Keyring
from largesse.outbox import EMAIL, Claimed, Endpoint, Packed, ReceiverAnswer, Sender, pack
from largesse.services.endpoints.formats import POSTED
from largesse.services.endpoints.kinds import EventKind

SAMPLE_HEADER = "largesse-sample"
_MARK = "SAMPLE, not an order"


class EndpointNotPosted(Conflict):
    """A sample order was to be posted to an endpoint that sends mail."""

    code = "endpoint.not_posted"
    message = (
        "This endpoint sends mail to people, and a sample order is for systems: nothing was sent. "
        "`largesse endpoint deliveries` shows its mails, and `largesse endpoint show` what the mail server said to one."
    )


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What was sent to an endpoint to try it, and what came back; key phrases are masked in `record` and `answer`."""

    packed: Packed
    answer: ReceiverAnswer


async def try_endpoint(
    endpoint: Endpoint, keyring: Keyring, sender: Sender, *, merchant_number: str, time_zone: str, now: datetime
) -> Trial:
    """Send a sample order to an endpoint, whatever its status, as a real one would be sent. Nothing is registered.

    Raises:
        EndpointNotPosted: it is mail.
    """
    if endpoint.format == EMAIL:
        raise EndpointNotPosted
    sample = _sample(endpoint, merchant_number, time_zone, now)
    packed = pack(sample, endpoint, keyring=keyring, renderers=POSTED, now=now)
    parcel = msgspec.structs.replace(packed.parcel, headers={**packed.parcel.headers, SAMPLE_HEADER: "true"})
    answer = await sender.send(parcel)
    answer = msgspec.structs.replace(answer, body=packed.masked(answer.body))
    return Trial(packed=msgspec.structs.replace(packed, parcel=parcel), answer=answer)


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
            "description": f"1 hr Massage Gift Certificate ({_MARK})",
            "refcode": None,
            "third_party_identifier": None,
            "good_through": None,
            "certificate_id": str(UUID(int=0)),
            "is_demo": True,
            "is_sample": True,
            "tax_kind": "sales_tax",
            "tax_country": "US",
            "tax_rate": "0.0556",
            "included_tax": "0.00",
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
