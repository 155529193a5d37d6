"""What may be asked, as values: made here, sent by a client, and sent again as often as it takes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Generic, TypeVar
from uuid import uuid4

from largesse.client.messages import (
    ApiBill,
    ApiBulk,
    ApiCertificate,
    ApiCheckout,
    ApiEvents,
    ApiInvoice,
    ApiIssued,
    ApiOperation,
    ApiPage,
    ApiPayment,
    Raw,
)

Answer = TypeVar("Answer")
Amount = str | Decimal | int
_Given = Amount | float
About = Mapping[str, str]


def _fresh_key() -> str:
    return str(uuid4())


@dataclass(frozen=True)
class ApiCall(Generic[Answer]):
    """One request: `key` makes a command happen once, however often it is sent. `expected` is a sequence (If-Match)."""

    method: str
    path: str
    read: Callable[..., Answer]
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    query: Mapping[str, str] = field(default_factory=dict)
    key: str | None = None
    expected: int | None = None
    binary: bool = False
    """Whether the answer is a file, which `read` is given as bytes."""


def _given(**fields: Any) -> dict[str, Any]:
    """Return the fields that are given, amounts as texts."""
    return {name: _plain(value) for name, value in fields.items() if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    return value


def _amount(value: _Given) -> str:
    """Return an amount as a decimal text. A float is refused: it is not the amount that it looks like."""
    if isinstance(value, float | bool):
        message = "give an amount as text, Decimal or int, never as a float"
        raise TypeError(message)
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _command(
    path: str,
    read: Callable[..., Answer],
    body: Mapping[str, Any],
    *,
    key: str | None,
    expected: int | None = None,
    dry_run: bool = False,
) -> ApiCall[Answer]:
    query = {"dry_run": "true"} if dry_run else {}
    return ApiCall("POST", f"/certificates{path}", read, body, query, key or _fresh_key(), expected)


def issue(
    amount: Amount,
    currency: str,
    *,
    paid_by: str,
    gratuity: Amount = 0,
    good_through: date | None = None,
    memo: str | None = None,
    location: str | None = None,
    key: str | None = None,
    dry_run: bool = False,
) -> ApiCall[ApiIssued]:
    """Issue a certificate."""
    body = _given(
        amount=_amount(amount),
        gratuity=_amount(gratuity),
        currency=currency,
        paid_by=paid_by,
        good_through=good_through,
        memo=memo,
        location=location,
    )
    return _command("", ApiIssued.of, body, key=key, dry_run=dry_run)


def issue_many(
    amounts: Sequence[Amount],
    currency: str,
    *,
    paid_by: str,
    mode: str = "all",
    good_through: date | None = None,
    memo: str | None = None,
    key: str | None = None,
    dry_run: bool = False,
) -> ApiCall[ApiBulk]:
    """Issue up to 1,000 certificates: `all` of them or none, or `each` that can be."""
    lines = [_given(amount=_amount(one), good_through=good_through) for one in amounts]
    body = _given(mode=mode, currency=currency, paid_by=paid_by, lines=lines, memo=memo)
    return _command("/bulk", ApiBulk.of, body, key=key, dry_run=dry_run)


def _spending(  # noqa: PLR0917 - the words of one sentence, in its order
    path: str, amount: Amount, currency: str, gratuity: Amount, about: Mapping[str, Any], more: Mapping[str, Any]
) -> ApiCall[ApiOperation]:
    given = dict(more)
    key, expected, dry_run = given.pop("key", None), given.pop("expected", None), given.pop("dry_run", False)
    body = {**_given(amount=_amount(amount), gratuity=_amount(gratuity), currency=currency, **about), **_given(**given)}
    return _command(path, ApiOperation.of, body, key=key, expected=expected, dry_run=dry_run)


def redeem(
    amount: Amount,
    currency: str,
    *,
    number: str | None = None,
    certificate_id: str | None = None,
    gratuity: Amount = 0,
    **more: Any,
) -> ApiCall[ApiOperation]:
    """Redeem. `more` are fields of the message (memo, location, device, rates), and key, expected, dry_run."""
    return _spending("/redeem", amount, currency, gratuity, {"number": number, "certificate_id": certificate_id}, more)


def hold(
    amount: Amount,
    currency: str,
    *,
    number: str | None = None,
    certificate_id: str | None = None,
    gratuity: Amount = 0,
    **more: Any,
) -> ApiCall[ApiOperation]:
    """Set value aside; the operation's id is the hold's. `more` as for `redeem`, and expires_in_s."""
    return _spending("/hold", amount, currency, gratuity, {"number": number, "certificate_id": certificate_id}, more)


def capture(
    hold_id: str, amount: Amount, currency: str, *, certificate_id: str, gratuity: Amount = 0, **more: Any
) -> ApiCall[ApiOperation]:
    """Spend at most what a hold set aside; the rest of it is free again."""
    about = {"hold_id": hold_id, "certificate_id": certificate_id}
    return _spending("/capture", amount, currency, gratuity, about, more)


def _about(path: str, fields: Mapping[str, Any]) -> ApiCall[ApiOperation]:
    given = dict(fields)
    key, expected, dry_run = given.pop("key", None), given.pop("expected", None), given.pop("dry_run", False)
    return _command(path, ApiOperation.of, _given(**given), key=key, expected=expected, dry_run=dry_run)


def release(hold_id: str, *, certificate_id: str, **more: Any) -> ApiCall[ApiOperation]:
    """Free what a hold set aside."""
    return _about("/release", {"hold_id": hold_id, "certificate_id": certificate_id, **more})


def reverse(redemption_id: str, *, certificate_id: str, **more: Any) -> ApiCall[ApiOperation]:
    """Undo a redemption or a capture, whole."""
    return _about("/reverse", {"redemption_id": redemption_id, "certificate_id": certificate_id, **more})


def refund(certificate_id: str, **more: Any) -> ApiCall[ApiOperation]:
    """Owe unspent value back to who paid; without an amount, all that is left."""
    return _about("/refund", {"certificate_id": certificate_id, **more})


def cash_out(certificate_id: str, **more: Any) -> ApiCall[ApiOperation]:
    """Pay out what is left, where the law profile gives the holder that."""
    return _about("/cash-out", {"certificate_id": certificate_id, **more})


def reload(amount: Amount, currency: str, *, certificate_id: str, paid_by: str, **more: Any) -> ApiCall[ApiOperation]:
    """Add value."""
    about = {"certificate_id": certificate_id, "paid_by": paid_by}
    return _spending("/reload", amount, currency, 0, about, more)


def activate(amount: Amount, currency: str, *, number: str, paid_by: str, **more: Any) -> ApiCall[ApiOperation]:
    """Load a certificate that was prepared; `number` may be the outer code of its card."""
    return _spending("/activate", amount, currency, 0, {"number": number, "paid_by": paid_by}, more)


def adjust(amount: Amount, currency: str, *, certificate_id: str, memo: str, **more: Any) -> ApiCall[ApiOperation]:
    """Correct a balance by a signed amount."""
    return _spending("/adjust", amount, currency, 0, {"certificate_id": certificate_id, "memo": memo}, more)


def block(certificate_id: str, **more: Any) -> ApiCall[ApiOperation]:
    """Refuse spending for a while."""
    return _about("/block", {"certificate_id": certificate_id, **more})


def unblock(certificate_id: str, **more: Any) -> ApiCall[ApiOperation]:
    """Allow spending again."""
    return _about("/unblock", {"certificate_id": certificate_id, **more})


def void(certificate_id: str, **more: Any) -> ApiCall[ApiOperation]:
    """End a certificate for good."""
    return _about("/void", {"certificate_id": certificate_id, **more})


def extend(certificate_id: str, good_through: date | None, **more: Any) -> ApiCall[ApiOperation]:
    """Make a certificate good through a later day; None is for ever."""
    call = _about("/extend", {"certificate_id": certificate_id, **more})
    until = good_through.isoformat() if good_through else None
    return replace(call, body={**(call.body or {}), "good_through": until})


def transfer(
    amount: Amount, currency: str, *, certificate_id: str, to: str, gratuity: Amount = 0, **more: Any
) -> ApiCall[ApiOperation]:
    """Move value to the certificate of the id `to`."""
    about = {"certificate_id": certificate_id, "to": {"certificate_id": to}}
    return _spending("/transfer", amount, currency, gratuity, about, more)


def pay_bill(
    parts: Sequence[tuple[About, Amount]],
    currency: str,
    *,
    memo: str | None = None,
    location: str | None = None,
    key: str | None = None,
    dry_run: bool = False,
) -> ApiCall[ApiBill]:
    """Redeem several for one bill, all or nothing: each part names a certificate, `{"number": …}`, and what it pays."""
    lines = [{**about, "amount": _amount(amount)} for about, amount in parts]
    body = _given(currency=currency, parts=lines, memo=memo, location=location)
    return _command("/pay-bill", ApiBill.of, body, key=key, dry_run=dry_run)


def look_up(number: str) -> ApiCall[ApiCertificate]:
    """Show a certificate by its number, which stands in the body and in no address."""
    return ApiCall("POST", "/certificates/look-up", ApiCertificate.of, {"number": number})


def show_certificate(certificate_id: str, *, as_of: str | None = None) -> ApiCall[ApiCertificate]:
    """Show a certificate as it stands, or stood at a moment."""
    return ApiCall("GET", f"/certificates/{certificate_id}", ApiCertificate.of, query=_given(as_of=as_of))


def list_certificates(*, after: str | None = None, limit: int = 50, **filters: str) -> ApiCall[ApiPage[ApiCertificate]]:
    """List certificates, the newest first."""
    query = _given(after=after, limit=str(limit), **filters)
    return ApiCall("GET", "/certificates", _certificates, query=query)


def list_events(*, after: int | None = None, limit: int = 50, kind: str | None = None) -> ApiCall[ApiEvents]:
    """List events after a number, the oldest first."""
    number = None if after is None else str(after)
    return ApiCall("GET", "/events", ApiEvents.of, query=_given(after=number, limit=str(limit), type=kind))


def open_checkout(
    offering: str,
    currency: str,
    *,
    amount: Amount | None = None,
    gratuity: Amount = 0,
    key: str | None = None,
    dry_run: bool = False,
    **more: str,
) -> ApiCall[ApiCheckout]:
    """Put a certificate together for somebody to pay; `more` are fields of the message (to, email, buyer_email, …).

    Whom it is from is given as `sender`.
    """
    sender = more.pop("sender", None)
    body = {**_given(offering=offering, currency=currency, gratuity=_amount(gratuity), **more)}
    body |= {} if amount is None else {"amount": _amount(amount)}
    body |= {} if sender is None else {"from": sender}
    query = {"dry_run": "true"} if dry_run else {}
    return ApiCall("POST", "/checkouts", ApiCheckout.of, body, query, key or _fresh_key())


def show_checkout(checkout_id: str) -> ApiCall[ApiCheckout]:
    """Show whether a checkout is paid."""
    return ApiCall("GET", f"/checkouts/{checkout_id}", ApiCheckout.of)


def list_invoices(*, after: str | None = None, limit: int = 50, **filters: str) -> ApiCall[ApiPage[ApiInvoice]]:
    """List invoices and credit notes that were issued, the newest first: by kind, state, partner_id, number, days."""
    return ApiCall("GET", "/invoices", _invoices, query=_given(after=after, limit=str(limit), **filters))


def show_invoice(invoice_id: str) -> ApiCall[ApiInvoice]:
    """Show an invoice; lines, taxes, settlements and files stand in `raw`."""
    return ApiCall("GET", f"/invoices/{invoice_id}", ApiInvoice.of)


def invoice_file(invoice_id: str, form: str = "pdf") -> ApiCall[bytes]:
    """Take an invoice as a file: pdf (with the XML of Factur-X inside), en16931, xrechnung or peppol."""
    return ApiCall("GET", f"/invoices/{invoice_id}/file", _bytes, query={"form": form}, binary=True)


def list_payments(*, after: str | None = None, limit: int = 50, **filters: str) -> ApiCall[ApiPage[ApiPayment]]:
    """List what partners paid, and were paid back, the newest first: by partner_id and days."""
    return ApiCall("GET", "/payments", _payments, query=_given(after=after, limit=str(limit), **filters))


def show_payment(payment_id: str) -> ApiCall[ApiPayment]:
    """Show what a partner paid; what it was set against stands in `raw`."""
    return ApiCall("GET", f"/payments/{payment_id}", ApiPayment.of)


def _bytes(content: bytes, *, replayed: bool = False) -> bytes:
    assert not replayed, "what is only read is never replayed"
    return content


def _invoices(raw: Raw, *, replayed: bool = False) -> ApiPage[ApiInvoice]:
    return ApiPage(tuple(ApiInvoice.of(one, replayed=replayed) for one in raw["data"]), raw["next"])


def _payments(raw: Raw, *, replayed: bool = False) -> ApiPage[ApiPayment]:
    return ApiPage(tuple(ApiPayment.of(one, replayed=replayed) for one in raw["data"]), raw["next"])


def _certificates(raw: Raw, *, replayed: bool = False) -> ApiPage[ApiCertificate]:
    assert not replayed, "what is only read is never replayed"
    return ApiPage(tuple(ApiCertificate.of(one) for one in raw["data"]), raw["next"])
