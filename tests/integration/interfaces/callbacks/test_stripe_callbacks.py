"""What may be said at `/callbacks/stripe`, and by whom."""

import dataclasses
import json
import logging
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from structlog.testing import capture_logs

from largesse.adapters.stripe_gateway import StripeGateway
from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.merchants import Merchant
from largesse.domain.payments import Gateways, Payment, PaymentStatus
from largesse.services.payments import paying, sweeper
from tests.builders.payments import a_paying_application, a_visitor, count, now, placed_by
from tests.builders.shop import a_seller
from tests.support.stripe_account import SECRET_KEY, StripeAccount
from tests.support.stripe_stand_in import signature

PATH = "/callbacks/stripe"
OLD, NEW = "whsec_oldoldoldoldold", "whsec_newnewnewnewnew"
NOBODY = StripeAccount("http://127.0.0.1:9")


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with (
        a_paying_application(database) as opened,
        StripeGateway(secret_key=SECRET_KEY, webhook_secrets=[OLD, NEW], api_base=NOBODY.base) as stripe,
    ):
        gateways = Gateways(stripe, opened.gateways.named("test"), opened.gateways.named("manual"))
        yield dataclasses.replace(opened, gateways=gateways)


@pytest.fixture
async def merchant(database: Database) -> Merchant:
    return await a_seller(database)


@pytest.fixture
async def client(application: Application) -> AsyncIterator[httpx.AsyncClient]:
    async with a_visitor(application) as opened:
        yield opened


def _event(kind: str, name: str = "evt_1", **fields: object) -> bytes:
    return json.dumps({"id": name, "type": kind, "data": {"object": fields}}).encode()


def _completed(merchant: Merchant, checkout_id: object, *, amount: int, name: str = "evt_1") -> bytes:
    return _event(
        "checkout.session.completed",
        name,
        id="cs_1",
        payment_intent="pi_1",
        payment_status="paid",
        amount_total=amount,
        currency="usd",
        metadata={"largesse_merchant": str(merchant.merchant_id), "largesse_checkout": str(checkout_id)},
    )


async def _post(client: httpx.AsyncClient, body: bytes, *, secret: str = NEW, at: int | None = None) -> int:
    header = signature(body, [secret], at=int(time.time()) if at is None else at)
    return (await client.post(PATH, content=body, headers={"Stripe-Signature": header})).status_code


async def test_a_forged_or_stale_callback_is_refused_and_changes_nothing(
    application: Application, merchant: Merchant, client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    placed = await placed_by(application, merchant)
    body = _completed(merchant, placed.checkout.checkout_id, amount=placed.checkout.total)
    good = signature(body, [NEW], at=int(time.time()))

    assert await _post(client, body, secret="whsec_somebodyelses") == 400
    assert await _post(client, body, at=int(time.time()) - 3_600) == 400
    assert (await client.post(PATH, content=body)).status_code == 400
    assert (await client.post(PATH, content=body, headers={"Stripe-Signature": "nonsense"})).status_code == 400
    assert (await client.post(PATH, content=body + b" ", headers={"Stripe-Signature": good})).status_code == 400
    assert (await client.post(PATH, content=b"\xff\xfe", headers={"Stripe-Signature": good})).status_code == 400
    assert await _post(client, b"[]") == 400

    assert await count(application, "gateway_notices") == 0
    assert await count(application, "certificates") == 0
    said = capsys.readouterr().out
    assert "callback_refused" in said
    assert not any(secret in said for secret in (OLD, NEW, SECRET_KEY, good))


@pytest.mark.parametrize("kind", ["charge.dispute.created", "charge.dispute.closed"])
@pytest.mark.parametrize("amount", [-1, 0, None, 2**70])
async def test_a_dispute_about_an_amount_that_cannot_be_is_refused_and_nothing_is_written_down(
    application: Application, merchant: Merchant, client: httpx.AsyncClient, *, kind: str, amount: int | None
) -> None:
    placed = await placed_by(application, merchant)
    assert await _post(client, _completed(merchant, placed.checkout.checkout_id, amount=placed.checkout.total)) == 200
    body = _event(kind, "evt_2", id="dp_1", payment_intent="pi_1", amount=amount, currency="usd", status="lost")

    with capture_logs() as logged:
        assert await _post(client, body) == 400

    refused = [(one["log_level"], one["error_code"]) for one in logged if one["event"] == "callback_refused"]
    assert refused == [("error", "payment.notice.refused")]
    assert await count(application, "gateway_notices") == 1
    assert await count(application, "disputes") == 0


@pytest.mark.parametrize("secret", [OLD, NEW])
async def test_while_secrets_rotate_both_are_good(
    application: Application, merchant: Merchant, client: httpx.AsyncClient, *, secret: str
) -> None:
    placed = await placed_by(application, merchant)
    body = _completed(merchant, placed.checkout.checkout_id, amount=placed.checkout.total)

    assert await _post(client, body, secret=secret) == 200
    assert await count(application, "certificates") == 1


async def test_a_callback_that_comes_five_times_changes_something_once(
    application: Application, merchant: Merchant, client: httpx.AsyncClient
) -> None:
    placed = await placed_by(application, merchant)
    total = placed.checkout.total
    for number in range(5):
        body = _completed(merchant, placed.checkout.checkout_id, amount=total, name=f"evt_{number % 2}")
        assert await _post(client, body) == 200

    assert await count(application, "certificates") == 1
    assert await count(application, "gateway_notices") == 2


async def test_an_expiry_that_comes_after_the_payment_takes_nothing_away(
    application: Application, merchant: Merchant, client: httpx.AsyncClient
) -> None:
    placed = await placed_by(application, merchant)
    assert await _post(client, _completed(merchant, placed.checkout.checkout_id, amount=placed.checkout.total)) == 200
    metadata = {"largesse_merchant": str(merchant.merchant_id)}
    late = _event("checkout.session.expired", "evt_2", id="cs_1", currency="usd", amount_total=1, metadata=metadata)

    assert await _post(client, late) == 200

    progress = await paying.progress(application, merchant, placed.checkout.checkout_id)
    assert progress.standing is paying.PaymentStanding.PAID
    assert [one.status for one in progress.payments] == [PaymentStatus.SUCCEEDED]


async def test_a_payment_of_another_amount_issues_nothing_and_is_owed_back(
    application: Application, merchant: Merchant, client: httpx.AsyncClient
) -> None:
    placed = await placed_by(application, merchant)
    assert await _post(client, _completed(merchant, placed.checkout.checkout_id, amount=1)) == 200

    progress = await paying.progress(application, merchant, placed.checkout.checkout_id)
    assert progress.standing is paying.PaymentStanding.OPEN
    assert [(one.amount, one.surplus) for one in progress.payments] == [(1, True)]
    assert await count(application, "refunds WHERE amount = 1 AND status = 'owed'") == 1
    assert await count(application, "certificates") == 0


@pytest.mark.parametrize("kind", ["customer.created", "payment_intent.succeeded", "radar.early_fraud_warning.created"])
async def test_events_that_we_do_not_know_are_acknowledged(
    application: Application, client: httpx.AsyncClient, *, kind: str
) -> None:
    assert await _post(client, _event(kind, id="x", unknown={"deep": [1]})) == 200
    assert await count(application, "gateway_notices") == 0


async def test_payments_of_others_at_the_same_account_are_left_alone(
    application: Application, merchant: Merchant, client: httpx.AsyncClient
) -> None:
    paid = _event("checkout.session.completed", id="cs_other", payment_status="paid", amount_total=5, currency="usd")
    disputed = _event("charge.dispute.created", "evt_2", id="dp_x", payment_intent="pi_other", amount=5, currency="usd")
    unknown = _completed(merchant, "0190a0a0-0000-7000-8000-000000000000", amount=5, name="evt_3")
    for body in (paid, disputed, unknown):
        assert await _post(client, body) == 200

    await sweeper.sweep(application, now=now())

    for table in ("payments", "refunds", "disputes"):
        assert await count(application, table) == 0


async def test_a_dispute_told_before_its_payment_blocks_once_the_payment_is_told(
    application: Application, merchant: Merchant, client: httpx.AsyncClient
) -> None:
    placed = await placed_by(application, merchant)
    total = placed.checkout.total
    early = _event("charge.dispute.created", "evt_0", id="dp_1", payment_intent="pi_1", amount=total, currency="usd")
    assert await _post(client, early) == 200
    assert await _post(client, _completed(merchant, placed.checkout.checkout_id, amount=total)) == 200
    assert await count(application, "certificates WHERE status = 'active'") == 1

    await sweeper.sweep(application, now=now() + sweeper.LEASE)

    assert await count(application, "certificates WHERE status = 'blocked'") == 1


@pytest.mark.parametrize("status, rows", [("warning_needs_response", 0), ("needs_response", 1)])
async def test_an_inquiry_blocks_and_moves_no_money(
    application: Application, merchant: Merchant, client: httpx.AsyncClient, status: str, rows: int
) -> None:
    placed = await placed_by(application, merchant)
    total = placed.checkout.total
    assert await _post(client, _completed(merchant, placed.checkout.checkout_id, amount=total)) == 200
    about = {"id": "dp_1", "payment_intent": "pi_1", "amount": total, "currency": "usd", "status": status}
    assert await _post(client, _event("charge.dispute.created", "evt_7", **about)) == 200
    await sweeper.sweep(application, now=now() + sweeper.LEASE)
    assert await count(application, "certificates WHERE status = 'blocked'") == 1
    assert await count(application, "journal WHERE kind = 'dispute_opened'") == rows


async def test_where_stripe_is_not_connected_there_is_nothing(database: Database) -> None:
    async with a_paying_application(database) as application, a_visitor(application) as client:
        assert (await client.post(PATH, content=b"{}")).status_code == 404


async def test_what_cannot_be_written_down_is_not_acknowledged(
    application: Application, merchant: Merchant, client: httpx.AsyncClient
) -> None:
    logging.disable(logging.CRITICAL)
    placed = await placed_by(application, merchant)
    body = _completed(merchant, placed.checkout.checkout_id, amount=placed.checkout.total)
    await application.database.close()

    assert await _post(client, body) >= 500
    logging.disable(logging.NOTSET)


def test_a_payment_shows_no_key(application: Application) -> None:
    assert SECRET_KEY not in repr(application.gateways.named("stripe"))
    assert Payment.__struct_fields__


LIVE_KEY = "sk_live_standinstandinstandin"
ACCOUNT = "acct_1standinstandin"


@pytest.mark.parametrize(
    "given",
    [
        (LIVE_KEY, None, {"livemode": False}, "payment.callback.mode"),
        (LIVE_KEY, None, {}, "payment.callback.mode"),
        ("rk_live_standinstandinstandin", None, {"livemode": False}, "payment.callback.mode"),
        (SECRET_KEY, None, {"livemode": True}, "payment.callback.mode"),
        (SECRET_KEY, None, {"livemode": False, "account": ACCOUNT}, "payment.callback.account"),
        (SECRET_KEY, "acct_1another", {"livemode": False, "account": ACCOUNT}, "payment.callback.account"),
        (SECRET_KEY, ACCOUNT, {"livemode": False, "account": ACCOUNT}, None),
        (SECRET_KEY, ACCOUNT, {"livemode": False}, None),
        (LIVE_KEY, None, {"livemode": True}, None),
    ],
)
async def test_a_signed_event_of_the_other_mode_or_another_account_buys_nothing_and_is_told(
    application: Application, merchant: Merchant, given: tuple[str, str | None, dict[str, object], str | None]
) -> None:
    key, account, said, code = given
    placed = await placed_by(application, merchant)
    event = json.loads(_completed(merchant, placed.checkout.checkout_id, amount=placed.checkout.total)) | said
    async with StripeGateway(secret_key=key, webhook_secrets=[NEW], account=account, api_base=NOBODY.base) as stripe:
        connected = dataclasses.replace(application, gateways=Gateways(stripe, application.gateways.named("test")))
        with capture_logs() as logs:
            async with a_visitor(connected) as client:
                status = await _post(client, json.dumps(event).encode())
    assert status == (200 if code is None else 400)
    assert await count(application, "certificates") == (1 if code is None else 0)
    told = [(line["log_level"], line["error_code"]) for line in logs if line["event"] == "callback_refused"]
    assert told == ([("error", code)] if code else [])


async def test_what_a_test_event_is_about_must_be_of_test_mode_too(
    application: Application, merchant: Merchant
) -> None:
    placed = await placed_by(application, merchant)
    event = json.loads(_completed(merchant, placed.checkout.checkout_id, amount=placed.checkout.total))
    event["data"]["object"]["livemode"] = True
    async with a_visitor(application) as client:
        assert await _post(client, json.dumps(event).encode()) == 400
    assert await count(application, "certificates") == 0
