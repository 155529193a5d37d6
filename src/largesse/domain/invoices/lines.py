"""Lines and taxes of an invoice, from what stands on it. Pure.

Tax per rate is computed once, on the gross of all lines: 500 certificates of 10.00 at 19 % hold 798.32, not 500 times
1.60 (EN 16931, BR-CO-17 asks for one amount per category and rate).
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from largesse.domain.invoices.model import InvoiceLine, Item, RateTotal
from largesse.kernel.money import half_up
from largesse.kernel.tax import TaxKind

PPM = 1_000_000
Rate = tuple[str, int]
"""The country whose tax it is, and the rate in millionths."""

_LineKey = tuple[str, int, int, TaxKind, str | None, int]


def included_at(gross: int, rate_ppm: int) -> int:
    """Return the tax inside of `gross` at a rate in millionths, half-up."""
    return half_up(gross * rate_ppm, PPM + rate_ppm)


def lines_of(items: Iterable[Item]) -> tuple[list[InvoiceLine], dict[str, int]]:
    """Return the lines, by refcode and the dearest first, and the line of each item by its lot's id."""
    items = list(items)
    counts = Counter(_key(one) for one in items)
    places = {key: place for place, key in enumerate(sorted(counts, key=_order), start=1)}
    lines = [
        InvoiceLine(
            line_no=place,
            refcode=key[0],
            quantity=counts[key],
            face=key[1],
            discount=key[2],
            tax_kind=key[3],
            tax_country=key[4],
            tax_rate_ppm=key[5],
        )
        for key, place in places.items()
    ]
    return lines, {str(one.lot_id): places[_key(one)] for one in items}


def rates_of(items: Iterable[Item]) -> dict[Rate, list[Item]]:
    """Return the taxed items by their rate."""
    found: dict[Rate, list[Item]] = {}
    for one in items:
        if one.taxed:
            found.setdefault((one.tax_country or "", one.tax_rate_ppm), []).append(one)
    return found


def taxes_of(items: Iterable[Item]) -> list[RateTotal]:
    """Return gross and tax of each rate of an invoice, and what certificates had booked of it."""
    return [
        RateTotal(
            tax_country=country,
            tax_rate_ppm=rate,
            gross=(gross := sum(one.amount for one in some)),
            tax=included_at(gross, rate),
            booked=sum(one.booked_tax for one in some),
            elsewhere=sum(one.booked_tax for one in some if not one.ours),
        )
        for (country, rate), some in sorted(rates_of(items).items())
    ]


def credited_taxes(items: Iterable[Item], before: Sequence[RateTotal]) -> list[RateTotal]:
    """Return gross and tax of each rate of a credit note.

    `before` are those of the credit notes that its invoice has already: its tax is that of all that is given back so
    far, less theirs. So none gives back more than it is over, and the last one of an invoice takes the rest.
    """
    gone, tax_gone = Counter[Rate](), Counter[Rate]()
    for one in before:
        gone[one.tax_country, one.tax_rate_ppm] += one.gross
        tax_gone[one.tax_country, one.tax_rate_ppm] += one.tax
    found = []
    for one in taxes_of(items):
        rate = one.tax_country, one.tax_rate_ppm
        tax = included_at(gone[rate] + one.gross, one.tax_rate_ppm) - tax_gone[rate]
        found.append(replace(one, tax=tax))
    return found


def _key(one: Item) -> _LineKey:
    face = one.amount + one.discount
    return one.refcode, face, one.discount, one.tax_kind, one.tax_country, one.tax_rate_ppm


def _order(key: _LineKey) -> tuple[str, int, int, str, str, int]:
    refcode, face, discount, kind, country, rate = key
    return refcode, -face, discount, kind.value, country or "", rate
