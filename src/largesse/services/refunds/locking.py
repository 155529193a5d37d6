"""What is locked before a certificate is taken back, always in one order: agreement, payments, certificates."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import orders, partners, payments
from largesse.domain.orders import Order
from largesse.domain.payments import Payment
from largesse.ledger import Certificate, CertificateNotFound, LotNotFound
from largesse.services.capabilities import UsesLedger
from largesse.services.certificates import Place, presents_of
from largesse.services.gifts import lock_lineages
from largesse.services.invoices import billed_of
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
    billed: tuple[UUID, ...] = ()
    """The lots on account, on any of them, that stand on an issued invoice."""

    @property
    def fillings(self) -> list[Filling]:
        """What is left of the order, wherever it is; without an order, of the lots on this certificate."""
        if self.order is not None:
            return fillings_of(self.order, self.standing.values(), first=self.home)
        lots = [lot for lot in self.certificate.lots if lot.lot_id in self.lot_ids and not lot.is_empty]
        return [Filling(certificate=self.certificate, lots=tuple(lots))] if lots else []


async def lock_subject(
    deps: UsesLedger, connection: Connection, place: Place, *, lot_id: UUID | None = None, of: Order | None = None
) -> Subject:
    """Lock a certificate, the partner's agreement and the payments of what filled it, and what came with that.

    What filled it is its own order, the lot that is named, or the order that reloaded it, which is `of` then.

    Raises:
        CertificateNotFound: there is none.
        LotNotFound: it has no such lot.
    """
    seen = await deps.ledger.find(connection, place.merchant_id, place.certificate_id)
    if seen is None:
        raise CertificateNotFound
    order = of or await orders.find_by_optional_number(connection, seen.merchant_id, seen.order_number)
    payer = order
    if lot_id is not None:
        lot = next((one for one in seen.lots if one.lot_id == lot_id), None)
        if lot is None:
            raise LotNotFound
        order = await orders.find_by_optional_number(connection, seen.merchant_id, lot.order_number)
        payer = await payer_of(deps, connection, seen, lot)
    owing = {lot.party_id for lot in seen.lots if lot.party_id is not None}
    owing |= {payer.partner_id} if payer is not None and payer.partner_id is not None else set()
    if owing:
        await partners.lock_agreements(connection, [(seen.merchant_id, one) for one in sorted(owing)])
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
    lots = [lot for certificate in standing.values() for lot in certificate.lots]
    return Subject(
        certificate=one,
        order=order,
        payer=payer,
        lot_ids=(lot_id,) if lot_id is not None else own,
        home=lines[mine[0]][-1] if mine else place.certificate_id,
        standing=standing,
        paid=paid,
        presents={lines[first][-1]: one for first, one in came.items()},
        billed=await billed_of(connection, place.merchant_id, lots),
    )
