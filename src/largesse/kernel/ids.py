"""Identifiers made by the application, never by a database sequence (ARCHITECTURE §4)."""

import hashlib
import os
from datetime import datetime
from uuid import UUID

_VERSION_7 = 0x7 << 76
_VARIANT_RFC = 0b10 << 62
_RANDOM_A = (1 << 12) - 1
_RANDOM_B = (1 << 62) - 1


def new_id(now: datetime) -> UUID:
    """Return a fresh UUIDv7 (RFC 9562 §5.7): ordered by the millisecond of `now`, random below it."""
    random = int.from_bytes(os.urandom(10), "big") >> 6  # 74 bits; the secrets module takes three times as long
    value = int(now.timestamp() * 1000) << 80
    value |= _VERSION_7 | (random >> 62 & _RANDOM_A) << 64
    value |= _VARIANT_RFC | random & _RANDOM_B
    return UUID(int=value)


def first_id(moment: datetime) -> UUID:
    """Return the id that parts those of `moment` and later, which come behind it, from all that were made earlier."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def timed_id(now: datetime, *parts: str | UUID) -> UUID:
    """Return the id that always stands for `parts` at `now`: ordered like `new_id`, and without chance."""
    value = int(now.timestamp() * 1000) << 80
    return UUID(int=value | _VERSION_7 | _VARIANT_RFC | _digest(parts) & (_RANDOM_A << 64 | _RANDOM_B))


def timed_like(one: UUID, *parts: str | UUID) -> UUID:
    """Return the UUIDv7 that always stands for `parts`, at the moment of another UUIDv7."""
    return UUID(int=one.int >> 80 << 80 | _VERSION_7 | _VARIANT_RFC | _digest(parts) & (_RANDOM_A << 64 | _RANDOM_B))


def derived_id(*parts: str | UUID) -> UUID:
    """Return the UUIDv8 (RFC 9562 §5.8) that always stands for `parts`.

    Used where a caller's own key must become an operation id, and where a duty must arrive at the same id on every
    run. The parts are length-prefixed before hashing, so that no two different lists meet.
    """
    value = _digest(parts) & ~(0xF << 76) & ~(0b11 << 62)
    return UUID(int=value | 0x8 << 76 | _VARIANT_RFC)


def _digest(parts: tuple[str | UUID, ...]) -> int:
    texts = [str(part).encode() for part in parts]
    framed = b"".join(len(text).to_bytes(4, "big") + text for text in texts)
    return int.from_bytes(hashlib.blake2b(framed, digest_size=16).digest(), "big")
