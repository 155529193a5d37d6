"""Spend a certificate, and undo that."""

from datetime import datetime
from functools import partial
from uuid import UUID

from largesse.domain import certificates
from largesse.ledger import (
    NOBODY,
    Digests,
    Outcome,
    RateLine,
    Redeem,
    RedeemByNumber,
    Reverse,
    UndoEnded,
    ValueMoved,
)
from largesse.services.certificates.dependencies import CertificateDependencies
from largesse.services.certificates.requests import AT_HOME, Place, Request, Spot, said_of
from largesse.services.certificates.spots import submit_at
from largesse.services.certificates.undoing import undo_where_it_went


async def redeem(
    deps: CertificateDependencies,
    place: Place,
    *,
    value: int,
    gratuity: int = 0,
    currency: str | None = None,
    spot: Spot = AT_HOME,
    rates: tuple[RateLine, ...] = (),
    request: Request,
    now: datetime,
) -> Outcome:
    """Spend `value` and `gratuity`, in the certificate's smallest unit; `currency`, when given, must be its own.

    `rates` say what multi-purpose value pays for; without them, the default rate of the location counts.

    Raises:
        LocationClosed, DeviceRevoked: nothing new happens at that spot.
        LargesseError: the ledger refuses it (`certificate.balance.insufficient` and the others of `ledger.errors`).
    """
    command = Redeem(
        **said_of(place, request, spot),
        value=value,
        gratuity=gratuity,
        currency=currency,
        rates=rates,
    )
    return await submit_at(deps, spot, command, now=now)


async def redeem_by_number(
    deps: CertificateDependencies,
    merchant_id: UUID,
    number: str,
    *,
    value: int,
    gratuity: int = 0,
    currency: str,
    spot: Spot = AT_HOME,
    rates: tuple[RateLine, ...] = (),
    request: Request,
    now: datetime,
) -> Outcome:
    """Spend from a merchant's certificate of the number that somebody typed, without looking it up before.

    Nobody has seen the certificate, so `currency` says what the amounts are in. It is the same request as one by the
    certificate's id.

    Raises:
        LargesseError: there is none of that number (`certificate.not_found`), or as `redeem`.
    """
    if spot.refusal is not None:  # nothing but what happened before, which is kept by the certificate's id
        async with deps.database.connection() as connection:
            certificate_id = await certificates.find_by_number(connection, deps.keyring, merchant_id, number)
        place = Place(merchant_id=merchant_id, certificate_id=certificate_id)
        amounts = partial(redeem, value=value, gratuity=gratuity, currency=currency, rates=rates)
        return await amounts(deps, place, spot=spot, request=request, now=now)
    nobody = Place(merchant_id=merchant_id, certificate_id=NOBODY)
    command = RedeemByNumber(
        **said_of(nobody, request, spot),
        digests=Digests(certificates.number_digests(deps.keyring, number)),
        value=value,
        gratuity=gratuity,
        currency=currency,
        rates=rates,
    )
    return await deps.ledger.submit(command, now=now)


async def reverse(
    deps: CertificateDependencies, place: Place, *, redemption_id: UUID, request: Request, now: datetime
) -> Outcome:
    """Undo one redemption or capture, whole: `redemption_id` is the id of the operation that made it.

    It is booked where that was, also where the location is closed by now: its till and its staff have less by it. What
    has moved to another certificate since, by a merge or a new number, is filled there.

    Raises:
        UndoEnded: the certificate that carries the value now has ended: the guest is given credit instead.
        LargesseError: there is no such redemption, it was undone before, or the certificate has expired.
    """
    merchant_id, certificate_id = place.merchant_id, place.certificate_id
    async with deps.database.connection() as connection:
        made = await deps.ledger.first_row(connection, merchant_id, redemption_id, certificate_id)
    location_id = None if made is None else made.location_id
    where = None if location_id is None else await deps.locator.last_known(merchant_id, location_id)
    command = Reverse(**said_of(place, request, Spot(where=where)), redemption_id=redemption_id)
    try:
        return await deps.ledger.submit(command, now=now)
    except (UndoEnded, ValueMoved):
        return await undo_where_it_went(deps, command, now=now)
