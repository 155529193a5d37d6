"""The rows of a device's queue: what it signs, and how each carries on the one before. Pure.

A row is JSON as the device wrote it, which is what was signed and what is hashed: nobody has to write it again. The
first carries on the hash of its enrolment.
"""

import base64
import binascii
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

import msgspec

from largesse.domain.offline.books import MAC_BYTES
from largesse.domain.offline.errors import QueueRowInvalid

VERSION: Final = 1
BODY_BYTES_MAX: Final = 4_000
SIGNATURE_LENGTH_MAX: Final = 100
PARTS_MAX: Final = 12
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SAFE: Final = 2**53
_GENESIS: Final = b"offline-queue/1/"

_FAR: Final = 4_102_444_800_000  # the year 2100

Amount = Annotated[int, msgspec.Meta(ge=0, lt=_SAFE)]
Text = Annotated[str, msgspec.Meta(max_length=200)]


class QueuePart(msgspec.Struct, frozen=True, array_like=True):
    """What one certificate paid: tag and proof of its number in base64url, its last symbols, value and gratuity."""

    mac: Annotated[str, msgspec.Meta(max_length=60)]
    last_four: Annotated[str, msgspec.Meta(min_length=1, max_length=4)]
    value: Amount
    gratuity: Amount

    @property
    def mac_bytes(self) -> bytes:
        """Return tag and proof."""
        return read_base64(self.mac, MAC_BYTES)


class QueueRow(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One redemption that was taken without a line.

    `carries_on` is the hash of the row before; `at` when it was taken, in milliseconds since 1970; `position` the
    token of the book that it went by; `who` touched their name. `sent` is whether it was posted before and not
    answered in time.
    """

    version: int
    enrolment: UUID
    number: Annotated[int, msgspec.Meta(gt=0, lt=2**31)]
    carries_on: Text
    operation: UUID
    at: Annotated[int, msgspec.Meta(ge=0, lt=_FAR)]
    position: Text
    who: UUID | None = None
    currency: Annotated[str, msgspec.Meta(min_length=3, max_length=3)]
    parts: Annotated[tuple[QueuePart, ...], msgspec.Meta(min_length=1, max_length=PARTS_MAX)]
    came: Annotated[str, msgspec.Meta(max_length=10)] = "typed"
    reference: Text = ""
    sent: bool = False

    @property
    def claimed_at(self) -> datetime:
        """Return when it was taken, as the device says."""
        return _EPOCH + timedelta(milliseconds=self.at)

    @property
    def asked(self) -> int:
        """Return how much was taken, of both pots."""
        return sum(one.value + one.gratuity for one in self.parts)


class SignedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row as it is sent: the text that was signed, and the signature."""

    body: Annotated[str, msgspec.Meta(max_length=BODY_BYTES_MAX)]
    signature: Annotated[str, msgspec.Meta(max_length=SIGNATURE_LENGTH_MAX)]


_ROWS: Final = msgspec.json.Decoder(QueueRow)


def read_row(signed: SignedRow) -> QueueRow:
    """Return what a row says; that it was signed is asked elsewhere.

    Raises:
        QueueRowInvalid: it is none, or of a version that is not read.
    """
    if len(signed.body.encode()) > BODY_BYTES_MAX:
        raise QueueRowInvalid
    try:
        row = _ROWS.decode(signed.body)
    except (msgspec.DecodeError, UnicodeError):
        raise QueueRowInvalid from None
    if row.version != VERSION or not row.currency.isupper() or not row.asked:
        raise QueueRowInvalid
    if len({one.mac_bytes for one in row.parts}) < len(row.parts):
        raise QueueRowInvalid
    return row


def hash_of(body: str) -> bytes:
    """Return what the next row carries on."""
    return hashlib.sha256(body.encode()).digest()


def genesis_of(enrolment_id: UUID) -> bytes:
    """Return what the first row of a queue carries on."""
    return hashlib.sha256(_GENESIS + str(enrolment_id).encode()).digest()


def carries_on(row: QueueRow, before: bytes) -> bool:
    """Return whether a row carries on the one whose hash is `before`."""
    return written(before) == row.carries_on


def written(data: bytes) -> str:
    """Return bytes as a row writes them: base64url without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def read_base64(text: str, length: int) -> bytes:
    """Return bytes that a row writes.

    Raises:
        QueueRowInvalid: they are not so many.
    """
    try:
        found = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise QueueRowInvalid from None
    if len(found) != length:
        raise QueueRowInvalid
    return found


def read_paper(text: str) -> SignedRow | None:
    """Return the row that the code on a receipt holds: the signature, a dot, and the row. None where it is none."""
    signature, dot, body = text.strip().partition(".")
    if (
        not dot
        or len(body.encode()) > BODY_BYTES_MAX
        or len(signature) > SIGNATURE_LENGTH_MAX
        or not body.startswith("{")
    ):
        return None
    return SignedRow(body=body, signature=signature)
