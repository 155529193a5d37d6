"""The accounts as text: CSV with a line for each, read and written."""

import csv
import io
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Final
from uuid import UUID

from largesse.domain.book_exports import BookMappingInvalid, MappedAccount
from largesse.domain.locations import Location
from largesse.kernel.errors import FieldError
from largesse.ledger import Account

MAPPING_COLUMNS: Final = ("account", "class_of_value", "location", "tax_kind", "rate", "code", "name", "tax_code")
"""The columns; `location` is a location's code, `rate` percent."""
TEXT_MAX: Final = 1 << 17
_PPM_OF_PERCENT: Final = 10_000


def read_lines(text: str, places: Sequence[Location]) -> list[MappedAccount]:
    """Return the lines of a text, which may begin with a byte order mark; the first row names the columns.

    Raises:
        BookMappingInvalid: it has no such columns, or a word that is none; the field of a line is `line.N`, from 1.
    """
    try:
        rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff").strip(), newline=""), strict=True))
    except csv.Error as error:
        raise BookMappingInvalid(fields=[_fault("lines", "csv", "This is no CSV: look at the quotes.")]) from error
    if len(text) > TEXT_MAX or not rows or set(rows[0]) != set(MAPPING_COLUMNS):
        told = f"The first line names the columns: {','.join(MAPPING_COLUMNS)}."
        raise BookMappingInvalid(fields=[_fault("lines", "columns", told)])
    by_code = {one.code: one.location_id for one in places}
    found, faults = list[MappedAccount](), list[FieldError]()
    for number, row in enumerate(rows, 1):
        line = _line(f"line.{number}", {name: (value or "").strip() for name, value in row.items()}, by_code)
        if isinstance(line, FieldError):
            faults.append(line)
        else:
            found.append(line)
    if faults:
        raise BookMappingInvalid(fields=faults)
    return found


def write_lines(lines: Sequence[MappedAccount], places: Sequence[Location]) -> str:
    """Return lines as a text that `read_lines` reads."""
    codes = {one.location_id: one.code for one in places}
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(MAPPING_COLUMNS)
    for line in lines:
        place = codes.get(line.location_id, "") if line.location_id is not None else ""
        writer.writerow(
            (line.account.value, line.class_of_value or "", place, line.tax_kind or "", rate_said(line.rate_ppm),
             line.code, line.name, line.tax_code)
        )  # fmt: skip
    return file.getvalue()


def rate_said(rate_ppm: int | None) -> str:
    """Return a rate in percent; nothing where there is none."""
    return "" if rate_ppm is None else f"{Decimal(rate_ppm) / _PPM_OF_PERCENT:f}".rstrip("0").rstrip(".") or "0"


def _line(field: str, cells: dict[str, str], by_code: dict[str, UUID]) -> MappedAccount | FieldError:
    if cells["account"] not in set(Account):
        return _fault(field, "account", f"{cells['account'][:60]} is no account of the ledger.")
    if cells["location"] and cells["location"] not in by_code:
        return _fault(field, "location", f"There is no location with the code {cells['location'][:60]}.")
    try:
        rate = Decimal(cells["rate"].rstrip("% ").replace(",", ".")) * _PPM_OF_PERCENT if cells["rate"] else None
        rate_ppm = None if rate is None else int(rate) if rate == rate.to_integral_value() and rate < 1 << 30 else -1
    except (InvalidOperation, ValueError, OverflowError):
        rate_ppm = -1
    return MappedAccount(
        account=Account(cells["account"]),
        class_of_value=cells["class_of_value"] or None,
        location_id=by_code.get(cells["location"]),
        tax_kind=cells["tax_kind"] or None,
        rate_ppm=rate_ppm,
        code=cells["code"],
        name=cells["name"],
        tax_code=cells["tax_code"],
    )


def _fault(field: str, what: str, told: str) -> FieldError:
    return FieldError(field, f"{BookMappingInvalid.code}.{what}", told)
