"""Where the value of a certificate went: certificates that it was reissued as or merged into, and a lot among them."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from largesse.db import Connection
from largesse.ledger import Account, Certificate, Entry, Kind, Status, followed
from largesse.services.capabilities import UsesLedger


async def lock_followed(
    connection: Connection,
    deps: UsesLedger,
    merchant_id: UUID,
    certificate_ids: Collection[UUID],
    *,
    also: Collection[UUID] = (),
) -> dict[UUID, Certificate]:
    """Lock all that certificates were reissued as or merged into, and those `also`, until the transaction ends.

    All are locked at once, in the one order of their ids, so that whoever posts to several of them afterwards waits for
    nobody. A transfer that came between reading and locking is seen, and where it went is locked as well.
    """
    wanted = {*also, *await followed(connection, merchant_id, certificate_ids)}
    while True:
        locked = await deps.ledger.lock(connection, merchant_id, wanted)
        again = await followed(connection, merchant_id, certificate_ids)
        if again <= wanted:
            return locked
        wanted |= again


async def with_predecessors(
    connection: Connection, deps: UsesLedger, merchant_id: UUID, certificate_ids: Collection[UUID]
) -> list[UUID]:
    """Return certificates and all whose place they took under a new number, from number to number back to the first.

    What was reissued begins with the transfer of all that the one before held; its row names that one.
    """
    found, ahead = list(dict.fromkeys(certificate_ids)), list(certificate_ids)
    while ahead:
        entries = await deps.ledger.statement(connection, merchant_id, ahead.pop())
        before = entries[0].refers_to if entries and entries[0].kind is Kind.TRANSFER else None
        if before is not None and before not in found:
            found.append(before)
            ahead.append(before)
    return found


def successor_of(entries: Sequence[Entry]) -> Entry | None:
    """Return the row of a void certificate's journal by which another took its place; it names that one. Pure.

    What ended it tells, for what is undone later may go on to yet another; rows of before do not tell what ended it.
    """
    ended = next((entry for entry in entries if entry.status_after is Status.VOID), None)
    last = ended or next((entry for entry in reversed(entries) if entry.kind is not Kind.SETTLE), None)
    return last if last is not None and last.kind is Kind.TRANSFER else None


def carrier_of(
    lot_id: UUID,
    place: UUID,
    since: int,
    *,
    standing: Mapping[UUID, Certificate],
    journals: Mapping[UUID, Sequence[Entry]],
) -> UUID:
    """Return the certificate that carries a lot now which stood on `place` when that had `since` rows. Pure.

    It stays where something of it is left, or where it was used up: unless that was replaced by another certificate.
    """
    while True:
        one, rows = standing[place], journals[place]
        is_left = any(lot.lot_id == lot_id and not lot.is_empty for lot in one.lots)
        moved = [row for row in rows if row.seq > since and row.lot_id == lot_id and row.credit is Account.TRANSFERS]
        onward = None
        if moved and not is_left:
            onward = moved[-1]
        elif one.status is Status.VOID:
            onward = successor_of(rows)
        if onward is None or onward.refers_to is None:
            return place
        place = onward.refers_to
        since = next(row.seq for row in journals[place] if row.operation_id == onward.operation_id)
