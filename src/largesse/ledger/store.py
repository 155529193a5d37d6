"""The ledger's tables: certificates, journal, holds. Nobody else reads or writes them."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

import msgspec

from largesse.db import Connection, Writes, load
from largesse.db.connection import Row
from largesse.kernel.where import Where
from largesse.ledger.accounts import Account
from largesse.ledger.booking import Memo
from largesse.ledger.books import Books
from largesse.ledger.errors import BooksMissing
from largesse.ledger.model import Certificate, Entry, Expiry, Hold, Kind, PartKey, Redemption
from largesse.ledger.numbered import Number, Owners, owner_of
from largesse.ledger.rows import (
    books_of,
    certificate_of,
    entry_of,
    expiries_of,
    fields_of,
    hold_of,
    redemptions_of,
)
from largesse.ledger.settlements import Settlement

_SQL = load(__package__)
_ENCODER = msgspec.json.Encoder()

_FIRST = UUID(int=0)

Key = tuple[UUID, UUID]
"""A merchant's id and the id of something of theirs."""


class LockedCertificates(NamedTuple):
    """Certificates that are locked, the keys of those that somebody else has locked, and whose the numbers are.

    What is in none of them does not stand.
    """

    certificates: dict[Key, Certificate]
    elsewhere: Collection[Key] = frozenset()
    owners: Owners = MappingProxyType({})


async def open_books(connection: Connection, merchant_ids: Collection[UUID]) -> dict[UUID, Books]:
    """Lock the books of merchants against being sealed or closed, and return them with the database's clock.

    Raises:
        BooksMissing: a merchant has none.
    """
    rows = await connection.fetch(_SQL.open_books, sorted(merchant_ids))
    if len(rows) < len(merchant_ids):
        raise BooksMissing
    return {row["merchant_id"]: books_of(row) for row in rows}


async def keep_home(
    connection: Connection, where: Where, *, redemptions_per_hour: int | None, expired_gratuity: Account
) -> None:
    """Open a merchant's books, or change their home and what the merchant has set."""
    rate = where.default_rate
    await connection.execute(
        _SQL.keep_home,
        where.merchant_id,
        where.location_id,
        where.legal_entity_id,
        where.country,
        where.time_zone,
        where.cut_off_hour,
        where.books_sale,
        rate and rate.name,
        rate and rate.rate,
        redemptions_per_hour,
        expired_gratuity,
    )


async def erase_memos(connection: Connection, merchant_id: UUID, certificate_ids: Collection[UUID]) -> int:
    """Erase the memos of some certificates and of those that their value went on to, and return how many there were.

    The chain of their rows still verifies.
    """
    found = await followed(connection, merchant_id, certificate_ids)
    return len(await connection.fetch(_SQL.erase_memos, merchant_id, list(found)))


async def followed(connection: Connection, merchant_id: UUID, certificate_ids: Collection[UUID]) -> set[UUID]:
    """Return some certificates, and all that their value went on to: what they were reissued as, or merged into."""
    found, fresh = set[UUID](), set(certificate_ids)
    while fresh:
        found |= fresh
        rows = await connection.fetch(_SQL.successors, merchant_id, list(fresh))
        fresh = {row["refers_to"] for row in rows} - found
    return found


async def lock_certificates(connection: Connection, keys: Iterable[Key]) -> dict[Key, Certificate]:
    """Lock and return those certificates of `keys` that exist, until the transaction ends."""
    rows = await connection.fetch(_SQL.lock_certificates, *_columns(keys))
    return {(row["merchant_id"], row["certificate_id"]): certificate_of(row) for row in rows}


async def lock_free_certificates(
    connection: Connection, keys: Iterable[Key]
) -> tuple[dict[Key, Certificate], set[Key]]:
    """Lock and return those certificates of `keys` that nobody else has locked, and the keys of those locked elsewhere.

    What is in neither does not stand.
    """
    wanted = set(keys)
    rows = await connection.fetch(_SQL.lock_free_certificates, *_columns(wanted))
    free = {(row["merchant_id"], row["certificate_id"]): certificate_of(row) for row in rows}
    if len(free) == len(wanted):
        return free, set()
    # Asked afterwards, so that one which came to stand meanwhile is waited for, too, rather than called missing.
    rows = await connection.fetch(_SQL.standing_certificates, *_columns(wanted - free.keys()))
    return free, {(row["merchant_id"], row["certificate_id"]) for row in rows}


async def take_certificates(
    connection: Connection, keys: Iterable[Key], numbers: Collection[Number]
) -> LockedCertificates:
    """Lock certificates by id and by number until the transaction ends, waiting for whoever has locked them."""
    if not numbers:
        return LockedCertificates(await lock_certificates(connection, keys))
    return _taken(await connection.fetch(_SQL.lock_named_certificates, *_named_columns(keys, numbers)))


async def take_free_certificates(
    connection: Connection, keys: Iterable[Key], numbers: Collection[Number]
) -> LockedCertificates:
    """Lock those certificates, by id and by number, that nobody else has locked, and tell which others stand."""
    if not numbers:
        return LockedCertificates(*await lock_free_certificates(connection, keys))
    wanted = set(keys)
    taken = _taken(await connection.fetch(_SQL.lock_free_named_certificates, *_named_columns(wanted, numbers)))
    missing = wanted - taken.certificates.keys()
    unknown = [number for number in numbers if owner_of(number, taken.owners) is None]
    if not missing and not unknown:
        return taken
    # Asked afterwards, for the same reason as where all are named by their ids.
    rows = await connection.fetch(_SQL.standing_named_certificates, *_named_columns(missing, unknown))
    elsewhere = {(row["merchant_id"], row["certificate_id"]) for row in rows} - taken.certificates.keys()
    return LockedCertificates(taken.certificates, elsewhere, {**taken.owners, **_owners(rows)})


async def find_certificate(connection: Connection, key: Key) -> Certificate | None:
    """Return a certificate as it stands, or None."""
    row = await connection.fetchrow(_SQL.find_certificate, *key)
    return None if row is None else certificate_of(row)


async def find_operations(connection: Connection, keys: Iterable[Key]) -> dict[Key, list[Entry]]:
    """Return the journal rows of those operations that happened before, by operation, in order."""
    found: dict[Key, list[Entry]] = {}
    for row in await connection.fetch(_SQL.find_operations, *_columns(keys)):
        found.setdefault((row["merchant_id"], row["operation_id"]), []).append(entry_of(row))
    return found


async def find_holds(connection: Connection, keys: Iterable[Key]) -> dict[Key, Hold]:
    """Return those holds of `keys` that exist."""
    rows = await connection.fetch(_SQL.find_holds, *_columns(keys))
    return {(row["merchant_id"], row["hold_id"]): hold_of(row) for row in rows}


async def find_redemptions(connection: Connection, keys: Iterable[PartKey]) -> dict[PartKey, Redemption]:
    """Return what those redemptions of `keys` that exist have taken."""
    return redemptions_of(await _taken_by(connection, keys, (Kind.REDEEM, Kind.CAPTURE), undone_by=Kind.REVERSE))


async def find_expiries(connection: Connection, keys: Iterable[PartKey]) -> dict[PartKey, Expiry]:
    """Return what those expiries of `keys` that exist have booked."""
    return expiries_of(await _taken_by(connection, keys, (Kind.EXPIRE,), undone_by=Kind.REINSTATE))


def write(
    writes: Writes,
    *,
    opened: Sequence[Certificate],
    changed: Sequence[Certificate],
    entries: Sequence[Entry],
    memos: Sequence[Memo],
    holds: Sequence[Hold],
) -> None:
    """Add what a batch decided to `writes`."""
    for statement, rows in (
        (_SQL.open_certificates, opened),
        (_SQL.change_certificates, changed),
        (_SQL.write_journal, entries),
        (_SQL.write_memos, memos),
        (_SQL.write_holds, holds),
    ):
        if rows:
            writes.add(statement, _json(rows))


async def statement(connection: Connection, key: Key) -> list[Entry]:
    """Return the whole journal of one certificate, oldest row first."""
    return [entry_of(row) for row in await connection.fetch(_SQL.statement, *key)]


async def settled_before(
    connection: Connection, merchant_id: UUID, certificate_ids: Collection[UUID]
) -> list[Settlement]:
    """Return what `settle` rows of some certificates have booked of refunds that are named."""
    rows = await connection.fetch(_SQL.settlements, merchant_id, list(certificate_ids))
    return [Settlement(**fields_of(row, account=Account)) for row in rows]


async def open_holds(connection: Connection, key: Key) -> list[Hold]:
    """Return what is set aside on one certificate, oldest first."""
    return [hold_of(row) for row in await connection.fetch(_SQL.open_holds, *key)]


async def merchants_with_expired(connection: Connection, *, now: datetime) -> list[UUID]:
    """Return the merchants that have certificates past their last good day that are not booked."""
    return [row["merchant_id"] for row in await connection.fetch(_SQL.merchants_with_expired, now)]


async def expired_certificates(
    connection: Connection, merchant_id: UUID, *, now: datetime, limit: int
) -> list[tuple[Key, datetime, int]]:
    """Return up to `limit` of a merchant's certificates past their last good day that are not booked.

    With each come the moment it expired and its last journal row.
    """
    rows = await connection.fetch(_SQL.expired_certificates, merchant_id, now, limit)
    return [((row["merchant_id"], row["certificate_id"]), row["expires_at"], row["seq"]) for row in rows]


async def wrongly_expired(
    connection: Connection, merchant_id: UUID, *, now: datetime, last_seen: UUID | None, limit: int
) -> list[tuple[UUID, UUID]]:
    """Return up to `limit` certificates booked as expired that are still good, each with the expiry that booked it.

    They come in the order of their ids, from `last_seen` on, which is the last one of the call before.
    """
    rows = await connection.fetch(_SQL.wrongly_expired, merchant_id, now, last_seen or _FIRST, limit)
    return [(row["certificate_id"], row["operation_id"]) for row in rows]


async def merchants_with_expiring(connection: Connection, *, after: datetime, until: datetime) -> list[UUID]:
    """Return the merchants that have active certificates which expire after one moment and until another."""
    return [row["merchant_id"] for row in await connection.fetch(_SQL.merchants_with_expiring, after, until)]


async def expiring_certificates(
    connection: Connection,
    merchant_id: UUID,
    *,
    after: datetime,
    until: datetime,
    last_seen: Certificate | None,
    limit: int,
) -> list[Certificate]:
    """Return up to `limit` of a merchant's active certificates with something left that expire after `after`.

    They come in the order of expiry, up to `until` and from `last_seen` on, which is the last one of the call before.
    """
    start = (last_seen.expires_at, last_seen.certificate_id) if last_seen else (after, _FIRST)
    rows = await connection.fetch(_SQL.expiring_certificates, merchant_id, after, until, *start, limit)
    return [certificate_of(row) for row in rows]


async def merchants_with_expired_holds(connection: Connection, *, now: datetime) -> list[UUID]:
    """Return the merchants that have open holds whose time has passed."""
    return [row["merchant_id"] for row in await connection.fetch(_SQL.merchants_with_expired_holds, now)]


async def expired_holds(
    connection: Connection, merchant_id: UUID, *, now: datetime, limit: int
) -> list[tuple[Key, UUID]]:
    """Return up to `limit` of a merchant's open holds past their time: the certificate's key and the hold's id."""
    rows = await connection.fetch(_SQL.expired_holds, merchant_id, now, limit)
    return [((row["merchant_id"], row["certificate_id"]), row["hold_id"]) for row in rows]


def _columns(keys: Iterable[Key]) -> tuple[list[UUID], list[UUID]]:
    pairs = sorted(set(keys), key=_place)
    return [merchant_id for merchant_id, _ in pairs], [other_id for _, other_id in pairs]


def _named_columns(
    keys: Iterable[Key], numbers: Iterable[Number]
) -> tuple[list[UUID], list[UUID | None], list[bytes | None]]:
    """Return certificates to look for as columns: merchant, id or nothing, HMAC of the number or nothing."""
    pairs = sorted(set(keys), key=_place)
    digests = [(merchant_id, one) for merchant_id, digests in numbers for one in digests.under_keys]
    return (
        [merchant_id for merchant_id, _ in (*pairs, *digests)],
        [*(other_id for _, other_id in pairs), *(None for _ in digests)],
        [*(None for _ in pairs), *(digest for _, digest in digests)],
    )


def _taken(rows: Iterable[Row]) -> LockedCertificates:
    certificates: dict[Key, Certificate] = {}
    for row in rows:
        key = row["merchant_id"], row["certificate_id"]
        if key not in certificates:  # it comes once for each way in which it is named
            certificates[key] = certificate_of(row)
    return LockedCertificates(certificates, owners=_owners(rows))


def _owners(rows: Iterable[Row]) -> dict[tuple[UUID, bytes], UUID]:
    return {(row["merchant_id"], row["digest"]): row["certificate_id"] for row in rows if row["digest"] is not None}


def _place(key: Key) -> tuple[int, int]:
    return key[0].int, key[1].int


def _json(rows: Sequence[msgspec.Struct]) -> str:
    return _ENCODER.encode(rows).decode()


async def _taken_by(
    connection: Connection, keys: Iterable[PartKey], kinds: Sequence[Kind], *, undone_by: Kind
) -> list[Row]:
    """Return a row for each lot of each certificate that operations took from."""
    wanted = sorted(set(keys))
    columns = [[key[place] for key in wanted] for place in range(3)]
    return await connection.fetch(_SQL.find_taken, *columns, kinds, undone_by)
