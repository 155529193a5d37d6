"""What may stand in a mapping of accounts, and the charts that merchants may start from. Suggestions, not advice."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Final
from uuid import UUID

import msgspec

from largesse.domain.book_exports.errors import BookMappingInvalid
from largesse.domain.book_exports.model import MEMORANDUM, BookFacts, MappedAccount, find_line
from largesse.domain.book_exports.model import MappingKey as Key
from largesse.kernel.errors import FieldError
from largesse.kernel.free_text import holds_unseen
from largesse.kernel.tax import TaxKind
from largesse.ledger import Account, ClassOfValue

CODE_MAX: Final = 100
NAME_MAX: Final = 100
TAX_CODE_MAX: Final = 50
LINES_MAX: Final = 500
RATE_MAX_PPM: Final = 1_000_000
_DATEV_LENGTHS: Final = range(4, 9)
_PERSONAL: Final = 1
_MONTHS: Final = range(1, 13)
_FORBIDDEN: Final = frozenset('";\t|')
_QUICKBOOKS: Final = frozenset(
    {"Journal No", "Journal Date", "Account", "Debits", "Credits", "Description", "Name", "Class", "Currency"}
)
_QUICKBOOKS_NEEDED: Final = frozenset({"Journal No", "Journal Date", "Account", "Debits", "Credits"})

MAPPABLE: Final = tuple(account for account in Account if account not in MEMORANDUM)
"""The accounts that can be mapped."""


class StarterChart(msgspec.Struct, frozen=True):
    """A chart to begin with: what is usual somewhere, to be gone through with a bookkeeper."""

    key: str
    name: str
    lines: tuple[MappedAccount, ...]
    facts: BookFacts


@cache
def starter_charts() -> dict[str, StarterChart]:
    """Return the charts by their keys."""
    text = files(__package__).joinpath("charts.toml").read_text(encoding="utf-8")
    return {key: _chart(key, told) for key, told in tomllib.loads(text).items()}


def _chart(key: str, told: dict[str, object]) -> StarterChart:
    accounts, finer = told["accounts"], told.get("finer", [])
    assert isinstance(accounts, dict)
    assert isinstance(finer, list)
    lines = [MappedAccount(account=Account(one), code=code, name=name) for one, (code, name) in accounts.items()]
    lines += [msgspec.convert(one, MappedAccount) for one in finer]
    return StarterChart(key, str(told["name"]), tuple(lines), msgspec.convert(told["facts"], BookFacts))


def account_fits_datev(code: str, length: int) -> bool:
    """Return whether DATEV has such an account: a number of so many digits, or of one more for a person's account."""
    return code.isascii() and code.isdigit() and len(code) <= length + _PERSONAL and int(code) > 0


def demand_valid(lines: Sequence[MappedAccount], facts: BookFacts, *, locations: Iterable[UUID]) -> None:
    """Let a mapping be kept, or say all that is wrong with it; the field of a line is `line.N`, from 1.

    Raises:
        BookMappingInvalid: something is.
    """
    known = frozenset(locations)
    faults = [
        FieldError(f"line.{number}", f"{BookMappingInvalid.code}.{what}", fault)
        for number, line in enumerate(lines, 1)
        for what, fault in _faults(line, known)
    ]
    said = set[tuple[object, ...]]()
    for number, line in enumerate(lines, 1):
        key = (line.account, line.class_of_value, line.location_id, line.tax_kind, line.rate_ppm)
        if key in said:
            faults.append(FieldError(f"line.{number}", f"{BookMappingInvalid.code}.twice", "This stands there twice."))
        said.add(key)
    if len(lines) > LINES_MAX:
        faults.append(FieldError("lines", f"{BookMappingInvalid.code}.many", f"At most {LINES_MAX} lines are kept."))
    faults += _facts_faults(facts)
    if faults:
        raise BookMappingInvalid(fields=faults)


def _faults(line: MappedAccount, locations: frozenset[UUID]) -> Iterator[tuple[str, str]]:
    if line.account in MEMORANDUM:
        yield "account", "What is given away stands beside the books, and is not exported."
    if not _is_text(line.code, CODE_MAX) or not line.code[:1].isalnum():
        yield "code", f'Write the account as your program knows it, 1 to {CODE_MAX} characters, without " ; | and tabs.'
    if line.name and not _is_text(line.name, NAME_MAX):
        yield "name", f'Write its name in at most {NAME_MAX} characters, without " ; | and tabs.'
    if line.tax_code and not _is_text(line.tax_code, TAX_CODE_MAX):
        yield "tax_code", f'Write the tax in at most {TAX_CODE_MAX} characters, without " ; | and tabs.'
    if line.class_of_value is not None and line.class_of_value not in set(ClassOfValue):
        yield "class_of_value", "Choose a class of value: paid, promotional or credit."
    if line.tax_kind is not None and line.tax_kind not in set(TaxKind):
        yield "tax_kind", "Choose a kind of tax: none, sales_tax, single_purpose or multi_purpose."
    if line.rate_ppm is not None and not 0 <= line.rate_ppm <= RATE_MAX_PPM:
        yield "rate", "Write the tax rate in percent, 0 to 100."
    if line.location_id is not None and line.location_id not in locations:
        yield "location", "This merchant has no such location."


def _facts_faults(facts: BookFacts) -> Iterator[FieldError]:
    def fault(field: str, told: str) -> FieldError:
        return FieldError(field, BookMappingInvalid.code, told)

    if not _is_text(facts.xero_tax, TAX_CODE_MAX):
        yield fault("xero_tax", "Write the full name of the tax rate in Xero, such as Tax Exempt or No VAT.")
    if not _is_text(facts.xero_tracking, TAX_CODE_MAX):
        yield fault("xero_tracking", "Write the name of the tracking category in Xero.")
    columns = facts.quickbooks_columns.split(",")
    if len(set(columns)) < len(columns) or not _QUICKBOOKS_NEEDED <= set(columns) <= _QUICKBOOKS:
        told = ", ".join(sorted(_QUICKBOOKS))
        yield fault("quickbooks_columns", f"Separate them by commas, each once, of: {told}.")
    if facts.datev_consultant and not re.fullmatch(r"[1-9][0-9]{3,6}", facts.datev_consultant):
        yield fault("datev_consultant", "DATEV's number of a consultant has 4 to 7 digits.")
    if facts.datev_client and not re.fullmatch(r"[1-9][0-9]{0,4}", facts.datev_client):
        yield fault("datev_client", "DATEV's number of a client has 1 to 5 digits.")
    if facts.datev_year_begins not in _MONTHS:
        yield fault("datev_year_begins", "Write the month that the fiscal year begins with, 1 to 12.")
    if facts.datev_account_length not in _DATEV_LENGTHS:
        yield fault("datev_account_length", "Accounts have 4 to 8 digits.")
    if facts.datev_chart not in {"", "03", "04"}:
        yield fault("datev_chart", "Choose 03 or 04, or leave it empty.")


def unmapped(lines: Sequence[MappedAccount], keys: Iterable[Key]) -> list[Key]:
    """Return the keys that no line fits, each once, in the order in which they came."""
    return [key for key in dict.fromkeys(keys) if find_line(lines, key) is None]


def _is_text(text: str, most: int) -> bool:
    return 0 < len(text) <= most and not holds_unseen(text) and not _FORBIDDEN & set(text) and text == text.strip()
