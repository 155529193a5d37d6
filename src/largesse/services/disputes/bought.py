"""What a payment bought, wherever it is now: on certificates of its orders, merged into others, or as credit."""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import orders, payments
from largesse.domain.orders import Order
from largesse.domain.payments import Dispute, Payment
from largesse.kernel.ids import derived_id
from largesse.ledger import REFUNDABLE, Account, Certificate, Lot, whole
from largesse.services.certificates import Place, Request, Said, said_of
from largesse.services.disputes.dependencies import DisputeDependencies
from largesse.services.gifts import lock_lineages


class Bought(msgspec.Struct, frozen=True, kw_only=True):
    """An order, and the certificate that stands for it."""

    order: Order
    certificate: Certificate
    """The one that stands for it now, locked."""
    reloads: bool = False
    """Whether it added to a certificate of another order, which stays that one's."""

    @property
    def paid_for(self) -> bool:
        """Whether it was this payment's money that bought it."""
        return self.reloads or self.certificate.funding is Account.GATEWAY_CLEARING


class AllBought(msgspec.Struct, frozen=True, kw_only=True):
    """All that a payment bought, and every certificate that value of it ever went to, locked."""

    bought: tuple[Bought, ...]
    credited: frozenset[UUID] = frozenset()
    """The lots that refunds of the payment became, which were given as credit."""
    credit_certificates: frozenset[UUID] = frozenset()
    """The certificates that stand for that credit now."""
    standing: Mapping[UUID, Certificate]

    @property
    def is_in_the_books(self) -> bool:
        """Whether the books know the payment's money: it bought something."""
        return any(one.paid_for for one in self.bought)

    @property
    def paid(self) -> int:
        """What was paid for what is left of it, what went back as credit included."""
        return sum(whole(lot).paid for _, lot in self.bought_lots)

    @property
    def bought_lots(self) -> list[tuple[Certificate, Lot]]:
        """What is left of it that money was paid for, and the certificate that each stands on."""
        numbers = {one.order.order_number for one in self.bought if one.paid_for}
        return [
            (one, lot)
            for one in sorted(self.standing.values(), key=lambda one: one.certificate_id.int)
            for lot in self.lots_on(one)
            if lot.source in REFUNDABLE and (lot.order_number in numbers or lot.lot_id in self.credited)
        ]

    def lots_on(self, certificate: Certificate) -> list[Lot]:
        """Return what is left of it on a certificate."""
        numbers = {one.order.order_number for one in self.bought}
        return [
            lot
            for lot in certificate.lots
            if (lot.order_number in numbers or lot.lot_id in self.credited) and not lot.is_empty
        ]

    def is_shared(self, certificate: Certificate) -> bool:
        """Return whether a certificate holds something of others; what a correction added, or a gift, is nobody's.

        One that was reloaded is of whoever bought it, also when that is spent.
        """
        if any(one.reloads and one.certificate.certificate_id == certificate.certificate_id for one in self.bought):
            return True
        mine = {lot.lot_id for lot in self.lots_on(certificate)}
        return any(
            not lot.is_empty and lot.lot_id not in mine and (lot.source in REFUNDABLE or lot.order_number is not None)
            for lot in certificate.lots
        )

    @property
    def certificates(self) -> list[Certificate]:
        """Those that hold something of it, or stand for its orders or credit and hold nothing of others."""
        own = {one.certificate.certificate_id for one in self.bought if not one.reloads} | self.credit_certificates
        return [
            one
            for one in self.standing.values()
            if self.lots_on(one) or (one.certificate_id in own and not self.is_shared(one))
        ]


async def lock_bought(deps: DisputeDependencies, connection: Connection, payment: Payment) -> AllBought:
    """Return the orders that a payment issued, which still stand or stood, all their certificates locked at once.

    So are those that a refund of the payment may be booked on, and those that hold what was refunded as credit.
    """
    if payment.surplus:
        return AllBought(bought=(), standing={})
    found = await orders.orders_of_checkouts(connection, payment.merchant_id, [payment.checkout_id])
    back = await payments.refunds_of_payments(connection, payment.merchant_id, [payment.payment_id])
    issued = {order.certificate_id: order for order in found if order.certificate_id is not None}
    given = await payments.credits_of_payment(connection, payment.merchant_id, payment.payment_id)
    lines, standing = await lock_lineages(
        connection,
        deps,
        payment.merchant_id,
        [*issued, *(one.certificate_id for one in given)],
        also=[one.certificate_id for one in back if one.certificate_id is not None],
    )
    bought = [
        Bought(
            order=order,
            certificate=standing[lines[first][-1]],
            reloads=order.fills_id is not None and standing[first].order_number != order.order_number,
        )
        for first, order in issued.items()
    ]
    return AllBought(
        bought=tuple(bought),
        credited=frozenset(one.lot_id for one in given),
        credit_certificates=frozenset(lines[one.certificate_id][-1] for one in given),
        standing=standing,
    )


def operation(what: str, dispute: str, subject: UUID) -> UUID:
    """Return the operation that does something to a subject for a dispute."""
    return derived_id("dispute", what, dispute, subject)


def said_for(
    dispute: str, what: str, certificate_id: UUID, *, of: Payment | Dispute, memo: str, subject: UUID | None = None
) -> Said:
    """Return what a command says that does `what` to a certificate for a dispute; once for each `subject` on it."""
    request = Request(
        operation_id=operation(what, dispute, subject or certificate_id), actor=f"gateway:{of.gateway}", memo=memo
    )
    return said_of(Place(merchant_id=of.merchant_id, certificate_id=certificate_id), request)
