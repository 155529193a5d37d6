"""The formats that events are posted in, and what writes each. Pure."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from largesse.domain.orders import CUSTOMS, FORM_TYPE, PhoneForm, PostedOrder, order_forms, read_issued
from largesse.outbox import EMAIL, MASK, Claimed, Endpoint, Rendered, Renderer, Target, json_webhook
from largesse.services.endpoints.notices import notice_writer

PHONE = "phone"
"""The option of an endpoint that says how it wants telephone numbers."""


class Format(StrEnum):
    """How an endpoint is written to."""

    ORDER_FORM = "order-form"
    """The 26 fields of the order post, as an HTML form would send them."""
    JSON = "json"
    """The event as a JSON webhook."""
    EMAIL = EMAIL
    """A notice to people, by mail."""


def write_order_form(claimed: Claimed, target: Target, *, now: datetime) -> Rendered:
    """Write an issued order as the 26 fields. The attempt keeps them with custom1 and custom2 masked.

    Raises:
        msgspec.MsgspecError: the event is not an issued order.
        FormInvalid: a field is longer than the source allows.
    """
    del now
    facts = read_issued(claimed.payload)
    phone = _phone_form(target.options)
    customs = {name: target.constants.get(name, "") for name in CUSTOMS}
    hidden = {name: MASK if text else "" for name, text in customs.items()}
    body, record = order_forms(PostedOrder(facts=facts, customs=customs, phone=phone), hidden)
    return Rendered(body=body, content_type=FORM_TYPE, record=record)


def phone_form_of(endpoint: Endpoint) -> PhoneForm:
    """Return how an endpoint wants telephone numbers."""
    return _phone_form(endpoint.options)


def _phone_form(options: Mapping[str, str]) -> PhoneForm:
    return PhoneForm(options.get(PHONE, PhoneForm.INTERNATIONAL))


POSTED: Mapping[str, Renderer] = {Format.ORDER_FORM: write_order_form, Format.JSON: json_webhook}
"""What writes the formats that are posted over HTTP."""


def renderers(*, mail_from: str) -> Mapping[str, Renderer]:
    """Return what writes each format; notices come from the operator's address `mail_from`."""
    return {**POSTED, Format.EMAIL: notice_writer(mail_from)}
