"""From a frozen event to the exact bytes that leave. Pure: the same event, endpoint and moment give the same parcel."""

from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from largesse.kernel.errors import LargesseError
from largesse.outbox.catalogue import EventKind
from largesse.outbox.model import Claimed, Endpoint, Format, Parcel
from largesse.outbox.payloads import EndpointDisabled, OrderIssued, PaymentReturned, RefundFailed
from largesse.outbox.signing import signed_headers
from largesse.wire.form import CONTENT_TYPE, encode_order_form, form_amount, form_phone

JSON_TYPE = "application/json"
MAIL_SCHEME = "mailto:"

_ORDER = msgspec.json.Decoder(OrderIssued)
_TEMPLATES = Environment(
    loader=PackageLoader(__package__, "templates"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    keep_trailing_newline=True,
)


_NOTICES: dict[str, tuple[type[msgspec.Struct], str, str]] = {
    EventKind.ENDPOINT_DISABLED: (
        EndpointDisabled,
        "endpoint_disabled",
        "We stopped sending your orders to your system",
    ),
    EventKind.PAYMENT_RETURNED: (PaymentReturned, "payment_returned", "A payment bought nothing and goes back"),
    EventKind.REFUND_FAILED: (RefundFailed, "refund_failed", "A refund failed: please hand the money back"),
}
"""What each notice by mail is read as, written with, and called."""


class Unrenderable(LargesseError):
    """An event cannot be written in an endpoint's format; no attempt will ever succeed."""

    code = "delivery.unrenderable"
    message = "This event cannot be written in the format of its endpoint. Add a json endpoint for it."


def parcel_of(
    claimed: Claimed, endpoint: Endpoint, *, signing_secrets: Sequence[str], mail_from: str, now: datetime
) -> Parcel:
    """Return what is to be sent to `endpoint` for the delivery `claimed`.

    Raises:
        Unrenderable: the event is not one that the endpoint's format has a form for.
    """
    try:
        if endpoint.format is Format.EMAIL:
            return Parcel(url=endpoint.url, body=_mail(claimed, endpoint, mail_from, now))
        body = order_form(claimed, endpoint) if endpoint.format is Format.ORDER_FORM else json_body(claimed)
    except (msgspec.DecodeError, msgspec.ValidationError, LargesseError) as error:
        raise Unrenderable(f"{Unrenderable.message} ({type(error).__name__})") from error
    headers = signed_headers(body, message_id=str(claimed.event_id), signing_secrets=signing_secrets, now=now)
    headers["content-type"] = CONTENT_TYPE if endpoint.format is Format.ORDER_FORM else JSON_TYPE
    return Parcel(url=endpoint.url, body=body, headers=headers)


def json_body(claimed: Claimed) -> bytes:
    """Return the JSON webhook. The payload goes in as it was frozen, byte for byte."""
    head = msgspec.json.encode(
        {"id": claimed.event_id, "type": claimed.kind, "version": claimed.version, "timestamp": claimed.occurred_at}
    )
    return head[:-1] + b',"data":' + claimed.payload.encode() + b"}"


def order_form(claimed: Claimed, endpoint: Endpoint) -> bytes:
    """Return the 26 fields of an issued order, in the source's order.

    Raises:
        msgspec.ValidationError: the event is not an issued order.
        FormInvalid: a field is longer than the source allows.
    """
    facts = _ORDER.decode(claimed.payload)
    order, billing = facts.order, facts.billing
    return encode_order_form(
        {
            "giftcafe_vendornum": facts.merchant.number,
            "order_number": order.order_number,
            "order_timestamp": order.local_timestamp,
            "recipient_first_name": facts.recipient.first_name,
            "recipient_last_name": facts.recipient.last_name,
            "recipient_email": facts.recipient.email,
            "gift_description": order.description,
            "gift_to_message": facts.gift.to,
            "gift_from_message": facts.gift.sender,
            "gift_message": facts.gift.message,
            "gift_amount": form_amount(order.amount),
            "gift_tip": form_amount(order.tip),
            "gift_discount": form_amount(order.discount),
            "gift_tax": form_amount(order.tax),
            "gift_total": form_amount(order.total),
            "billing_first_name": billing.first_name,
            "billing_last_name": billing.last_name,
            "billing_email": billing.email,
            "billing_phone": form_phone(billing.phone, time_zone=facts.merchant.time_zone),
            "billing_address": billing.address,
            "billing_address2": billing.address2,
            "billing_city": billing.city,
            "billing_state": billing.state,
            "billing_zip": billing.zip,
            "custom1": endpoint.custom1,
            "custom2": endpoint.custom2,
        }
    )


def _mail(claimed: Claimed, endpoint: Endpoint, mail_from: str, now: datetime) -> bytes:
    if claimed.kind not in _NOTICES:
        raise Unrenderable
    payload, template, subject = _NOTICES[claimed.kind]
    facts = msgspec.json.decode(claimed.payload, type=payload)
    message = EmailMessage(policy=SMTP)
    message["Subject"] = subject
    message["From"] = mail_from
    message["To"] = endpoint.url.removeprefix(MAIL_SCHEME)
    message["Date"] = now
    message["Message-ID"] = f"<{claimed.event_id}@largesse.invalid>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_TEMPLATES.get_template(f"{template}.txt").render(facts=facts))
    message.add_alternative(_TEMPLATES.get_template(f"{template}.html").render(facts=facts), subtype="html")
    return message.as_bytes()
