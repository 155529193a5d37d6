"""Sessions of people who sign in: known by a token of which only a hash is kept, on the server, and ended there.

A session begins with a right password and counts for nothing until the second factor is given. It ends when nobody has
used it for a while, when it is old, when its person ends it, and when a password is replaced.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from largesse.domain.staff.permissions import Authority, Role

HALF_WAY_FOR: Final = timedelta(minutes=10)
IDLE_FOR: Final = timedelta(hours=2)
LASTS_FOR: Final = timedelta(hours=12)
OLD_TOKEN_FOR: Final = timedelta(seconds=30)
"""How long the token before a step-up still counts: what the browser had under way comes with it."""
SEEN_EVERY: Final = timedelta(minutes=1)
_TOKEN_BYTES: Final = 32
TOKEN_LENGTH: Final = 43  # in base64url


class StaffSession(msgspec.Struct, frozen=True, kw_only=True):
    """One browser in which a person signs in, or has.

    `signed_in_at` is when the second factor was given, None before. `confirmed_at` is when the person last showed who
    they are, and `confirmed_for` the one merchant for which that counts.
    """

    session_id: UUID
    person_id: UUID
    made_at: datetime
    seen_at: datetime
    signed_in_at: datetime | None = None
    confirmed_for: UUID | None = None
    confirmed_at: datetime | None = None
    agent: str = ""
    address: str = ""
    ended_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Return whether it may still be used, if only to give the second factor."""
        if self.ended_at is not None or now < self.made_at:
            return False
        if self.signed_in_at is None:
            return now < self.made_at + HALF_WAY_FOR
        return now < self.signed_in_at + LASTS_FOR and now < self.seen_at + IDLE_FOR

    def counts(self, now: datetime) -> bool:
        """Return whether its person is signed in."""
        return self.signed_in_at is not None and self.is_open(now)

    def authority(self, merchant_id: UUID, role: Role, *, recovered_at: datetime | None) -> Authority:
        """Return where its person stands with a merchant: a step-up counts for one alone."""
        stepped_up = self.confirmed_at if self.confirmed_for == merchant_id else None
        return Authority(role=role, stepped_up_at=stepped_up, recovered_at=recovered_at)


def new_token() -> str:
    """Return a fresh token of a session."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def digest_of_token(token: str) -> bytes:
    """Return what a session is found by; 256 random bits need no slow hash."""
    return hashlib.sha256(token[: TOKEN_LENGTH + 1].encode()).digest()
