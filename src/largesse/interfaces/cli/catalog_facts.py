"""What the catalogue commands read from options and print."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import click

from largesse.domain.catalog import FOREVER, HungPicture, Offering, PromoCode, Validity
from largesse.kernel.amounts import read_plain_amount, read_plain_decimal
from largesse.kernel.clock import aware, end_of_day, start_of_day
from largesse.kernel.currency import Currency
from largesse.kernel.money import plain

NOTHING = "none"


def amounts(text: str, money: Currency) -> tuple[int, ...]:
    """Read `50,100,150`; "none" is no amount."""
    return () if text == NOTHING else tuple(read_plain_amount(part.strip(), money).minor for part in text.split(","))


def amount(text: str, money: Currency) -> int | None:
    """Read `50.00`; "none" is None."""
    return None if text == NOTHING else read_plain_amount(text, money).minor


def limits(text: str, money: Currency) -> tuple[int | None, int | None]:
    """Read `10..1000`; "none" is no free amount."""
    if text == NOTHING:
        return None, None
    least, dots, most = text.partition("..")
    if not dots:
        raise click.UsageError("Write the limits of a free amount like 10..1000, or none.")
    return read_plain_amount(least.strip(), money).minor, read_plain_amount(most.strip(), money).minor


def percents(text: str) -> tuple[Decimal, ...]:
    """Read `15,18,20`; "none" is no percentage."""
    return () if text == NOTHING else tuple(percent(part.strip()) for part in text.split(","))


def percent(text: str) -> Decimal:
    """Read `8.25`."""
    read = read_plain_decimal(text.removesuffix("%").strip())
    if read is None:
        message = f"{text[:40]!r} is not a number; write per cent like 8.25."
        raise click.UsageError(message)
    return read


def validity(text: str) -> Validity:
    """Read `12m`, `90d` or `forever`."""
    if text == "forever":
        return FOREVER
    number, unit = text[:-1], text[-1:]
    if not (number.isascii() and number.isdigit() and len(number) <= 5 and unit in {"m", "d"}):
        raise click.UsageError("Write how long it is good in months or days, like 12m or 90d, or forever.")
    return Validity(months=int(number)) if unit == "m" else Validity(days=int(number))


def moment(text: str, zone: ZoneInfo, *, closing: bool = False) -> datetime | None:
    """Read a day, or a day and a time, of the merchant; a day that closes something counts whole. "none" is None."""
    if text == NOTHING:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        message = f"{text!r} is not a time; write 2026-12-24 or 2026-12-24T09:00."
        raise click.UsageError(message) from None
    if len(text) == len("2026-12-24"):
        return (end_of_day if closing else start_of_day)(read.date(), in_zone=zone)
    return aware(read if read.tzinfo else read.replace(tzinfo=zone))


def offering_facts(one: Offering, zone: ZoneInfo) -> dict[str, object]:
    """Return what there is to know of an offering, for people."""
    money = one.money
    free = f"{plain(one.amount_min, money)}..{plain(one.amount_max or 0, money)}" if one.amount_min else None
    return {
        "slug": one.slug,
        "offering_id": str(one.offering_id),
        "kind": one.kind.value,
        "status": one.status.value,
        "title": one.title,
        "gift_description": one.gift_description or None,
        "price": plain(one.price, money) if one.price else None,
        "presets": ", ".join(plain(preset, money) for preset in one.presets) or None,
        "free_amount": free,
        "currency": one.currency,
        "tax_kind": one.tax.kind.value,
        "tax": f"{_short(one.tax.rate * 100)} %" if one.tax.rate else None,
        "tax_country": one.tax.country,
        "redemption_rates": ", ".join(f"{_short(rate * 100)} %" for rate in one.redemption_rates) or None,
        "gratuity": _gratuity(one),
        "validity": _validity(one.validity),
        "available_from": _local(one.available_from, zone),
        "available_until": _local(one.available_until, zone),
        "stock": None if one.stock is None else f"{one.stock_left} of {one.stock} left",
        "sort": one.sort or None,
        "designs": ", ".join(one.designs) or None,
        "bonus": _bonus(one),
        "picture_id": str(one.picture_id) if one.picture_id else None,
        "languages": ", ".join(sorted(one.translations)) or None,
        "description": one.description or None,
        "terms": one.terms or None,
    }


def offering_line(one: Offering) -> str:
    """Return one line for a list."""
    price = plain(one.price, one.money) if one.price else "amount"
    note = "" if one.status.value == "active" else " (hidden)"
    return f"{one.slug:<28} {price:>10} {one.currency}  {_tax(one):<20}  {one.title}{note}"


def _tax(one: Offering) -> str:
    rate = f" {_short(one.tax.rate * 100)} %" if one.tax.rate else ""
    return f"{one.tax.kind.value}{rate}"


def picture_line(one: HungPicture) -> str:
    """Return one line for a list."""
    what = one.picture
    where = ", ".join(one.places) or "shown nowhere"
    return f"{what.picture_id}  {what.width:>5} x {what.height:<5}  {where}{f'  ({what.alt})' if what.alt else ''}"


def promo_line(one: PromoCode, slugs: Sequence[str]) -> str:
    """Return one line for a list."""
    off = f"{_short(one.percent)} %" if one.percent else f"{plain(one.amount or 0, one.money)} {one.currency}"
    used = f"{one.uses} of {one.uses_max} used" if one.uses_max else f"{one.uses} used"
    only = f"  for {', '.join(slugs)}" if slugs else ""
    return f"{one.code:<30} {off:>12}  {used}{only}{' (stopped)' if one.stopped_at else ''}"


def _gratuity(one: Offering) -> str | None:
    if not one.gratuity.allowed:
        return None
    shown = [f"{_short(percent)} %" for percent in one.gratuity.percents]
    if one.gratuity.tip_max is not None:
        shown.append(f"up to {plain(one.gratuity.tip_max, one.money)}")
    return ", ".join(shown)


def _bonus(one: Offering) -> str | None:
    if one.bonus is None:
        return None
    rule = one.bonus
    gift = plain(rule.amount, one.money) if rule.amount else f"{_short(rule.percent or Decimal())} %"
    return f"{gift} promotional from {plain(rule.threshold, one.money)}, {_validity(rule.validity)}"


def _validity(found: Validity) -> str:
    if found.months is not None:
        return f"{found.months} months"
    return "for ever" if found.days is None else f"{found.days} days"


def _local(when: datetime | None, zone: ZoneInfo) -> str | None:
    return when.astimezone(zone).strftime("%Y-%m-%d %H:%M %Z") if when else None


def _short(number: Decimal) -> str:
    return f"{number.normalize():f}"
