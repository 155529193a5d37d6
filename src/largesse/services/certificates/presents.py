"""The bonus that came with a gift goes back with it: as much of it as of the gift.

A bonus keeps what it was bought with. Where money goes back for part of a gift, its share of the bonus is taken
back, as far as something is left of that; where nothing is left of a gift that is refunded, all that is left goes.
What was spent of it stays spent.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import structlog

from largesse.db import Connection
from largesse.domain import orders
from largesse.domain.orders import Order, OrderStatus
from largesse.kernel.errors import Conflict, LargesseError
from largesse.kernel.ids import derived_id
from largesse.kernel.money import half_up
from largesse.ledger import Adjust, Certificate, Status, Void
from largesse.services.capabilities import UsesLedger
from largesse.services.certificates.requests import Place, Request, Said, said_of

_log = structlog.get_logger()


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


def share_of_bonus(gift: Order, bonus: Order, *, gone: int) -> int:
    """Return how much of a bonus goes where so much of its gift's face does. Pure."""
    return half_up(bonus.amount * gone, gift.amount)


def less_of_bonus(
    bonus: Order, wanted: int, standing: Iterable[Certificate], said: Callable[[Certificate], Said]
) -> list[Adjust | Void]:
    """Return what takes so much of what is left of a bonus, wherever it is. Pure.

    A certificate that holds nothing else, and of which all is taken, ends.
    """
    commands, left = list[Adjust | Void](), wanted
    for one in sorted(standing, key=lambda certificate: certificate.certificate_id.int):
        lots = [lot for lot in one.lots if lot.order_number == bonus.order_number]
        mine = sum(lot.face for lot in lots)
        part = min(mine, left)
        if not part:
            continue
        left -= part
        # What a correction added to it is nobody's.
        alone = not any(lot.order_number not in {None, bonus.order_number} for lot in one.lots if not lot.is_empty)
        commands.append(
            Void(**said(one))
            if part == mine and alone
            else Adjust(**said(one), value=-part, lot_ids=tuple(lot.lot_id for lot in lots))
        )
    return commands


async def take_presents_back(
    deps: UsesLedger,
    connection: Connection,
    gift: Order,
    presents: Mapping[UUID, Order],
    standing: Iterable[Certificate],
    *,
    gone: int | None,
    memo: str,
    request: Request,
    now: datetime,
) -> None:
    """Take back what came with a gift as `gone` of its face goes back, None: it has ended. All of it is locked already.

    `presents` are by the certificate that stands for each now. What has ended, or is held, stays as it is.
    """
    for certificate_id, one in presents.items():
        if one.bonus_of == gift.order_id:
            await _take(
                deps, connection, gift, (certificate_id, one), standing, gone=gone, memo=memo, request=request, now=now
            )


async def _take(
    deps: UsesLedger,
    connection: Connection,
    gift: Order,
    bonus: tuple[UUID, Order],
    standing: Iterable[Certificate],
    *,
    gone: int | None,
    memo: str,
    request: Request,
    now: datetime,
) -> None:
    own, order = bonus
    known = {one.certificate_id: one for one in standing}

    def said(certificate: Certificate) -> Said:
        place = Place(merchant_id=order.merchant_id, certificate_id=certificate.certificate_id)
        subject = (order.order_id,) if certificate.certificate_id == own else (order.order_id, place.certificate_id)
        operation_id = derived_id("present", request.operation_id, *subject)
        return said_of(place, Request(operation_id=operation_id, actor=request.actor, memo=memo))

    lots = [lot for one in known.values() for lot in one.lots if lot.order_number == order.order_number]
    left = sum(lot.face for lot in lots)
    wanted = left if gone is None else min(left, share_of_bonus(gift, order, gone=gone))
    commands = less_of_bonus(order, wanted, known.values(), said)
    spent = gone is None and not left and own in known
    if spent and known[own].status not in {Status.VOID, Status.HANDED_OVER} and not known[own].balance:
        commands.append(Void(**said(known[own])))  # nothing that is undone may come back to it
    kept = False
    for outcome in await deps.ledger.post(connection, commands, now=now):
        if isinstance(outcome, Conflict):
            kept = True
            _log.warning("present_kept", order_number=order.order_number, error_code=outcome.code)
        elif isinstance(outcome, LargesseError):
            raise outcome
    if commands and not kept and wanted == left:
        await orders.take_back(connection, orders.taken_back(order, refunded=False))
