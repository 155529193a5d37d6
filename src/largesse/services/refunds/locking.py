"""What is locked before a certificate is taken back, always in one order: agreement, payments, certificates."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import orders, partners, payments
from largesse.domain.orders import Order, OrderStatus
from largesse.domain.payments import Payment
from largesse.ledger import Certificate, CertificateNotFound, LotNotFound
from largesse.services.capabilities import UsesLedger
from largesse.services.certificates import Place
from largesse.services.gifts import lock_lineages
from largesse.services.refunds.fillings import Filling, fillings_of, lots_of, payer_of


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate that is to be taken back, locked with all that goes with it.

    `order` is what filled it: its own order, or that of a lot that is named; `payer` the order whose payer is given
    back what is left, also of a reload, which is of no order. `presents` are the promotional certificates that came
    with the order and may still stand, each with its own order. `standing` are all certificates that the order's value
    ever went to, with this one and the presents.
    """

    certificate: Certificate
    order: Order | None
    payer: Order | None
    lot_ids: tuple[UUID, ...]
    home: UUID
    """The certificate that stands for the order: what goes back for it is booked there."""
    standing: Mapping[UUID, Certificate]
    paid: Sequence[Payment]
    presents: Mapping[UUID, Order]

    @property
    def fillings(self) -> list[Filling]:
        """What is left of the order, wherever it is; without an order, of the lots on this certificate."""
        if self.order is not None:
            return fillings_of(self.order, self.standing.values(), first=self.home)
        lots = [lot for lot in self.certificate.lots if lot.lot_id in self.lot_ids and not lot.is_empty]
        return [Filling(certificate=self.certificate, lots=tuple(lots))] if lots else []


async def lock_subject(
    deps: UsesLedger, connection: Connection, place: Place, *, lot_id: UUID | None = None
) -> Subject:
    """Lock a certificate, the partner's agreement and the payments of what filled it, and what came with that.

    What filled it is its own order, or the lot that is named.

    Raises:
        CertificateNotFound: there is none.
        LotNotFound: it has no such lot.
    """
    seen = await deps.ledger.find(connection, place.merchant_id, place.certificate_id)
    if seen is None:
        raise CertificateNotFound
    order = await orders.find_by_optional_number(connection, seen.merchant_id, seen.order_number)
    payer = order
    if lot_id is not None:
        lot = next((one for one in seen.lots if one.lot_id == lot_id), None)
        if lot is None:
            raise LotNotFound
        order = await orders.find_by_optional_number(connection, seen.merchant_id, lot.order_number)
        payer = await payer_of(deps, connection, seen, lot)
    if payer is not None and payer.partner_id is not None:
        await partners.lock_agreements(connection, [(payer.merchant_id, payer.partner_id)])
    paid: list[Payment] = []
    if payer is not None and payer.checkout_id is not None:
        paid = await payments.lock_payments_of_checkout(connection, payer.merchant_id, payer.checkout_id)
    came = await presents_of(connection, [order] if order is not None else [])
    mine = [order.certificate_id] if order is not None and order.certificate_id is not None else []
    lines, standing = await lock_lineages(
        connection, deps, place.merchant_id, [*mine, *came], also=[place.certificate_id]
    )
    one = standing[place.certificate_id]
    own = tuple(lot.lot_id for lot in lots_of(one, order.order_number if order else one.order_number))
    return Subject(
        certificate=one,
        order=order,
        payer=payer,
        lot_ids=(lot_id,) if lot_id is not None else own,
        home=lines[mine[0]][-1] if mine else place.certificate_id,
        standing=standing,
        paid=paid,
        presents={lines[first][-1]: one for first, one in came.items()},
    )


async def presents_of(connection: Connection, bought: Sequence[Order]) -> dict[UUID, Order]:
    """Return the orders that came as presents with others and may still stand, by the certificate of each."""
    ids = {order.order_id for order in bought}
    found: dict[UUID, Order] = {}
    for merchant_id, checkout_id in {(one.merchant_id, one.checkout_id) for one in bought if one.checkout_id}:
        assert checkout_id is not None
        for one in await orders.orders_of_checkouts(connection, merchant_id, [checkout_id]):
            if one.bonus_of in ids and one.certificate_id is not None and one.status is OrderStatus.ISSUED:
                found[one.certificate_id] = one
    return found
