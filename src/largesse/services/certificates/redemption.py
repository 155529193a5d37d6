"""Spend a certificate, and undo that."""

from datetime import datetime
from uuid import UUID

from largesse.ledger import Outcome, RateLine, Redeem, Reverse
from largesse.services.certificates.dependencies import CertificateDependencies
from largesse.services.certificates.requests import AT_HOME, Place, Request, Spot, said_of


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
        LargesseError: the ledger refuses it (`certificate.balance.insufficient` and the others of `ledger.errors`).
    """
    command = Redeem(
        **said_of(place, request, spot),
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

    Raises:
        LargesseError: there is no such redemption, it was undone before, or the certificate has ended.
    """
    command = Reverse(
        **said_of(place, request),
        redemption_id=redemption_id,
    )
    return await deps.ledger.submit(command, now=now)
