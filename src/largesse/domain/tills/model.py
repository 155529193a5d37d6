"""PINs, and sessions on devices that were unlocked with one."""

import hashlib
import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from largesse.domain.tills.errors import PinUnfit
from largesse.kernel.errors import FieldError
from largesse.kernel.numbers import fold_symbols, random_symbols
from largesse.kernel.sealing import Sealed

PIN_DIGITS_MIN: Final = 4
PIN_DIGITS_MAX: Final = 6
APPROVER_DIGITS_MIN: Final = 6
"""How many digits the PIN of somebody has who approves what others do."""
PIN_CODE_GOOD_FOR: Final = timedelta(minutes=10)
BEGUN_LENGTH_MAX: Final = 400
LASTS_FOR: Final = timedelta(hours=12)
_CODE_LENGTH: Final = 10
_PIN: Final = re.compile(rf"[0-9]{{{PIN_DIGITS_MIN},{PIN_DIGITS_MAX}}}")
_ROWS: Final = ("01234567890", "09876543210")


class TillAct(StrEnum):
    """What a second person approves at a till with their PIN; everything else asks for a step-up, or for a request."""

    LATE_UNDO = "late_undo"
    """Undo what was done longer ago than the merchant's minutes, or by somebody else."""
    CASH_OUT = "cash_out"
    ABOVE_LIMIT = "above_limit"
    """A sale or reload above what a clerk may do alone."""
    PRINT_AGAIN = "print_again"
    RELEASE_HOLD = "release_hold"
    FOUND = "found"
    """Spend from a certificate that was found without its number."""


class Pin(msgspec.Struct, frozen=True, kw_only=True):
    """The PIN of a membership, as it is kept; `digits` is how long it is, 0 where none was set."""

    merchant_id: UUID
    membership_id: UUID
    pin_hash: str | None = None
    digits: int = 0
    set_at: datetime | None = None

    def __repr__(self) -> str:
        return f"Pin({self.membership_id}, digits={self.digits})"

    @property
    def may_approve(self) -> bool:
        """Return whether it is long enough to approve what somebody else does."""
        return self.digits >= APPROVER_DIGITS_MIN


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody left open on a device: its page, "" for none, and what was typed on it, sealed."""

    page: str = ""
    form: Sealed | None = None

    def __repr__(self) -> str:
        return f"Begun({self.page!r})"


class TillSession(msgspec.Struct, frozen=True, kw_only=True):
    """That a person unlocked a device. `begun` is the page that was open when it was locked."""

    merchant_id: UUID
    session_id: UUID
    device_id: UUID
    membership_id: UUID
    person_id: UUID
    unlocked_at: datetime
    seen_at: datetime
    locked_at: datetime | None = None
    begun: str = ""
    ended_at: datetime | None = None

    def is_unlocked(self, now: datetime, *, lock_minutes: int) -> bool:
        """Return whether its person still stands there: nobody locked it, and it was touched a short while ago."""
        if self.ended_at is not None and self.ended_at <= now:
            return False
        idle = timedelta(minutes=max(1, lock_minutes))  # where each act asks for the PIN, what leads to it does not
        return self.locked_at is None and now < self.seen_at + idle and now < self.unlocked_at + LASTS_FOR


def check_pin(pin: str) -> None:
    """Let a PIN stand that is not the first to be tried.

    Raises:
        PinUnfit: it has not 4 to 6 digits, or they are all alike, or in a row.
    """
    if not _PIN.fullmatch(pin) or len(set(pin)) == 1 or any(pin in row for row in _ROWS):
        raise PinUnfit(fields=[FieldError("pin", PinUnfit.code, PinUnfit.message)])


def new_pin_code() -> str:
    """Return a fresh code with which a person sets their PIN on a till, as people read it."""
    symbols = random_symbols(_CODE_LENGTH)
    return f"{symbols[: _CODE_LENGTH // 2]}-{symbols[_CODE_LENGTH // 2 :]}"


def digest_of_pin_code(membership_id: UUID, code: str) -> bytes:
    """Return what such a code is compared by, however it was typed."""
    return hashlib.sha256(membership_id.bytes + fold_symbols(code).encode()).digest()
