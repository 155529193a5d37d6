"""What is kept of an import: where it stands, how its file is read, what it brings, and who said so.

    staged ──► importing ──► done ──► reversing ──► reversed
                   └──── a row was refused ──► undoing ──► failed

Nothing of it can be found by its number before it is done.
"""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from largesse.domain.imports.model import Choices, LeftOut, Question
from largesse.domain.imports.presets import CardColumn
from largesse.kernel.errors import Conflict, FieldError, InvalidInput, NotFound
from largesse.kernel.tax import UNTAXED, TaxTreatment
from largesse.ledger import ClassOfValue

FILE_NAME_MAX = 200
FAULTS_KEPT = 500


class ImportState(StrEnum):
    """Where an import stands. The words are stored, and never renamed."""

    STAGED = "staged"
    IMPORTING = "importing"
    DONE = "done"
    REVERSING = "reversing"
    REVERSED = "reversed"
    UNDOING = "undoing"
    FAILED = "failed"

    @property
    def is_under_way(self) -> bool:
        """Return whether rows are being written."""
        return self in {ImportState.IMPORTING, ImportState.REVERSING, ImportState.UNDOING}


class ImportTerms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a whole file is booked: as of when, as which class of value, and with which tax.

    `cut_over` None is the moment of the word to go. `day` is the merchant's day of that moment. `tells` is whether whom
    the certificates are for is mailed that they are here now.
    """

    cut_over: datetime | None = None
    day: date | None = None
    class_of_value: ClassOfValue = ClassOfValue.PAID
    treatment: TaxTreatment = UNTAXED
    tells: bool = False


class LiabilityLine(msgspec.Struct, frozen=True, kw_only=True):
    """What is outstanding before and after an import, of one currency and class, in the smallest unit.

    Gratuities are in it; `gratuity` says how much of what is imported they are.
    """

    currency: str
    class_of_value: ClassOfValue
    before: int
    imported: int
    gratuity: int = 0

    @property
    def after(self) -> int:
        """Return what is outstanding after it."""
        return self.before + self.imported


class ImportSummary(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a dry run found: questions that are open, or what comes and what is wrong. No number stands in it.

    `faults` are the first of `fault_count`, `weak` how many numbers are easily guessed, `addressed` how many
    certificates would be told of by mail.
    """

    preset: str = ""
    header: tuple[str, ...] = ()
    samples: tuple[tuple[str, ...], ...] = ()
    columns: dict[CardColumn, int] = {}
    questions: tuple[Question, ...] = ()
    rows: int = 0
    inactive: int = 0
    weak: int = 0
    addressed: int = 0
    unaddressed: int = 0
    lines: tuple[LiabilityLine, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    fault_count: int = 0
    faults: tuple[FieldError, ...] = ()

    @property
    def is_ready(self) -> bool:
        """Return whether nothing stands in the way."""
        return not self.questions and not self.fault_count and self.rows > 0


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """An import as it stands. `progress` counts the rows that are written, or taken back, of `rows`.

    `kept` are certificates that somebody had used before they could be taken back; `trouble` is why it failed.
    """

    merchant_id: UUID
    import_id: UUID
    state: ImportState
    file_name: str
    file_digest: bytes
    header_digest: bytes
    choices: Choices
    terms: ImportTerms
    summary: ImportSummary
    rows: int = 0
    progress: int = 0
    kept: int = 0
    trouble: str = ""
    created_by: str
    created_at: datetime
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    finished_at: datetime | None = None
    reversed_by: str | None = None
    reversed_at: datetime | None = None


class ImportUnknown(NotFound):
    """There is no such import."""

    code = "import.unknown"
    message = "There is no such import. `largesse import list` shows them."


class ImportFaulty(InvalidInput):
    """Nothing was imported, and why, by line and column."""

    code = "import.refused"
    message = "Nothing was imported. Correct what is listed and bring the file again."


class ImportUnanswered(InvalidInput):
    """Something about a file has to be said before it can be imported."""

    code = "import.unanswered"
    message = "The file can be read in more than one way. Answer what is asked, then import it."


class ImportBusy(Conflict):
    """Another import of the merchant is under way."""

    code = "import.busy"
    message = "Another import is under way. Wait until it is done."


class ImportNotReversible(Conflict):
    """An import cannot be reversed as it stands."""

    code = "import.not_reversible"
    message = "Only an import that is done can be reversed, and only once."


class ImportTouched(Conflict):
    """Certificates of an import were used since, so that it cannot be reversed whole."""

    code = "import.touched"

    def __init__(self, count: int = 0) -> None:
        super().__init__(
            f"{count} of its certificates were used or changed since, so it cannot be reversed whole. "
            "Correct single certificates instead."
        )
