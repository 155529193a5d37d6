"""Seals: what stood in a merchant's journal at a moment, in one hash, chained too (docs/internals/seals.md).

A seal is made in two steps. The cut is moved in a transaction of its own: whoever posts holds the books FOR SHARE, so
the step waits for what is in flight, and nothing is recorded at or before the cut afterwards. Then a transaction that
sees one moment streams a leaf for each subject, and writes the seal and the sums of its days.
"""

import hashlib
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.db.faults import key_taken
from largesse.kernel.events import Event
from largesse.kernel.ids import timed_id
from largesse.ledger.chain import FORMAT_1, Framed, framed
from largesse.ledger.errors import BooksMissing
from largesse.ledger.merkle import Tree, leaf_hash
from largesse.ledger.seal_errors import SealedMeanwhile, SealNotFound

FORMAT = 1
SEALED = "ledger.sealed"
NO_SEAL = bytes(32)
"""What stands for the hash of the seal before the first."""
EXPORTED = (*(name for name, _ in FORMAT_1), "hash_format", "hash")

_SQL = load(__package__, "seals.sql")
_FIGURES = load(__package__, "day_figures.sql")
_ENCODER = msgspec.json.Encoder()
_PREFETCH = 1_000


class Seal(msgspec.Struct, frozen=True, kw_only=True):
    """One seal. `cut` is the last moment that it covers, `previous` the hash of the seal before.

    `leaf_count` is how many subjects have rows up to there, `row_count` how many rows these are, `root` that of the
    tree over the subjects' heads; `totals` has a line for each currency and account.
    """

    merchant_id: UUID
    number: int
    format: int = FORMAT
    cut: datetime
    leaf_count: int
    row_count: int
    totals: str
    root: bytes
    previous: bytes
    hash: bytes = b""
    made_at: datetime


class LedgerSealed(msgspec.Struct, frozen=True, kw_only=True):
    """The payload of `ledger.sealed`, version 1: a seal, its hashes in hexadecimal. `merchant` is the slug."""

    merchant: str
    merchant_id: UUID
    seal_number: int
    format: int
    cut: datetime
    leaf_count: int
    row_count: int
    totals: str
    root: str
    previous: str
    hash: str


class Totals:
    """Debits and credits by currency and account, as a seal writes them down."""

    def __init__(self, text: str = "") -> None:
        self._sums: dict[tuple[str, str], list[int]] = {}
        for line in text.splitlines():
            currency, account, debits, credits_ = line.split(" ")
            self._sums[currency, account] = [int(debits), int(credits_)]

    def add(self, rows: Iterable[Row]) -> int:
        """Add sums by account and return how many journal rows they are of; a row without an account moved nothing."""
        count = 0
        for row in rows:
            count += int(row["rows"])
            if row["account"]:
                sums = self._sums.setdefault((row["currency"], row["account"]), [0, 0])
                sums[0] += int(row["debits"])
                sums[1] += int(row["credits"])
        return count

    def text(self) -> str:
        """Return them as a seal covers them: sorted, and each line ended."""
        return "".join(f"{' '.join(key)} {sums[0]} {sums[1]}\n" for key, sums in sorted(self._sums.items()))


def leaf_of(subject_id: UUID, seq: int, head: bytes) -> bytes:
    """Return the hash of a subject's leaf."""
    return leaf_hash(subject_id.bytes + seq.to_bytes(8) + head)


def seal_hash(seal: Seal) -> bytes:
    """Return the hash of a seal, from all that it says but its own hash and when it was made."""
    fields: tuple[Framed, ...] = (
        seal.format,
        seal.merchant_id,
        seal.number,
        seal.cut,
        seal.leaf_count,
        seal.row_count,
        seal.totals,
        seal.root,
        seal.previous,
    )
    return hashlib.sha256(b"".join(map(framed, fields))).digest()


def sealed_event(seal: Seal, *, slug: str, now: datetime) -> Event:
    """Return the event that tells of a seal, so that a copy of it lies outside. Pure."""
    payload = LedgerSealed(
        merchant=slug,
        merchant_id=seal.merchant_id,
        seal_number=seal.number,
        format=seal.format,
        cut=seal.cut,
        leaf_count=seal.leaf_count,
        row_count=seal.row_count,
        totals=seal.totals,
        root=seal.root.hex(),
        previous=seal.previous.hex(),
        hash=seal.hash.hex(),
    )
    return Event(
        merchant_id=seal.merchant_id,
        event_id=timed_id(now, SEALED, seal.merchant_id, str(seal.number)),
        kind=SEALED,
        occurred_at=now,
        payload=_ENCODER.encode(payload),
    )


async def move_cut(connection: Connection, merchant_id: UUID, *, told: datetime | None) -> datetime:
    """Move a merchant's cut to now, and return it. Must be committed before anything is sealed up to it.

    It goes by the database's clock, unless the time is `told`.

    Raises:
        BooksMissing: the merchant has none.
    """
    clock: datetime | None = await connection.fetchval(_SQL.clock_of_books, merchant_id)
    if clock is None:
        raise BooksMissing
    cut: datetime = await connection.fetchval(_SQL.move_cut, merchant_id, told or clock)
    return cut


async def open_books_from(connection: Connection, merchant_id: UUID, moment: datetime | None) -> None:
    """Open a merchant's books from a moment on, None for ever: what is claimed for earlier counts from then on.

    Must be committed before anything is sealed that is to cover all that was booked before.
    """
    await connection.execute(_SQL.open_from, merchant_id, moment)


async def anything_to_seal(connection: Connection, merchant_id: UUID) -> bool:
    """Return whether anything was recorded of a merchant since its last seal."""
    before = await _one(connection, _SQL.last_seal, merchant_id)
    found: bool = await connection.fetchval(_SQL.anything_since, merchant_id, before.cut if before else None)
    return found


async def make_seal(connection: Connection, merchant_id: UUID, *, now: datetime) -> Seal | None:
    """Seal a merchant's journal up to its cut, and return the seal; None where nothing was recorded since the last.

    Must be the first thing in its transaction, which sees one moment from here on.

    Raises:
        SealedMeanwhile: somebody else was faster; the transaction must not go on.
    """
    await connection.execute(_SQL.hold_still)
    cut: datetime | None = await connection.fetchval(_SQL.cut_of, merchant_id)
    before = await _one(connection, _SQL.last_seal, merchant_id)
    if cut is None:
        return None
    number = before.number + 1 if before else 1
    totals = Totals(before.totals if before else "")
    try:
        since = before.cut if before else None
        await connection.execute(_SQL.write_days, merchant_id, number, since, cut)
        fresh = totals.add(await connection.fetch(_SQL.days_by_seal, merchant_id, number))
        if not fresh:
            return None
        tree = Tree()
        async for row in connection.cursor(_SQL.leaves, merchant_id, cut, prefetch=_PREFETCH):
            tree.append(leaf_of(row["subject_id"], row["seq"], row["hash"]))
        seal = Seal(
            merchant_id=merchant_id,
            number=number,
            cut=cut,
            leaf_count=tree.count,
            row_count=(before.row_count if before else 0) + fresh,
            totals=totals.text(),
            root=tree.root(),
            previous=before.hash if before else NO_SEAL,
            made_at=now,
        )
        seal = msgspec.structs.replace(seal, hash=seal_hash(seal))
        await _write(connection, seal)
        await _write_figures(connection, merchant_id)
    except asyncpg.PostgresError as error:
        if key_taken(error):
            raise SealedMeanwhile from error
        raise
    return seal


async def list_seals(connection: Connection, merchant_id: UUID) -> list[Seal]:
    """Return a merchant's seals, oldest first."""
    return [_seal(row) for row in await connection.fetch(_SQL.list_seals, merchant_id)]


async def find_seal(connection: Connection, merchant_id: UUID, number: int | None = None) -> Seal:
    """Return a seal of a merchant by its number, or the newest.

    Raises:
        SealNotFound: there is none.
    """
    if number is None:
        found = await _one(connection, _SQL.last_seal, merchant_id)
    else:
        found = await _one(connection, _SQL.find_seal, merchant_id, number)
    if found is None:
        raise SealNotFound
    return found


async def sealed_rows(connection: Connection, seal: Seal) -> AsyncIterator[dict[str, Any]]:
    """Yield every row of the journal that a seal covers, as it is stored, by subject. Only inside a transaction."""
    async for row in connection.cursor(_SQL.sealed_rows, seal.merchant_id, seal.cut, prefetch=_PREFETCH):
        yield {name: row[name] for name in EXPORTED}


async def merchants_to_seal(connection: Connection, *, now: datetime) -> list[UUID]:
    """Return the merchants that have rows of an ended business day which no seal covers, or a cut without a seal."""
    return [row["merchant_id"] for row in await connection.fetch(_SQL.merchants_to_seal, now)]


async def _one(connection: Connection, query: str, *given: object) -> Seal | None:
    row = await connection.fetchrow(query, *given)
    return None if row is None else _seal(row)


async def _write(connection: Connection, seal: Seal) -> None:
    await connection.execute(
        _SQL.write_seal,
        seal.merchant_id,
        seal.number,
        seal.format,
        seal.cut,
        seal.leaf_count,
        seal.row_count,
        seal.totals,
        seal.root,
        seal.previous,
        seal.hash,
        seal.made_at,
    )


async def _write_figures(connection: Connection, merchant_id: UUID) -> None:
    """Add up what the seals tell reports that have no figures yet: the newest, and those from before there were any."""
    before = await connection.fetchval(_FIGURES.figured_through, merchant_id) or 0
    cuts = [row["cut"] for row in await connection.fetch(_FIGURES.cuts_after, merchant_id, max(before - 1, 0))]
    since = cuts.pop(0) if before else None
    await connection.execute(_FIGURES.write_figures, merchant_id, before, since, cuts)
    await connection.execute(_FIGURES.write_acts, merchant_id, before, since, cuts)


def _seal(row: Row) -> Seal:
    return Seal(**dict(row))
