"""Row format 1, byte by byte: it is frozen, so this test never changes."""

import hashlib
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import fields, replace

from largesse.ledger import Account, Entry, Kind, Leg, Status, SubjectKind
from largesse.ledger.chain import FORMAT_1, canonical, genesis, memo_hash, row_hash

ROW = Entry(
    merchant_id=UUID(int=1),
    subject_id=UUID(int=2),
    subject_kind=SubjectKind.CERTIFICATE,
    seq=3,
    operation_id=UUID(int=4),
    line=0,
    kind=Kind.REDEEM,
    leg=Leg.VALUE,
    currency="EUR",
    debit=Account.CERTIFICATES_OUTSTANDING,
    credit=Account.REDEEMED,
    amount=2_500,
    held_change=0,
    balance_after=7_500,
    held_after=0,
    gratuity_after=0,
    gratuity_held_after=0,
    status_after=Status.ACTIVE,
    good_through_after=date(2029, 12, 31),
    refers_to=None,
    actor="cli:till",
    memo="not in it",
    fingerprint=bytes(range(16)),
    recorded_at=datetime(2026, 11, 29, 12, 0, 0, 1, tzinfo=UTC),
)

NOTHING = b"\xff\xff\xff\xff"


def text(written: bytes) -> bytes:
    return len(written).to_bytes(4) + written


def number(value: int) -> bytes:
    return (8).to_bytes(4) + value.to_bytes(8, signed=True)


def ident(value: int) -> bytes:
    return (16).to_bytes(4) + value.to_bytes(16)


def test_a_row_is_written_so_and_never_otherwise() -> None:
    written = (
        ident(1) + ident(2) + text(b"certificate") + number(3) + ident(4) + number(0) + text(b"redeem") + text(b"value")
        + text(b"EUR") + text(b"certificates_outstanding") + text(b"redeemed") + number(2_500) + number(0)
        + number(7_500) + number(0) * 3 + text(b"active") + text(b"2029-12-31") + NOTHING * 30 + text(b"cli:till")
        + text(bytes(range(16))) + NOTHING * 4 + number(1_795_953_600_000_001) + NOTHING
    )  # fmt: skip
    assert canonical(ROW) == written
    head = hashlib.sha256(b"largesse/journal" + bytes(15) + b"\x01" + bytes(15) + b"\x02").digest()
    assert genesis(ROW.merchant_id, ROW.subject_id) == head
    assert row_hash(head, ROW) == hashlib.sha256(head + written).digest()


def test_the_format_covers_every_column_but_the_hash_itself_and_erasable_text() -> None:
    assert {name for name, _ in FORMAT_1} == {one.name for one in fields(Entry)} - {"memo", "hash", "hash_format"}


@given(st.integers(-(2**62), 2**62), st.text(max_size=20), st.text(max_size=20))
def test_no_two_rows_are_written_alike(amount: int, actor: str, reason: str) -> None:
    one = replace(ROW, held_change=amount, actor=actor, reason=reason)
    for other in (
        replace(one, held_change=amount + 1),
        replace(one, actor=actor + "x"),
        replace(one, actor=reason + "x", reason=actor),
        replace(one, reason=None),
        replace(one, recorded_at=ROW.recorded_at + timedelta(microseconds=1)),
    ):
        assert canonical(other) != canonical(one)


def test_a_memo_is_hidden_behind_random_bytes() -> None:
    assert memo_hash(bytes(16), "Ada") == hashlib.sha256(bytes(16) + b"Ada").digest()
    assert memo_hash(bytes(16), "Ada") != memo_hash(b"1" * 16, "Ada")
