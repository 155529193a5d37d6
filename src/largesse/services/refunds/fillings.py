"""What an order filled, wherever it is now: on its own certificate, on its reissues, on what it was merged into."""

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import orders
from largesse.domain.orders import Order
from largesse.ledger import OF_PARTNERS, Certificate, Entry, Kind, Lot, paid_from, refundable_parts
from largesse.services.capabilities import UsesLedger


class Filling(msgspec.Struct, frozen=True, kw_only=True):
    """Lots of one certificate that are taken back together, something of them being left."""

    certificate: Certificate
    lots: tuple[Lot, ...]

    @property
    def lot_ids(self) -> tuple[UUID, ...]:
        """Their ids."""
        return tuple(lot.lot_id for lot in self.lots)

    @property
    def value(self) -> int:
        """The value that is left of them."""
        return sum(lot.face for lot in self.lots)

    @property
    def gratuity(self) -> int:
        """The gratuity that is left of them."""
        return sum(lot.gratuity for lot in self.lots)

    @property
    def free(self) -> tuple[int, int]:
        """The value and gratuity of them that a refund may take."""
        return refundable_parts(self.certificate, self.lot_ids)

    @property
    def paid(self) -> int:
        """What was paid for what is left of them."""
        return paid_from(self.certificate, lot_ids=self.lot_ids)


def lots_of(certificate: Certificate, order_number: str | None) -> list[Lot]:
    """Return the lots of an order on a certificate, those that are used up as well."""
    return [lot for lot in certificate.lots if lot.order_number == order_number]


def fillings_of(order: Order, standing: Iterable[Certificate], *, first: UUID) -> list[Filling]:
    """Return what is left of an order, on the certificate `first` first."""
    found = [
        Filling(certificate=one, lots=lots)
        for one in standing
        if (lots := tuple(lot for lot in lots_of(one, order.order_number) if not lot.is_empty))
    ]
    return sorted(found, key=lambda one: (one.certificate.certificate_id != first, one.certificate.certificate_id.int))


async def history_of(deps: UsesLedger, connection: Connection, standing: Iterable[Certificate]) -> list[Entry]:
    """Return the journals of some certificates."""
    return [
        entry
        for one in standing
        for entry in await deps.ledger.statement(connection, one.merchant_id, one.certificate_id)
    ]


def owed_by_partner(order: Order, standing: Iterable[Certificate], history: Sequence[Entry]) -> int:
    """Return what a partner owes for an order, by the journals of the certificates that hold or held it.

    What was given back of what stands on an issued invoice became the partner's credit.
    """
    ids = {lot.lot_id for one in standing for lot in lots_of(one, order.order_number)}
    return sum(
        ((entry.debit in OF_PARTNERS) - (entry.credit in OF_PARTNERS)) * (entry.amount or 0)
        for entry in history
        if entry.lot_id in ids
    )


async def payer_of(deps: UsesLedger, connection: Connection, certificate: Certificate, lot: Lot) -> Order | None:
    """Return the order whose payer paid for a lot: its own, or that of the certificate which was reloaded with it."""
    number, place = lot.order_number, certificate.certificate_id
    while number is None:
        rows = await deps.ledger.statement(connection, certificate.merchant_id, place)
        came = next((row for row in rows if row.lot_id == lot.lot_id), None)
        if came is None or came.kind is not Kind.TRANSFER or came.refers_to is None:
            found = await deps.ledger.find(connection, certificate.merchant_id, place)
            number = found.order_number if found is not None else None
            break
        place = came.refers_to
    return await orders.find_by_optional_number(connection, certificate.merchant_id, number)
