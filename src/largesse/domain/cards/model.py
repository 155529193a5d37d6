"""Batches of cards that are printed before anybody buys them, and pools of codes that the merchant's own till made.

making ──► ready ──► voiding ──► void
"""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from largesse.kernel import free_text
from largesse.kernel.errors import Conflict, FieldError, InvalidInput, NotFound

COUNT_MAX: Final = 100_000
NAME_MAX: Final = 80


class BatchKind(StrEnum):
    """What a batch is. The words are stored, and never renamed."""

    TWO_CODES = "two_codes"
    """An activation code outside, and the number inside, under a scratch panel or in a fold."""
    ONE_CODE = "one_code"
    """An activation code alone; the number is given by receipt or mail when the card is sold."""
    POOL = "pool"
    """Codes of the merchant's own till, each drawn once."""


class BatchState(StrEnum):
    """Where a batch stands. The words are stored, and never renamed."""

    MAKING = "making"
    READY = "ready"
    VOIDING = "voiding"
    VOID = "void"


class CardBatch(msgspec.Struct, frozen=True, kw_only=True):
    """A batch as it stands. `progress` counts the cards that are made, or ended, of `count`; `drawn` those of a pool.

    `revealed_at` is when the printer's file was taken. A pool is low when no more than `low_at` of it are left; it may
    name the offering whose sales draw from it.
    """

    merchant_id: UUID
    batch_id: UUID
    kind: BatchKind
    name: str
    currency: str
    count: int
    state: BatchState = BatchState.MAKING
    progress: int = 0
    drawn: int = 0
    low_at: int = 0
    file_digest: bytes | None = None
    offering_id: UUID | None = None
    revealed_at: datetime | None = None
    created_by: str
    created_at: datetime

    @property
    def is_low(self) -> bool:
        """Return whether a pool will soon have nothing left."""
        return self.kind is BatchKind.POOL and self.count - self.drawn <= self.low_at


class BatchUnknown(NotFound):
    """There is no such batch."""

    code = "cards.batch.unknown"
    message = "There is no such batch of cards. `largesse cards list` shows them."


class BatchInvalid(InvalidInput):
    """A batch cannot be made as it was asked for."""

    code = "cards.batch.invalid"
    message = "This batch cannot be made. Correct what is listed."


class BatchNotReady(Conflict):
    """A batch is being made, or was voided."""

    code = "cards.batch.not_ready"
    message = "The cards of this batch are being made, or are void. Look at the batch."


class FileTaken(Conflict):
    """The printer's file was taken before."""

    code = "cards.file.taken"
    message = "The printer’s file is given out once, and was. If it is lost, void the batch and make another."


class NoFile(Conflict):
    """A pool has no printer's file: its codes came from elsewhere."""

    code = "cards.file.none"
    message = "A pool has no file for a printer: its codes were made by your till."


class PoolEmpty(Conflict):
    """Every code of a pool is drawn."""

    code = "cards.pool.empty"
    message = "Nothing is left in this pool. Upload more codes of your till."


class CodesTaken(InvalidInput):
    """Codes of a pool stand in it twice, or are those of certificates already."""

    code = "cards.pool.codes"
    message = "Nothing was uploaded. Correct what is listed and bring the file again."


def check_batch(name: str, count: int) -> str:
    """Return the name of a batch that is asked for, tidied.

    Raises:
        BatchInvalid: the name or the number of cards cannot be.
    """
    tidied, faults = free_text.one_line(name), list[FieldError]()
    if not 0 < len(tidied) <= NAME_MAX:
        faults.append(FieldError("name", "cards.name", f"Give the batch a name of 1 to {NAME_MAX} characters."))
    if not 0 < count <= COUNT_MAX:
        faults.append(FieldError("count", "cards.count", f"A batch has 1 to {COUNT_MAX} cards."))
    if faults:
        raise BatchInvalid(fields=faults)
    return tidied
