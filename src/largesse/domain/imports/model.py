"""What is read from a file of another system, what has to be asked about it, and what of it stays behind."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

import msgspec

from largesse.domain.imports.presets import CardColumn, LastDay
from largesse.kernel.errors import FieldError


class DayOrder(StrEnum):
    """In which order days are written."""

    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


class Ask(StrEnum):
    """What a file may leave open. The words are names of fields, and stored with the answers."""

    PRESET = "preset"
    COLUMNS = "columns"
    DECIMAL = "decimal"
    DAY_ORDER = "day_order"
    LAST_DAY = "last_day"


class Choices(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What somebody has said of a file; empty where it is to be found out, or asked.

    `columns` are places, counted from 0. `lengths_differ`: numbers of different lengths are right as they stand.
    """

    preset: str = ""
    columns: Mapping[CardColumn, int] | None = None
    decimal: str = ""
    day_order: DayOrder | None = None
    last_day: LastDay | None = None
    lengths_differ: bool = False
    currency: str = ""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a file leaves open: each answer, and what of the file it would mean."""

    ask: Ask
    answers: tuple[tuple[str, str], ...] = ()


class OldCertificate(msgspec.Struct, frozen=True, kw_only=True):
    """A row that can be brought over: what is left on the card, or a printed number that is not sold yet.

    Amounts are in the smallest unit. `number` and `alias` are secrets as they were written, `folded` what finds them.
    `email`, `name` and `language` are of whom the card is for, where the file says that.
    """

    line: int
    number: str
    folded: str
    alias: str = ""
    alias_folded: str = ""
    currency: str
    value: int = 0
    gratuity: int = 0
    is_inactive: bool = False
    issued: date | None = None
    good_through: date | None = None
    bits: int = 0
    email: str = ""
    name: str = ""
    language: str = ""

    def __repr__(self) -> str:
        """Leave the numbers out."""
        return f"OldCertificate(line={self.line})"


class Left(StrEnum):
    """Why a row stays behind."""

    EMPTY = "empty"
    EXPIRED = "expired"
    STATUS = "status"
    TEST = "test"


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that stay behind for one reason: how many, and what was on them in one currency."""

    why: Left
    currency: str
    count: int
    value: int


class Brought(msgspec.Struct, frozen=True, kw_only=True):
    """What a file brings: certificates, rows that stay behind, and everything that is wrong, by line and column.

    `unaddressed` certificates come without whom they are for: nobody could write to the address that stands there.
    """

    rows: tuple[OldCertificate, ...]
    left_out: tuple[LeftOut, ...]
    faults: tuple[FieldError, ...]
    unaddressed: int = 0


class FileReading(msgspec.Struct, frozen=True, kw_only=True):
    """How a file is read. Without `brought`, the questions have to be answered first.

    `header` is empty where the file has none; `samples` are its first rows.
    """

    preset: str
    header: tuple[str, ...]
    samples: tuple[tuple[str, ...], ...]
    columns: Mapping[CardColumn, int]
    choices: Choices
    questions: tuple[Question, ...] = ()
    brought: Brought | None = None
