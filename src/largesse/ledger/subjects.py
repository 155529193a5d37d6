"""The table of subjects that are no certificates: what of a chain has to be known and locked to add to it.

They are locked after all certificates of a transaction, in the order of their ids, so that no two transactions wait for
each other in a circle.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

import msgspec
from msgspec.structs import replace

from largesse.db import Connection, Writes, load
from largesse.db.connection import Row
from largesse.ledger.accounts import Account
from largesse.ledger.commands import Command
from largesse.ledger.entries import OpenItem, PostEntry, UndoEntry
from largesse.ledger.model import Chain, Entry, SubjectKind, Undone
from largesse.ledger.rows import entry_of
from largesse.ledger.settlements import PaidRefund, Settlement
from largesse.ledger.store import find_operations, settled_before

Key = tuple[UUID, UUID]

_SQL = load(__package__, "subjects.sql")
_ENCODER = msgspec.json.Encoder()


class EarlierEntries(NamedTuple):
    """The rows of operations that a batch undoes, and what of them is undone already."""

    rows: dict[Key, list[Entry]]
    undone: set[Undone]


NO_EARLIER = EarlierEntries({}, set())


class PartnerBalance(msgspec.Struct, frozen=True, kw_only=True):
    """What a partner owes in a currency, and what it is owed, in the smallest unit."""

    party_id: UUID
    currency: str
    receivable: int
    credit: int


def subjects_of(commands: Iterable[Command]) -> dict[Key, SubjectKind]:
    """Return the subjects that commands are about, but certificates; of what kind each is said to be first."""
    found: dict[Key, SubjectKind] = {}
    for command in commands:
        if isinstance(command, PostEntry | UndoEntry) and command.subject_kind is not SubjectKind.CERTIFICATE:
            found.setdefault((command.merchant_id, command.subject_id), command.subject_kind)
    return found


async def take_subjects(connection: Connection, wanted: Mapping[Key, SubjectKind]) -> dict[Key, Chain]:
    """Lock subjects until the transaction ends, waiting for whoever has locked or opens them; open those that are new.

    One that is opened here stands from then on, without a row, whatever becomes of its commands.
    """
    found = await _locked(connection, _SQL.lock_subjects, wanted.keys())
    new = wanted.keys() - found.keys()
    if new:
        merchant_ids, subject_ids = _columns(new)
        kinds = [wanted[key].value for key in zip(merchant_ids, subject_ids, strict=True)]
        await connection.execute(_SQL.open_subjects, merchant_ids, subject_ids, kinds)
        found |= await _locked(connection, _SQL.lock_subjects, new)
    return found


async def take_free_subjects(connection: Connection, keys: Collection[Key]) -> dict[Key, Chain]:
    """Lock those subjects that stand and nobody else has locked.

    Those that are missing are waited for aside: somebody has them, or opening them may have to wait for who does.
    """
    return await _locked(connection, _SQL.lock_free_subjects, keys)


async def find_earlier(connection: Connection, commands: Iterable[Command]) -> EarlierEntries:
    """Return what the operations have booked that commands undo. Their subjects are locked."""
    keys = {(command.merchant_id, command.undoes) for command in commands if isinstance(command, UndoEntry)}
    if not keys:
        return NO_EARLIER
    rows = await find_operations(connection, keys)
    undone = await connection.fetch(_SQL.find_undone, *_columns(keys))
    return EarlierEntries(rows, {Undone(row["merchant_id"], row["operation_id"], row["subject_id"]) for row in undone})


def write_subjects(writes: Writes, changed: Sequence[Chain]) -> None:
    """Add how chains have grown to `writes`."""
    if changed:
        writes.add(_SQL.change_subjects, _ENCODER.encode(changed).decode())


async def paid_refunds(
    connection: Connection, merchant_id: UUID, certificate_ids: Collection[UUID]
) -> list[PaidRefund]:
    """Return what was booked as paid of refunds that name one of some certificates, in the order it was booked."""
    rows = await connection.fetch(_SQL.paid_refunds, merchant_id, list(certificate_ids))
    return [PaidRefund(**{**row, "account": Account(row["account"])}) for row in rows]


async def rows_of_item(connection: Connection, merchant_id: UUID, item: OpenItem) -> list[Entry]:
    """Return every journal row that names an open item, in the order of its subject's rows."""
    rows = await connection.fetch(_SQL.rows_of_item, merchant_id, item.kind, item.item_id)
    return [entry_of(row) for row in rows]


async def settlements(connection: Connection, merchant_id: UUID, certificate_ids: Collection[UUID]) -> list[Settlement]:
    """Return what was taken out of the clearing account for some certificates, and put back: both kinds of rows."""
    found = {
        (one.refers_to, one.certificate_id, one.account): one
        for one in await settled_before(connection, merchant_id, certificate_ids)
    }
    for paid in await paid_refunds(connection, merchant_id, certificate_ids):
        key = paid.refund_id, paid.certificate_id, paid.account
        one = found.get(key) or Settlement(
            refers_to=paid.refund_id, certificate_id=paid.certificate_id, account=paid.account, settled=0, taken_back=0
        )
        back = paid.amount if paid.undone else 0
        found[key] = replace(one, settled=one.settled + paid.amount, taken_back=one.taken_back + back)
    return list(found.values())


async def partner_balances(connection: Connection, merchant_id: UUID) -> list[PartnerBalance]:
    """Return what each partner owes and is owed, by currency, from the journal alone."""
    return [PartnerBalance(**row) for row in await connection.fetch(_SQL.partner_balances, merchant_id)]


async def _locked(connection: Connection, statement: str, keys: Collection[Key]) -> dict[Key, Chain]:
    rows = await connection.fetch(statement, *_columns(keys)) if keys else []
    return {(row["merchant_id"], row["subject_id"]): _subject(row) for row in rows}


def _subject(row: Row) -> Chain:
    fields = dict(row)
    return Chain(**fields | {"subject_kind": SubjectKind(fields["subject_kind"]), "head": fields["head"] or b""})


def _columns(keys: Iterable[Key]) -> tuple[list[UUID], list[UUID]]:
    pairs = sorted(set(keys), key=lambda key: (key[0].int, key[1].int))
    return [merchant_id for merchant_id, _ in pairs], [other_id for _, other_id in pairs]
