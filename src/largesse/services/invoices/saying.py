"""What invoices say of seller and buyer beside their names: checked before it is kept, and audited."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from uuid import UUID

from msgspec.structs import asdict, replace

from largesse.db import Connection
from largesse.domain import invoices, locations
from largesse.domain.invoices import (
    NOTE_MAX,
    SERIES,
    BillingDetails,
    InvoiceInvalid,
    InvoiceKind,
    InvoiceSettings,
    SeriesTaken,
    check_bic,
    check_iban,
    check_vat_id,
)
from largesse.domain.merchants import Merchant
from largesse.domain.partners import Partner
from largesse.domain.staff import Audited, ByWhom
from largesse.kernel import free_text
from largesse.kernel.errors import FieldError, InvalidInput
from largesse.kernel.mail import read_email
from largesse.ui import LANGUAGES

_LENGTHS = {
    "tax_id": 40, "buyer_reference": 60, "endpoint_scheme": 4, "endpoint_id": 120,
    "account_holder": 70, "contact_name": 120, "contact_phone": 20, "note": NOTE_MAX,
    "invoice_series": 12, "credit_note_series": 12,
}  # fmt: skip
_REMINDERS_LAST_DAY = 365


async def change_billing(
    connection: Connection, merchant: Merchant, partner: Partner, details: BillingDetails, *, by: ByWhom, now: datetime
) -> BillingDetails:
    """Keep what invoices to a partner name it by, from the next one on.

    Raises:
        InvoiceInvalid: some of it cannot stand; every field is named.
    """
    faults = list(_too_long(asdict(details)))
    checked = {
        "vat_id": _checked("vat_id", details.vat_id, check_vat_id, faults),
        "email": _checked("email", details.email, _address, faults),
    }
    if details.language and details.language not in LANGUAGES:
        faults.append(FieldError("language", "language.unknown", f"Choose one of {', '.join(LANGUAGES)}."))
    if bool(details.endpoint_scheme) != bool(details.endpoint_id):
        message = "Name the scheme of the electronic address and the address itself, or neither."
        faults.append(FieldError("endpoint_id", "endpoint.incomplete", message))
    if faults:
        raise InvoiceInvalid(fields=faults)
    kept = replace(details, **checked)
    await invoices.put_billing(connection, partner.merchant_id, partner.partner_id, kept)
    subject, detail = partner.partner_id, partner.name
    await by.record(connection, merchant.merchant_id, Audited.BILLING_CHANGED, subject=subject, detail=detail, now=now)
    return kept


async def change_settings(
    connection: Connection,
    merchant: Merchant,
    entity_id: UUID,
    change: Mapping[str, object],
    *,
    by: ByWhom,
    now: datetime,
) -> InvoiceSettings:
    """Change what invoices of a legal entity name it by, and how they are numbered, from the next one on.

    `change` names fields of `InvoiceSettings`; what it does not name stays as it is by then.

    Raises:
        InvoiceInvalid: some of it cannot stand; every field is named.
        SeriesTaken: a series numbers documents of the other kind.
    """
    await locations.lock(connection, merchant.merchant_id)
    settings = replace(await invoices.settings_of(connection, merchant.merchant_id, entity_id), **change)
    faults = list(_too_long(asdict(settings)))
    checked = {
        "iban": _checked("iban", settings.iban, check_iban, faults),
        "bic": _checked("bic", settings.bic, check_bic, faults),
        "contact_email": _checked("contact_email", settings.contact_email, _address, faults),
    }
    series = {settings.invoice_series: InvoiceKind.INVOICE, settings.credit_note_series: InvoiceKind.CREDIT_NOTE}
    if len(series) < 2 or not all(_is_series(one) for one in series):
        message = "Choose two different prefixes of 1 to 12 letters, digits, dashes or slashes."
        faults.append(FieldError("invoice_series", "series.invalid", message))
    days = settings.reminder_days
    if not 0 < days[0] < days[1] < days[2] <= _REMINDERS_LAST_DAY:
        message = f"Name three days after the due day, each later than the one before, up to {_REMINDERS_LAST_DAY}."
        faults.append(FieldError("reminder_days", "reminders.order", message))
    if faults:
        raise InvoiceInvalid(fields=faults)
    known = await invoices.series_of(connection, merchant.merchant_id)
    ours = set(SERIES.values())  # of receipts and invoices of the shop
    if ours & set(series) or any(known[one][0] is not kind for one, kind in series.items() if one in known):
        raise SeriesTaken
    kept = replace(settings, **checked)
    await invoices.put_settings(connection, merchant.merchant_id, entity_id, kept)
    await by.record(connection, merchant.merchant_id, Audited.BILLING_CHANGED, subject=entity_id, now=now)
    return kept


def _too_long(given: dict[str, object]) -> Iterator[FieldError]:
    for name, most in _LENGTHS.items():
        text = given.get(name, "")
        if isinstance(text, str) and (len(text) > most or (name != "note" and free_text.holds_unseen(text))):
            yield FieldError(name, "text.length", f"Write at most {most} characters that can be printed.")


def _checked(name: str, text: str, check: Callable[[str], str], faults: list[FieldError]) -> str:
    try:
        return check(text)
    except InvalidInput as error:
        faults.append(FieldError(name, error.code, error.message))
        return text


def _address(text: str) -> str:
    return read_email(text) if text.strip() else ""


def _is_series(text: str) -> bool:
    return 1 <= len(text) <= 12 and text.isascii() and all(one.isalnum() or one in "-/." for one in text)
