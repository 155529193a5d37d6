"""Pay out what is left of a certificate: at a counter, to the state, or by undoing a reload."""

from datetime import datetime
from uuid import UUID

from largesse.ledger import Account, CashOut, HandOver, Outcome, UndoReload
from largesse.services.certificates.dependencies import CertificateDependencies
from largesse.services.certificates.requests import Place, Request, said_of


async def undo_reload(
    deps: CertificateDependencies, place: Place, *, reload_id: UUID, request: Request, now: datetime
) -> Outcome:
    """Give back what is left of one reload to where it came from; `reload_id` is the operation that made it.

    Raises:
        LargesseError: there is no such reload, nothing is left of it, or what is left is held.
    """
    command = UndoReload(**said_of(place, request), reload_id=reload_id)
    return await deps.ledger.submit(command, now=now)


async def cash_out(
    deps: CertificateDependencies, place: Place, *, to: Account = Account.CASH, request: Request, now: datetime
) -> Outcome:
    """End a certificate and pay the face of what is left of it out of `to`.

    Raises:
        LargesseError: the ledger refuses it: it may not be spent, is empty, held or promotional.
    """
    command = CashOut(**said_of(place, request), to=to)
    return await deps.ledger.submit(command, now=now)


async def hand_over(
    deps: CertificateDependencies, place: Place, *, share_ppm: int, request: Request, now: datetime
) -> Outcome:
    """End a certificate as unclaimed property, of which `share_ppm` millionths are owed to the state.

    Raises:
        LargesseError: the ledger refuses it: it has ended, is empty, held or promotional.
    """
    command = HandOver(**said_of(place, request), share_ppm=share_ppm)
    return await deps.ledger.submit(command, now=now)
