"""What a form says of a file: how it is read, and how it is booked. What is none of the answers is no answer."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

import pycountry

from largesse.domain import imports
from largesse.domain.imports import CardColumn, ChoiceInvalid, Choices, DayOrder, ImportTerms, LastDay
from largesse.kernel.amounts import read_plain_decimal
from largesse.kernel.currency import UnknownCurrency, currency
from largesse.kernel.tax import UNTAXED, TaxKind, TaxTreatment
from largesse.ledger import ClassOfValue
from largesse.web.choices import ChoiceUnknown, chosen

Word = TypeVar("Word", DayOrder, LastDay, CardColumn)

COLUMN: Final = "column_"
_PER_CENT: Final = Decimal(100)


def choices_of(fields: Mapping[str, str], *, width: int) -> Choices:
    """Return how a file of `width` columns is to be read.

    Raises:
        ChoiceInvalid: something is none of the answers.
    """
    preset, decimal = fields.get("preset", ""), fields.get("decimal", "")
    if (preset and preset not in imports.presets()) or decimal not in {"", ".", ","}:
        raise ChoiceInvalid
    return Choices(
        preset=preset,
        columns=_columns(fields, width),
        decimal=decimal,
        day_order=_one_of(DayOrder, fields.get("day_order", "")),
        last_day=_one_of(LastDay, fields.get("last_day", "")),
        lengths_differ=fields.get("lengths_differ") == "yes",
        currency=_currency(fields.get("currency", "")),
    )


def _columns(fields: Mapping[str, str], width: int) -> dict[CardColumn, int] | None:
    """Return what each column was said to be; None where nothing was said, and the preset knows."""
    said = {place: fields.get(f"{COLUMN}{place}", "") for place in range(width)}
    found = dict[CardColumn, int]()
    for place, word in said.items():
        if not word:
            continue
        column = _one_of(CardColumn, word)
        if column is None or column in found:
            raise ChoiceInvalid
        found[column] = place
    return found or None


def _one_of(kind: type[Word], text: str) -> Word | None:
    try:
        return chosen({"": text}, "", kind) if text else None
    except ChoiceUnknown as error:
        raise ChoiceInvalid from error


def _currency(text: str) -> str:
    code = text.strip().upper()
    try:
        return currency(code).code if code else ""
    except UnknownCurrency as error:
        raise ChoiceInvalid from error


def terms_of(fields: Mapping[str, str], zone: ZoneInfo, *, now: datetime) -> ImportTerms:
    """Return how a file is to be booked.

    Raises:
        ChoiceInvalid: something is none of the answers, or the cut-over has not come.
    """
    kind = chosen(fields, "class", (ClassOfValue.PAID, ClassOfValue.PROMOTIONAL), usual=ClassOfValue.PAID)
    return ImportTerms(
        cut_over=_cut_over(fields.get("cut_over", ""), zone, now),
        class_of_value=kind,
        treatment=_treatment(fields),
        tells=fields.get("tells") == "yes",
    )


def _cut_over(text: str, zone: ZoneInfo, now: datetime) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text[:30])
    except ValueError as error:
        raise ChoiceInvalid from error
    moment = moment.replace(tzinfo=zone)
    if moment > now:
        raise ChoiceInvalid
    return moment


def _treatment(fields: Mapping[str, str]) -> TaxTreatment:
    kind, country = fields.get("tax_kind", "none"), fields.get("tax_country", "").strip().upper()
    if kind == "none":
        return UNTAXED
    if kind not in set(TaxKind) or (country and pycountry.countries.get(alpha_2=country) is None):
        raise ChoiceInvalid
    rate = read_plain_decimal(fields.get("tax", "").replace(",", ".").strip() or "0")
    if rate is None or not 0 <= rate <= _PER_CENT or TaxKind(kind).due_at_sale is not bool(rate):
        raise ChoiceInvalid
    return TaxTreatment(kind=TaxKind(kind), country=country or None, rate=rate / _PER_CENT)
