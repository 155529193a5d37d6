"""From the table of a file to what it brings, or to what has to be asked first. Pure: no database, no clock."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from msgspec.structs import replace

from largesse.domain.imports.days import order_of
from largesse.domain.imports.model import Ask, Choices, DayOrder, FileReading, Question
from largesse.domain.imports.presets import (
    PLAIN,
    AmountForm,
    CardColumn,
    LastDay,
    Preset,
    detect,
    find_preset,
    placed,
    presets,
)
from largesse.domain.imports.rows import RowRules, bring
from largesse.kernel.amounts import decimal_sign_of
from largesse.kernel.errors import InvalidInput
from largesse.kernel.numbers import fold_number
from largesse.kernel.text_tables import TextRow, TextTable

_SAMPLES: Final = 5
_SHOWN: Final = 60
_DIGITS: Final = re.compile(r"[0-9 \-]{4,}", re.ASCII)
_NO_NUMBERS: Final = ("toast", "toast_inactive")


class PresetRefused(InvalidInput):
    """A file of this kind can never be brought over; the sentence says what to bring instead."""

    code = "import.preset.refused"


class ChoiceInvalid(InvalidInput):
    """Something that was said of a file is none of its answers."""

    code = "import.choice"
    message = "That is none of the answers. Choose one of those that are listed."


def read_table(table: TextTable, choices: Choices, *, currency: str, zone_day: date) -> FileReading:
    """Return how a file is read as far as its cells and `choices` say, and what it brings where that is all of it.

    `currency` is meant where the file names none. `zone_day` is the day of the cut-over: what expired before it stays
    behind.

    Raises:
        PresetRefused: its system's file can never be brought over.
        ChoiceInvalid: a choice is none.
    """
    if choices.decimal not in {"", ".", ","}:
        raise ChoiceInvalid
    first = table.rows[0].cells
    name = choices.preset or detect(first) or ""
    if not name:
        return _unknown(table, choices)
    preset = find_preset(name)
    if preset.refuse:
        raise PresetRefused(preset.refuse)
    header = () if preset.headerless else first
    rows = table.rows[len(header) > 0 :]
    columns = dict(choices.columns) if choices.columns is not None else placed(preset, header)
    reading = FileReading(
        preset=name,
        header=header,
        samples=tuple(row.cells for row in rows[:_SAMPLES]),
        columns=columns,
        choices=choices,
    )
    if not _enough(columns, preset, width=len(first)):
        return replace(reading, questions=(Question(ask=Ask.COLUMNS),))
    return _asked(reading, preset, table, rows, currency=currency, zone_day=zone_day)


def _unknown(table: TextTable, choices: Choices) -> FileReading:
    """Ask which system a file is from, with those first that it may be of."""
    first = table.rows[0].cells
    bare = _DIGITS.fullmatch(first[0].strip()) is not None
    likely = _NO_NUMBERS[len(first) == 1 :][:1] if bare else ()
    names = [*likely, *(name for name in presets() if name not in likely and not presets()[name].refuse)]
    if not bare:
        names.remove(PLAIN)
        names.insert(0, PLAIN)
    question = Question(ask=Ask.PRESET, answers=tuple((name, presets()[name].name) for name in names))
    samples = tuple(row.cells for row in table.rows[:_SAMPLES])
    return FileReading(preset="", header=(), samples=samples, columns={}, choices=choices, questions=(question,))


def _enough(columns: Mapping[CardColumn, int], preset: Preset, *, width: int) -> bool:
    """Return whether a file can be read: numbers and balances, or, of a preset that has no others, numbers alone."""
    inside = all(0 <= place < width for place in columns.values()) and len(set(columns.values())) == len(columns)
    balances = CardColumn.BALANCE in columns or preset.order == (CardColumn.NUMBER,)
    return inside and balances and CardColumn.NUMBER in columns


def _asked(
    reading: FileReading,
    preset: Preset,
    table: TextTable,
    rows: Sequence[TextRow],
    *,
    currency: str,
    zone_day: date,
) -> FileReading:
    """Return the reading with its questions, or with what it brings."""
    choices, columns = reading.choices, reading.columns
    questions = list[Question]()

    def cells(*wanted: CardColumn) -> Iterable[str]:
        places = [columns[one] for one in wanted if one in columns]
        return (row.cells[place] for row in rows for place in places if place not in row.numbers)

    decimal = choices.decimal or _decimal(cells(CardColumn.BALANCE, CardColumn.GRATUITY), preset, questions)
    days = (CardColumn.ISSUED, CardColumn.EXPIRES, CardColumn.VALID_FROM)
    order = choices.day_order or _order(cells(*days), questions)
    last_day = choices.last_day or preset.last_day
    if last_day is None and CardColumn.EXPIRES in columns:
        sample = next((cell for cell in cells(CardColumn.EXPIRES) if cell.strip()), "")
        if sample:
            questions.append(Question(ask=Ask.LAST_DAY, answers=tuple((one.value, sample) for one in LastDay)))
    short = {} if choices.lengths_differ else shortened(rows, columns[CardColumn.NUMBER])
    if questions:
        return replace(reading, questions=tuple(questions))
    rules = RowRules(
        preset=preset,
        columns=columns,
        header=reading.header,
        currency=choices.currency or currency,
        decimal=decimal,
        day_order=order,
        last_day=last_day or LastDay.INCLUDED,
        zone_day=zone_day,
        short=short,
    )
    return replace(reading, brought=bring(rows, rules, table.faults))


def _decimal(cells: Iterable[str], preset: Preset, questions: list[Question]) -> str:
    """Return what parts decimals, asking where some amount depends on it and none decides it."""
    if preset.amounts is AmountForm.MINOR:
        return "."
    unsure = ""
    for cell in cells:
        sign = decimal_sign_of(cell)
        if sign in {".", ","}:
            return sign
        unsure = unsure or (cell if sign else "")
    if unsure:
        questions.append(Question(ask=Ask.DECIMAL, answers=((".", unsure[:_SHOWN]), (",", unsure[:_SHOWN]))))
    return "."


def _order(cells: Iterable[str], questions: list[Question]) -> DayOrder:
    """Return the order in which days are written, asking likewise."""
    seen = [cell for cell in cells if cell.strip()]
    order = order_of(seen)
    if order is None:
        sample = next(cell for cell in seen if order_of([cell]) is None)
        questions.append(Question(ask=Ask.DAY_ORDER, answers=tuple((one.value, sample[:_SHOWN]) for one in DayOrder)))
    return order if isinstance(order, DayOrder) else DayOrder.DAY_FIRST


def shortened(rows: Sequence[TextRow], place: int) -> dict[int, int]:
    """Return the lines whose number may have lost zeros in front, with the length that most numbers have.

    Numbers of digits alone that are shorter than nearly all others: no program makes such, and spreadsheets do.
    """
    folded = {row.line: fold_number(row.cells[place]) for row in rows}
    digits = {line: number for line, number in folded.items() if number.isdecimal()}
    if not digits or len(digits) < len([one for one in folded.values() if one]):
        return {}
    length, count = Counter(map(len, digits.values())).most_common(1)[0]
    longest = max(map(len, digits.values()))
    if longest != length or count * 2 < len(digits):
        return {}
    return {line: length for line, number in digits.items() if len(number) < length}
