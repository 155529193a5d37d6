"""The archive of the books: journal, chart, mapping, exports and seals, with a description and the hash of every file.

`sealed.jsonl` is what a seal covers as it was hashed, which docs/check_seal.py checks without us; the tables beside it
hold the same for whoever reads tables, and the checker holds the journal's to it.
"""

import csv
import hashlib
import io
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import IO, Any, Final

import msgspec

from largesse.db import Connection
from largesse.domain import staff
from largesse.domain.book_exports import BookMapping, BookSet, BooksNothing, list_mappings, list_sets, set_rows
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act, Audited
from largesse.kernel.formulas import guard
from largesse.ledger import Account, Seal, find_seal, list_seals, sealed_rows
from largesse.services import reports
from largesse.services.book_exports.dependencies import BookExportDependencies
from largesse.services.book_exports.describing import INDEX_COLUMNS, index_xml, readme
from largesse.services.book_exports.mapping import demand
from largesse.services.seals import newest_seal, sealed_line, sealed_text
from largesse.services.staff import Manager
from largesse.ui import Voice

_CHUNK: Final = 1 << 18


class BookArchive(msgspec.Struct, frozen=True, kw_only=True):
    """What was written: the archive's name, the seal it goes up to, and how many rows of the journal it has."""

    name: str
    seal: Seal
    rows: int


async def write_archive(
    deps: BookExportDependencies, merchant: Merchant, *, voice: Voice, into: IO[bytes], by: Manager, now: datetime
) -> BookArchive:
    """Seal the books and write all of them up to that seal; audited.

    Raises:
        ActRefused: the role does not allow it.
        BooksNothing: nothing was ever booked.
    """
    demand(by, Act.BOOKS_EXPORT)
    newest = await newest_seal(deps, merchant.merchant_id, now=now)
    if newest is None:
        raise BooksNothing
    async with deps.database.snapshot() as connection:
        seal = await find_seal(connection, merchant.merchant_id, newest.number)
        with _Archive(into, now) as archive:
            rows = await _journal(archive, connection, seal)
            mappings = await list_mappings(connection, merchant.merchant_id)
            sets = await list_sets(connection, merchant.merchant_id)
            archive.table("accounts", [(one.value, reports.account_name(one.value, voice)) for one in Account])
            archive.table("mapping", _mapping_rows(mappings))
            archive.table("exports", map(_set_row, sets))
            archive.table("seals", map(_seal_row, await list_seals(connection, merchant.merchant_id)))
            with archive.open("export_rows.csv") as file:
                _write_row(file, INDEX_COLUMNS["export_rows"])
                async for number, subject_id, seq in set_rows(connection, merchant.merchant_id):
                    _write_row(file, (number, subject_id, seq))
            archive.file("index.xml", index_xml(merchant))
            archive.file("README.txt", readme(merchant, seal, rows=rows, made_at=now))
            archive.close_sums()
    async with deps.database.transaction() as connection:
        await staff.record(
            connection, merchant.merchant_id, Audited.BOOKS_ARCHIVED, subject=f"seal {seal.number}", actor=by.actor,
            reason=f"{rows} rows", now=now,
        )  # fmt: skip
    return BookArchive(name=f"largesse-books-{merchant.slug}-{seal.number}.zip", seal=seal, rows=rows)


async def _journal(archive: "_Archive", connection: Connection, seal: Seal) -> int:
    """Write what the seal covers twice, in one pass: as it was hashed, and as a table."""
    count = 0
    with tempfile.TemporaryFile() as table:
        _write_row(table, INDEX_COLUMNS["journal"])
        with archive.open("sealed.jsonl") as lines:
            lines.write(sealed_line(msgspec.structs.asdict(seal)))
            async for row in sealed_rows(connection, seal):
                lines.write(sealed_line(row))
                _write_row(table, [sealed_text(row[name]) for name in INDEX_COLUMNS["journal"]])
                count += 1
        table.seek(0)
        with archive.open("journal.csv") as file:
            while chunk := table.read(_CHUNK):
                file.write(chunk)
    return count


def _mapping_rows(mappings: Sequence[BookMapping]) -> Iterable[Sequence[object]]:
    for mapping in reversed(mappings):
        for line in mapping.lines:
            yield (
                mapping.version, _moment(mapping.made_at), mapping.made_by, line.account.value, line.class_of_value,
                line.location_id, line.tax_kind, line.rate_ppm, line.code, line.name, line.tax_code,
            )  # fmt: skip


def _set_row(made: BookSet) -> Sequence[object]:
    return (
        made.set_number, _moment(made.made_at), made.made_by, made.legal_entity_id, made.currency, made.first_day,
        made.last_day, made.rows, made.late_rows, made.total, made.format.value, made.grain.value,
        made.mapping_version, made.files,
    )  # fmt: skip


def _seal_row(seal: Seal) -> Sequence[object]:
    return (
        seal.number, _moment(seal.cut), seal.leaf_count, seal.row_count, seal.root.hex(), seal.previous.hex(),
        seal.hash.hex(),
    )  # fmt: skip


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class _Archive:
    """A ZIP whose files are written one after the other; it remembers the hash of each."""

    def __init__(self, into: IO[bytes], made_at: datetime) -> None:
        self._zip = zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED)
        self._moment = made_at.timetuple()[:6]
        self._sums: dict[str, str] = {}

    def __enter__(self) -> "_Archive":
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def open(self, name: str) -> "_Member":
        """Begin a file; it ends with the block."""
        member = zipfile.ZipInfo(name, self._moment)
        member.compress_type = zipfile.ZIP_DEFLATED
        member.external_attr = 0o644 << 16
        return _Member(self._zip.open(member, "w", force_zip64=True), name, self._sums)

    def file(self, name: str, data: bytes) -> None:
        """Write a whole file."""
        with self.open(name) as file:
            file.write(data)

    def table(self, name: str, rows: Iterable[Sequence[object]]) -> None:
        """Write a table with its headings."""
        with self.open(f"{name}.csv") as file:
            _write_row(file, INDEX_COLUMNS[name])
            for row in rows:
                _write_row(file, row)

    def close_sums(self) -> None:
        """Write the hashes of all files, as `sha256sum -c` reads them."""
        self._zip.writestr("SHA256SUMS", "".join(f"{digest}  {name}\n" for name, digest in sorted(self._sums.items())))


class _Member:
    """A file of the archive that is being written."""

    def __init__(self, file: IO[bytes], name: str, sums: dict[str, str]) -> None:
        self._file, self._name, self._sums = file, name, sums
        self._digest = hashlib.sha256()

    def __enter__(self) -> "_Member":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._sums[self._name] = self._digest.hexdigest()

    def write(self, data: bytes) -> None:
        """Write the next bytes."""
        self._digest.update(data)
        self._file.write(data)


def _write_row(file: Any, cells: Iterable[object]) -> None:
    text = io.StringIO()
    told = ["" if cell is None else guard(cell) if isinstance(cell, str) else str(cell) for cell in cells]
    csv.writer(text, lineterminator="\r\n").writerow(told)
    file.write(text.getvalue().encode())
