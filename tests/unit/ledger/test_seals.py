"""What a seal's hash covers, and how its totals are written."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from msgspec.structs import replace

from largesse.ledger.merkle import leaf_hash
from largesse.ledger.seals import NO_SEAL, Seal, Totals, leaf_of, seal_hash, sealed_event
from tests.builders.ledger import MERCHANT, NOW

CUT = datetime(2026, 11, 22, 15, 0, 0, 7, tzinfo=UTC)
SEAL = Seal(
    merchant_id=MERCHANT,
    number=3,
    cut=CUT,
    leaf_count=2,
    row_count=5,
    totals="EUR redeemed 0 100\n",
    root=b"r" * 32,
    previous=NO_SEAL,
    made_at=NOW,
)


def test_the_bytes_that_a_seals_hash_covers() -> None:
    """Written out by hand, so that nobody changes format 1 unawares."""
    microseconds = 1_795_359_600_000_007
    covered = (
        bytes.fromhex("00000008 0000000000000001")
        + bytes.fromhex("00000010 01900000000070008000000000000001")
        + bytes.fromhex("00000008 0000000000000003")
        + bytes.fromhex("00000008")
        + microseconds.to_bytes(8)
        + bytes.fromhex("00000008 0000000000000002")
        + bytes.fromhex("00000008 0000000000000005")
        + bytes.fromhex("00000013")
        + b"EUR redeemed 0 100\n"
        + bytes.fromhex("00000020")
        + b"r" * 32
        + bytes.fromhex("00000020")
        + bytes(32)
    )
    assert seal_hash(SEAL) == hashlib.sha256(covered).digest()


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"merchant_id": UUID(int=1)},
        {"number": 4},
        {"cut": CUT + timedelta(microseconds=1)},
        {"leaf_count": 3},
        {"row_count": 6},
        {"totals": "EUR redeemed 0 101\n"},
        {"root": b"s" * 32},
        {"previous": b"p" * 32},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_field_of_a_seal_is_covered(change: dict[str, Any]) -> None:
    assert seal_hash(replace(SEAL, **change)) != seal_hash(SEAL)


def test_when_it_was_made_is_not_covered() -> None:
    assert seal_hash(replace(SEAL, made_at=NOW + timedelta(days=1), hash=b"h" * 32)) == seal_hash(SEAL)


def test_a_leaf_is_a_subject_its_last_row_and_its_head() -> None:
    assert leaf_of(UUID(int=5), 6, b"h" * 32) == leaf_hash(
        bytes.fromhex("00000000000000000000000000000005 0000000000000006") + b"h" * 32
    )


def test_totals_go_on_from_the_seal_before_and_are_sorted() -> None:
    totals = Totals("EUR redeemed 0 100\nUSD cash 7 0\n")
    count = totals.add(
        [
            {"currency": "EUR", "account": "", "rows": 2, "debits": 0, "credits": 0},
            {"currency": "EUR", "account": "redeemed", "rows": 0, "debits": 3, "credits": 50},
            {"currency": "EUR", "account": "cash", "rows": 4, "debits": 10**30, "credits": 0},
        ]
    )
    assert count == 6
    assert totals.text() == f"EUR cash {10**30} 0\nEUR redeemed 3 150\nUSD cash 7 0\n"
    assert Totals(totals.text()).text() == totals.text()
    assert Totals().text() == ""


def test_the_event_tells_all_that_the_hash_covers() -> None:
    sealed = replace(SEAL, hash=seal_hash(SEAL))
    event = sealed_event(sealed, slug="corner-spa", now=NOW)
    assert (event.kind, event.merchant_id) == ("ledger.sealed", MERCHANT)
    told = msgspec.json.decode(event.payload)
    assert told == {
        "merchant": "corner-spa",
        "merchant_id": str(MERCHANT),
        "seal_number": 3,
        "format": 1,
        "cut": "2026-11-22T15:00:00.000007Z",
        "leaf_count": 2,
        "row_count": 5,
        "totals": "EUR redeemed 0 100\n",
        "root": SEAL.root.hex(),
        "previous": NO_SEAL.hex(),
        "hash": sealed.hash.hex(),
    }
    assert sealed_event(sealed, slug="corner-spa", now=NOW).event_id == event.event_id
