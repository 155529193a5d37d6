"""Known and unknown addresses are answered alike, by the same work: as many passwords compared, as many statements."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import NamedTuple

import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import staff
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Role, SignInRefused
from largesse.domain.tills import PinRefused
from largesse.services import staff as services
from largesse.services.tills import demand_pin
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant
from tests.builders.staff import BROWSER, OPERATOR, Worker, a_worker
from tests.builders.tills import a_pin
from tests.fakes.clock import StillClock


class CountedPasswords:
    """Compare none, and count what is to be compared."""

    def __init__(self) -> None:
        self.compared: list[str | None] = []

    async def hashed(self, password: str) -> str:
        """Hash nothing."""
        return f"hash of {len(password)}"

    async def matches(self, _password: str, *, hashed: str | None) -> bool:
        """Count it, and say no."""
        self.compared.append(hashed)
        return False


class Counted(NamedTuple):
    """An installation that counts what is compared."""

    application: Application
    merchant: Merchant
    worker: Worker
    passwords: CountedPasswords


@pytest.fixture
async def counted(database: Database) -> AsyncIterator[Counted]:
    async with an_application(database, clock=StillClock(NOW)) as application:
        merchant = await a_merchant(database)
        worker = await a_worker(application, merchant)
        passwords = CountedPasswords()
        yield Counted(replace(application, passwords=passwords), merchant, worker, passwords)


@pytest.mark.parametrize("email", ["ada@bakery.example", "nobody@bakery.example", "", "x" * 400, "ADA@BAKERY.EXAMPLE"])
async def test_a_wrong_password_is_compared_once_whoever_is_asked_for(counted: Counted, email: str) -> None:
    with pytest.raises(SignInRefused) as refused:
        await services.begin(counted.application, email, "wrong password", BROWSER, now=NOW)
    assert (refused.value.code, len(counted.passwords.compared)) == ("staff.sign_in_refused", 1)


async def test_a_pin_is_compared_as_often_whether_there_is_one_or_not(counted: Counted) -> None:
    for _ in range(2):
        with pytest.raises(PinRefused):
            await demand_pin(counted.application, counted.worker.membership, "258036")
        await a_pin(counted.application, counted.worker)
    assert len(counted.passwords.compared) == 2


async def test_a_reset_is_written_down_before_anybody_looks_whose_it_is(counted: Counted) -> None:
    for email in ("ada@bakery.example", "nobody@bakery.example"):
        await services.ask_for_reset(counted.application, email, now=NOW)
    async with counted.application.database.transaction() as connection:
        taken = await staff.take_reset_requests(connection, limit=10)
    assert {email for email, _ in taken} == {"ada@bakery.example", "nobody@bakery.example"}


async def test_an_invitation_is_answered_and_mailed_alike_whether_the_address_is_known(
    counted: Counted, database: Database
) -> None:
    other = await a_merchant(database, slug="tailor", prefix="TL", number="1002")
    made = [
        await services.invite(counted.application, other, email, Role.CLERK, by=OPERATOR, now=NOW)
        for email in ("ada@bakery.example", "nobody@bakery.example")
    ]
    known, unknown = [{name for name in one.__struct_fields__ if getattr(one, name) is not None} for one in made]
    assert known == unknown
    async with database.connection() as connection:
        queued = await connection.fetchval(
            "SELECT count(*) FROM events WHERE merchant_id = $1 AND kind = 'mail.due'", other.merchant_id
        )
    assert queued == 2
