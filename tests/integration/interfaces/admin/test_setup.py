"""The first run: who has the token opens the shop and owns it, once; afterwards there is no such page."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pyotp
import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import merchants, setup, staff
from largesse.domain.setup import SetupClosed, SetupTokenRefused
from largesse.domain.staff import Role, new_totp_secret
from largesse.services import banking
from largesse.services import setup as services
from largesse.services.orders.fulfilment import fulfil
from largesse.services.orders.selling import place
from largesse.services.setup import FirstMerchant, FirstOwner, SetUp
from largesse.services.staff import Browser, write_offer
from tests.builders.application import NOW, an_application
from tests.builders.bank_files import IBAN
from tests.builders.certificates import a_merchant
from tests.builders.orders import a_basket, a_charge, a_payment
from tests.builders.staff import BROWSER, OPERATOR, PASSWORD
from tests.fakes.clock import StillClock
from tests.support.office import codes_on, fill, forms_of, key_on, office_app, texts, visiting

TYPED = {
    "name": "Corner Café",
    "currency": "eur",
    "time_zone": "Europe/Paris",
    "person": "Ada Lovelace",
    "email": "ada@cafe.example",
    "password": PASSWORD,
}


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with an_application(database, clock=StillClock(NOW)) as opened:
        yield opened


@pytest.fixture
async def visitor(application: Application) -> AsyncIterator[httpx.AsyncClient]:
    async with visiting(office_app(application)) as client:
        yield client


async def a_token(application: Application) -> str:
    """What `largesse serve` prints."""
    async with application.database.transaction() as connection:
        return await services.offer_setup(connection, now=application.clock.now())


async def opened(client: httpx.AsyncClient, token: str, **typed: str) -> httpx.Response:
    """Type the token, then fill in the form with a code of the authenticator that it shows."""
    form = await fill(client, "/setup", "/setup", {"token": token})
    assert form.status_code == 200, form.text
    fields = forms_of(form)["/setup/open"]
    code = pyotp.TOTP(key_on(form)).at(NOW)
    return await client.post("/setup/open", data={**fields, **TYPED, "code": code, **typed})


async def test_the_token_opens_the_shop_for_its_owner_and_the_page_is_gone(
    visitor: httpx.AsyncClient, application: Application
) -> None:
    assert (await visitor.get("/setup")).status_code == 200
    token = await a_token(application)
    done = await opened(visitor, f" {token.lower().replace('-', ' ')} ")
    assert done.status_code == 200, texts(done, "//*[contains(@class,'error')]")
    assert len(codes_on(done)) == 10
    async with application.database.connection() as connection:
        [merchant] = await merchants.list_merchants(connection)
        [(membership, person)] = await staff.members(connection, merchant.merchant_id)
    assert (merchant.slug, merchant.currency, merchant.prefix) == ("corner-caf", "EUR", "CO")
    assert (membership.role, membership.state.value, person.email) == (Role.OWNER, "live", "ada@cafe.example")
    today = await visitor.get("/admin/corner-caf")
    assert today.status_code == 200
    steps = texts(today, "//ol[contains(@class,'steps')]/li//b")
    assert len(steps) == 8
    assert "The shop was opened" in today.text
    for answer in (await visitor.get("/setup"), await visitor.post("/setup", data={"token": token})):
        assert answer.status_code in {403, 404}
    assert (await visitor.get("/setup")).status_code == 404
    async with application.database.transaction() as connection:
        with pytest.raises(SetupClosed):
            await services.offer_setup(connection, now=NOW)


@pytest.mark.parametrize(
    "typed, field",
    [
        ({"name": ""}, "name"),
        ({"currency": "QQQ"}, "currency"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"email": "nobody"}, "email"),
        ({"password": "short"}, "password"),
        ({"code": "000000"}, "code"),
        ({"person": ""}, "person"),
        ({"slug": "admin"}, "slug"),
        ({"prefix": "12"}, "prefix"),
    ],
)
async def test_what_is_wrong_is_said_beside_it_and_spends_nothing(
    visitor: httpx.AsyncClient, application: Application, typed: dict[str, str], field: str
) -> None:
    token = await a_token(application)
    wrong = await opened(visitor, token, **typed)
    assert wrong.status_code == 422
    assert texts(wrong, f"//*[@id='error-{field}']"), texts(wrong, "//*[contains(@class,'error')]")
    assert forms_of(wrong)["/setup/open"]["person"] == typed.get("person", TYPED["person"])
    async with application.database.connection() as connection:
        assert await merchants.list_merchants(connection) == []
        assert await setup.counts(connection, token, now=NOW)


async def test_another_token_an_old_one_and_one_that_was_replaced_do_not_count(
    visitor: httpx.AsyncClient, application: Application
) -> None:
    before = await a_token(application)
    token = await a_token(application)
    for wrong in ("", "7K2M-9QXR", before, token[:-1] + ("0" if token[-1] != "0" else "1")):
        answer = await fill(visitor, "/setup", "/setup", {"token": wrong})
        assert answer.status_code == 422, wrong
        assert texts(answer, "//*[@id='error-token']")
    clock = application.clock
    assert isinstance(clock, StillClock)
    clock.moment = NOW + timedelta(hours=24)
    assert (await fill(visitor, "/setup", "/setup", {"token": token})).status_code == 422
    with pytest.raises(SetupTokenRefused):
        await services.check_token(application, token, now=clock.moment)


async def test_of_two_who_come_at_once_one_opens_the_shop(application: Application) -> None:
    token = await a_token(application)

    async def comes(number: int) -> SetUp:
        secret = new_totp_secret()
        first = FirstMerchant(
            name=f"Shop {number}", currency="USD", time_zone="UTC", contact_email=f"{number}@cafe.example"
        )
        owner = FirstOwner(
            name=f"Owner {number}",
            email=f"{number}@cafe.example",
            language="en",
            password=PASSWORD,
            offer=write_offer(application.keyring, secret, bound_to=token.encode()),
            code=pyotp.TOTP(secret).at(NOW),
            bound_to=token,
        )
        browser = Browser(agent=f"{BROWSER.agent} {number}", address=BROWSER.address)
        return await services.set_up(application, token, first, owner, browser, now=NOW)

    came = await asyncio.gather(*(comes(number) for number in range(6)), return_exceptions=True)
    won = [one for one in came if isinstance(one, SetUp)]
    assert len(won) == 1
    assert all(isinstance(one, SetUp | SetupTokenRefused) for one in came), came
    async with application.database.connection() as connection:
        [merchant] = await merchants.list_merchants(connection)
        assert merchant.merchant_id == won[0].merchant.merchant_id
        assert len(await staff.members(connection, merchant.merchant_id)) == 1


async def test_where_somebody_sells_there_is_no_such_page(visitor: httpx.AsyncClient, application: Application) -> None:
    await a_merchant(application.database)
    assert (await visitor.get("/setup")).status_code == 404
    for path in ("/setup", "/setup/open"):
        assert (await visitor.post(path, data={"token": "x"})).status_code in {403, 404}


async def test_the_checklist_ticks_by_itself(application: Application) -> None:
    merchant = await a_merchant(application.database)
    nobody = merchant.merchant_id
    found = await services.checklist_of(application, merchant, nobody, connected=False, now=NOW)
    assert (found.payment, found.backup, found.owner) == (False, False, False)
    async with application.database.transaction() as connection:
        await setup.note(connection, setup.BACKUP, now=NOW - timedelta(days=2))
        await setup.note(connection, setup.BACKUP, now=NOW - timedelta(days=9))
    found = await services.checklist_of(application, merchant, nobody, connected=True, now=NOW)
    assert (found.payment, found.backup, found.is_done) == (True, True, False)
    found = await services.checklist_of(application, merchant, nobody, connected=True, now=NOW + timedelta(days=8))
    assert not found.backup


async def test_money_that_is_taken_by_hand_is_a_way_to_be_paid(application: Application) -> None:
    merchant = await a_merchant(application.database)

    async def may_be_paid() -> bool:
        found = await services.checklist_of(application, merchant, merchant.merchant_id, connected=False, now=NOW)
        return found.payment

    placed = await place(application, merchant, a_basket(a_charge(500)), now=NOW)
    assert not await may_be_paid(), "an order that waits is no money"
    await fulfil(application, merchant, a_payment(placed.checkout), actor="test", now=NOW)
    assert await may_be_paid()


async def test_a_bank_account_that_transfers_go_to_is_a_way_to_be_paid(application: Application) -> None:
    merchant = await a_merchant(application.database)
    added = await banking.add_account(
        application, merchant, name="Giro", number=IBAN, currency="EUR", by=OPERATOR, now=NOW
    )
    found = await services.checklist_of(application, merchant, merchant.merchant_id, connected=False, now=NOW)
    assert found.payment
    await banking.retire(application, added, by=OPERATOR, now=NOW)
    found = await services.checklist_of(application, merchant, merchant.merchant_id, connected=False, now=NOW)
    assert not found.payment
