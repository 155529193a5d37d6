"""Rows of the ledger's tables as values."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

import msgspec
from msgspec.structs import replace

from largesse.db.connection import Row
from largesse.kernel.where import BooksSale, TaxRate, Where
from largesse.ledger.accounts import Account, ClassOfValue, Leg
from largesse.ledger.books import Books
from largesse.ledger.lots import Lot, Share
from largesse.ledger.model import (
    Certificate,
    Entry,
    Expiry,
    Hold,
    HoldStatus,
    Kind,
    PartKey,
    Redemption,
    Status,
    SubjectKind,
    Use,
)
from largesse.ledger.tax_lines import TaxLine

_TAXES = msgspec.json.Decoder(tuple[TaxLine, ...])
_LOTS = msgspec.json.Decoder(tuple[Lot, ...])
_WORDS = {
    "subject_kind": SubjectKind,
    "kind": Kind,
    "leg": Leg,
    "debit": Account,
    "credit": Account,
    "status_after": Status,
    "class_of_value": ClassOfValue,
    "books_sale": BooksSale,
}


def books_of(row: Row) -> Books:
    """Return a merchant's books, with the database's clock."""
    rate = row["default_rate"]
    home = Where(
        merchant_id=row["merchant_id"],
        location_id=row["location_id"],
        legal_entity_id=row["legal_entity_id"],
        country=row["country"],
        time_zone=row["time_zone"],
        cut_off_hour=row["cut_off_hour"],
        books_sale=BooksSale(row["books_sale"]),
        default_rate=None if rate is None else TaxRate(name=row["default_rate_name"], rate=rate),
    )
    return Books(
        merchant_id=row["merchant_id"],
        clock=row["clock"],
        sealed_through=row["sealed_through"],
        open_from=row["open_from"],
        home=home,
        redemptions_per_hour=row["redemptions_per_hour"],
        expired_gratuity=Account(row["expired_gratuity"]),
    )


def certificate_of(row: Row) -> Certificate:
    """Return a certificate; how it was named beside its columns is left out."""
    fields = fields_of(row, class_of_value=ClassOfValue, funding=Account, status=Status)
    fields.pop("digest", None)
    lots, redeemed_at = _LOTS.decode(fields["lots"]), tuple(fields["redeemed_at"] or ())
    return Certificate(**fields | {"lots": lots, "redeemed_at": redeemed_at})


def entry_of(row: Row) -> Entry:
    """Return a journal row."""
    return Entry(**fields_of(row, **_WORDS))


def hold_of(row: Row) -> Hold:
    """Return a hold."""
    return Hold(**fields_of(row, status=HoldStatus))


def redemptions_of(rows: Iterable[Row]) -> dict[PartKey, Redemption]:
    """Return what redemptions have used, from a row for each lot that each command of them touched."""
    found: dict[PartKey, Redemption] = {}
    for (key, _), mine in groupby(rows, key=lambda row: (_part_key(row), row["fingerprint"])):
        lots = list(mine)
        one = Redemption(
            merchant_id=key[0],
            operation_id=key[1],
            certificate_id=key[2],
            uses=(_use(lots),),
            moved=frozenset(row["lot_id"] for row in lots if row["moved"]),
            reversed=lots[0]["undone"],
        )
        before = found.get(key)
        found[key] = one if before is None else replace(before.and_then(one), moved=before.moved | one.moved)
    return found


def _use(lots: Sequence[Row]) -> Use:
    return Use(
        shares=tuple(share for row in lots for share in _share(row)),
        location_id=lots[0]["location_id"],
        used_in=lots[0]["used_in"],
        crossed=frozenset(row["lot_id"] for row in lots if row["crossed"]),
        books_sale=BooksSale(lots[0]["books_sale"]),
        taxes=_TAXES.decode(lots[0]["taxes"]),
        memorandum=any(row["memorandum"] for row in lots),
    )


def expiries_of(rows: Iterable[Row]) -> dict[PartKey, Expiry]:
    """Return what expiries have booked, from a row for each lot that they touched."""
    found: dict[PartKey, Expiry] = {}
    for row in rows:
        key = _part_key(row)
        known = found.get(key) or Expiry(
            merchant_id=row["merchant_id"],
            certificate_id=row["certificate_id"],
            operation_id=row["operation_id"],
            shares=(),
            blocked=row["blocked"],
            undone=row["undone"],
        )
        tips_to = Account(row["tips_to"]) if row["tips_to"] else known.tips_to
        found[key] = replace(known, shares=(*known.shares, *_share(row)), tips_to=tips_to)
    return found


def fields_of(row: Row, **vocabularies: Any) -> dict[str, Any]:
    """Return the columns of a row, those that are named as the words of a vocabulary."""
    fields = dict(row)
    for name, vocabulary in vocabularies.items():
        if fields[name] is not None:
            fields[name] = vocabulary(fields[name])
    return fields


def _part_key(row: Row) -> PartKey:
    return row["merchant_id"], row["operation_id"], row["certificate_id"]


def _share(row: Row) -> tuple[Share, ...]:
    """Return what was taken of a row's lot; there is none of what was held and not taken, or of what was empty."""
    if row["lot_id"] is None:
        return ()
    return (Share(**{name: row[name] for name in Share.__struct_fields__}),)
