"""Files of banks: which format a file is in, and what the readers of formats have in common.

WireError
├── BankFileUnknown     bank.file.unknown    neither CAMT.053 nor MT940
└── BankFileBroken      bank.file.broken     a value in it is none, and where
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

from msgspec.structs import replace

from largesse.kernel.bank_statements import NAME_MAX, REFERENCE_MAX, TEXT_MAX, BankStatement
from largesse.kernel.currency import currency as currency_of
from largesse.kernel.errors import InvalidInput
from largesse.kernel.money import parse
from largesse.wire.errors import Malformed, TooLarge, WireError

SIZE_MAX: Final = 32 * 1024 * 1024
LINES_MAX: Final = 100_000


class BankFileUnknown(Malformed):
    """A file is no statement in a format that is known."""

    code = "bank.file.unknown"
    message = "This is no CAMT.053 and no MT940. Ask the bank for one of these, or bring a CSV and say its columns."


class BankFileBroken(Malformed):
    """A value in a file is none."""

    code = "bank.file.broken"

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: “{what[:60]}” cannot be read. Fetch the file once more, or tell the bank.")


class TooManyLines(TooLarge):
    """A file has more movements than are read at once."""

    code = "bank.file.too_many_lines"

    def __init__(self) -> None:
        WireError.__init__(self, f"The file has more than {LINES_MAX} movements. Ask the bank for shorter periods.")


def amount_of(text: str, code: str, *, where: str) -> int:
    """Return an amount of a file with a point, in the smallest unit of a currency.

    Raises:
        BankFileBroken: it is none, or the currency is none.
    """
    try:
        return parse(text.strip(), currency_of(code)).minor
    except InvalidInput as error:
        raise BankFileBroken(where, f"{text} {code}") from error


def day_of(text: str, *, where: str) -> date:
    """Return a day written as `2026-11-30`, whatever follows it.

    Raises:
        BankFileBroken: it is none.
    """
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError as error:
        raise BankFileBroken(where, text) from error


def squeezed(text: str, most: int = TEXT_MAX) -> str:
    """Return a text on one line, at most so long, without characters that cannot be kept."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:most].rstrip()


def a_name(text: str) -> str:
    """Return a name of a file as it is kept."""
    return squeezed(text, NAME_MAX)


def a_reference(text: str) -> str:
    """Return a reference of a file as it is kept; empty where banks write that there is none."""
    found = squeezed(text, REFERENCE_MAX)
    return "" if found.upper() in {"NOTPROVIDED", "NONREF", "NOTAVAILABLE"} else found


def an_iban(text: str) -> str:
    """Return a number of an account without spaces, in capitals."""
    return "".join(text.split()).upper()[:REFERENCE_MAX]


def within(statements: Sequence[BankStatement]) -> tuple[BankStatement, ...]:
    """Return the statements of a file.

    Raises:
        TooManyLines: they have more lines than are read at once.
    """
    if sum(len(one.lines) for one in statements) > LINES_MAX:
        raise TooManyLines
    return tuple(statements)


def joined(statements: Sequence[BankStatement]) -> list[BankStatement]:
    """Return one statement for each account and currency: a file may have one a day, and a long one comes in parts.

    The parts of an account follow each other; where one is missing, or its end, the whole says that it is not complete.
    """
    found: dict[tuple[str, str], BankStatement] = {}
    for one in statements:
        key = one.account, one.currency
        found[key] = _after(found[key], one) if key in found else one
    return list(found.values())


def _after(one: BankStatement, other: BankStatement) -> BankStatement:
    count = max((line.place for line in one.lines), default=0)
    follows = one.closing is None or other.opening is None or one.closing.amount == other.opening.amount
    return replace(
        one,
        opening=one.opening or (None if one.lines else other.opening),
        closing=other.closing,
        lines=(*one.lines, *(replace(line, place=line.place + count) for line in other.lines)),
        complete=one.complete and other.complete and follows,
        number=other.number,
    )
