"""Issue certificates that were sold elsewhere, or are given away: one, or many at once.

Value, journal, numbers and one event are written together. The same request again returns the same certificates with
the same numbers.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec

from largesse import outbox
from largesse.db import Connection, gathering
from largesse.domain import certificates
from largesse.domain.merchants import Merchant
from largesse.kernel.currency import currency as currency_of
from largesse.kernel.errors import FieldError, LargesseError
from largesse.kernel.events import Event
from largesse.kernel.ids import derived_id, timed_id
from largesse.kernel.money import plain
from largesse.kernel.numbers import make_number
from largesse.kernel.tax import UNTAXED, TaxTreatment
from largesse.kernel.tax_asked import treatment_faults
from largesse.ledger import ClassOfValue, Issue, Outcome, fingerprint
from largesse.services.certificates.adjustments import end_of
from largesse.services.certificates.dependencies import CertificateDependencies
from largesse.services.certificates.preparing import SaleTaxInvalid
from largesse.services.certificates.requests import AT_HOME, Place, Request, Spot, said_of
from largesse.services.certificates.tenders import Tender, TenderRefused, funding_of, known_spot

ISSUED: Final = "certificate.issued"
MANY_ISSUED: Final = "certificates.issued"


class CertificatesIssued(msgspec.Struct, frozen=True, kw_only=True):
    """The payload, version 1, of `certificate.issued` and `certificates.issued`, without any number.

    `certificate_id` is that of the only one; of many, the operation tells which they are. `value` and `gratuity` are
    decimal texts of all together.
    """

    operation_id: UUID
    certificate_id: UUID | None
    count: int
    currency: str
    class_of_value: ClassOfValue
    value: str
    gratuity: str
    actor: str
    recorded_at: datetime


class IssueWanted(msgspec.Struct, frozen=True, kw_only=True):
    """What one certificate is issued with. In smallest units; without `good_through` it is good for ever."""

    value: int
    gratuity: int = 0
    discount: int = 0
    tax: TaxTreatment = UNTAXED
    good_through: date | None = None


class IssuedNow(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate that was issued, or was before under the same request."""

    outcome: Outcome
    certificate_id: UUID
    number: str

    def __repr__(self) -> str:
        """Leave the number out: it is a bearer secret."""
        return f"IssuedNow(certificate_id={self.certificate_id})"


class IssuePlan(msgspec.Struct, frozen=True, kw_only=True):
    """What many certificates have in common."""

    merchant: Merchant
    currency: str
    tender: Tender
    spot: Spot = AT_HOME
    request: Request


def tax_faults(tax: TaxTreatment) -> list[FieldError]:
    """Return what is wrong with the tax on a certificate that is sold."""
    return list(treatment_faults(tax, code=SaleTaxInvalid.code))


async def issue(deps: CertificateDependencies, plan: IssuePlan, wanted: IssueWanted, *, now: datetime) -> IssuedNow:
    """Issue one certificate.

    Raises:
        SaleTaxInvalid: there is no such tax.
        TenderRefused: money of a gateway belongs to an order, and a partner's account to what the partner ordered.
        LocationClosed, DeviceRevoked: nothing new happens at that spot.
        LargesseError: the ledger refuses it.
    """
    [done] = await issue_all(deps, plan, [wanted], now=now)
    return done


async def issue_all(
    deps: CertificateDependencies, plan: IssuePlan, wanted: Sequence[IssueWanted], *, now: datetime
) -> list[IssuedNow]:
    """Issue certificates as one operation: all of them, or none.

    Raises:
        SaleTaxInvalid, TenderRefused, LocationClosed, DeviceRevoked: as `issue`.
        LargesseError: the ledger refuses one; its `index` says which.
    """
    operation_ids = [plan.request.operation_id] * len(wanted)
    commands = await _commands(deps, plan, wanted, operation_ids, now=now)

    async def work(connection: Connection) -> list[IssuedNow]:
        outcomes = await deps.ledger.post_all(connection, commands, now=now)
        if isinstance(outcomes, LargesseError):
            raise outcomes
        if not outcomes[0].replayed and plan.spot.refusal is not None:
            raise plan.spot.refusal
        done = await _with_numbers(deps, connection, plan.merchant, outcomes)
        await _tell(connection, plan, [one for one in outcomes if not one.replayed])
        return done

    return await deps.retrying(work)


async def issue_each(
    deps: CertificateDependencies, plan: IssuePlan, wanted: Sequence[IssueWanted | LargesseError], *, now: datetime
) -> list[IssuedNow | LargesseError]:
    """Issue every certificate that can be, each as an operation of its own, and say of the others why not.

    What cannot be asked for stands among `wanted` as its refusal. A line's operation follows from the request's and its
    place, so that a repetition tells what became of each, and tries anew what was refused.

    Raises:
        TenderRefused, LocationClosed, DeviceRevoked: as `issue`.
    """
    merchant_id, request = plan.merchant.merchant_id, plan.request
    lines = {place: one for place, one in enumerate(wanted) if isinstance(one, IssueWanted)}
    ids = [derived_id("issue-line", merchant_id, request.operation_id, str(place)) for place in lines]
    commands = await _commands(deps, plan, list(lines.values()), ids, now=now)

    async def work(connection: Connection) -> list[IssuedNow | LargesseError]:
        outcomes = await deps.ledger.post(connection, commands, now=now)
        done = [one for one in outcomes if isinstance(one, Outcome)]
        fresh = [one for one in done if not one.replayed]
        if fresh and plan.spot.refusal is not None:
            raise plan.spot.refusal
        numbered = iter(await _with_numbers(deps, connection, plan.merchant, done))
        await _tell(connection, plan, fresh)
        became = {
            place: next(numbered) if isinstance(one, Outcome) else one
            for place, one in zip(lines, outcomes, strict=True)
        }
        return [became[place] if isinstance(one, IssueWanted) else one for place, one in enumerate(wanted)]

    return await deps.retrying(work)


async def _commands(
    deps: CertificateDependencies,
    plan: IssuePlan,
    wanted: Sequence[IssueWanted],
    operation_ids: Sequence[UUID],
    *,
    now: datetime,
) -> list[Issue]:
    if plan.tender in {Tender.GATEWAY, Tender.ACCOUNT}:
        raise TenderRefused
    merchant, request, given = plan.merchant, plan.request, plan.tender is Tender.GIVEN
    known, where = await known_spot(deps, merchant.merchant_id, plan.spot, now=now)
    funding = funding_of(plan.tender, where)
    common = (plan.currency, plan.tender, request.actor, request.memo, *plan.spot.asked)
    commands = []
    for place, (one, operation_id) in enumerate(zip(wanted, operation_ids, strict=True)):
        if faults := tax_faults(one.tax):
            raise SaleTaxInvalid(fields=faults)
        price = 0 if given else max(one.value - one.discount, 0)
        itself = Place(
            merchant_id=merchant.merchant_id,
            certificate_id=derived_id("issue", merchant.merchant_id, operation_id, str(place)),
        )
        said = said_of(itself, msgspec.structs.replace(request, operation_id=operation_id), known)
        commands.append(
            Issue(
                **said,
                fingerprint=fingerprint(msgspec.json.encode(("issue", one, *common))),
                currency=plan.currency,
                class_of_value=ClassOfValue.PROMOTIONAL if given else ClassOfValue.PAID,
                funding=funding,
                value=one.value,
                gratuity=one.gratuity,
                discount=one.discount,
                included_tax=one.tax.included(price),
                added_tax=one.tax.added(price),
                treatment=one.tax,
                good_through=one.good_through,
                expires_at=None if one.good_through is None else end_of(one.good_through, merchant),
            )
        )
    return commands


async def _with_numbers(
    deps: CertificateDependencies, connection: Connection, merchant: Merchant, outcomes: Sequence[Outcome]
) -> list[IssuedNow]:
    """Return outcomes with the numbers of their certificates: made now, or when they were issued before."""
    merchant_id, numbers, rows = merchant.merchant_id, dict[UUID, str](), []
    before = [one.certificate_id for one in outcomes if one.replayed]
    if before:
        numbers |= await certificates.open_numbers(connection, deps.keyring, merchant_id, before)
    for one in outcomes:
        if not one.replayed:
            number = numbers[one.certificate_id] = make_number(merchant.prefix)
            rows.append(certificates.seal_number(deps.keyring, merchant_id, one.certificate_id, number))
    async with gathering(connection) as writes:
        certificates.insert_numbers(writes, rows)
    return [
        IssuedNow(outcome=one, certificate_id=one.certificate_id, number=numbers[one.certificate_id])
        for one in outcomes
    ]


async def _tell(connection: Connection, plan: IssuePlan, outcomes: Sequence[Outcome]) -> None:
    """Publish one event for all that was issued now."""
    if not outcomes:
        return
    money = currency_of(plan.currency)
    alone = outcomes[0] if len(outcomes) == 1 else None
    recorded_at, operation_id = outcomes[0].recorded_at, plan.request.operation_id
    payload = CertificatesIssued(
        operation_id=operation_id,
        certificate_id=alone.certificate_id if alone else None,
        count=len(outcomes),
        currency=plan.currency,
        class_of_value=ClassOfValue.PROMOTIONAL if plan.tender is Tender.GIVEN else ClassOfValue.PAID,
        value=plain(sum(one.value for one in outcomes), money),
        gratuity=plain(sum(one.gratuity for one in outcomes), money),
        actor=plan.request.actor,
        recorded_at=recorded_at,
    )
    event = Event(
        merchant_id=plan.merchant.merchant_id,
        # Lines of one request that are issued at another try are told of by another event.
        event_id=timed_id(recorded_at, ISSUED, operation_id, outcomes[0].certificate_id),
        kind=ISSUED if alone else MANY_ISSUED,
        occurred_at=recorded_at,
        payload=msgspec.json.encode(payload),
    )
    await outbox.publish(connection, [event])
