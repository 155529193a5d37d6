"""The chain of a subject's rows: each holds the hash of the one before it (docs/internals/row-format.md).

Hash = SHA-256 of the hash of the row before, and of the canonical bytes of this one. Row format 1 is `FORMAT_1` and
frozen: a column that comes later is outside of it. Each field is written as the length of its bytes (4 bytes,
big-endian) and these; what is not there as the length 0xFFFFFFFF. PostgreSQL computes the same in `queries.sql`.
"""

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from struct import Struct
from typing import Any
from uuid import UUID

from largesse.ledger.model import Entry

FORMAT = 1
GENESIS_TAG = b"largesse/journal"

_ABSENT = b"\xff\xff\xff\xff"
_SIXTEEN = (16).to_bytes(4)
_TEN = (10).to_bytes(4)
_FRAMED_INTEGER = Struct(">Iq").pack
_WORDS_REMEMBERED = 1024
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _uuid(value: UUID) -> bytes:
    return _SIXTEEN + value.int.to_bytes(16)


def _integer(value: int) -> bytes:
    return _FRAMED_INTEGER(8, value)


def _text(value: str) -> bytes:
    written = value.encode()
    return len(written).to_bytes(4) + written


@lru_cache(_WORDS_REMEMBERED)
def _word(value: str) -> bytes:
    """Write a text that many rows share, such as a kind, an account or a currency."""
    return _text(value)


def _bytes(value: bytes) -> bytes:
    return len(value).to_bytes(4) + value


def _moment(value: datetime) -> bytes:
    return _integer((value - _EPOCH) // _MICROSECOND)


@lru_cache(_WORDS_REMEMBERED)
def _day(value: date) -> bytes:
    return _TEN + value.isoformat().encode()


Framed = int | str | bytes | UUID | datetime
"""What can be written as a field."""


def framed(value: Framed) -> bytes:
    """Return a value as a field of what is hashed: the length of its bytes, and these."""
    match value:
        case int():
            return _integer(value)
        case str():
            return _text(value)
        case bytes():
            return _bytes(value)
        case UUID():
            return _uuid(value)
        case datetime():
            return _moment(value)


FORMAT_1: tuple[tuple[str, Callable[[Any], bytes]], ...] = (
    ("merchant_id", _uuid),
    ("subject_id", _uuid),
    ("subject_kind", _word),
    ("seq", _integer),
    ("operation_id", _uuid),
    ("line", _integer),
    ("kind", _word),
    ("leg", _word),
    ("currency", _word),
    ("debit", _word),
    ("credit", _word),
    ("amount", _integer),
    ("held_change", _integer),
    ("balance_after", _integer),
    ("held_after", _integer),
    ("gratuity_after", _integer),
    ("gratuity_held_after", _integer),
    ("status_after", _word),
    ("good_through_after", _day),
    ("expires_at_after", _moment),
    ("hold_ends_at", _moment),
    ("class_of_value", _word),
    ("offering_id", _uuid),
    ("partner_id", _uuid),
    ("refcode", _text),
    ("order_number", _text),
    ("tax_kind", _word),
    ("home_location_id", _uuid),
    ("lot_id", _uuid),
    ("lot_face_after", _integer),
    ("lot_gratuity_after", _integer),
    ("lot_discount_after", _integer),
    ("lot_included_tax_after", _integer),
    ("lot_added_tax_after", _integer),
    ("books_sale", _word),
    ("legal_entity_id", _uuid),
    ("location_id", _uuid),
    ("device_id", _uuid),
    ("entry_mode", _word),
    ("party_id", _uuid),
    ("open_item_kind", _word),
    ("open_item_id", _uuid),
    ("tax_country", _word),
    ("tax_rate_ppm", _integer),
    ("taxable_amount", _integer),
    ("tax_amount", _integer),
    ("tax_point", _day),
    ("refers_to", _uuid),
    ("reason", _word),
    ("actor", _text),
    ("fingerprint", _bytes),
    ("fingerprint_key", _word),
    ("memo_hash", _bytes),
    ("claimed_at", _moment),
    ("effective_at", _moment),
    ("recorded_at", _moment),
    ("booked_on", _day),
)
"""The columns of the journal that a row's hash covers, in their order, and how each is written."""

_fields = attrgetter(*(name for name, _ in FORMAT_1))
_writers = tuple(write for _, write in FORMAT_1)


def genesis(merchant_id: UUID, subject_id: UUID) -> bytes:
    """Return what stands for the hash before a subject's first row."""
    return hashlib.sha256(GENESIS_TAG + merchant_id.bytes + subject_id.bytes).digest()


def canonical(entry: Entry) -> bytes:
    """Return the bytes of a row that its hash covers."""
    parts = [_ABSENT if value is None else write(value) for value, write in zip(_fields(entry), _writers, strict=True)]
    return b"".join(parts)


def row_hash(before: bytes, entry: Entry) -> bytes:
    """Return the hash of a row that follows one of the hash `before`."""
    return hashlib.sha256(before + canonical(entry)).digest()


def memo_hash(salt: bytes, memo: str) -> bytes:
    """Return what a row keeps of a memo, which may be erased: the SHA-256 of its 16 random bytes and its text."""
    return hashlib.sha256(salt + memo.encode()).digest()
