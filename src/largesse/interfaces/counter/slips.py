"""Slips: that a certificate's number was read here, which a page carries from one step of a bill to the next.

The number itself is in no page. A slip counts for the person, the device and the merchant that it was made for, and for
some hours: whoever only knows a certificate's id can do nothing with it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from largesse.kernel.tokens import SigningKeys, TokenKind, TokenRefused
from largesse.ledger import EntryMode

SLIPS_MAX: Final = 12
"""How many certificates may pay one bill at a counter."""
GOOD_FOR: Final = timedelta(hours=8)
_NAME: Final = "slip"


class Slip(msgspec.Struct, frozen=True, array_like=True):
    """A certificate whose number was read, how it came in, and when, in seconds since 1970."""

    certificate_id: UUID
    entry_mode: EntryMode
    read_at: int


_SLIPS: Final = TokenKind("counter-slip", Slip, length_max=200)


class HeldSlip(msgspec.Struct, frozen=True, kw_only=True):
    """A slip with the text that carries it, in its field of a form."""

    slip: Slip
    text: str


def new_slip(
    keys: SigningKeys, certificate_id: UUID, entry_mode: EntryMode, *, made_for: str, now: datetime
) -> HeldSlip:
    """Return a slip for a certificate that was read just now."""
    slip = Slip(certificate_id, entry_mode, int(now.timestamp()))
    return HeldSlip(slip=slip, text=_SLIPS.sign(keys, slip, bound_to=made_for.encode()))


def slips_in(keys: SigningKeys, fields: Mapping[str, str], *, made_for: str, now: datetime) -> list[HeldSlip]:
    """Return the slips that a form carries and that count, each certificate once, without the one that is taken off."""
    found: dict[UUID, HeldSlip] = {}
    for place in range(1, SLIPS_MAX + 1):
        text = fields.get(f"{_NAME}{place}", "")
        if not text or fields.get("drop") == str(place):
            continue
        try:
            slip = _SLIPS.read(keys, text, bound_to=made_for.encode())
        except TokenRefused:
            continue
        if now.timestamp() - slip.read_at <= GOOD_FOR.total_seconds():
            found.setdefault(slip.certificate_id, HeldSlip(slip=slip, text=text))
    return list(found.values())


def carries_slip(fields: Mapping[str, str]) -> bool:
    """Return whether a form or an address names anything that was read, whether it still counts or not."""
    return any(fields.get(f"{_NAME}{place}") for place in range(1, SLIPS_MAX + 1))


def slip_fields(slips: Sequence[HeldSlip]) -> list[tuple[str, str]]:
    """Return the hidden fields that carry slips on."""
    return [(f"{_NAME}{place}", one.text) for place, one in enumerate(slips, start=1)]
