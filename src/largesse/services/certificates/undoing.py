"""Undo a redemption whose certificate has ended, or given its value on since: where that value is now."""

from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from largesse.db import Connection
from largesse.kernel.errors import LargesseError
from largesse.ledger import Kind, Outcome, Reverse, fingerprint_of
from largesse.services.certificates.dependencies import CertificateDependencies
from largesse.services.certificates.following import carrier_of, lock_followed


async def undo_where_it_went(deps: CertificateDependencies, command: Reverse, *, now: datetime) -> Outcome:
    """Do it, with all certificates locked that the value went on to.

    Raises:
        UndoEnded: the one that carries it has ended, too.
        LargesseError: the ledger refuses it.
    """

    async def work(connection: Connection) -> Outcome:
        onward = await _onward(deps, connection, command)
        asked = replace(command, onward=onward, fingerprint=fingerprint_of(command))  # the same request at any time
        [outcome] = await deps.ledger.post(connection, [asked], now=now)
        if isinstance(outcome, LargesseError):
            raise outcome
        return outcome

    return await deps.retrying(work)


async def _onward(
    deps: CertificateDependencies, connection: Connection, command: Reverse
) -> tuple[tuple[UUID, UUID], ...]:
    """Return which lots of the redemption another certificate carries now, and which."""
    merchant_id, home = command.merchant_id, command.certificate_id
    standing = await lock_followed(connection, deps, merchant_id, [home])
    journals = {one: await deps.ledger.statement(connection, merchant_id, one) for one in standing}
    spent = [
        row
        for row in journals.get(home, [])
        if row.operation_id == command.redemption_id and row.kind in {Kind.REDEEM, Kind.CAPTURE}
    ]
    lots = dict.fromkeys(row.lot_id for row in spent if row.lot_id is not None)
    found = [(lot_id, carrier_of(lot_id, home, spent[-1].seq, standing=standing, journals=journals)) for lot_id in lots]
    return tuple((lot_id, carrier) for lot_id, carrier in found if carrier != home)
