"""An office to look at: somebody of a role, signed in and stepped up, before a merchant's pages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import httpx

from largesse.app.application import Application
from largesse.domain import staff
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Order
from largesse.domain.staff import Role
from largesse.services.staff import SignedIn
from tests.builders.application import NOW
from tests.builders.gifts import a_gift, bought
from tests.builders.orders import a_charge
from tests.builders.staff import BROWSER, Worker, a_worker
from tests.support.office import comes_with, office_app, visiting


async def a_session_of(application: Application, worker: Worker, merchant: Merchant, *, now: datetime) -> SignedIn:
    """A session that has just shown again who it is, for a merchant."""
    async with application.database.transaction() as connection:
        session, _ = await staff.begin_session(
            connection, worker.person.person_id, agent=BROWSER.agent, address=BROWSER.address, now=now
        )
        session, _ = await staff.sign_in(connection, session, now=now)
        session, token = await staff.step_up(connection, session, merchant.merchant_id, now=now)
    return SignedIn(session=session, token=token)


@asynccontextmanager
async def at_the_desk(
    application: Application, merchant: Merchant, *, role: Role = Role.OWNER, email: str = "desk@bakery.example"
) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of somebody who works for a merchant."""
    worker = await a_worker(application, merchant, email=email, role=role)
    session = await a_session_of(application, worker, merchant, now=application.clock.now())
    async with visiting(office_app(application)) as client:
        comes_with(client, session)
        yield client


async def some_orders(application: Application, merchant: Merchant, count: int, *, now: datetime = NOW) -> list[Order]:
    """Issued orders of 10.00, 20.00, 30.00 and so on, one a day, the last of them now."""
    made = []
    for place in range(1, count + 1):
        at = now - timedelta(days=count - place)
        gift = a_gift(a_charge(place * 1_000), name=f"Ada {place}")
        made += await bought(application, merchant, gift, now=at)
    return made
