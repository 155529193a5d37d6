"""What may be said at the callback address of a merchant's own account, and by whom."""

import json
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from structlog.testing import capture_logs

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.merchants import Merchant
from largesse.domain.payment_accounts import PaymentAccount
from largesse.kernel.ids import new_id
from largesse.services.orders import Placed
from largesse.services.payment_accounts import retire_account, rotate_signing_secret
from tests.builders.payment_accounts import (
    CAFE,
    CAFE_KEY,
    CAFE_SIGNS,
    SPA,
    SPA_SIGNS,
    an_account,
    an_application_of_accounts,
    open_accounts,
)
from tests.builders.payments import a_visitor, count, now, payment_of, placed_by
from tests.builders.shop import a_seller
from tests.support.stripe_account import WEBHOOK_SECRET, StripeAccount, stripe_account
from tests.support.stripe_stand_in import signature

NEWER = "whsec_newernewernewer"


@pytest.fixture
def stand_in() -> Iterator[StripeAccount]:
    with stripe_account() as opened:
        open_accounts(opened)
        yield opened


@pytest.fixture
async def application(database: Database, stand_in: StripeAccount) -> AsyncIterator[Application]:
    async with an_application_of_accounts(database, stand_in) as opened:
        yield opened


@pytest.fixture
async def spa(database: Database) -> Merchant:
    return await a_seller(database)


@pytest.fixture
async def cafe(database: Database) -> Merchant:
    return await a_seller(database, slug="corner-cafe", number="1002", prefix="CF")


@pytest.fixture
async def client(application: Application) -> AsyncIterator[httpx.AsyncClient]:
    async with a_visitor(application) as opened:
        yield opened


def path_of(merchant: Merchant, account: PaymentAccount) -> str:
    return f"/callbacks/stripe/{merchant.prefix}/{account.account_id}"


def paid_event(placed: Placed, merchant_id: UUID, **said: object) -> bytes:
    about = {
        "id": f"cs_{placed.checkout.checkout_id}",
        "payment_intent": f"pi_{placed.checkout.checkout_id}",
        "payment_status": "paid",
        "amount_total": placed.checkout.total,
        "currency": "usd",
        "metadata": {
            "largesse_merchant": str(merchant_id),
            "largesse_checkout": str(placed.checkout.checkout_id),
        },
    }
    event = {"id": "evt_1", "type": "checkout.session.completed", "livemode": False, "data": {"object": about}}
    return json.dumps(event | said).encode()


async def post(client: httpx.AsyncClient, path: str, body: bytes, secret: str) -> int:
    headers = {"Stripe-Signature": signature(body, [secret], at=int(time.time()))}
    return (await client.post(path, content=body, headers=headers)).status_code


async def test_a_notice_counts_at_the_address_of_its_own_account_alone(
    application: Application, spa: Merchant, cafe: Merchant, client: httpx.AsyncClient
) -> None:
    spas, cafes = (
        await an_account(application, spa),
        await an_account(application, cafe, key=CAFE_KEY, signs=CAFE_SIGNS),
    )
    placed = await placed_by(application, spa)
    body = paid_event(placed, spa.merchant_id)

    for path, secret in (
        (path_of(cafe, cafes), SPA_SIGNS),  # another account's
        (path_of(spa, spas), CAFE_SIGNS),
        (path_of(spa, spas), WEBHOOK_SECRET),  # the installation's
        ("/callbacks/stripe", SPA_SIGNS),
    ):
        assert await post(client, path, body, secret) == 400
    assert await post(client, path_of(cafe, cafes), body, CAFE_SIGNS) == 200, "it is told, and of nobody there"
    assert await count(application, "gateway_notices") == 0
    assert await count(application, "certificates") == 0

    assert await post(client, path_of(spa, spas), body, SPA_SIGNS) == 200
    assert await post(client, path_of(spa, spas), body, SPA_SIGNS) == 200, "twice is once"
    assert await count(application, "certificates") == 1
    assert (await payment_of(application, placed)).account_id == spas.account_id


@pytest.mark.parametrize(
    "said, code",
    [
        ({"account": CAFE}, "payment.callback.account"),
        ({"livemode": True}, "payment.callback.mode"),
        ({"account": SPA}, None),
    ],
)
async def test_a_signed_notice_of_another_account_or_mode_is_refused(
    application: Application, spa: Merchant, client: httpx.AsyncClient, *, said: dict[str, object], code: str | None
) -> None:
    account = await an_account(application, spa)
    placed = await placed_by(application, spa)
    with capture_logs() as logs:
        status = await post(client, path_of(spa, account), paid_event(placed, spa.merchant_id, **said), SPA_SIGNS)
    assert status == (200 if code is None else 400)
    assert await count(application, "certificates") == (1 if code is None else 0)
    told = [line for line in logs if line["event"] == "callback_refused"]
    assert [(line["error_code"], line["account_id"]) for line in told] == (
        [(code, str(account.account_id))] if code else []
    )


async def test_a_notice_at_one_account_changes_no_payment_of_the_merchants_other_account(
    application: Application, spa: Merchant, client: httpx.AsyncClient
) -> None:
    first = await an_account(application, spa)
    second = await an_account(application, spa, key=CAFE_KEY, signs=CAFE_SIGNS)
    placed = await placed_by(application, spa)
    assert await post(client, path_of(spa, first), paid_event(placed, spa.merchant_id), SPA_SIGNS) == 200
    intent = f"pi_{placed.checkout.checkout_id}"
    dispute = {"id": "dp_1", "payment_intent": intent, "amount": placed.checkout.total, "currency": "usd"}
    body = json.dumps({"id": "evt_2", "type": "charge.dispute.created", "data": {"object": dispute}}).encode()

    assert await post(client, path_of(spa, second), body, CAFE_SIGNS) == 200
    assert await count(application, "disputes") == 0
    await retire_account(application, spa, first.account_id, actor="test", now=now())
    assert await post(client, path_of(spa, first), body, SPA_SIGNS) == 200
    assert await count(application, "disputes") == 1, "a retired account still hears"


async def test_while_signing_secrets_rotate_both_are_good_at_the_address(
    application: Application, spa: Merchant, client: httpx.AsyncClient
) -> None:
    account = await an_account(application, spa)
    first, second, third = [await placed_by(application, spa) for _ in range(3)]
    arguments = (application, spa, account.account_id)
    await rotate_signing_secret(*arguments, NEWER, actor="test", now=now())
    for placed, secret in ((first, SPA_SIGNS), (second, NEWER)):
        body = paid_event(placed, spa.merchant_id, id=f"evt_{secret}")
        assert await post(client, path_of(spa, account), body, secret) == 200
    assert await count(application, "certificates") == 2

    await rotate_signing_secret(*arguments, CAFE_SIGNS, overlap=timedelta(0), actor="test", now=now())
    body = paid_event(third, spa.merchant_id)
    assert await post(client, path_of(spa, account), body, NEWER) == 400
    assert await post(client, path_of(spa, account), body, CAFE_SIGNS) == 200


async def test_an_address_of_no_account_answers_as_if_nothing_were_there(
    application: Application, spa: Merchant, cafe: Merchant, client: httpx.AsyncClient
) -> None:
    account = await an_account(application, spa, signs=None)
    for path in (
        f"/callbacks/stripe/{spa.prefix}/{new_id(now())}",
        f"/callbacks/stripe/{cafe.prefix}/{account.account_id}",
        f"/callbacks/stripe/ZZZZ/{account.account_id}",
        f"/callbacks/stripe/{'Z' * 300}/{account.account_id}",
        f"/callbacks/stripe/{spa.prefix}/nonsense",
    ):
        assert await post(client, path, b"{}", SPA_SIGNS) == 404
    assert (await client.post(path_of(spa, account), content=b"{}")).status_code == 400
    assert await post(client, path_of(spa, account), b"{}", SPA_SIGNS) == 400, "nothing is known to check it by"
