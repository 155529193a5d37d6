"""A lost dispute: the money is gone for good, and what it bought goes with it.

What is left of it is taken back at price wherever it is, for as much as the bank took. Where that is all of it, a
certificate that holds nothing of others ends, with its open holds; of another, what others paid for stays. Where the
bank took less, every filling gives its part, and the rest can be spent again. Holds of what goes on standing end only
where too little else is free.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from largesse.db import Connection
from largesse.domain import orders, payments
from largesse.domain.gifts import Purpose
from largesse.domain.invoices import SaleReason
from largesse.domain.orders import Order, OrderStatus
from largesse.domain.payments import Dispute, DisputeStatus, Payment, PaymentStatus
from largesse.kernel.ids import derived_id
from largesse.ledger import (
    Account,
    Adjust,
    Certificate,
    ClassOfValue,
    Command,
    Lot,
    Refund,
    ReleaseHold,
    Share,
    Status,
    Void,
    paid_with,
    void_accounts,
    whole,
)
from largesse.services import refunds
from largesse.services.certificates import Said, less_of_bonus, share_of_bonus
from largesse.services.disputes import booking
from largesse.services.disputes.blocking import unblock_all
from largesse.services.disputes.bought import AllBought, said_for
from largesse.services.disputes.dependencies import DisputeDependencies
from largesse.services.invoices import correct_sale

_LOST = "The payment was lost to a dispute."


async def take(
    deps: DisputeDependencies,
    connection: Connection,
    payment: Payment,
    dispute: Dispute,
    all_bought: AllBought,
    *,
    now: datetime,
) -> None:
    """Take back what is left of what was bought, against exactly what the bank took."""
    lost = await booking.taken_by(deps, connection, payment, dispute)
    where = await refunds.where_of_payment(deps, connection, payment)
    commands: list[Command] = []
    settled, repaid = await refunds.settle_by_dispute(
        connection, payment, where, taken=lost, reference=dispute.reference, now=now
    )
    if all_bought.is_in_the_books:
        commands += await booking.opened(deps, connection, payment, where, dispute, amount=lost)
    commands += settled
    left = lost - repaid
    partly = left < all_bought.paid
    if partly:
        parts, shares = await _parts(deps, connection, dispute, all_bought, money=left)
        commands += parts
    else:
        shares = [(lot, whole(lot)) for _, lot in all_bought.bought_lots]
        for certificate in all_bought.certificates:
            commands += await _taken_off(deps, connection, dispute, all_bought, certificate)
    if all_bought.is_in_the_books:
        # A bank may take more than was left, for it does not ask what went back before, or was spent meanwhile.
        taken = sum(share.paid for _, share in shares)
        commands += booking.lost(payment, where, dispute, beyond=left - taken)
    await refunds.post_all(deps, connection, commands, now=now)
    if partly:
        await _stands_again(connection, payment, now=now)
    spared = [one for one in all_bought.standing.values() if partly or all_bought.is_shared(one)]
    await unblock_all(deps, connection, payment, dispute, spared, memo="The dispute is over.", now=now)
    for order in (one.order for one in all_bought.bought if not partly):
        if order.status is OrderStatus.ISSUED:
            await orders.take_back(connection, orders.taken_back(order, refunded=False))
            await refunds.tell_of_gift(connection, order, Purpose.RECLAIMED, now=now)
    await _correct(connection, all_bought, shares, now=now)


async def _correct(
    connection: Connection, all_bought: AllBought, shares: Sequence[tuple[Lot, Share]], *, now: datetime
) -> None:
    """Correct the documents of what was taken; what went back as credit before was corrected then."""
    for order in (one.order for one in all_bought.bought):
        mine = [
            refunds.taken_with(share)
            for lot, share in shares
            if lot.order_number == order.order_number and lot.lot_id not in all_bought.credited
        ]
        await correct_sale(connection, order, mine, SaleReason.DISPUTE, now=now)


async def _stands_again(connection: Connection, payment: Payment, *, now: datetime) -> None:
    """Let what is left of a payment be refunded, once no bank wants anything of it any more."""
    known = await payments.disputes_of_payment(connection, payment.merchant_id, payment.payment_id)
    if not any(one.status is DisputeStatus.OPEN for one in known):
        await payments.change_payment(
            connection, payment, to=PaymentStatus.SUCCEEDED, coming_from=[PaymentStatus.DISPUTED], now=now
        )
        await refunds.close_payment(connection, payment, now=now)


async def _parts(
    deps: DisputeDependencies, connection: Connection, dispute: Dispute, all_bought: AllBought, *, money: int
) -> tuple[list[Command], list[tuple[Lot, Share]]]:
    """Return what takes `money` off what was bought, each filling in proportion, and what that is of each.

    The bonus of a gift goes with it in proportion, as where a part is refunded.
    """
    found = all_bought.bought_lots
    shares = paid_with([lot for _, lot in found], money)
    commands: list[Command] = []
    for certificate in {one.certificate_id: one for one, _ in found}.values():
        mine = [
            share
            for (one, _), share in zip(found, shares, strict=True)
            if one.certificate_id == certificate.certificate_id and (share.face or share.gratuity)
        ]
        value, gratuity = sum(share.face for share in mine), sum(share.gratuity for share in mine)
        commands += await _freed(deps, connection, dispute, certificate, value=value, gratuity=gratuity)
        for share in mine:
            place = derived_id("part", certificate.certificate_id, share.lot_id)
            commands.append(
                Refund(
                    **_said(dispute, "take", certificate, subject=place),
                    value=share.face,
                    gratuity=share.gratuity,
                    lot_ids=(share.lot_id,),
                    to=Account.DISPUTED,
                )
            )
    gone = Counter[str | None]()
    for (_, lot), share in zip(found, shares, strict=True):
        gone[lot.order_number] += share.face
    commands += await _less_of_bonuses(deps, connection, dispute, all_bought, gone)
    return commands, [(lot, share) for (_, lot), share in zip(found, shares, strict=True)]


async def _less_of_bonuses(
    deps: DisputeDependencies,
    connection: Connection,
    dispute: Dispute,
    all_bought: AllBought,
    gone: Mapping[str | None, int],
) -> list[Command]:
    """Return what takes back of presents as much as is `gone` of the face of the order that each came with."""
    gifts = {one.order.order_id: one.order for one in all_bought.bought}
    commands: list[Command] = []
    for bonus in (one.order for one in all_bought.bought if one.order.bonus_of in gifts):
        gift = gifts[bonus.bonus_of] if bonus.bonus_of else bonus
        share = share_of_bonus(gift, bonus, gone=gone.get(gift.order_number, 0))
        said = partial(_said_of_bonus, dispute, bonus)
        for command in less_of_bonus(bonus, share, all_bought.standing.values(), said):
            certificate = all_bought.standing[command.certificate_id]
            value = -command.value if isinstance(command, Adjust) else certificate.balance
            commands += [*await _freed(deps, connection, dispute, certificate, value=value, gratuity=0), command]
    return commands


async def _taken_off(
    deps: DisputeDependencies,
    connection: Connection,
    dispute: Dispute,
    all_bought: AllBought,
    certificate: Certificate,
) -> list[Command]:
    """Return what takes what was bought off a certificate: all of it ends where nothing on it is of others."""
    if not all_bought.is_shared(certificate):
        return [*await _releases(deps, connection, dispute, certificate), *_void(dispute, certificate)]
    lots = all_bought.lots_on(certificate)
    value, gratuity = sum(lot.face for lot in lots), sum(lot.gratuity for lot in lots)
    commands: list[Command] = []
    commands += await _freed(deps, connection, dispute, certificate, value=value, gratuity=gratuity)
    said = _said(dispute, "take", certificate)
    named = tuple(lot.lot_id for lot in lots)
    if certificate.class_of_value is ClassOfValue.PROMOTIONAL:
        return [*commands, Adjust(**said, value=-value, gratuity=-gratuity, lot_ids=named)]
    return [*commands, Refund(**said, value=value, gratuity=gratuity, lot_ids=named, to=Account.DISPUTED)]


async def _freed(
    deps: DisputeDependencies,
    connection: Connection,
    dispute: Dispute,
    certificate: Certificate,
    *,
    value: int,
    gratuity: int,
) -> Sequence[Command]:
    """Return what lets so much of a certificate be taken: its holds end where they are in the way."""
    if certificate.available >= value and certificate.gratuity_available >= gratuity:
        return []
    return await _releases(deps, connection, dispute, certificate)


async def _releases(
    deps: DisputeDependencies, connection: Connection, dispute: Dispute, certificate: Certificate
) -> list[ReleaseHold]:
    """Return what lets go of every hold that is open on a certificate: nothing is added while it is locked."""
    return [
        ReleaseHold(**_said(dispute, "release", certificate, subject=hold.hold_id), hold_id=hold.hold_id)
        for hold in await deps.ledger.open_holds(connection, dispute.merchant_id, certificate.certificate_id)
    ]


def _void(dispute: Dispute, certificate: Certificate) -> list[Void]:
    if certificate.status in {Status.VOID, Status.HANDED_OVER}:
        return []
    paid = Account.DISPUTED in void_accounts(certificate.funding)
    return [Void(**_said(dispute, "void", certificate), to=Account.DISPUTED if paid else None)]


def _said_of_bonus(dispute: Dispute, bonus: Order, certificate: Certificate) -> Said:
    subject = derived_id("present", bonus.order_id, certificate.certificate_id)
    return _said(dispute, "take", certificate, subject=subject)


def _said(dispute: Dispute, what: str, certificate: Certificate, *, subject: UUID | None = None) -> Said:
    return said_for(dispute.reference, what, certificate.certificate_id, of=dispute, memo=_LOST, subject=subject)
