"""Do what a frozen act says, once for its operation, and look at what it would be done to."""

from datetime import datetime
from uuid import UUID

from largesse.db import Connection
from largesse.domain import certificates
from largesse.domain.approvals import FrozenAct, LimitedAct, ShownCertificate
from largesse.domain.certificates import CertificateUnknown
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act, ActRefused
from largesse.ledger import Kind, Outcome, Status, VoidReason
from largesse.services import refunds
from largesse.services.approvals.dependencies import ApprovalDependencies
from largesse.services.certificates import (
    Payer,
    Place,
    Request,
    Spot,
    Tender,
    adjust,
    cash_out,
    extend,
    merge,
    reinstate,
    reload,
)

NEEDED = {
    LimitedAct.ADJUST: Act.ADJUST,
    LimitedAct.CASH_OUT: Act.COUNTER,
    LimitedAct.REFUND: Act.REFUND,
    LimitedAct.VOID: Act.VOID,
    LimitedAct.RELOAD: Act.RELOAD_UNPAID,
    LimitedAct.EXTEND: Act.EXTEND,
    LimitedAct.MOVE: Act.MERGE,
    LimitedAct.SALE: Act.COUNTER,
}
"""What the role of whoever asks has to allow."""


async def shown_of(
    connection: Connection, deps: ApprovalDependencies, merchant_id: UUID, certificate_id: UUID
) -> ShownCertificate:
    """Return a certificate as it is shown beside what would be done to it.

    Raises:
        CertificateUnknown: the merchant has none of that id.
    """
    found = await deps.ledger.find(connection, merchant_id, certificate_id)
    if found is None:
        raise CertificateUnknown
    ends = await certificates.last_four_of(connection, merchant_id, [certificate_id])
    return ShownCertificate(
        seq=found.seq,
        currency=found.currency,
        status=found.status.value,
        balance=found.balance,
        held=found.held,
        gratuity_balance=found.gratuity_balance,
        gratuity_held=found.gratuity_held,
        last_four=ends.get(certificate_id, ""),
    )


async def do(
    deps: ApprovalDependencies,
    merchant: Merchant,
    command: FrozenAct,
    *,
    operation_id: UUID,
    actor: str,
    memo: str,
    now: datetime,
) -> Outcome:
    """Do it; asked again under the same operation, it tells the first outcome.

    Raises:
        LargesseError: it is refused.
    """
    merchant_id = merchant.merchant_id
    place = Place(merchant_id=merchant_id, certificate_id=command.certificate_id)
    request = Request(operation_id=operation_id, actor=actor, memo=memo)
    where = None
    if command.location_id is not None:
        where = await deps.locator.where(merchant_id, command.location_id, now=now)
    spot = Spot(where=where, device_id=command.device_id)
    pots = {"value": command.value, "gratuity": command.gratuity}
    match command.act:
        case LimitedAct.ADJUST:
            return await adjust(deps, place, **pots, request=request, now=now)
        case LimitedAct.REFUND if command.order_number:
            return await _refund_order(deps, merchant, command, spot=spot, request=request, now=now)
        case LimitedAct.REFUND:
            value, gratuity = command.value, command.gratuity
            return await refunds.refund(
                deps, place, value=value, gratuity=gratuity, spot=spot, request=request, now=now
            )
        case LimitedAct.CASH_OUT:
            payer, unusable = Payer(command.payer or Payer.DRAWER), command.unusable
            return await cash_out(deps, place, payer=payer, spot=spot, unusable=unusable, request=request, now=now)
        case LimitedAct.VOID:
            why = VoidReason(command.why) if command.why else None
            funds = refunds.Funds(command.funds) if command.funds else None
            return await refunds.void(deps, place, funds=funds, reason=why, request=request, now=now)
        case LimitedAct.RELOAD:
            tender = Tender(command.tender)
            return await reload(deps, place, **pots, tender=tender, spot=spot, request=request, now=now)
        case LimitedAct.EXTEND:
            return await _extend(deps, merchant, place, command, request=request, now=now)
        case LimitedAct.MOVE if command.to is not None:
            target = Place(merchant_id=merchant_id, certificate_id=command.to)
            return await merge(deps, place, target, **pots, request=request, now=now)
        case _:  # a sale is made at its counter, with the word of a second person there
            raise ActRefused(command.act.value)


async def _extend(
    deps: ApprovalDependencies, merchant: Merchant, place: Place, command: FrozenAct, *, request: Request, now: datetime
) -> Outcome:
    """Make a certificate good for longer; where it has expired, what it held comes back."""
    async with deps.database.connection() as connection:
        standing = await deps.ledger.find(connection, place.merchant_id, place.certificate_id)
        happened = await deps.ledger.first_row(connection, place.merchant_id, request.operation_id)
    lapsed = happened.kind is Kind.REINSTATE if happened else standing is not None and standing.status is Status.EXPIRED
    day = command.good_through
    if lapsed:
        return await reinstate(deps, merchant, place, good_through=day, for_ever=day is None, request=request, now=now)
    return await extend(deps, merchant, place, good_through=day, request=request, now=now)


async def _refund_order(
    deps: ApprovalDependencies, merchant: Merchant, command: FrozenAct, *, spot: Spot, request: Request, now: datetime
) -> Outcome:
    """Refund an order, and return what that did to the first certificate that it took from."""
    value, gratuity = command.value, command.gratuity
    if command.as_credit:
        credited = await refunds.credit_order(
            deps, merchant, command.order_number, value=value, gratuity=gratuity, request=request, now=now
        )
        return credited.outcomes[0]
    refunded = await refunds.refund_order(
        deps, merchant, command.order_number, value=value, gratuity=gratuity, spot=spot, request=request, now=now
    )
    return refunded.outcomes[0]
