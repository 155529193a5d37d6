"""Cards that are printed before anybody buys them: prepared with nothing on them, and loaded when they are sold."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from largesse.db import Connection, gathering
from largesse.domain import certificates
from largesse.domain.merchants import Merchant
from largesse.kernel.errors import LargesseError
from largesse.kernel.ids import derived_id
from largesse.kernel.numbers import make_number
from largesse.ledger import Account, Activate, Certificate, ClassOfValue, Outcome, Prepare
from largesse.services.certificates.adjustments import end_of
from largesse.services.certificates.dependencies import CertificateDependencies
from largesse.services.certificates.requests import Place, Request, said_of


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """What was prepared: the ledger's outcome, and the new certificate with its number."""

    outcome: Outcome
    certificate_id: UUID
    number: str

    def __repr__(self) -> str:
        """Leave the number out: it is a bearer secret."""
        return f"Prepared(certificate_id={self.certificate_id})"


async def prepare(
    deps: CertificateDependencies, merchant: Merchant, *, currency: str | None = None, request: Request, now: datetime
) -> Prepared:
    """Make an inactive certificate with a number; the same request again returns the same one.

    `currency` is the merchant's, where none is named.

    Raises:
        LargesseError: the ledger refuses it.
    """
    certificate_id = derived_id("prepare", merchant.merchant_id, request.operation_id)
    place = Place(merchant_id=merchant.merchant_id, certificate_id=certificate_id)
    command = Prepare(**said_of(place, request), currency=currency or merchant.currency)

    async def work(connection: Connection) -> Prepared:
        [outcome] = await deps.ledger.post(connection, [command], now=now)
        if isinstance(outcome, LargesseError):
            raise outcome
        if outcome.replayed:
            known = await certificates.open_numbers(connection, deps.keyring, place.merchant_id, [certificate_id])
            return Prepared(outcome=outcome, certificate_id=certificate_id, number=known[certificate_id])
        number = make_number(merchant.prefix)
        row = certificates.seal_number(deps.keyring, place.merchant_id, certificate_id, number)
        async with gathering(connection) as writes:
            certificates.insert_numbers(writes, [row])
        return Prepared(outcome=outcome, certificate_id=certificate_id, number=number)

    return await deps.retrying(work)


async def activate(
    deps: CertificateDependencies,
    merchant: Merchant,
    certificate: Certificate,
    *,
    value: int,
    gratuity: int = 0,
    funding: Account = Account.GATEWAY_CLEARING,
    good_through: date | None,
    request: Request,
    now: datetime,
) -> Outcome:
    """Load a certificate that was prepared, paid from `funding`; it is good through a day, None for ever.

    Raises:
        LargesseError: the ledger refuses it: it is not inactive, or the day has passed.
    """
    given = funding is Account.PROMOTIONS_GRANTED
    place = Place(merchant_id=certificate.merchant_id, certificate_id=certificate.certificate_id)
    command = Activate(
        **said_of(place, request),
        currency=certificate.currency,
        class_of_value=ClassOfValue.PROMOTIONAL if given else ClassOfValue.PAID,
        funding=funding,
        value=value,
        gratuity=gratuity,
        good_through=good_through,
        expires_at=None if good_through is None else end_of(good_through, merchant),
    )
    return await deps.ledger.submit(command, now=now)
