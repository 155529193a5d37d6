"""Set value aside for a tab, take it, or let it go."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from largesse.kernel.errors import FieldError, InvalidInput
from largesse.ledger import CaptureHold, Outcome, PlaceHold, RateLine, ReleaseHold, fingerprint
from largesse.services.certificates.dependencies import CertificateDependencies
from largesse.services.certificates.requests import AT_HOME, Place, Request, Spot, said_of
from largesse.services.certificates.spots import submit_at

LASTING_MAX = timedelta(days=31)


class HoldTooLong(InvalidInput):
    """Refuse a hold that would outlast any tab."""

    code = "hold.duration.invalid"
    message = "A hold lasts from one minute to 31 days."


async def place_hold(
    deps: CertificateDependencies,
    place: Place,
    *,
    value: int,
    gratuity: int = 0,
    lasting: timedelta,
    currency: str | None = None,
    spot: Spot = AT_HOME,
    request: Request,
    now: datetime,
) -> Outcome:
    """Set `value` and `gratuity` aside for as long as `lasting`. The hold's id is the operation's.

    Raises:
        HoldTooLong: it would last less than a minute or more than 31 days.
        LargesseError: the ledger refuses it.
    """
    if not timedelta(minutes=1) <= lasting <= LASTING_MAX:
        raise HoldTooLong(fields=[FieldError("lasting", HoldTooLong.code, HoldTooLong.message)])
    # The moment it ends differs at every repetition; what was asked for does not.
    what = (str(place.certificate_id), value, gratuity, currency, lasting.total_seconds())
    asked = ("hold", *what, request.actor, request.memo, *spot.asked)
    command = PlaceHold(
        **said_of(place, request, spot),
        fingerprint=fingerprint(msgspec.json.encode(asked)),
        value=value,
        gratuity=gratuity,
        expires_at=now + lasting,
        currency=currency,
    )
    return await submit_at(deps, spot, command, now=now)


async def capture_hold(
    deps: CertificateDependencies,
    place: Place,
    *,
    hold_id: UUID,
    value: int,
    gratuity: int = 0,
    currency: str | None = None,
    rates: tuple[RateLine, ...] = (),
    spot: Spot = AT_HOME,
    request: Request,
    now: datetime,
) -> Outcome:
    """Spend at most what a hold set aside; the rest of it is free again. `rates` are as for a redemption.

    Raises:
        LargesseError: there is no such open hold, or more is asked for than it set aside.
    """
    command = CaptureHold(
        **said_of(place, request, spot),
        hold_id=hold_id,
        value=value,
        gratuity=gratuity,
        currency=currency,
        rates=rates,
    )
    return await submit_at(deps, spot, command, now=now)


async def release_hold(
    deps: CertificateDependencies,
    place: Place,
    *,
    hold_id: UUID,
    spot: Spot = AT_HOME,
    request: Request,
    now: datetime,
) -> Outcome:
    """Free what a hold set aside.

    Raises:
        LargesseError: there is no such open hold.
    """
    command = ReleaseHold(
        **said_of(place, request, spot),
        hold_id=hold_id,
    )
    return await submit_at(deps, spot, command, now=now)
