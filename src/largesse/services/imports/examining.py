"""The dry run: what a file brings, what is wrong with it, and what would be outstanding afterwards."""

import asyncio
import hashlib
import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.domain import certificates, imports
from largesse.domain.imports import (
    FAULTS_KEPT,
    WEAK_BELOW,
    Ask,
    Brought,
    CardColumn,
    Choices,
    FileReading,
    Import,
    ImportSummary,
    ImportTerms,
    ImportUnknown,
    LiabilityLine,
    OldCertificate,
)
from largesse.domain.merchants import Merchant
from largesse.kernel.clock import day_of
from largesse.kernel.errors import FieldError
from largesse.kernel.ids import new_id
from largesse.kernel.sealing import Keyring
from largesse.kernel.text_tables import TextTable
from largesse.ledger import ClassOfValue
from largesse.services.imports.dependencies import ImportDependencies

_views = load(__package__, "views.sql")
NOTHING_SAID = Choices()
AS_PAID = ImportTerms()
_ASKED_AT_ONCE = 5_000
_LIKE_A_NUMBER = re.compile(r"[^\W_]{5}")  # longer than any part of an amount or a day
_SECRET = (CardColumn.NUMBER, CardColumn.ALIAS, CardColumn.EMAIL, CardColumn.NAME)


async def stage(
    deps: ImportDependencies,
    merchant: Merchant,
    table: TextTable,
    *,
    file_name: str,
    choices: Choices = NOTHING_SAID,
    terms: ImportTerms = AS_PAID,
    actor: str,
    now: datetime,
) -> Import:
    """Keep a file and rehearse it; the same file again is the import that it is already, however far that is.

    What was said of the last file with the same header is taken as said of this one, where nothing else is.

    Raises:
        PresetRefused: no file of its system can be brought over.
        ChoiceInvalid, PresetUnknown: a choice is none.
    """
    header = hashlib.sha256(msgspec.json.encode(table.rows[0].cells)).digest()
    async with deps.database.connection() as connection:
        known = await imports.of_file(connection, merchant.merchant_id, table.digest)
        remembered = await imports.choices_of_header(connection, merchant.merchant_id, header)
    if known is not None:
        return (
            known
            if known.state is not imports.ImportState.STAGED
            else await _answered(deps, merchant, known, table, choices=choices, terms=terms, now=now)
        )
    if choices == NOTHING_SAID and remembered is not None:
        choices = remembered
    summary, _ = await examine(deps, merchant, table, choices=choices, terms=terms, now=now)
    one = Import(
        merchant_id=merchant.merchant_id,
        import_id=new_id(now),
        state=imports.ImportState.STAGED,
        file_name=file_name[: imports.FILE_NAME_MAX] or "file",
        file_digest=table.digest,
        header_digest=header,
        choices=choices,
        terms=terms,
        summary=summary,
        created_by=actor,
        created_at=now,
    )
    sealed = imports.seal_table(deps.keyring, one.merchant_id, one.import_id, table)
    async with deps.database.transaction() as connection:
        if await imports.insert(connection, one):
            await imports.insert_table(connection, one.merchant_id, one.import_id, sealed)
            return one
        other = await imports.of_file(connection, merchant.merchant_id, table.digest)
    assert other is not None, "somebody else brought the same file a moment ago"
    return other


async def answer(
    deps: ImportDependencies,
    merchant: Merchant,
    import_id: UUID,
    *,
    choices: Choices,
    terms: ImportTerms,
    now: datetime,
) -> Import:
    """Rehearse a file that waits once more, with what was said of it.

    Raises:
        ImportUnknown: there is no such import.
        PresetRefused, ChoiceInvalid, PresetUnknown: as `stage`.
    """
    one = await find_import(deps, merchant, import_id)
    if one.state is not imports.ImportState.STAGED:
        return one
    return await _answered(deps, merchant, one, await table_of(deps, one), choices=choices, terms=terms, now=now)


async def find_import(deps: ImportDependencies, merchant: Merchant, import_id: UUID) -> Import:
    """Return an import of a merchant.

    Raises:
        ImportUnknown: there is none of that id.
    """
    async with deps.database.connection() as connection:
        found = await imports.find(connection, merchant.merchant_id, import_id)
    if found is None:
        raise ImportUnknown
    return found


async def _answered(
    deps: ImportDependencies,
    merchant: Merchant,
    one: Import,
    table: TextTable,
    *,
    choices: Choices,
    terms: ImportTerms,
    now: datetime,
) -> Import:
    summary, _ = await examine(deps, merchant, table, choices=choices, terms=terms, now=now)
    changed = msgspec.structs.replace(one, choices=choices, terms=terms, summary=summary)
    async with deps.database.transaction() as connection:
        await imports.put_answers(connection, changed)
    return changed


async def table_of(deps: ImportDependencies, one: Import) -> TextTable:
    """Return the table of a file that waits, or is under way.

    Raises:
        ImportUnknown: it is forgotten.
    """
    async with deps.database.connection() as connection:
        sealed = await imports.table_of(connection, one.merchant_id, one.import_id)
    if sealed is None:
        raise ImportUnknown
    return await asyncio.to_thread(imports.open_table, deps.keyring, one.merchant_id, one.import_id, sealed)


async def examine(
    deps: ImportDependencies,
    merchant: Merchant,
    table: TextTable,
    *,
    choices: Choices,
    terms: ImportTerms,
    now: datetime,
) -> tuple[ImportSummary, tuple[OldCertificate, ...]]:
    """Return what a file brings, and the certificates themselves; nothing is changed.

    Raises:
        PresetRefused, ChoiceInvalid, PresetUnknown: as `stage`.
    """
    day = terms.day or day_of(now, in_zone=merchant.zone)
    reading = await read(table, choices, merchant, day=day)
    brought = reading.brought
    if brought is None:
        return _asking(reading), ()
    async with deps.database.connection() as connection:
        taken = await _taken(connection, deps.keyring, merchant.merchant_id, reading, brought.rows)
        outstanding = await _outstanding(connection, merchant.merchant_id)
    faults = [*brought.faults, *taken, *_faults_of_terms(reading, brought, terms)]
    return _found(reading, brought, faults, terms, outstanding), brought.rows


async def read(table: TextTable, choices: Choices, merchant: Merchant, *, day: date) -> FileReading:
    """Return how a table is read, worked out beside the event loop: it may have a hundred thousand rows."""
    return await asyncio.to_thread(
        imports.read_table, table, choices, currency=choices.currency or merchant.currency, zone_day=day
    )


async def _taken(
    connection: Connection,
    keyring: Keyring,
    merchant_id: UUID,
    reading: FileReading,
    rows: Sequence[OldCertificate],
) -> list[FieldError]:
    """Return a fault for each number that a certificate of ours has, or could be found by."""
    numbers = [(one.line, one.folded, CardColumn.NUMBER) for one in rows]
    numbers += [(one.line, one.alias_folded, CardColumn.ALIAS) for one in rows if one.alias_folded]
    message = "One of your certificates has this number already, or one that reads the same."
    faults = list[FieldError]()
    for start in range(0, len(numbers), _ASKED_AT_ONCE):
        some = numbers[start : start + _ASKED_AT_ONCE]
        digests = {digest: place for place, one in enumerate(some) for digest in keyring.lookups(one[1])}
        known = await certificates.known_digests(connection, merchant_id, list(digests))
        for place in sorted({digests[digest] for digest in known}):
            line, _, column = some[place]
            where = f"line {line}, {column_name(reading.header, reading.columns[column])}"
            faults.append(FieldError(where, "import.number.taken", message))
        await asyncio.sleep(0)  # others wait for this process as well
    return faults


def column_name(header: Sequence[str], place: int) -> str:
    """Return how a column is called in a file, or which it is."""
    return header[place].strip()[:40] if header and header[place].strip() else f"column {place + 1}"


def _faults_of_terms(reading: FileReading, brought: Brought, terms: ImportTerms) -> list[FieldError]:
    if terms.class_of_value is not ClassOfValue.PROMOTIONAL:
        return []
    message = "Value that was given away has no gratuity. Import these as paid, or leave the column out."
    return [
        FieldError(
            f"line {one.line}, {column_name(reading.header, reading.columns[CardColumn.GRATUITY])}",
            "import.gratuity.promotional",
            message,
        )
        for one in brought.rows
        if one.gratuity
    ]


async def _outstanding(connection: Connection, merchant_id: UUID) -> dict[tuple[str, str], int]:
    rows = await connection.fetch(_views.outstanding, merchant_id)
    return {(row["currency"], row["class_of_value"]): row["outstanding"] for row in rows}


def _asking(reading: FileReading) -> ImportSummary:
    return ImportSummary(
        preset=reading.preset,
        header=reading.header,
        samples=_masked(reading),
        columns=dict(reading.columns),
        questions=reading.questions,
    )


def _found(
    reading: FileReading,
    brought: Brought,
    faults: Sequence[FieldError],
    terms: ImportTerms,
    outstanding: dict[tuple[str, str], int],
) -> ImportSummary:
    imported = defaultdict[str, tuple[int, int]](lambda: (0, 0))
    for one in brought.rows:
        value, gratuity = imported[one.currency]
        imported[one.currency] = value + one.value + one.gratuity, gratuity + one.gratuity
    of = terms.class_of_value
    keys = sorted({*outstanding, *((code, of.value) for code in imported)})
    lines = [
        LiabilityLine(
            currency=code,
            class_of_value=ClassOfValue(name),
            before=outstanding.get((code, name), 0),
            imported=imported[code][0] if name == of.value else 0,
            gratuity=imported[code][1] if name == of.value else 0,
        )
        for code, name in keys
    ]
    return ImportSummary(
        preset=reading.preset,
        header=reading.header,
        samples=_masked(reading),
        columns=dict(reading.columns),
        rows=len(brought.rows),
        inactive=sum(one.is_inactive for one in brought.rows),
        weak=sum(one.bits < WEAK_BELOW for one in brought.rows),
        addressed=sum(bool(one.email) and not one.is_inactive for one in brought.rows),
        unaddressed=brought.unaddressed,
        lines=tuple(lines),
        left_out=brought.left_out,
        fault_count=len(faults),
        faults=tuple(faults[:FAULTS_KEPT]),
    )


def _masked(reading: FileReading) -> tuple[tuple[str, ...], ...]:
    """Return the first rows without their numbers; where it is not known yet which those are, without long words."""
    secret = {reading.columns[column] for column in _SECRET if column in reading.columns}
    unsure = any(question.ask in {Ask.PRESET, Ask.COLUMNS} for question in reading.questions)

    def shown(place: int, cell: str) -> str:
        hidden = place in secret or (unsure and _LIKE_A_NUMBER.search(cell) and any(map(str.isdigit, cell)))
        return f"…{cell[-2:]}" if hidden and cell else cell[:40]

    return tuple(tuple(shown(place, cell) for place, cell in enumerate(row)) for row in reading.samples)
