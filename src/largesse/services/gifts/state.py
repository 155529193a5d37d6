"""The certificate that an order stands for now, and whether it can still be given."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import orders
from largesse.domain.certificates import CertificateUnknown
from largesse.domain.orders import Order, OrderStatus
from largesse.kernel.errors import Conflict
from largesse.ledger import Certificate, Entry, Status
from largesse.services.capabilities import UsesLedger
from largesse.services.certificates import lock_followed, successor_of
from largesse.services.gifts.dependencies import GiftDependencies

_REISSUES_MAX = 20


class GiftTakenBack(Conflict):
    """A gift cannot be given any more."""

    code = "gift.taken_back"
    message = "This gift certificate cannot be used any more, so it is not sent. The shop can tell you why."


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate as it stands, and the order it was bought with, None where it was not bought."""

    certificate: Certificate
    order: Order | None

    def is_open(self, now: datetime) -> bool:
        """Return whether it may be spent, if something is on it."""
        return self.certificate.status is Status.ACTIVE and not self.certificate.expired(now)

    def can_be_given(self, now: datetime) -> bool:
        """Return whether it may be spent and something is on it."""
        return self.is_open(now) and bool(self.certificate.balance or self.certificate.gratuity_balance)

    def stands_for_buyer(self, now: datetime) -> bool:
        """Return whether its buyer is shown it as it was bought.

        What was spent of it, all of it too, or paid out in cash, is nothing that they are told. What the shop took back
        or blocked is, and that its last day is over.
        """
        one, order = self.certificate, self.order
        is_bought = order is not None and order.status is OrderStatus.ISSUED
        return is_bought and one.status in {Status.ACTIVE, Status.VOID} and not one.expired(now)


async def standing_of(
    connection: Connection,
    deps: GiftDependencies,
    merchant_id: UUID,
    certificate_id: UUID,
    *,
    order: Order | None = None,
) -> Standing:
    """Return a certificate as it stands, with its order.

    Raises:
        CertificateUnknown: there is none.
    """
    one = await deps.ledger.find(connection, merchant_id, certificate_id)
    if one is None:
        raise CertificateUnknown
    if order is None and one.order_number is not None:
        found = await orders.find_by_numbers(connection, merchant_id, [one.order_number])
        order = found.get(one.order_number)
    return Standing(certificate=one, order=order)


async def newest(connection: Connection, deps: GiftDependencies, merchant_id: UUID, certificate_id: UUID) -> UUID:
    """Return the certificate that a reissued one was replaced by in the end; itself, where it was not."""
    return (await lineage(connection, deps, merchant_id, certificate_id))[-1]


async def lineage(
    connection: Connection, deps: UsesLedger, merchant_id: UUID, certificate_id: UUID
) -> tuple[UUID, ...]:
    """Return a certificate and those that it was reissued as, one after another: orders name only the first.

    A reissue voids its source with a transfer, whose journal row names the target (ledger/transfers.py). Money that is
    on its way back to the purchaser may be booked on the source even later.
    """
    found = [certificate_id]
    while len(found) <= _REISSUES_MAX:
        one = await deps.ledger.find(connection, merchant_id, found[-1])
        if one is None or one.status is not Status.VOID:
            break
        replaced_by = successor_of(await deps.ledger.statement(connection, merchant_id, found[-1]))
        if replaced_by is None or replaced_by.refers_to is None:
            break
        found.append(replaced_by.refers_to)
    return tuple(found)


def was_replaced(one: Certificate, entries: Sequence[Entry]) -> bool:
    """Whether a certificate ended because another took its place under a new number."""
    return one.status is Status.VOID and successor_of(entries) is not None


async def lock_lineages(
    connection: Connection,
    deps: UsesLedger,
    merchant_id: UUID,
    certificate_ids: Sequence[UUID],
    *,
    also: Collection[UUID] = (),
) -> tuple[dict[UUID, tuple[UUID, ...]], dict[UUID, Certificate]]:
    """Lock all that certificates were reissued as or merged into, and those `also`, until the transaction ends.

    Return the lineages by their first certificate, and every certificate as it stands.
    """
    locked = await lock_followed(connection, deps, merchant_id, certificate_ids, also=also)
    return {one: await lineage(connection, deps, merchant_id, one) for one in certificate_ids}, locked
