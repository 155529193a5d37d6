"""What is typed of a partner's commission: its own invoice, what that says, and the tax in it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import msgspec

from largesse.domain.invoices import InvoiceInvalid
from largesse.kernel.amounts import read_amount
from largesse.kernel.currency import currency
from largesse.kernel.errors import FieldError, InvalidInput

COMMISSION_FIELDS: Final = ("reference", "earned", "tax_rate", "tax_country", "back")
_PPM_OF_PERCENT: Final = 10_000


class CommissionTyped(msgspec.Struct, frozen=True, kw_only=True):
    """A commission as it was typed. `amount` None: what the agreement pays; `tax` is its country and millionths."""

    reference: str
    amount: int | None
    tax: tuple[str, int] | None


def read_commission(typed: Mapping[str, str], code: str, *, language: str) -> CommissionTyped:
    """Return what was typed.

    Raises:
        InvoiceInvalid: an amount or a rate cannot be read, or a country stands there without a rate.
    """
    faults: list[FieldError] = []
    amount: int | None = None
    if typed["earned"]:
        try:
            amount = read_amount(typed["earned"], currency(code), language=language).minor
        except InvalidInput as error:
            faults.append(FieldError("earned", error.code, error.message))
    rate = _rate(typed["tax_rate"])
    if rate is None or (typed["tax_country"] and not typed["tax_rate"]):
        faults.append(FieldError("tax_rate", "rate.invalid", "Give the tax in per cent, such as 19."))
    if faults:
        raise InvoiceInvalid(fields=faults)
    tax = (typed["tax_country"].upper(), rate) if rate else None
    return CommissionTyped(reference=typed["reference"], amount=amount, tax=tax)


def _rate(text: str) -> int | None:
    """Return a rate of per cent in millionths, 0 where none was typed; None where it cannot be read."""
    try:
        rate = Decimal(text.replace(",", ".") or 0) * _PPM_OF_PERCENT
        return int(rate) if 0 <= rate < 100 * _PPM_OF_PERCENT and rate == int(rate) else None
    except (ArithmeticError, ValueError):
        return None
