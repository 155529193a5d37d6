"""The tables of imports, of the files that wait, and of the certificates that each has opened."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.domain.imports.model import Choices
from largesse.domain.imports.records import Import, ImportState, ImportSummary, ImportTerms
from largesse.kernel.sealing import Sealed

_queries = load(__package__)
_JSON: dict[str, type] = {"choices": Choices, "terms": ImportTerms, "summary": ImportSummary}


async def insert(connection: Connection, one: Import) -> bool:
    """Write an import; False where the merchant has its file already."""
    written = await connection.fetchval(
        _queries.insert_import,
        one.merchant_id,
        one.import_id,
        one.state.value,
        one.file_name,
        one.file_digest,
        one.header_digest,
        _json(one.choices),
        _json(one.terms),
        _json(one.summary),
        one.created_by,
        one.created_at,
    )
    return written is not None


async def insert_table(connection: Connection, merchant_id: UUID, import_id: UUID, sealed: Sealed) -> None:
    """Write the sealed table of a file."""
    await connection.execute(_queries.insert_table, merchant_id, import_id, sealed.cipher, sealed.key_id)


async def find(connection: Connection, merchant_id: UUID, import_id: UUID) -> Import | None:
    """Return an import, if there is one of that id."""
    row = await connection.fetchrow(_queries.find_import, merchant_id, import_id)
    return _import(row) if row else None


async def lock(connection: Connection, merchant_id: UUID, import_id: UUID) -> Import | None:
    """Return an import that nobody else changes before the transaction ends."""
    row = await connection.fetchrow(_queries.lock_import, merchant_id, import_id)
    return _import(row) if row else None


async def of_file(connection: Connection, merchant_id: UUID, file_digest: bytes) -> Import | None:
    """Return the import of a file that stands or is under way."""
    row = await connection.fetchrow(_queries.import_of_file, merchant_id, file_digest)
    return _import(row) if row else None


async def list_imports(connection: Connection, merchant_id: UUID, *, limit: int = 100) -> list[Import]:
    """Return a merchant's imports, the newest first."""
    return [_import(row) for row in await connection.fetch(_queries.list_imports, merchant_id, limit)]


async def choices_of_header(connection: Connection, merchant_id: UUID, header_digest: bytes) -> Choices | None:
    """Return what was said of the last file with the same header."""
    found = await connection.fetchval(_queries.choices_of_header, merchant_id, header_digest)
    return None if found is None else msgspec.json.decode(found, type=Choices)


async def table_of(connection: Connection, merchant_id: UUID, import_id: UUID) -> Sealed | None:
    """Return the sealed table of a file, None once it is forgotten."""
    row = await connection.fetchrow(_queries.table_of, merchant_id, import_id)
    return Sealed(cipher=row["cipher"], key_id=row["key_id"]) if row else None


async def forget_table(connection: Connection, merchant_id: UUID, import_id: UUID) -> None:
    """Delete the table of a file."""
    await connection.execute(_queries.delete_table, merchant_id, import_id)


async def put_answers(connection: Connection, one: Import) -> None:
    """Write what was said of a file, and what it brings so."""
    answers = _json(one.choices), _json(one.terms), _json(one.summary)
    await connection.execute(_queries.put_answers, one.merchant_id, one.import_id, *answers)


async def begin(connection: Connection, one: Import) -> None:
    """Write the word to go."""
    await connection.execute(
        _queries.begin,
        one.merchant_id,
        one.import_id,
        _json(one.terms),
        _json(one.summary),
        one.rows,
        one.confirmed_by,
        one.confirmed_at,
    )


async def put_progress(connection: Connection, one: Import) -> None:
    """Write how far it is, and how many are kept."""
    await connection.execute(_queries.put_progress, one.merchant_id, one.import_id, one.progress, one.kept)


async def put_state(connection: Connection, one: Import) -> None:
    """Write another state."""
    await connection.execute(
        _queries.put_state,
        one.merchant_id,
        one.import_id,
        one.state.value,
        one.progress,
        one.trouble,
        one.finished_at,
        one.reversed_by,
        one.reversed_at,
    )


async def insert_certificates(
    connection: Connection, merchant_id: UUID, import_id: UUID, opened: Sequence[tuple[int, UUID]]
) -> None:
    """Write which certificates an import opened, by line."""
    lines, ids = [line for line, _ in opened], [certificate_id for _, certificate_id in opened]
    await connection.execute(_queries.insert_certificates, merchant_id, import_id, lines, ids)


async def certificates_after(
    connection: Connection, merchant_id: UUID, import_id: UUID, *, after: int, limit: int
) -> list[UUID]:
    """Return the next certificates of an import, after so many."""
    rows = await connection.fetch(_queries.certificates_after, merchant_id, import_id, after, limit)
    return [row["certificate_id"] for row in rows]


async def import_of_certificate(
    connection: Connection, merchant_id: UUID, certificate_id: UUID
) -> tuple[UUID, int] | None:
    """Return the import that opened a certificate and the line that it stood on, None for one of our own."""
    row = await connection.fetchrow(_queries.import_of_certificate, merchant_id, certificate_id)
    return (row["import_id"], row["line"]) if row else None


async def has_imported(connection: Connection, merchant_id: UUID) -> bool:
    """Return whether a merchant has taken certificates over from another system."""
    return bool(await connection.fetchval(_queries.has_imported, merchant_id))


async def under_way(connection: Connection) -> list[tuple[UUID, UUID]]:
    """Return the imports of all merchants that are under way, each with its merchant first."""
    return [(row["merchant_id"], row["import_id"]) for row in await connection.fetch(_queries.merchants_under_way)]


async def withdraw(connection: Connection, merchant_id: UUID, import_id: UUID) -> None:
    """Delete a file that was brought and not imported, with its table."""
    if await connection.execute(_queries.withdraw, merchant_id, import_id) == "DELETE 1":
        await forget_table(connection, merchant_id, import_id)


async def merchants_with_staged(connection: Connection, *, before: datetime) -> list[UUID]:
    """Return the merchants that brought files before a moment and never imported them."""
    return [row["merchant_id"] for row in await connection.fetch(_queries.merchants_with_staged, before)]


async def forget_staged(connection: Connection, merchant_id: UUID, *, before: datetime) -> int:
    """Delete files of a merchant that were brought before a moment and never imported; return how many."""
    tag = await connection.execute(_queries.forget_staged, merchant_id, before)
    await connection.execute(_queries.forget_tables, merchant_id)
    return int(tag.rpartition(" ")[2])


async def holds_any(connection: Connection) -> bool:
    """Return whether there is any sealed table."""
    return bool(await connection.fetchval(_queries.holds_any))


async def count_by_key(connection: Connection) -> Mapping[str, int]:
    """Return how many tables are sealed under each key, of all merchants."""
    return {row["key_id"]: row["sealed"] for row in await connection.fetch(_queries.count_by_key)}


async def lock_batch(
    connection: Connection, after: tuple[UUID, UUID], key_id: str, *, limit: int
) -> list[tuple[UUID, UUID, Sealed]]:
    """Lock and return the next tables after a key that are not sealed under `key_id`."""
    rows = await connection.fetch(_queries.lock_batch, *after, key_id, limit)
    return [(row["merchant_id"], row["import_id"], Sealed(cipher=row["cipher"], key_id=row["key_id"])) for row in rows]


async def replace_seal(connection: Connection, merchant_id: UUID, import_id: UUID, sealed: Sealed) -> None:
    """Put a table under another key."""
    await connection.execute(_queries.replace_seal, merchant_id, import_id, sealed.cipher, sealed.key_id)


def _json(value: msgspec.Struct) -> str:
    return msgspec.json.encode(value).decode()


def _import(row: Row) -> Import:
    values: dict[str, Any] = dict(row)
    for name, kind in _JSON.items():
        values[name] = msgspec.json.decode(values[name], type=kind)
    return Import(**values | {"state": ImportState(values["state"])})


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a certificate of another system is for; `locale` is empty where nobody said what they read."""

    certificate_id: UUID
    email: str
    name: str = ""
    locale: str = ""


async def insert_recipients(connection: Connection, merchant_id: UUID, some: Sequence[Recipient]) -> None:
    """Write whom certificates are for."""
    await connection.execute(
        _queries.insert_recipients,
        merchant_id,
        [one.certificate_id for one in some],
        [one.email for one in some],
        [one.name for one in some],
        [one.locale for one in some],
    )


async def recipients_of(connection: Connection, merchant_id: UUID, certificate_ids: Sequence[UUID]) -> list[Recipient]:
    """Return whom some certificates are for, where a file said that."""
    rows = await connection.fetch(_queries.recipients_of, merchant_id, list(certificate_ids))
    return [Recipient(**dict(row)) for row in rows]


async def forget_recipients(connection: Connection, merchant_id: UUID, certificate_ids: Sequence[UUID]) -> None:
    """Forget whom certificates were for."""
    await connection.execute(_queries.forget_recipients, merchant_id, list(certificate_ids))


async def erase_person(connection: Connection, merchant_id: UUID, email: str) -> list[UUID]:
    """Forget somebody by their address in lower case, and return the certificates that were for them."""
    return [row["certificate_id"] for row in await connection.fetch(_queries.erase_recipient, merchant_id, email)]
