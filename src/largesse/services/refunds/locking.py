"""What is locked before a certificate is taken back, always in one order: agreement, payments, certificates."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import orders, partners, payments
from largesse.domain.orders import Order, OrderStatus
from largesse.domain.payments import Payment
from largesse.ledger import Certificate, CertificateNotFound
from largesse.services.capabilities import UsesLedger
from largesse.services.certificates import Place
from largesse.services.gifts import lock_lineages


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate that is to be taken back, locked with all that goes with it.

    `presents` are the promotional certificates that came with its order and may still stand, each with its own order.
    """

    certificate: Certificate
    order: Order | None
    paid: Sequence[Payment]
    presents: Mapping[UUID, Order]


async def lock_subject(deps: UsesLedger, connection: Connection, place: Place) -> Subject:
    """Lock a certificate, its partner's agreement, the payments of its checkout, and what came with it.

    Raises:
        CertificateNotFound: there is none.
    """
    seen = await deps.ledger.find(connection, place.merchant_id, place.certificate_id)
    if seen is None:
        raise CertificateNotFound
    order = await orders.find_by_optional_number(connection, seen.merchant_id, seen.order_number)
    if order is not None and order.partner_id is not None:
        await partners.lock_agreements(connection, [(order.merchant_id, order.partner_id)])
    paid: list[Payment] = []
    if order is not None and order.checkout_id is not None:
        paid = await payments.lock_payments_of_checkout(connection, order.merchant_id, order.checkout_id)
    came = await presents_of(connection, [order] if order is not None else [])
    lines, standing = await lock_lineages(connection, deps, place.merchant_id, list(came), also=[place.certificate_id])
    return Subject(
        certificate=standing[place.certificate_id],
        order=order,
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
