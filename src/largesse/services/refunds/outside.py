"""Refunds that were made at the gateway and not here: money that is gone before anybody said what for.

The books follow when somebody says so, by voiding the certificate or by `settle_outside`. What was returned is booked
as the refund that it was: off the certificate with its share of discount and tax (owed on `refunds`), and off
`refunds` against `gateway_clearing`. What was returned beyond what was left is goodwill; only what an earlier void
wrote off as a gain is taken back from there. Every entry names the refund at the gateway and the certificate, so the
journal tells what is booked. Before the gateway's account had rows of its own, the certificate had them (`Settle`).
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import orders, payments
from largesse.domain.orders import Order
from largesse.domain.payments import Payment, PaymentStatus, RefundReason, RefundStatus
from largesse.kernel.errors import Conflict, LargesseError
from largesse.kernel.ids import derived_id
from largesse.kernel.where import Where
from largesse.ledger import (
    Account,
    Certificate,
    Command,
    Kind,
    Outcome,
    PaidRefund,
    PostEntry,
    Refund,
    Settle,
    covered_by,
    owed_for,
)
from largesse.services.capabilities import UsesLedger
from largesse.services.certificates import Request
from largesse.services.gifts import lineage
from largesse.services.refunds import booking
from largesse.services.refunds.fillings import Filling, history_of, lots_of
from largesse.services.refunds.lost import lost_of

_LIVE = (RefundStatus.OWED, RefundStatus.SENT, RefundStatus.SETTLED)
_SETTLED = (PaymentStatus.SUCCEEDED, PaymentStatus.REFUNDED, PaymentStatus.DISPUTED)

KEPT_ON = (Account.WRITE_OFFS, Account.BREAKAGE, Account.BREAKAGE_OF_GRATUITIES)
"""Where voids have booked what they kept: write-offs before they had reasons."""


class Funds(StrEnum):
    """What became of the money that was paid for a certificate which is voided."""

    RETURNED = "returned"
    """It went back to the buyer at the gateway."""
    KEPT = "kept"
    """The merchant has it."""


class NothingReturned(Conflict):
    """Nothing went back at the gateway that is not booked yet."""

    code = "refund.outside.none"
    message = (
        "No money went back for this at the payment provider, or all of it is booked. To pay it back now, refund it."
    )


class ReturnUnsettled(Conflict):
    """Money went back at the gateway, and nobody has said what for."""

    code = "refund.outside.unsettled"
    message = (
        "Money went back for this at the payment provider. Say first what for, with `largesse payment settle-outside`, "
        "or void the certificate and say whether its funds were returned or kept."
    )


class Part(msgspec.Struct, frozen=True):
    """What is left to be booked of one refund at the gateway."""

    refund_id: UUID
    left: int


class Returned(msgspec.Struct, frozen=True, kw_only=True):
    """What went back of a payment at its gateway and is not booked yet, oldest first.

    `already` is what went back before for the order that is asked about, by whatever way; `certificates` are all that
    the payment bought, whose journals tell it.
    """

    payment: Payment
    where: Where
    parts: tuple[Part, ...]
    already: int = 0
    certificate_ids: tuple[UUID, ...] = ()

    @property
    def left(self) -> int:
        """The sum of what is not booked yet."""
        return sum(part.left for part in self.parts)


class Booking(msgspec.Struct, frozen=True, kw_only=True):
    """What books a return for one order: `claim` of the money, by `refunds` of what is left of it, and as paid."""

    claim: int
    refunds: list[Refund]
    entries: list[PostEntry]
    price: int = 0
    """What of the money was for what was still left of the order."""

    @property
    def commands(self) -> list[Command]:
        """All that is posted."""
        return [*self.refunds, *self.entries]


def bought_with(paid: Sequence[Payment]) -> Payment | None:
    """Return the payment that bought a checkout's orders, of all that came in for it."""
    return next((one for one in paid if one.status in _SETTLED and not one.surplus), None)


async def all_went_back(connection: Connection, payment: Payment) -> bool:
    """Return whether all of a payment went back, what banks have kept of it included.

    What a bank has kept whole has taken all with it that was bought: nothing is left to be spent, or asked about.
    """
    known = await payments.refunds_of_payments(connection, payment.merchant_id, [payment.payment_id])
    back = sum(one.amount for one in known if one.status is RefundStatus.SETTLED)
    lost = await lost_of(connection, payment)
    return back + (lost if lost < payment.amount else 0) >= payment.amount


async def refuse_unsettled(deps: UsesLedger, connection: Connection, paid: Sequence[Payment]) -> None:
    """Refuse to pay back what may have gone back already.

    Raises:
        ReturnUnsettled: money went back at the gateway, and is not booked.
    """
    returned = await returned_for(deps, connection, None, paid)
    if returned is not None and returned.left:
        raise ReturnUnsettled


async def returned_for(
    deps: UsesLedger, connection: Connection, order: Order | None, paid: Sequence[Payment]
) -> Returned | None:
    """Return what went back at the gateway of the payments of a checkout, which are locked; None: nothing ever did."""
    payment = bought_with(paid)
    if payment is None:
        return None
    known = await payments.refunds_of_payments(connection, payment.merchant_id, [payment.payment_id])
    outside = [one for one in known if one.reason is RefundReason.OUTSIDE and one.status is RefundStatus.SETTLED]
    if not outside:
        return None
    lines = await _bought(deps, connection, payment)
    ids = [one for line in lines.values() for one in line]
    booked = await deps.ledger.settlements(connection, payment.merchant_id, ids)
    parts = [
        Part(one.refund_id, one.amount - sum(row.net for row in booked if row.refers_to == one.refund_id))
        for one in outside
    ]
    mine = set(lines.get(order.order_id, ())) if order is not None else set()
    already = sum(row.net for row in booked if row.certificate_id in mine) + sum(
        one.amount for one in known if one.certificate_id in mine and one.status in _LIVE
    )
    return Returned(
        payment=payment,
        where=await booking.where_of_payment(deps, connection, payment),
        parts=tuple(part for part in parts if part.left > 0),
        already=already,
        certificate_ids=tuple(ids),
    )


def booking_of(
    home: Certificate,
    order: Order,
    fillings: Sequence[Filling],
    gained: Mapping[Account, int],
    returned: Returned,
    *,
    keep: bool = False,
    request: Request,
) -> Booking:
    """Return what books that money went back for an order, as much of it as the order cost at most. Pure.

    What is left of the order is taken off its `fillings`; the money is booked on `home`, the certificate that stands
    for it. `keep` leaves them as they are: what went back is given away. `gained` is what voids have kept of it, by the
    account that has it.
    """
    claim = min(returned.left, max(order.total - returned.already, 0))
    refunds, price = ([], 0) if keep else _refunds_of(fillings, order, claim, request)
    left, sources = claim - price, [(Account.REFUNDS, price)]
    for account in () if keep else KEPT_ON:
        gain = min(gained.get(account, 0), left)
        sources.append((account, gain))
        left -= gain
    sources.append((Account.GOODWILL, left))
    entries = _paid(home, sources, returned, request)
    return Booking(claim=claim, refunds=refunds, entries=entries, price=price)


def takes_all(booking: Booking, fillings: Sequence[Filling]) -> bool:
    """Return whether a booking takes back all that was left of its order."""
    taken = sum(refund.value + refund.gratuity for refund in booking.refunds)
    return taken == sum(one.value + one.gratuity for one in fillings)


async def post_all(
    deps: UsesLedger, connection: Connection, commands: Sequence[Command], *, now: datetime
) -> list[Outcome]:
    """Post commands of which none may be refused, all at once.

    Raises:
        LargesseError: one of them is; the transaction must not go on.
    """
    outcomes = list[Outcome]()
    for outcome in await deps.ledger.post(connection, commands, now=now):
        if isinstance(outcome, LargesseError):
            raise outcome
        outcomes.append(outcome)
    return outcomes


async def undoing(
    deps: UsesLedger, connection: Connection, payment: Payment, refund: payments.PaymentRefund, *, again: bool
) -> list[Command]:
    """Return what takes a booked return back that fell through after all; `again` books it once more.

    The purchasers are owed it again then, until somebody has handed it back.
    """
    lines = await _bought(deps, connection, payment)
    where = await booking.where_of_payment(deps, connection, payment)
    ids = [one for line in lines.values() for one in line]
    actor = f"gateway:{payment.gateway}"
    rows = [row for row in await deps.ledger.paid_refunds(connection, payment.merchant_id, ids) if _is_of(row, refund)]
    happened = {row.operation_id for row in rows}
    commands: list[Command] = [
        booking.paid_again(payment.account, where, row, actor=actor)
        if again
        else booking.failed(payment.account, row.operation_id, actor=actor)
        for row in rows
        if row.undone is again and booking.again_id(row) not in happened
    ]
    return commands + await _settled_back(
        deps, connection, payment, refund, certificate_ids=ids, rows=rows, again=again
    )


def _is_of(row: PaidRefund, refund: payments.PaymentRefund) -> bool:
    return row.refund_id == refund.refund_id


async def _settled_back(
    deps: UsesLedger,
    connection: Connection,
    payment: Payment,
    refund: payments.PaymentRefund,
    *,
    certificate_ids: Sequence[UUID],
    rows: Sequence[PaidRefund],
    again: bool,
) -> list[Settle]:
    """Return the same for what the certificates' own rows have booked. `rows` are those of the gateway's account."""
    commands = []
    for row in await deps.ledger.settlements(connection, payment.merchant_id, certificate_ids):
        mine = [one for one in rows if (one.certificate_id, one.account) == (row.certificate_id, row.account)]
        taken_back = row.taken_back - sum(one.amount for one in mine if one.undone)
        net = row.settled - sum(one.amount for one in mine) - taken_back
        amount = taken_back if again else net
        if row.refers_to != refund.refund_id or amount <= 0:
            continue
        sides = (row.account, Account.GATEWAY_CLEARING)
        debit, credit = sides if again else sides[::-1]
        what = "outside-again" if again else "outside-undone"
        commands.append(
            Settle(
                merchant_id=payment.merchant_id,
                certificate_id=row.certificate_id,
                operation_id=derived_id(what, refund.refund_id, row.certificate_id, row.account),
                actor=f"gateway:{payment.gateway}",
                debit=debit,
                credit=credit,
                amount=amount,
                refers_to=refund.refund_id,
            )
        )
    return commands


async def _bought(deps: UsesLedger, connection: Connection, payment: Payment) -> dict[UUID, tuple[UUID, ...]]:
    found = await orders.orders_of_checkouts(connection, payment.merchant_id, [payment.checkout_id])
    return {
        one.order_id: await lineage(connection, deps, one.merchant_id, one.certificate_id)
        for one in found
        if one.certificate_id is not None
    }


def _refunds_of(fillings: Sequence[Filling], order: Order, claim: int, request: Request) -> tuple[list[Refund], int]:
    """Return the refunds that take what is left off certificates, as far as `claim` has paid it back, and how far."""
    refunds, price = list[Refund](), 0
    for one in fillings:
        value, gratuity = covered_by(one.certificate, claim - price, one.lot_ids)
        if not value and not gratuity:
            continue
        price += owed_for(one.certificate, value, gratuity, one.lot_ids)
        refunds.append(
            Refund(
                merchant_id=order.merchant_id,
                certificate_id=one.certificate.certificate_id,
                operation_id=derived_id(
                    "outside-refund", request.operation_id, order.order_id, one.certificate.certificate_id
                ),
                actor=request.actor,
                memo=request.memo,
                value=value,
                gratuity=gratuity,
                lot_ids=one.lot_ids,
            )
        )
    return refunds, price


async def gained_by(
    deps: UsesLedger, connection: Connection, order: Order, standing: Collection[Certificate], line: Collection[UUID]
) -> dict[Account, int]:
    """Return what voids have kept of an order, by the account that has it, and nothing has taken back from there.

    `standing` are all certificates that its value went to, `line` those of them that stand or stood for it.
    """
    lots = {lot.lot_id for one in standing for lot in lots_of(one, order.order_number)}
    paid = await deps.ledger.paid_refunds(connection, order.merchant_id, line)
    gained = {
        account: -sum(one.amount for one in paid if one.account is account and not one.undone) for account in KEPT_ON
    }
    for row in await history_of(deps, connection, standing):
        ours = row.lot_id in lots if row.kind is Kind.VOID else row.kind is Kind.SETTLE and row.subject_id in line
        for account in KEPT_ON if ours else ():
            gained[account] += (row.amount or 0) * ((row.credit is account) - (row.debit is account))
    return {account: max(gain, 0) for account, gain in gained.items()}


def _paid(
    before: Certificate, sources: Sequence[tuple[Account, int]], returned: Returned, request: Request
) -> list[PostEntry]:
    """Return the entries that take each source's amount out of the clearing account, refund after refund."""
    left = {part.refund_id: part.left for part in returned.parts}
    commands = []
    for account, wanted in sources:
        missing = wanted
        for refund_id, there in left.items():
            amount = min(missing, there)
            if amount <= 0:
                continue
            commands.append(
                booking.paid(
                    returned.payment.account,
                    returned.where,
                    derived_id("outside-settle", request.operation_id, before.certificate_id, refund_id, account),
                    owed_by=account,
                    refund_id=refund_id,
                    certificate_id=before.certificate_id,
                    currency=before.currency,
                    amount=amount,
                    actor=request.actor,
                    memo=request.memo,
                )
            )
            missing -= amount
            left[refund_id] = there - amount
    return commands
