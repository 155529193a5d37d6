"""Cards that are printed before anybody buys them: prepared with nothing on them, and loaded when they are sold."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from largesse.db import Connection, gathering
from largesse.domain import certificates
from largesse.domain.merchants import Merchant
from largesse.kernel.errors import InvalidInput, LargesseError
from largesse.kernel.ids import derived_id
from largesse.kernel.numbers import make_number
from largesse.kernel.tax import UNTAXED, TaxTreatment
from largesse.kernel.tax_asked import treatment_faults
from largesse.ledger import Activate, Certificate, ClassOfValue, Outcome, Prepare, fingerprint
from largesse.services.certificates.adjustments import end_of
from largesse.services.certificates.dependencies import CertificateDependencies
from largesse.services.certificates.requests import AT_HOME, Place, Request, Spot, said_of
from largesse.services.certificates.spots import submit_at
from largesse.services.certificates.tenders import Tender, TenderRefused, funding_of, known_spot


class SaleTaxInvalid(InvalidInput):
    """A certificate is sold with a tax that cannot be."""

    code = "sale.tax"
    message = "This tax cannot be on a certificate that is sold. Correct the fields listed and try again."


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
    discount: int = 0,
    tax: TaxTreatment = UNTAXED,
    tender: Tender,
    good_through: date | None,
    spot: Spot = AT_HOME,
    request: Request,
    now: datetime,
) -> Outcome:
    """Load a certificate that was prepared, as a sale by `tender` at a spot; it is good through a day, None for ever.

    What its price includes of `tax`, or what is added to it, follows from the rate; what is given away bears none.

    Raises:
        TenderRefused: money of a gateway belongs to an order, and a partner's account to what the partner ordered.
        SaleTaxInvalid: there is no such tax.
        LocationClosed, DeviceRevoked: nothing new happens at that spot.
        LargesseError: the ledger refuses it: it is not inactive, or the day has passed.
    """
    if tender in {Tender.GATEWAY, Tender.ACCOUNT}:
        raise TenderRefused
    faults = list(treatment_faults(tax, code=SaleTaxInvalid.code))
    if faults:
        raise SaleTaxInvalid(fields=faults)
    given = tender is Tender.GIVEN
    price = 0 if given else max(value - discount, 0)
    place = Place(merchant_id=certificate.merchant_id, certificate_id=certificate.certificate_id)
    known, where = await known_spot(deps, place.merchant_id, spot, now=now)
    what = (str(place.certificate_id), value, gratuity, discount, tax, tender, good_through)
    command = Activate(
        **said_of(place, request, known),
        fingerprint=fingerprint(msgspec.json.encode(("activate", *what, request.actor, request.memo, *spot.asked))),
        currency=certificate.currency,
        class_of_value=ClassOfValue.PROMOTIONAL if given else ClassOfValue.PAID,
        funding=funding_of(tender, where),
        value=value,
        gratuity=gratuity,
        discount=discount,
        included_tax=tax.included(price),
        added_tax=tax.added(price),
        treatment=tax,
        good_through=good_through,
        expires_at=None if good_through is None else end_of(good_through, merchant),
    )
    return await submit_at(deps, spot, command, now=now)
