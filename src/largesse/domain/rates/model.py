"""A rate of a day, and tables of them. Pure.

A rate says how much of a currency one unit of the merchant's own is worth, as the European Central Bank writes it of
the euro: 1.0838 of USD.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final
from uuid import UUID

import msgspec

from largesse.domain.rates.errors import RateInvalid
from largesse.kernel.currency import currency as currency_of
from largesse.kernel.currency import is_currency
from largesse.kernel.errors import FieldError
from largesse.kernel.money import half_up
from largesse.kernel.text_tables import TextTable

GOOD_FOR: Final = timedelta(days=31)
"""How long a rate counts where none of a later day is known."""
_MOST: Final = Decimal(10) ** 9
_LEAST: Final = Decimal(10) ** -9
_SOURCE_MAX: Final = 120
_FAULTS_MAX: Final = 50
_ABSENT: Final = frozenset({"", "N/A", "-"})


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """So much of `currency` for one unit of the merchant's own, on a day, and who says so."""

    merchant_id: UUID
    currency: str
    day: date
    rate: Decimal
    source: str
    set_by: str
    set_at: datetime


def in_base(amount: int, code: str, base: str, rate: Decimal) -> int:
    """Return an amount of a currency in the merchant's own, both in their smallest units, halves away from zero."""
    units, own = currency_of(code).units, currency_of(base).units
    numerator, denominator = rate.as_integer_ratio()
    return half_up(amount * own * denominator, units * numerator)


def read_rates(table: TextTable, *, merchant_id: UUID, base: str, source: str, by: str, now: datetime) -> list[Rate]:
    """Return the rates in a table: `day,currency,rate`, or a column for each currency behind `Date`, as the ECB has it.

    Raises:
        RateInvalid: what cannot be read, all of it, by line.
    """
    header = [cell.strip() for cell in table.rows[0].cells] if table.rows else []
    lower = [name.lower() for name in header]
    faults: list[FieldError] = list(table.faults)
    found: list[tuple[int, str, str, str]] = []
    if {"day", "currency", "rate"} <= set(lower):
        places = [lower.index(name) for name in ("day", "currency", "rate")]
        for row in table.rows[1:]:
            day, code, rate = (row.cells[place].strip() for place in places)
            found.append((row.line, day, code.upper(), rate))
    elif lower[:1] == ["date"] and any(is_currency(name) for name in header[1:]):
        for row in table.rows[1:]:
            found += [
                (row.line, row.cells[0].strip(), name, row.cells[place].strip())
                for place, name in enumerate(header)
                if is_currency(name) and row.cells[place].strip() not in _ABSENT
            ]
    else:
        faults.append(FieldError("header", RateInvalid.code, "Write day, currency and rate, or Date and currencies."))
    rates = []
    for line, day, code, rate in found:
        one = _rate(day, code, rate, base)
        if one is None:
            faults.append(FieldError(f"line {line}", RateInvalid.code, f"“{day} {code} {rate}” is no rate."[:120]))
        else:
            rates.append(
                Rate(
                    merchant_id=merchant_id,
                    currency=code,
                    day=one[0],
                    rate=one[1],
                    source=source[:_SOURCE_MAX],
                    set_by=by,
                    set_at=now,
                )
            )
    if not source.strip():
        faults.append(FieldError("source", RateInvalid.code, "Say who publishes the rates."))
    if faults or not rates:
        raise RateInvalid(fields=faults[:_FAULTS_MAX])
    return rates


def _rate(day: str, code: str, rate: str, base: str) -> tuple[date, Decimal] | None:
    try:
        on, value = date.fromisoformat(day[:10]), Decimal(rate)
    except (ValueError, InvalidOperation):
        return None
    sensible = value.is_finite() and _LEAST < value < _MOST and is_currency(code) and code != base
    return (on, value) if sensible else None
