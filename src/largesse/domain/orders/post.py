"""The order post: the 26 fields of an issued order, in the order and with the limits of the source.

A field is added, explained and filled in `POST_FIELDS`; the how-to's table is made from it. What it tells and the event
does not know yet, `OrderFacts` in `events` learns first; files of the same fields are read in `importing`. Nothing is
ever cut: what does not fit is refused, here as the last place and by the interfaces as the first.
"""

from collections.abc import Callable, Mapping
from urllib.parse import quote_plus

import msgspec

from largesse.domain.orders import model
from largesse.domain.orders.events import OrderIssued
from largesse.domain.orders.phones import PHONE_MAX, PhoneForm, posted_phone
from largesse.kernel.errors import FieldError, InvalidInput

FORM_TYPE = "application/x-www-form-urlencoded; charset=UTF-8"
CUSTOMS = ("custom1", "custom2")

_DECODER = msgspec.json.Decoder(OrderIssued)
_SAFE = "*"
_QUOTED = str.maketrans({chr(code): quote_plus(chr(code), safe=_SAFE) for code in range(128)})


class FormInvalid(InvalidInput):
    """A field of an order form is longer than its receiver takes."""

    code = "order_form.invalid"
    message = "This order does not fit the order form. Correct the fields listed."


class PostedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What the fields are filled from: the event, the constants of the endpoint, and how it wants phones."""

    facts: OrderIssued
    customs: Mapping[str, str] = {}
    phone: PhoneForm = PhoneForm.INTERNATIONAL


class PostField(msgspec.Struct, frozen=True, kw_only=True):
    """One posted field: the most characters the source allows (None: it sets no limit), and what fills it."""

    name: str
    limit: int | None = None
    meaning: str
    form: str = "text"
    example: str
    empty: str
    value: Callable[[PostedOrder], str]


_AMOUNT = "decimal point, the currency's decimals"
_NEVER = "never"

POST_FIELDS: tuple[PostField, ...] = (
    PostField(
        name="giftcafe_vendornum",
        limit=model.VENDOR_NUMBER_MAX,
        meaning="The merchant's number.",
        example="12345",
        empty=_NEVER,
        value=lambda posting: posting.facts.merchant.number,
    ),
    PostField(
        name="order_number",
        limit=model.ORDER_NUMBER_MAX,
        meaning="The order's number, unique in the installation.",
        example="GL-7K2M9QXR4T",
        empty=_NEVER,
        value=lambda posting: posting.facts.order.order_number,
    ),
    PostField(
        name="order_timestamp",
        meaning="When it was ordered, on the merchant's clocks.",
        form="`YYYY-MM-DD HH:MM:SS`",
        example="2026-11-22 09:30:00",
        empty=_NEVER,
        value=lambda posting: posting.facts.order.local_timestamp,
    ),
    PostField(
        name="recipient_first_name",
        meaning="Who the gift is for, as the buyer wrote it when ordering.",
        example="Ada",
        empty="the buyer prints the gift and named nobody, or it was ordered on account",
        value=lambda posting: posting.facts.recipient.first_name,
    ),
    PostField(
        name="recipient_last_name",
        meaning="The same.",
        example="Lovelace",
        empty="not given",
        value=lambda posting: posting.facts.recipient.last_name,
    ),
    PostField(
        name="recipient_email",
        meaning="Where the gift is sent. A later correction is not posted.",
        example="ada@example.com",
        empty="the buyer prints the gift, or it was ordered on account",
        value=lambda posting: posting.facts.recipient.email,
    ),
    PostField(
        name="gift_description",
        meaning="The merchant's own wording of what was sold, the same in every language of the shop.",
        example="1 hr Massage Gift Certificate",
        empty=_NEVER,
        value=lambda posting: posting.facts.order.description,
    ),
    PostField(
        name="gift_to_message",
        limit=model.TO_MESSAGE_MAX,
        meaning="The name on the certificate.",
        example="Ada",
        empty="not given, or ordered on account",
        value=lambda posting: posting.facts.gift.to,
    ),
    PostField(
        name="gift_from_message",
        limit=model.FROM_MESSAGE_MAX,
        meaning="Whom the certificate is from.",
        example="Grace",
        empty="not given, or ordered on account",
        value=lambda posting: posting.facts.gift.from_,
    ),
    PostField(
        name="gift_message",
        limit=model.MESSAGE_MAX,
        meaning="The message on the certificate; it may have several lines.",
        example="Happy birthday!",
        empty="not given, or ordered on account",
        value=lambda posting: posting.facts.gift.message,
    ),
    PostField(
        name="gift_amount",
        meaning="The certificate's value.",
        form=_AMOUNT,
        example="100.00",
        empty=_NEVER,
        value=lambda posting: posting.facts.order.amount,
    ),
    PostField(
        name="gift_tip",
        meaning="Gratuity included besides.",
        form=_AMOUNT,
        example="15.00",
        empty="never; `0.00` for none",
        value=lambda posting: posting.facts.order.tip,
    ),
    PostField(
        name="gift_discount",
        meaning="What was let off the charge, not the value.",
        form=_AMOUNT,
        example="10.00",
        empty="never; `0.00` for none",
        value=lambda posting: posting.facts.order.discount,
    ),
    PostField(
        name="gift_tax",
        meaning="Tax that was added; never what the price includes.",
        form=_AMOUNT,
        example="5.00",
        empty="never; `0.00` for none",
        value=lambda posting: posting.facts.order.tax,
    ),
    PostField(
        name="gift_total",
        meaning="What was charged: amount + tip - discount + tax.",
        form=_AMOUNT,
        example="110.00",
        empty=_NEVER,
        value=lambda posting: posting.facts.order.total,
    ),
    PostField(
        name="billing_first_name",
        meaning="The buyer.",
        example="Grace",
        empty="ordered on account: an organisation's name stands in `billing_last_name`",
        value=lambda posting: posting.facts.billing.first_name,
    ),
    PostField(
        name="billing_last_name",
        meaning="The buyer; for an order on account the partner's name.",
        example="Hopper",
        empty="never in the shop",
        value=lambda posting: posting.facts.billing.last_name,
    ),
    PostField(
        name="billing_email",
        meaning="Where the receipt goes; for an order on account the partner's contact.",
        example="grace@example.com",
        empty="never in the shop",
        value=lambda posting: posting.facts.billing.email,
    ),
    PostField(
        name="billing_phone",
        limit=PHONE_MAX,
        meaning="The buyer's or the partner's telephone.",
        form="as the endpoint asks: `+12125550123` or `212-555-0123`",
        example="+12125550123",
        empty="not asked, not given, or no form that can be dialled fits",
        value=lambda posting: posted_phone(
            posting.facts.billing.phone, time_zone=posting.facts.merchant.time_zone, form=posting.phone
        ),
    ),
    PostField(
        name="billing_address",
        meaning="Street and number of the buyer or the partner.",
        example="1 Main Street",
        empty="not asked, or not given",
        value=lambda posting: posting.facts.billing.address,
    ),
    PostField(
        name="billing_address2",
        meaning="Suite or apartment.",
        example="Suite 2",
        empty="not asked, or not given",
        value=lambda posting: posting.facts.billing.address2,
    ),
    PostField(
        name="billing_city",
        meaning="City.",
        example="New York",
        empty="not asked, or not given",
        value=lambda posting: posting.facts.billing.city,
    ),
    PostField(
        name="billing_state",
        meaning="State, province or region.",
        example="NY",
        empty="not asked, or not given",
        value=lambda posting: posting.facts.billing.state,
    ),
    PostField(
        name="billing_zip",
        meaning="Postal code.",
        example="10001",
        empty="not asked, or not given",
        value=lambda posting: posting.facts.billing.zip,
    ),
    PostField(
        name="custom1",
        limit=model.CUSTOM_MAX,
        meaning="A constant of the endpoint: an account number, or a key phrase that proves it is us.",
        example="account 7",
        empty="the endpoint has none",
        value=lambda posting: posting.customs.get("custom1", ""),
    ),
    PostField(
        name="custom2",
        limit=model.CUSTOM_MAX,
        meaning="The same.",
        example="open sesame",
        empty="the endpoint has none",
        value=lambda posting: posting.customs.get("custom2", ""),
    ),
)

POST_NAMES: tuple[str, ...] = tuple(field.name for field in POST_FIELDS)
"""The 26 names in the source's order (docs/glossary.md, "source")."""


def read_issued(payload: str) -> OrderIssued:
    """Return what the event `order.issued` tells.

    Raises:
        msgspec.MsgspecError: it is another event, or was erased.
    """
    return _DECODER.decode(payload)


def order_form(posting: PostedOrder) -> bytes:
    """Return the 26 fields as `application/x-www-form-urlencoded` in UTF-8.

    Raises:
        FormInvalid: a field is longer than the source allows.
    """
    return order_forms(posting, {})[0]


def order_forms(posting: PostedOrder, instead: Mapping[str, str]) -> tuple[bytes, bytes]:
    """Return the same, and beside it the form with other values of some fields, for who keeps what was sent.

    Raises:
        FormInvalid: a field is longer than the source allows.
    """
    values = [(field.name, field.value(posting)) for field in POST_FIELDS]
    wrong = [
        _too_long(field.name, text, field.limit)
        for field, (_, text) in zip(POST_FIELDS, values, strict=True)
        if field.limit is not None and len(text) > field.limit
    ]
    if wrong:
        raise FormInvalid(fields=wrong)
    form = {name: f"{name}={_quoted(text)}" for name, text in values}
    other = form | {name: f"{name}={_quoted(text)}" for name, text in instead.items()}
    return "&".join(form.values()).encode("ascii"), "&".join(other.values()).encode("ascii")


def _quoted(text: str) -> str:
    """Return a value as a form writes it. A third of the relay's own time went into this: nearly all is plain ASCII."""
    return text.translate(_QUOTED) if text.isascii() else quote_plus(text, safe=_SAFE)


def fields_table() -> str:
    """Return the table of the how-to, in Markdown."""
    lines = ["| field | at most | meaning | format | example | empty when |", "|---|---|---|---|---|---|"]
    lines += [
        f"| `{one.name}` | {one.limit or '-'} | {one.meaning} | {one.form} | `{one.example}` | {one.empty} |"
        for one in POST_FIELDS
    ]
    return "\n".join(lines) + "\n"


def _too_long(name: str, value: str, most: int) -> FieldError:
    over = len(value) - most
    message = f"{name} has {len(value)} of {most} characters; take out {over}."
    return FieldError(field=name, code="order_form.field.too_long", message=message)
