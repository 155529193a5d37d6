"""The numbers of what was ordered to be handed over: downloaded once, by whoever may, as the agreement lets them."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from largesse.domain import certificates, orders, portal, staff
from largesse.domain.portal import NumbersTaken, PortalBatchUnknown
from largesse.domain.staff import Audited
from largesse.kernel.currency import currency
from largesse.kernel.money import plain
from largesse.services.portal.dependencies import PortalDependencies
from largesse.services.portal.standing import ActsFor

_AT_ONCE = 2_000


class Numbered(msgspec.Struct, frozen=True, kw_only=True):
    """One certificate of a batch, with its number: a bearer secret."""

    line: int
    identifier: str
    order_number: str
    number: str
    amount: int
    good_through: str

    def __repr__(self) -> str:
        """Leave the number out."""
        return f"Numbered({self.order_number})"


NUMBER_COLUMNS: Final = ("line", "identifier", "order_number", "number", "amount", "currency", "good_through")


def number_rows(found: Sequence[Numbered], code: str) -> Iterator[Sequence[str]]:
    """Return numbers as the rows of a file, below the names of its columns."""
    yield NUMBER_COLUMNS
    for one in found:
        amount = plain(one.amount, currency(code))
        yield str(one.line), one.identifier, one.order_number, one.number, amount, code, one.good_through


async def numbers_of(
    deps: PortalDependencies, acts: ActsFor, batch_id: UUID | None, *, operator: str = "", now: datetime
) -> Sequence[Numbered]:
    """Return the numbers of a batch; that happens once, and is audited in the same transaction.

    An `operator` who takes them for somebody is named in their place.

    Raises:
        PortalBatchUnknown: the partner has none of that id.
        NumbersTaken: they were downloaded, the batch is not done or was mailed, or the agreement does not let them.
    """
    async with deps.database.transaction() as connection:
        merchant_id = acts.merchant.merchant_id
        batch = None if batch_id is None else await portal.lock_batch(connection, merchant_id, batch_id)
        if batch is None or batch.partner_id != acts.partner.partner_id:
            raise PortalBatchUnknown
        allowed = acts.agreement.numbers_as_file
        if not allowed or not await portal.take_numbers(connection, batch, acts.member.person_id, now):
            raise NumbersTaken
        found, after = list[Numbered](), 0
        while lines := await portal.batch_lines(connection, batch, after=after, limit=_AT_ONCE):
            after = lines[-1].place
            ids = [one.order_id for one in lines if one.order_id is not None]
            placed = await orders.find_by_ids(connection, merchant_id, ids)
            whole = [one.certificate_id for one in placed.values() if one.certificate_id is not None]
            numbers = await certificates.open_numbers(connection, deps.keyring, merchant_id, whole)
            for line in lines:
                order = placed.get(line.order_id) if line.order_id is not None else None
                if order is not None and order.certificate_id in numbers:
                    found.append(
                        Numbered(
                            line=line.line,
                            identifier=line.identifier or "",
                            order_number=order.order_number,
                            number=numbers[order.certificate_id],
                            amount=line.amount,
                            good_through=line.good_through.isoformat(),
                        )
                    )
        await staff.record(
            connection,
            merchant_id,
            Audited.PARTNER_NUMBERS_TAKEN,
            subject=str(batch.batch_id),
            actor=operator or acts.member.actor,
            reason=acts.partner.name,
            now=now,
        )
    return found
