"""A process that takes up news of payments, and can be told to die at a bad moment.

`python -m tests.integration.services.paying_process DSN MERCHANT_ID CHECKOUT_ID AMOUNT MODE`: MODE `fulfil` takes the
news up at once; `die-before` writes it down and then waits to be killed; `die-within` holds the transaction that issues
open, and waits to be killed in it.
"""

import asyncio
import sys
from uuid import UUID

from largesse.app.application import Application
from largesse.db import Connection, Database
from largesse.domain import merchants, payments
from largesse.domain.payments import AccountRef, Notice, NoticeKind, Payment, PaymentStatus
from largesse.services.orders import fulfilment
from largesse.services.payments import sweeper
from tests.builders.payments import a_paying_application, now

REFERENCE = "test_of_a_process"


def notice_of(merchant_id: UUID, checkout_id: UUID, amount: int) -> Notice:
    """The news that a checkout was paid."""
    return Notice(
        notice_id="news",
        kind=NoticeKind.SUCCEEDED,
        reference=REFERENCE,
        intent="money",
        merchant_id=merchant_id,
        checkout_id=checkout_id,
        currency="USD",
        amount=amount,
    )


async def _hang(said: str) -> None:
    sys.stdout.write(f"{said}\n")
    sys.stdout.flush()
    await asyncio.sleep(3600)


async def _die_within(application: Application, notice: Notice) -> None:
    assert notice.merchant_id is not None
    assert notice.checkout_id is not None
    payment = Payment(
        merchant_id=notice.merchant_id,
        payment_id=UUID(int=1),
        checkout_id=notice.checkout_id,
        gateway=payments.TEST,
        reference=notice.reference,
        status=PaymentStatus.SUCCEEDED,
        currency=notice.currency,
        amount=notice.amount,
        created_at=now(),
        settled_at=now(),
    )

    async def work(connection: Connection) -> None:
        merchant = await merchants.merchant_of_id(connection, payment.merchant_id)
        await fulfilment.fulfil_all(connection, application, merchant, [payment], actor="test", now=now())
        await _hang("within")

    async with application.transaction() as connection:
        await work(connection)


async def main(dsn: str, merchant_id: UUID, checkout_id: UUID, amount: int, mode: str) -> None:
    """Do what the mode says."""
    notice = notice_of(merchant_id, checkout_id, amount)
    account = AccountRef(merchant_id=merchant_id, gateway=payments.TEST)
    async with await Database.open(dsn, size_max=4) as database, a_paying_application(database) as application:
        async with application.database.transaction() as connection:
            await payments.keep_notices(connection, account, [notice], now=now())
        if mode == "die-before":
            await _hang("before")
        elif mode == "die-within":
            await _die_within(application, notice)
        else:
            for _ in range(5):
                await sweeper.take_up_notice(application, account, notice, now=now())


if __name__ == "__main__":
    given = sys.argv[1:]
    asyncio.run(main(given[0], UUID(given[1]), UUID(given[2]), int(given[3]), given[4]))
