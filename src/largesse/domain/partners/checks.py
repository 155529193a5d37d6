"""What a partner, an agreement and a user must be before they are kept."""

from collections.abc import Iterator, Sequence

from largesse.domain.partners.errors import PartnerInvalid
from largesse.domain.partners.model import (
    ADDRESS_LENGTHS_MAX,
    DISCOUNT_MAX_PPM,
    EMAIL_LENGTH_MAX,
    NAME_LENGTH_MAX,
    PASSWORD_LENGTH_MAX,
    PASSWORD_LENGTH_MIN,
    PAYMENT_TERMS_DAYS_MAX,
    PO_NUMBER_MAX,
    REFCODES_MAX,
    TOKEN_LIFETIME_S_MAX,
    TOKEN_LIFETIME_S_MIN,
    AgreementChange,
    PartnerChange,
    Terms,
)
from largesse.domain.partners.orders import REFCODE_MAX
from largesse.kernel import free_text
from largesse.kernel.amounts import read_plain_amount
from largesse.kernel.currency import currency
from largesse.kernel.errors import FieldError, InvalidInput
from largesse.kernel.mail import read_email
from largesse.kernel.tax import TaxKind, TaxTreatment
from largesse.kernel.tax_asked import treatment_faults


def faults_of_partner(name: str, contact_email: str) -> Iterator[FieldError]:
    """Yield what is wrong with a partner's details."""
    if not 1 <= len(name) <= NAME_LENGTH_MAX or free_text.holds_unseen(name):
        yield FieldError("name", "name.length", f"Give a name of 1 to {NAME_LENGTH_MAX} characters.")
    yield from faults_of_email("contact_email", contact_email)


def faults_of_details(change: PartnerChange) -> Iterator[FieldError]:
    """Yield what is wrong with a change of a partner's details."""
    if change.name is not None and (not 1 <= len(change.name) <= NAME_LENGTH_MAX or not change.name.isprintable()):
        yield FieldError("name", "name.length", f"Give a name of 1 to {NAME_LENGTH_MAX} characters.")
    if change.contact_email is not None:
        yield from faults_of_email("contact_email", change.contact_email)
    for field, most in ADDRESS_LENGTHS_MAX.items():
        text = getattr(change, field) or ""
        if len(text) > most or not text.isprintable():
            yield FieldError(field, "text.too_long", f"Write at most {most} characters on one line.")
    if change.country and not (len(change.country) == 2 and change.country.isascii() and change.country.isupper()):
        yield FieldError("country", "country.invalid", "Write the country as its two letters, such as US.")


def faults_of_email(field: str, address: str) -> Iterator[FieldError]:
    """Yield what is wrong with an e-mail address."""
    try:
        read_email(address, for_trials=True)
    except InvalidInput as error:
        yield FieldError(field, error.code, error.message)
    if len(address) > EMAIL_LENGTH_MAX:
        yield FieldError(field, "email.too_long", f"Use an address of at most {EMAIL_LENGTH_MAX} characters.")


def faults_of_password(password: str) -> Iterator[FieldError]:
    """Yield what is wrong with a password; its length is all that counts (NIST SP 800-63B §3.1.1)."""
    if not PASSWORD_LENGTH_MIN <= len(password) <= PASSWORD_LENGTH_MAX:
        limits = f"{PASSWORD_LENGTH_MIN} to {PASSWORD_LENGTH_MAX}"
        yield FieldError("password", "password.length", f"Choose a password of {limits} characters.")


def faults_of_change(change: AgreementChange) -> Iterator[FieldError]:
    """Yield what is wrong with a change of an agreement."""
    lifetime, days = change.token_lifetime_s, change.payment_terms_days
    if lifetime is not None and not TOKEN_LIFETIME_S_MIN <= lifetime <= TOKEN_LIFETIME_S_MAX:
        message = f"A token may live {TOKEN_LIFETIME_S_MIN} to {TOKEN_LIFETIME_S_MAX} seconds."
        yield FieldError("token_lifetime_s", "token_lifetime.range", message)
    if days is not None and not 0 <= days <= PAYMENT_TERMS_DAYS_MAX:
        message = f"Payment may be due in 0 to {PAYMENT_TERMS_DAYS_MAX} days."
        yield FieldError("payment_terms_days", "payment_terms.range", message)
    yield from _faults_of_refcodes(change.refcodes or ())
    if change.discount_ppm is not None and not 0 <= change.discount_ppm <= DISCOUNT_MAX_PPM:
        yield FieldError("discount", "discount.range", "A discount is a percentage from 0 to below 100.")
    if change.po_number is not None and len(change.po_number) > PO_NUMBER_MAX:
        message = f"A purchase order number has at most {PO_NUMBER_MAX} characters."
        yield FieldError("po_number", "po_number.length", message)
    if change.tax is not None:
        yield from _faults_of_tax(change.tax)


def _faults_of_tax(tax: TaxTreatment) -> Iterator[FieldError]:
    if tax.kind is TaxKind.SALES_TAX:
        advice = "An order on account costs its amount; nothing is added. Choose none, single_purpose or multi_purpose."
        yield FieldError("tax_kind", "agreement.tax.added", advice)
    else:
        yield from treatment_faults(tax, code="agreement.tax")


def _faults_of_refcodes(refcodes: Sequence[str]) -> Iterator[FieldError]:
    if len(refcodes) > REFCODES_MAX:
        yield FieldError("refcodes", "refcodes.too_many", f"Name at most {REFCODES_MAX} refcodes.")
    for refcode in refcodes:
        if not 1 <= len(refcode) <= REFCODE_MAX or free_text.holds_unseen(refcode) or refcode != refcode.strip():
            message = f"A refcode has 1 to {REFCODE_MAX} characters that can be printed, without spaces around them."
            yield FieldError("refcodes", "refcode.invalid", message)


def read_terms(code: str, amount_max: str, credit_limit: str) -> Terms:
    """Return terms in a currency from amounts as people write them (`500.00`).

    Raises:
        PartnerInvalid: the currency or an amount cannot be read, or the maximum is not above zero.
    """
    faults: list[FieldError] = []
    units: dict[str, int] = {}
    try:
        money = currency(code)
    except InvalidInput as error:
        raise PartnerInvalid(fields=[FieldError("currency", error.code, error.message)]) from error
    for field, text, lowest in (("amount_max", amount_max, 1), ("credit_limit", credit_limit, 0)):
        try:
            units[field] = read_plain_amount(text, money).minor
        except InvalidInput as error:
            faults.append(FieldError(field, error.code, error.message))
        else:
            if units[field] < lowest:
                faults.append(FieldError(field, "amount.too_small", "The amount must be above zero."))
    if faults:
        raise PartnerInvalid(fields=faults)
    return Terms(amount_max=units["amount_max"], credit_limit=units["credit_limit"])
