"""Datasets: one definition of columns for each, from which PostgreSQL itself writes CSV and JSON at COPY's speed.

A view says what its rows are (a query) and what its columns mean (their kinds). From that come the statements of every
format, so that no format can forget a column, a currency's decimals, or that a spreadsheet runs cells as formulas.
"""

# ruff: noqa: S608 - what is put together here are names and queries of our own; values always travel as parameters.

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache

import msgspec

from largesse.kernel.currency import Currency, currencies, currency
from largesse.kernel.formulas import CELL_ENDS, FORMULA_STARTS

_SIGNS = "".join(start for start in FORMULA_STARTS if start not in CELL_ENDS)
# A minus sign stands last in a bracket, where it is no range.
_FORMULA = rf"E'(^|[;\t\r\n])( *)(''*)(?=[{_SIGNS.replace('-', '')}-])'"
_GUARDED = r"E'\\1\\2''\\3'"
_USUAL_UNIT = "0.01"
_PARAMETER = re.compile(r"\$(\d+)\b")


class ColumnKind(StrEnum):
    """What a column holds, and so how each format writes it."""

    TEXT = "text"
    """Anything somebody typed: guarded against formulas in CSV."""
    WORD = "word"
    """Text of our own vocabulary, ids among it: harmless everywhere."""
    MONEY = "money"
    """Smallest units of the row's `currency`: written with its decimals, a number in spreadsheets, a string in JSON."""
    NUMBER = "number"
    """A whole number."""
    DAY = "day"
    """A calendar day."""
    LOCAL = "local"
    """A moment, as `YYYY-MM-DD HH:MM:SS` in the merchant's zone in every format."""
    MOMENT = "moment"
    """A moment: RFC 3339 in UTC in JSON; in tables as LOCAL."""
    FLAG = "flag"
    """True or false."""


class Column(msgspec.Struct, frozen=True):
    """A column of an export; `source` is the column of the query it shows, when that has another name.

    `otherwise` is the column that is shown where that one is null.
    """

    name: str
    kind: ColumnKind = ColumnKind.WORD
    source: str = ""
    otherwise: str = ""

    @property
    def value(self) -> str:
        """Return the SQL of the value as it is stored."""
        first = f'base."{self.source or self.name}"'
        return f'coalesce({first}, base."{self.otherwise}")' if self.otherwise else first


Rewrite = Callable[[str], str]
"""Another writing of a text that only a library of ours knows: such a dataset is written row by row."""


class Lookup(msgspec.Struct, frozen=True, kw_only=True):
    """Add columns that another package keeps: `query` gives them, at most one row for each value of `key`."""

    query: str
    args: tuple[object, ...]
    key: str
    columns: tuple[Column, ...]


class Dataset(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be exported: a query with its arguments, sorted by `order`, and the meaning of its columns.

    Where there is a column of kind MONEY, the query also gives `currency`. `zone` is the merchant's IANA time zone,
    `currency` the one that most rows are in. `rewritten` texts are by column.
    """

    name: str
    query: str
    args: tuple[object, ...]
    columns: tuple[Column, ...]
    order: tuple[str, ...]
    zone: str
    currency: str = "USD"
    rewritten: Mapping[str, Rewrite] = {}

    def joined(self, lookup: Lookup, *, after: str | None = None) -> "Dataset":
        """Return this dataset with the columns of `lookup` behind the column `after`; without one, they are not shown.

        Each row looks its own up by the key, whatever the planner believes of a merchant's size: LIMIT 1 is never
        taken apart, where a join becomes one of all rows with all rows when statistics do not know the merchant.
        """
        shifted = _PARAMETER.sub(lambda found: f"${int(found[1]) + len(self.args)}", lookup.query)
        added = ", ".join(f'"right"."{column.source or column.name}"' for column in lookup.columns)
        names = [column.name for column in self.columns]
        at = 0 if after is None else names.index(after) + 1
        shown = () if after is None else lookup.columns
        return msgspec.structs.replace(
            self,
            query=(
                f'SELECT "left".*, {added} FROM ({self.query}) AS "left" LEFT JOIN LATERAL (SELECT * FROM ({shifted}) '
                f'AS found WHERE found."{lookup.key}" = "left"."{lookup.key}" LIMIT 1) AS "right" ON true'
            ),
            args=(*self.args, *lookup.args),
            columns=(*self.columns[:at], *shown, *self.columns[at:]),
        )


Statement = tuple[str, tuple[object, ...]]


def count_statement(dataset: Dataset) -> Statement:
    """Return the statement that counts the rows."""
    return f"SELECT count(*) FROM ({dataset.query}) AS base", dataset.args


def csv_statement(dataset: Dataset) -> Statement:
    """Return the statement whose CSV COPY is the export: cells safe against formulas, empty texts as empty cells."""
    return _select(dataset, [f'{_csv(column, dataset)} AS "{column.name}"' for column in dataset.columns])


def json_statement(dataset: Dataset) -> Statement:
    """Return the statement that gives each row as one JSON object, in its only column."""
    inner, args = _select(dataset, [f'{_json(column, dataset)} AS "{column.name}"' for column in dataset.columns])
    return f"SELECT row_to_json(whole_row) FROM ({inner}) AS whole_row", args


def row_statement(dataset: Dataset) -> Statement:
    """Return the statement that gives values of their own types: amounts as exact decimals, moments as local times."""
    return _select(dataset, [f'{_typed(column, dataset)} AS "{column.name}"' for column in dataset.columns])


def _select(dataset: Dataset, values: list[str]) -> Statement:
    told = any(_zone(dataset) in value for value in values)
    args = (*dataset.args, dataset.zone) if told else dataset.args
    order = ", ".join(f'base."{name}"' for name in dataset.order)
    return f"SELECT {', '.join(values)} FROM ({dataset.query}) AS base ORDER BY {order}", args


def _zone(dataset: Dataset) -> str:
    return f"${len(dataset.args) + 1}::text"


@cache
def _unit(usual: str) -> str:
    """Return the SQL of the smallest unit of a row; `usual` is asked first, as comparing with all others takes time."""
    by_unit: dict[str, list[str]] = {}
    for one in currencies():
        by_unit.setdefault(_unit_of(one), []).append(f"'{one.code}'")
    by_unit.pop(_USUAL_UNIT)
    whens = "".join(f" WHEN base.currency IN ({', '.join(codes)}) THEN {unit}" for unit, codes in by_unit.items())
    return f"CASE WHEN base.currency = '{usual}' THEN {_unit_of(currency(usual))}{whens} ELSE {_USUAL_UNIT} END"


def _unit_of(one: Currency) -> str:
    return "1" if one.exponent == 0 else f"0.{'0' * (one.exponent - 1)}1"


def _csv(column: Column, dataset: Dataset) -> str:
    value = column.value
    match column.kind:
        case ColumnKind.TEXT:
            # Most texts begin with a letter and have nothing in them that ends a cell: they are told from a formula by
            # a few comparisons. The others are guarded as `kernel.formulas.guard` does.
            ends = " AND ".join(f"strpos({value}, chr({ord(end)})) = 0" for end in CELL_ENDS)
            return (
                f"CASE WHEN ascii({value}) BETWEEN 65 AND 60000 AND {ends} THEN {value} WHEN {value} = '' THEN NULL "
                f"ELSE CASE WHEN ascii(ltrim({value}, '''')) IN (9, 10, 13) THEN '''' ELSE '' END "
                f"|| regexp_replace({value}, {_FORMULA}, {_GUARDED}, 'g') END"
            )
        case ColumnKind.FLAG:
            return f"{value}::text"
        case _:
            return _typed(column, dataset)


def _json(column: Column, dataset: Dataset) -> str:
    match column.kind:
        case ColumnKind.MONEY:
            return f"({_typed(column, dataset)})::text"
        case ColumnKind.LOCAL:
            return f"({_typed(column, dataset)})::text"
        case _:
            return column.value


def _typed(column: Column, dataset: Dataset) -> str:
    value = column.value
    match column.kind:
        case ColumnKind.MONEY:
            # An integer times 0.01 is a numeric of exactly two decimals.
            return f"{value} * {_unit(dataset.currency)}"
        case ColumnKind.LOCAL | ColumnKind.MOMENT:
            return f"date_trunc('second', {value} AT TIME ZONE {_zone(dataset)})"
        case _:
            return value
