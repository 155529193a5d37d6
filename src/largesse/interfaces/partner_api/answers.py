"""What this interface answers, as plain values in the order of the source's elements; a codec writes them."""

from collections.abc import Sequence
from datetime import date, datetime, time
from functools import lru_cache

from largesse.domain.invoices import Grouping, Invoice
from largesse.domain.merchants import Merchant
from largesse.kernel.clock import zone
from largesse.kernel.currency import currency
from largesse.kernel.errors import FieldError, InvalidInput, LargesseError
from largesse.kernel.money import plain
from largesse.kernel.numbers import BODY_LENGTH, InvalidNumber, number_in, read_number
from largesse.ledger import Status
from largesse.services.certificates import Located
from largesse.services.partners import PlacedOnAccount
from largesse.wire.plain import Literal, Plain

LAST_SECOND = time(23, 59, 59)


def token_answer(token: str) -> Plain:
    """Return the answer to a right password."""
    return {"auth_response": {"access_token": token}}


def order_answer(placed: PlacedOnAccount, merchant: Merchant, *, base_url: str) -> Plain:
    """Return the answer to an order: the certificate, and where its holder goes."""
    order, number = placed.order, placed.number
    answer: dict[str, Plain] = {
        "giftCertificateNumber": number,
        "remainingAmount": _number(order.amount, order.currency),
    }
    if order.third_party_identifier is not None:
        answer["thirdPartyIdentifier"] = order.third_party_identifier
    answer["currencyCode"] = order.currency
    answer["redeemUrl"] = f"{base_url}/gifts/redeem.html?code={number}"
    if order.good_through is not None:
        answer["expirationDate"] = last_moment(order.good_through, merchant)
    return {"giftCertificate_detail": answer}


def detail_answer(located: Located, number: str, *, now: datetime) -> Plain:
    """Return what a certificate is worth now. `number` is the one that was asked for."""
    certificate, merchant = located.certificate, located.merchant
    valid = certificate.status is Status.ACTIVE and certificate.available > 0 and not certificate.expired(now)
    good_through = certificate.good_through
    answer: dict[str, Plain] = {"currencyCode": certificate.currency}
    if good_through is not None:  # left out rather than empty: clients read it into a type that has no empty value
        answer["expirationDate"] = last_moment(good_through, merchant)
    answer["giftCertificateNumber"] = _as_printed(number, merchant)
    answer["remainingAmount"] = _number(certificate.available, certificate.currency)
    answer["valid"] = valid
    return {"giftCertificate_detail": answer}


def invoices_answer(found: Sequence[Invoice], merchant: Merchant, *, email: str) -> Plain:
    """Return invoices of which something is open; `amount` is what is, `email` where they were mailed."""
    return {"invoices": [_invoice(one, merchant, email) for one in found]}


def _invoice(one: Invoice, merchant: Merchant, email: str) -> Plain:
    assert one.invoice_number is not None and one.issued_at is not None, "what is open is issued"  # noqa: PT018 - one fact
    answer: dict[str, Plain] = {
        "amount": _number(one.open, one.currency),
        "datetime": one.issued_at.astimezone(merchant.zone).isoformat(timespec="seconds"),
        "email": email,
        "invoiceNumber": one.invoice_number,
        "currencyCode": one.currency,
        "totalAmount": _number(one.total, one.currency),
    }
    if one.due_on is not None:
        answer["dueDate"] = one.due_on.isoformat()
    if one.reference is not None:
        answer["paymentReference"] = one.reference
    if one.grouping is Grouping.REFCODE and one.group_key:
        answer["refcode"] = one.group_key
    answer["disputed"] = one.disputed_at is not None
    return answer


def _as_printed(number: str, merchant: Merchant) -> str:
    """Return a number without what its owner typed into it; one of another system as it was asked for."""
    try:
        return merchant.prefix + read_number(number)[-BODY_LENGTH:]
    except InvalidNumber:
        return number_in(number).strip()


def error_answer(error: LargesseError, status: int) -> Plain:
    """Return how a refusal is told."""
    fields = error.fields if isinstance(error, InvalidInput) else ()
    return {
        "error_response": {
            "status": status,
            "code": error.code,
            "message": error.message,
            "errors": [_field(fault) for fault in fields],
        }
    }


def last_moment(day: date, merchant: Merchant) -> str:
    """Return the last second of a day in the merchant's zone, with the offset that is true then."""
    return _last_moment(day, merchant.time_zone)


def _number(minor: int, code: str) -> Literal:
    """Return an amount as a number with its currency's decimals, as the source's description has it."""
    return Literal(plain(minor, currency(code)))


@lru_cache(1024)
def _last_moment(day: date, time_zone: str) -> str:
    return datetime.combine(day, LAST_SECOND, tzinfo=zone(time_zone)).isoformat()


def _field(fault: FieldError) -> dict[str, Plain]:
    return {"field": fault.field, "code": fault.code, "message": fault.message}
