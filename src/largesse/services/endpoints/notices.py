"""Notices to a merchant by mail: what needs a person's attention, and what is to be kept outside."""

from datetime import datetime

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from largesse.domain.payments import PaymentReturned, RefundFailed, RefundOutside
from largesse.kernel.mail import MailMessage, NotAMailbox, mailbox, read_mailbox, written
from largesse.ledger import LedgerSealed
from largesse.outbox import MAIL_SCHEME, Claimed, EndpointDisabled, Rendered, Renderer, Target, Unrenderable
from largesse.services.endpoints.kinds import EventKind

MESSAGE_TYPE = "message/rfc822"

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
    EventKind.REFUND_OUTSIDE: (
        RefundOutside,
        "refund_outside",
        "A payment was refunded: please say what for",
    ),
    EventKind.LEDGER_SEALED: (LedgerSealed, "ledger_sealed", "Your journal was sealed: please keep this mail"),
}
"""What each notice by mail is read as, written with, and called."""


def notice_writer(mail_from: str) -> Renderer:
    """Return what writes notices, from the operator's address."""

    def write(claimed: Claimed, target: Target, *, now: datetime) -> Rendered:
        body = _mail(claimed, target, mail_from, now)
        return Rendered(body=body, content_type=MESSAGE_TYPE, record=body)

    return write


def _mail(claimed: Claimed, target: Target, mail_from: str, now: datetime) -> bytes:
    if claimed.kind not in _NOTICES:
        raise Unrenderable
    payload, template, subject = _NOTICES[claimed.kind]
    facts = msgspec.json.decode(claimed.payload, type=payload)
    try:
        sender, to = read_mailbox(mail_from), mailbox(target.url.removeprefix(MAIL_SCHEME))
    except NotAMailbox as error:
        raise Unrenderable from error
    return written(
        MailMessage(
            sender=sender,
            to=to,
            subject=subject,
            date=now,
            message_id=f"{claimed.event_id}@largesse.invalid",
            text=_TEMPLATES.get_template(f"{template}.txt").render(facts=facts),
            html=_TEMPLATES.get_template(f"{template}.html").render(facts=facts),
        )
    )
