"""A key of a program: how it looks, what is kept of it, and what it may do."""

import hashlib
import re
import secrets
import string
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

LIVE_PREFIX: Final = "lg_live_"
TEST_PREFIX: Final = "lg_test_"
SECRET_LENGTH: Final = 40
HINT_LENGTH: Final = 4
NAME_MAX: Final = 60

_ALPHABET: Final = string.ascii_letters + string.digits
_SHAPE: Final = re.compile(rf"lg_(?:live|test)_[0-9A-Za-z]{{{SECRET_LENGTH}}}")


class KeyScope(StrEnum):
    """What a key may be good for. The words are stored and sent, and never renamed."""

    CERTIFICATES_READ = "certificates:read"
    """Look certificates up, with their balances and histories."""
    CERTIFICATES_REDEEM = "certificates:redeem"
    """Redeem, hold, capture, release, and undo that."""
    CERTIFICATES_ISSUE = "certificates:issue"
    """Issue, prepare, activate and reload."""
    CERTIFICATES_MANAGE = "certificates:manage"
    """Refund, cash out, adjust, block, void, extend, transfer."""
    ORDERS_READ = "orders:read"
    """Read orders, with buyers and recipients."""
    CATALOGUE_READ = "catalogue:read"
    """Read what is on sale."""
    PARTNERS_READ = "partners:read"
    """Read partners and their agreements."""
    INVOICES_READ = "invoices:read"
    """Read invoices to partners, and what they paid."""
    EVENTS_READ = "events:read"
    """Read what endpoints are told of."""
    DELIVERIES_READ = "deliveries:read"
    """Read endpoints, and what became of deliveries."""
    SETTINGS_READ = "settings:read"
    """Read locations and devices."""
    REPORTS_READ = "reports:read"
    """Read reports and seals."""
    CHECKOUTS_MANAGE = "checkouts:manage"
    """Make links that buyers pay by, and see whether they did."""
    ENDPOINTS_MANAGE = "endpoints:manage"
    """Add endpoints, change and remove them, send deliveries once more."""
    CARDS_MANAGE = "cards:manage"
    """Ask for batches of cards, and give them up."""
    DEVICES_MANAGE = "devices:manage"
    """Add devices, change, move and revoke them."""


GUARDED: Final = frozenset(
    {
        KeyScope.CERTIFICATES_REDEEM,
        KeyScope.CERTIFICATES_ISSUE,
        KeyScope.CERTIFICATES_MANAGE,
        KeyScope.ORDERS_READ,
        KeyScope.PARTNERS_READ,
        KeyScope.INVOICES_READ,
        KeyScope.EVENTS_READ,
        KeyScope.CHECKOUTS_MANAGE,
        KeyScope.ENDPOINTS_MANAGE,
        KeyScope.CARDS_MANAGE,
        KeyScope.DEVICES_MANAGE,
    }
)
"""Scopes that move money, let tills in or read people: on a live key an owner's word, of which the others are told."""


class ProgramKey(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a key. `program_id` is the program's for ever; a rotated key has it from the one before."""

    merchant_id: UUID
    key_id: UUID
    program_id: UUID
    hint: str
    name: str
    live: bool
    scopes: tuple[KeyScope, ...]
    made_by: str
    made_at: datetime
    expires_at: datetime | None = None
    replaced_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None

    @property
    def actor(self) -> str:
        """Return what journals and logs call the program."""
        return f"program:{self.program_id}"

    @property
    def guarded(self) -> bool:
        """Return whether it moves real money, or reads of real people."""
        return self.live and not GUARDED.isdisjoint(self.scopes)

    def works(self, now: datetime) -> bool:
        """Return whether it opens anything."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def new_key_text(*, live: bool) -> str:
    """Return a fresh key: 238 random bits behind a prefix by which it is recognised where it should not be."""
    secret = "".join(secrets.choice(_ALPHABET) for _ in range(SECRET_LENGTH))
    return (LIVE_PREFIX if live else TEST_PREFIX) + secret


def looks_like_key(text: str) -> bool:
    """Return whether a text has the form of a key, so that it is worth being looked for."""
    return _SHAPE.fullmatch(text) is not None


def digest_of_key(text: str) -> bytes:
    """Return the SHA-256 that a key is found by: with so many random bits it needs neither salt nor time."""
    return hashlib.sha256(text.encode()).digest()
