"""Find out whose a notice is that came to the account which merchants of this installation share.

What was written on a payment when it was begun comes back with news of it, and names the merchant. News of refunds and
disputes names the money alone; whose that is says the payment, once it is known here.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from largesse.db import Connection
from largesse.domain import merchants, payments
from largesse.domain.payments import AccountRef, InboxNotice, Notice, NoticeKind
from largesse.kernel.errors import NotFound
from largesse.services import refunds
from largesse.services.payments.dependencies import PaymentDependencies

AT_ONCE = 48
LEASE = timedelta(minutes=5)
# News of refunds and disputes may come before the news of the payment itself; after this long it is not ours.
CLAIM_WITHIN = timedelta(days=2)


async def write_down(
    connection: Connection, gateway: str, notices: Sequence[Notice], *, now: datetime
) -> list[tuple[AccountRef, Notice]]:
    """Write down what a shared account told, in the caller's transaction; return what can be taken up at once."""
    known = list[tuple[AccountRef, Notice]]()
    for notice in notices:
        merchant_id = await _merchant_of(connection, gateway, notice)
        if merchant_id is None:
            await payments.put_in_inbox(connection, gateway, notice, now=now)
            continue
        account = AccountRef(merchant_id=merchant_id, gateway=gateway)
        await payments.keep_notices(connection, account, [notice], now=now)
        known.append((account, notice))
    return known


async def sort(deps: PaymentDependencies, *, now: datetime) -> None:
    """Give notices that wait in the inbox to the merchants whose they are; what is nobody's for days is left there."""
    async with deps.database.transaction() as connection:
        waiting = await payments.claim_inbox(connection, now=now, until=now + LEASE, limit=AT_ONCE)
    for found in waiting:
        async with deps.database.transaction() as connection:
            await _sort_one(connection, found, now=now)


def may_be_early(notice: Notice, received_at: datetime, *, now: datetime) -> bool:
    """Return whether the payment that a notice is about may only be told of later."""
    about_money = notice.kind not in (NoticeKind.SUCCEEDED, NoticeKind.PENDING)
    return about_money and now < received_at + CLAIM_WITHIN


async def _sort_one(connection: Connection, found: InboxNotice, *, now: datetime) -> None:
    merchant_id = await _merchant_of(connection, found.gateway, found.notice)
    if merchant_id is not None:
        account = AccountRef(merchant_id=merchant_id, gateway=found.gateway)
        await payments.move_from_inbox(connection, account, found, now=now)
    elif may_be_early(found.notice, found.received_at, now=now):
        await payments.put_off_inbox(connection, found, until=refunds.again_at(found.attempts, now=now))
    else:
        await payments.leave_unclaimed(connection, found)


async def _merchant_of(connection: Connection, gateway: str, notice: Notice) -> UUID | None:
    """Return whose a notice is, None where nobody here is known by it: others may share the account as well."""
    if notice.merchant_id is not None:
        try:
            return (await merchants.merchant_of_id(connection, notice.merchant_id)).merchant_id
        except NotFound:
            pass
    return await payments.merchant_of_payment(connection, gateway, notice.reference, intent=notice.intent)
