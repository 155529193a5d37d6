"""Change what a certificate holds or may do, by the hand of staff: reload, adjust, block, unblock, extend."""

from datetime import date, datetime

import msgspec
from msgspec.structs import replace

from largesse.db import Connection, gathering
from largesse.domain import orders, partners
from largesse.domain.merchants import Merchant
from largesse.kernel.clock import end_of_day
from largesse.kernel.currency import currency
from largesse.kernel.errors import LargesseError
from largesse.kernel.money import Money
from largesse.ledger import Adjust, Block, Extend, ExtensionRefused, Outcome, Reload, Unblock, fingerprint
from largesse.services.certificates.dependencies import CertificateDependencies
from largesse.services.certificates.requests import AT_HOME, Place, Request, Spot, said_of
from largesse.services.certificates.spots import submit_at
from largesse.services.certificates.tenders import Tender, TenderRefused, funding_of, known_spot


async def reload(
    deps: CertificateDependencies,
    place: Place,
    *,
    value: int,
    gratuity: int = 0,
    tender: Tender,
    spot: Spot = AT_HOME,
    request: Request,
    now: datetime,
) -> Outcome:
    """Add `value` and `gratuity`, paid for by `tender` at a spot; tax as on the certificate. Partners use their credit.

    Raises:
        TenderRefused: money of a gateway belongs to an order.
        AgreementDisabled, AgreementSuspended, CreditExhausted, OrderInvalid: the partner's agreement does not allow it.
        LocationClosed, DeviceRevoked: nothing new happens at that spot.
        LargesseError: the ledger refuses it.
    """
    if tender is Tender.GATEWAY:
        raise TenderRefused
    known, where = await known_spot(deps, place.merchant_id, spot, now=now)
    # The account follows from who books the sale there, which may change between two tries of one request.
    asked = ("reload", str(place.certificate_id), value, gratuity, tender, request.actor, request.memo, *spot.asked)
    command = Reload(
        **said_of(place, request, known),
        fingerprint=fingerprint(msgspec.json.encode(asked)),
        value=value,
        gratuity=gratuity,
        funding=funding_of(tender, where),
    )
    if tender is Tender.ACCOUNT and spot.refusal is None:
        return await deps.retrying(lambda connection: _reload_on_account(deps, connection, command, now=now))
    return await submit_at(deps, spot, command, now=now)


async def _reload_on_account(
    deps: CertificateDependencies, connection: Connection, command: Reload, *, now: datetime
) -> Outcome:
    certificate = await deps.ledger.find(connection, command.merchant_id, command.certificate_id)
    number = certificate.order_number if certificate else None
    order = await orders.find_by_optional_number(connection, command.merchant_id, number)
    owing = [(order.merchant_id, order.partner_id)] if order and order.partner_id else []
    # Before any certificate, in the order in which orders lock them.
    agreements = await partners.lock_agreements(connection, owing)
    command = replace(command, party_id=order.partner_id if order else None)
    [outcome] = await deps.ledger.post(connection, [command], now=now)
    if isinstance(outcome, LargesseError):
        raise outcome
    if certificate is None or outcome.replayed:
        return outcome
    credit = partners.CreditBook(agreements)
    for partner in owing:
        owed = outcome.value + outcome.gratuity + outcome.added_tax
        refused = credit.take(*partner, Money(owed, currency(certificate.currency)))
        if refused is not None:
            raise refused
    async with gathering(connection) as writes:
        partners.use_credit(writes, credit.used)
    return outcome


async def adjust(
    deps: CertificateDependencies, place: Place, *, value: int, gratuity: int = 0, request: Request, now: datetime
) -> Outcome:
    """Correct the pots by signed amounts. The request's memo says why, and is required.

    Raises:
        LargesseError: the ledger refuses it.
    """
    command = Adjust(
        **said_of(place, request),
        value=value,
        gratuity=gratuity,
    )
    return await deps.ledger.submit(command, now=now)


async def block(deps: CertificateDependencies, place: Place, *, request: Request, now: datetime) -> Outcome:
    """Refuse spending until the certificate is unblocked.

    Raises:
        LargesseError: it is blocked already, or has ended.
    """
    command = Block(**said_of(place, request))
    return await deps.ledger.submit(command, now=now)


async def unblock(deps: CertificateDependencies, place: Place, *, request: Request, now: datetime) -> Outcome:
    """Allow spending again.

    Raises:
        LargesseError: it is not blocked.
    """
    command = Unblock(**said_of(place, request))
    return await deps.ledger.submit(command, now=now)


async def extend(
    deps: CertificateDependencies,
    merchant: Merchant,
    place: Place,
    *,
    good_through: date | None,
    request: Request,
    now: datetime,
) -> Outcome:
    """Make a certificate good through a later day of the merchant's calendar; None: for ever.

    Raises:
        LargesseError: the day is no extension, or the certificate has ended.
    """
    command = Extend(
        **said_of(place, request),
        good_through=good_through,
        expires_at=None if good_through is None else end_of(good_through, merchant),
    )
    return await deps.ledger.submit(command, now=now)


def end_of(day: date, merchant: Merchant) -> datetime:
    """Return the moment from which what is good through a day of the merchant's calendar has expired.

    Raises:
        ExtensionRefused: the calendar ends before.
    """
    try:
        return end_of_day(day, in_zone=merchant.zone)
    except OverflowError as error:
        raise ExtensionRefused("The calendar ends with the year 9999. Choose an earlier day, or for ever.") from error
