"""Undo a reload: what is left of it goes back to where it came from, which may be a partner's account."""

from datetime import datetime
from uuid import UUID

import msgspec
from msgspec.structs import replace

from largesse.db import Connection
from largesse.domain import partners
from largesse.kernel.errors import Conflict, LargesseError
from largesse.ledger import Account, CertificateNotFound, Outcome, UndoReload, fingerprint
from largesse.services.certificates import AT_HOME, Place, Request, Spot, said_of, submit_at
from largesse.services.invoices import billed_of, settle_given_back
from largesse.services.refunds.dependencies import RefundDependencies


class ReloadElsewhere(Conflict):
    """A reload is undone where it was made."""

    code = "reload.elsewhere"
    message = "The money was taken at another location, and is given back there. Name that one, or none."


async def undo_reload(
    deps: RefundDependencies,
    place: Place,
    *,
    reload_id: UUID,
    spot: Spot = AT_HOME,
    request: Request,
    now: datetime,
) -> Outcome:
    """Give back what is left of one reload to where it came from; `reload_id` is the operation that made it.

    What a bundle reloaded on the certificate is one operation, and goes back together, each part to where it came from.
    It is booked where the reload was, for the drawer or till there took the money; a device of that location may be
    named whose drawer gives it back, instead of the one that took it.

    Raises:
        ReloadElsewhere: another location is named than that of the reload.
        LocationClosed, DeviceRevoked: nothing new happens at the spot that is named.
        LargesseError: there is no such reload, nothing is left of it, or what is left is held.
    """
    merchant_id = place.merchant_id
    async with deps.database.connection() as connection:
        made = await deps.ledger.first_row(connection, merchant_id, reload_id, place.certificate_id)
        if made is None:  # it was merged into this one
            made = await deps.ledger.first_row(connection, merchant_id, reload_id)
    location_id, there = None if made is None else made.location_id, spot
    if made is not None and location_id is not None:
        where = await deps.locator.last_known(merchant_id, location_id)
        there = replace(spot, where=where, device_id=spot.device_id or made.device_id)
    asked = ("undo-reload", str(place.certificate_id), str(reload_id), request.actor, request.memo, *spot.asked)
    command = UndoReload(
        **said_of(place, request, there),
        fingerprint=fingerprint(msgspec.json.encode(asked)),
        reload_id=reload_id,
    )
    elsewhere = spot.where is not None and location_id not in {None, spot.where.location_id}
    refusal = spot.refusal or (ReloadElsewhere() if elsewhere else None)
    at = replace(there, refusal=refusal)
    if made is None or made.debit is not Account.PARTNER_RECEIVABLE:
        return await submit_at(deps, at, command, now=now)
    return await deps.retrying(lambda connection: _undo_on_account(deps, connection, at, command, now=now))


async def _undo_on_account(
    deps: RefundDependencies, connection: Connection, at: Spot, command: UndoReload, *, now: datetime
) -> Outcome:
    """Undo a reload that a partner owes for, and lower what it has used of its credit, or give a credit note."""
    found = await deps.ledger.find(connection, command.merchant_id, command.certificate_id)
    if found is None:
        raise CertificateNotFound
    owing = sorted({lot.party_id for lot in found.lots if lot.party_id is not None})
    await partners.lock_agreements(connection, [(command.merchant_id, one) for one in owing])
    command = replace(command, billed=await billed_of(connection, command.merchant_id, found.lots))
    happened = await deps.ledger.happened(connection, command.merchant_id, command.operation_id)
    if at.refusal is not None and not happened:
        raise at.refusal
    [outcome] = await deps.ledger.post(connection, [command], now=now)
    if isinstance(outcome, LargesseError):
        raise outcome
    if not outcome.replayed:
        done = [command.operation_id]
        await settle_given_back(deps, connection, command.merchant_id, done, actor=command.actor, now=now)
    return outcome
