"""Write a set to a file, as the accounts were when it was made: the same each time, the further ones as repeats."""

import hashlib
import tempfile
import zipfile
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import ExitStack
from datetime import date, datetime
from typing import IO, Any, Final
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.db.connection import Row
from largesse.db.statistics import join_whole
from largesse.domain import locations, staff
from largesse.domain.book_exports import (
    BookFormat,
    BookGrain,
    BookHead,
    BookLine,
    BookMapping,
    BookSet,
    BooksUnmapped,
    Piece,
    find_mapping,
    find_set,
    note_file,
    writer_of,
)
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act, Audited
from largesse.kernel.currency import currency
from largesse.ledger import Kind
from largesse.services import reports
from largesse.services.book_exports.dependencies import BookExportDependencies
from largesse.services.book_exports.looking import key_of, views
from largesse.services.book_exports.mapping import demand, who
from largesse.services.staff import Manager
from largesse.ui import Voice

_AT_ONCE: Final = 2_000
_CHUNK: Final = 1 << 18
_IN_MEMORY: Final = 1 << 20
_UNDOING: Final = frozenset(
    {Kind.REVERSE, Kind.REINSTATE, Kind.UNDO_RELOAD, Kind.UNMATCH, Kind.REFUND_FAILED, Kind.DISPUTE_WON}
)
"""What takes back rows of an operation that it names, as they were, with their sides swapped."""
MEDIA_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}
_DATEV_CSV: Final = "text/csv; charset=windows-1252"
_PLAIN: Final = "text/plain; charset=utf-8"

Write = Callable[[bytes], object]


class BookFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was written: its name, what it is, how many lines, its hash, and which repeat, 0 for the first."""

    name: str
    media_type: str
    lines: int
    sha256: str
    repeat: int


async def file_set(
    deps: BookExportDependencies,
    merchant: Merchant,
    number: int,
    wanted: BookFormat | None,
    *,
    voice: Callable[[str], Voice],
    into: IO[bytes],
    by: Manager,
    now: datetime,
) -> BookFile:
    """Write a set into a file in the format that it was made for, or in another; audited, and counted.

    Raises:
        ActRefused: the role does not allow it.
        BookSetUnknown: there is no such set.
        BookFactsMissing: the program wants to know something that was not said when it was made.
        BookFormatUnfit: the format cannot hold it.
    """
    demand(by, Act.BOOKS_EXPORT)
    async with deps.database.transaction() as connection:
        made = await find_set(connection, merchant.merchant_id, number)
        mapping = await find_mapping(connection, merchant.merchant_id, made.mapping_version)
        assert mapping is not None
        chosen = wanted or made.format
        head = _head(merchant, made, mapping, repeat=0)
        writer_of(chosen, head)  # refuses before it is counted
        repeat = await note_file(connection, made, chosen, by=who(by), now=now)
        await staff.record(
            connection, merchant.merchant_id, Audited.BOOKS_FILED, subject=f"export {number}", actor=by.actor,
            reason=chosen.value + (f", repeat {repeat}" if repeat else ""), now=now,
        )  # fmt: skip
        places = await locations.locations(connection, merchant.merchant_id)
    head = msgspec.structs.replace(head, repeat=repeat)
    names = {one.location_id: one.name for one in places}
    writer, files, count = writer_of(chosen, head), _Files(), 0
    with files:
        async with deps.database.snapshot() as connection:
            async for lines in lines_of(connection, merchant, made, mapping, names=names, voice=voice(made.language)):
                files.take(writer.add(lines))
                count += len(lines)
        files.take(writer.end())
        name, digest = files.settle(head, into)
    ending = name.rpartition(".")[2]
    media_type = _DATEV_CSV if chosen is BookFormat.DATEV and ending == "csv" else MEDIA_TYPES.get(ending, _PLAIN)
    return BookFile(name=name, media_type=media_type, lines=count, sha256=digest, repeat=repeat)


async def lines_of(
    connection: Connection,
    merchant: Merchant,
    made: BookSet,
    mapping: BookMapping,
    *,
    names: Mapping[UUID, str],
    voice: Voice,
) -> AsyncIterator[list[BookLine]]:
    """Yield the lines of a set in the order of their days, in bounded batches; memory grows with one day at most.

    Raises:
        BooksUnmapped: its accounts are not those of the mapping, which sets see to when they are made.
    """
    await join_whole(connection)
    told = _Teller(mapping, names, voice, keep_places=mapping.facts.by_location)
    args: list[Any] = [merchant.merchant_id, made.set_number, made.covered, merchant.time_zone]
    if made.grain is BookGrain.ROW:
        batch = list[BookLine]()
        async for row in connection.cursor(views.lines_by_row, *args, prefetch=_AT_ONCE):
            batch.append(told.line(row, single=True))
            if len(batch) == _AT_ONCE:
                yield batch
                batch = []
        yield batch
        return
    day, gathered = None, dict[tuple[object, ...], BookLine]()
    async for row in connection.cursor(views.lines_together, *args, made.grain.value, made.until, prefetch=_AT_ONCE):
        if row["day"] != day:
            yield told.numbered(gathered.values())
            day, gathered = row["day"], {}
        line = told.line(row)
        key = _same(line)
        gathered[key] = line if key not in gathered else _added(gathered[key], line)
    yield told.numbered(gathered.values())


class _Teller:
    """Turn rows of the views into lines: mapped, named, numbered."""

    def __init__(self, mapping: BookMapping, names: Mapping[UUID, str], voice: Voice, *, keep_places: bool) -> None:
        self._mapping, self._names, self._voice, self._keep_places = mapping, names, voice, keep_places
        self._found = dict[object, Any]()
        self._count = 0

    def line(self, row: Row, *, single: bool = False) -> BookLine:
        """Return a row as a line; one that is to be added to others gets its number with them."""
        debit, credit = self._side(row, "debit"), self._side(row, "credit")
        if single:
            self._count += 1
        location = self._names.get(row["location_id"], "") if single or self._keep_places else ""
        kind = Kind(row["kind"])
        return BookLine(
            number=self._count if single else 0,
            day=row["day"],
            text=self._text(kind.value, row["late_for"], imported=row["imported"]),
            debit=debit,
            credit=credit,
            amount=row["amount"],
            rows=row["rows"],
            kind=kind.value,
            late_for=row["late_for"],
            imported=row["imported"],
            undoes=kind in _UNDOING,
            location=location,
            class_of_value=row["class_of_value"] or "",
            tax_kind=row["tax_kind"] or "",
            tax_country=row["tax_country"] or "",
            rate_ppm=row["rate_ppm"],
            taxable=row["taxable"],
            tax=row["tax"],
            row=(row["subject_id"], row["seq"]) if single else None,
        )

    def numbered(self, lines: Iterable[BookLine]) -> list[BookLine]:
        """Return lines with their numbers."""
        found = []
        for line in lines:
            self._count += 1
            found.append(msgspec.structs.replace(line, number=self._count))
        return found

    def _side(self, row: Row, side: str) -> Any:
        key = key_of(row, side)
        if key not in self._found:
            self._found[key] = self._mapping.find(key)
        line = self._found[key]
        if line is None:
            raise BooksUnmapped
        return line

    def _text(self, kind: str, late_for: date | None, *, imported: bool) -> str:
        what = reports.kind_name(kind, self._voice)
        if late_for is not None:
            return self._voice.t("{what}, late, for {day}", what=what, day=late_for.isoformat())
        return self._voice.t("{what}, brought along", what=what) if imported else what


def _same(line: BookLine) -> tuple[object, ...]:
    """Return what has to be equal of lines of a day that become one."""
    return (
        line.kind, line.late_for, line.imported, line.debit, line.credit, line.location, line.class_of_value,
        line.tax_kind, line.tax_country, line.rate_ppm,
    )  # fmt: skip


def _added(one: BookLine, other: BookLine) -> BookLine:
    def both(first: int | None, second: int | None) -> int | None:
        return second if first is None else first if second is None else first + second

    return msgspec.structs.replace(
        one,
        amount=one.amount + other.amount,
        rows=one.rows + other.rows,
        taxable=both(one.taxable, other.taxable),
        tax=both(one.tax, other.tax),
    )


def _head(merchant: Merchant, made: BookSet, mapping: BookMapping, *, repeat: int) -> BookHead:
    return BookHead(
        merchant=merchant.name,
        set_number=made.set_number,
        currency=currency(made.currency),
        grain=made.grain,
        first_day=made.first_day,
        last_day=made.last_day,
        made_at=made.made_at,
        facts=mapping.facts,
        lines=mapping.lines,
        repeat=repeat,
    )


class _Files:
    """The files of an export while they are written: small ones in memory, larger ones on disk."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._files = dict[str, IO[bytes]]()

    def __enter__(self) -> "_Files":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def take(self, pieces: Iterable[Piece]) -> None:
        """Write pieces to the files that they are of."""
        for name, data in pieces:
            if name not in self._files:
                opened = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the stack closes it
                self._files[name] = self._stack.enter_context(opened)
            self._files[name].write(data)

    def settle(self, head: BookHead, into: IO[bytes]) -> tuple[str, str]:
        """Write the one file, or an archive of several, and return its name and SHA-256."""
        if len(self._files) == 1:
            [(name, file)] = self._files.items()
            return name, _copy(file, into.write)
        name = f"{head.name}.zip"
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as packed:
            pack(packed, self._files, made_at=head.made_at)
            return name, _copy(packed, into.write)


def pack(into: IO[bytes], files: Mapping[str, IO[bytes]], *, made_at: datetime) -> None:
    """Write an archive of files; the same files of the same moment give the same bytes."""
    moment = made_at.timetuple()[:6]
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            member = zipfile.ZipInfo(name, moment)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            files[name].seek(0)
            with archive.open(member, "w", force_zip64=True) as target:
                while chunk := files[name].read(_CHUNK):
                    target.write(chunk)


def _copy(file: IO[bytes], write: Write) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
        write(chunk)
    return digest.hexdigest()
