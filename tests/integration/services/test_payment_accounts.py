"""Payment accounts belong to merchants: each collects, refunds and hears by its own, whatever others do."""

import dataclasses
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from largesse.adapters.keyring import FixedKeyring
from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import payment_accounts
from largesse.domain.merchants import Merchant
from largesse.domain.payment_accounts import PaymentAccount
from largesse.domain.payments import AccountRef, GatewayUnknown, RefundStatus
from largesse.kernel.errors import LargesseError
from largesse.kernel.ids import new_id
from largesse.kernel.money import Money
from largesse.ledger import Account
from largesse.services import keys
from largesse.services.certificates import Request
from largesse.services.orders import Placed
from largesse.services.payment_accounts import (
    AddAccount,
    add_account,
    address_of,
    check_account,
    make_default,
    retire_account,
    rotate_key,
    rotate_signing_secret,
)
from largesse.services.payments import paying, sweep
from largesse.services.refunds import refund_order
from tests.builders.orders import a_charge
from tests.builders.payment_accounts import (
    CAFE,
    CAFE_KEY,
    CAFE_SIGNS,
    SPA,
    SPA_KEY,
    SPA_SIGNS,
    an_account,
    an_application_of_accounts,
    open_accounts,
)
from tests.builders.payments import (
    CANCEL_URL,
    RETURN_URL,
    an_app,
    books,
    count,
    now,
    payment_of,
    placed_by,
    sent_to,
    standing_of,
    until,
)
from tests.builders.shop import a_seller
from tests.support.serving import served
from tests.support.stripe_account import StripeAccount, stripe_account

NEW_KEY = "sk_test_spaspanewnewnew"
LIVE_KEY = "sk_live_spaspaspaspa"


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


def a_request() -> Request:
    return Request(operation_id=new_id(now()), actor="test")


async def stood(application: Application, account: PaymentAccount) -> PaymentAccount:
    async with application.database.connection() as connection:
        return await payment_accounts.find_account(connection, account.merchant_id, account.account_id)


async def test_two_merchants_collect_by_two_accounts_and_hear_at_two_addresses(
    application: Application, spa: Merchant, cafe: Merchant, stand_in: StripeAccount
) -> None:
    async with served(an_app(application)) as base:
        for merchant, key, name in ((spa, SPA_KEY, SPA), (cafe, CAFE_KEY, CAFE)):
            wanted = AddAccount(gateway="stripe", secret_key=key, register=True)
            at_home = dataclasses.replace(application, base_url=base)
            account = await add_account(at_home, merchant, wanted, actor="test", now=now())
            assert (account.is_default, account.remote_id) == (True, name)
            [endpoint] = stand_in.control("state", account=name)["endpoints"]
            assert endpoint["url"] == address_of(base, merchant, "stripe", account.account_id)
            assert endpoint["url"] == f"{base}/callbacks/stripe/{merchant.prefix}/{account.account_id}"
        bought = []
        for merchant, name, amount in ((spa, SPA, 5_000), (cafe, CAFE, 700)):
            placed = await placed_by(application, merchant, a_charge(amount))
            await sent_to(application, merchant, placed)
            session = stand_in.session(account=name)
            assert stand_in.control("state", account=name)["sessions"][session]["amount_total"] == amount
            stand_in.control("pay", account=name, session=session, how="pay")
            bought.append((placed, session))
        await until(lambda: _has(application, "certificates", 2))
        (spas, _), (cafes, cafe_session) = bought
        stand_in.control("dispute", account=CAFE, session=cafe_session, status="open")
        await until(lambda: _has(application, "disputes", 1))

    spa_paid, cafe_paid = await payment_of(application, spas), await payment_of(application, cafes)
    assert None not in (spa_paid.account_id, cafe_paid.account_id)
    assert spa_paid.account_id != cafe_paid.account_id
    assert await count(application, "certificates WHERE status = 'blocked'") == 1
    assert await count(application, f"gateway_notices WHERE account_id = '{cafe_paid.account_id}'") == 2
    assert await count(application, "gateway_inbox") == 0
    for name in (SPA, CAFE):
        assert set(stand_in.control("state", account=name)["callbacks"]) == {200}
    assert stand_in.state()["sessions"] == {}, "the account of the installation took nothing"


async def _has(application: Application, table: str, rows: int) -> bool:
    return await count(application, table) == rows


async def test_a_refund_goes_through_the_account_that_took_the_payment_though_it_is_retired(
    application: Application, spa: Merchant, stand_in: StripeAccount
) -> None:
    first = await an_account(application, spa)
    placed = await placed_by(application, spa, a_charge(5_000))
    pending = await placed_by(application, spa, a_charge(900))
    for one in (placed, pending):
        await sent_to(application, spa, one)
    paid, open_yet = list(stand_in.control("state", account=SPA)["sessions"])
    stand_in.control("pay", account=SPA, session=paid, how="pay")
    assert await standing_of(application, spa, placed) is paying.PaymentStanding.PAID
    stand_in.control("open", account=CAFE, keys={CAFE_KEY: []})
    second = await an_account(application, spa, key=CAFE_KEY, signs=CAFE_SIGNS)
    assert not second.is_default
    await make_default(application, spa, second.account_id, actor="test", now=now())
    await retire_account(application, spa, first.account_id, actor="test", now=now())

    refunded = await refund_order(application, spa, placed.orders[0].order_number, request=a_request(), now=now())
    stand_in.control("pay", account=SPA, session=open_yet, how="pay")
    await sweep(application, now=now() + timedelta(minutes=2))
    fresh = await placed_by(application, spa, a_charge(300))
    await _begun(application, spa, fresh, at=now() + timedelta(seconds=6))

    assert [one.status for one in refunded.refunds] == [RefundStatus.SETTLED]
    assert len(stand_in.control("state", account=SPA)["refunds"]) == 1
    assert await standing_of(application, spa, pending) is paying.PaymentStanding.PAID, "it was begun before"
    assert (await payment_of(application, pending)).account_id == first.account_id
    assert (await payment_of(application, fresh)).account_id == second.account_id
    assert (await books(application))[Account.GATEWAY_CLEARING] == 900
    assert Account.REFUNDS not in await books(application)


async def _begun(application: Application, merchant: Merchant, placed: Placed, *, at: datetime) -> None:
    checkout_id = placed.checkout.checkout_id
    await paying.start(
        application, merchant, checkout_id, gateway="stripe", return_url=RETURN_URL, cancel_url=CANCEL_URL, now=at
    )


@pytest.mark.parametrize(
    "refusal",
    [
        ("whsec_notakeynotakey", {}, "payment.account.key.invalid"),
        ("sk_test_bad\r\nkey", {}, "payment.account.key.invalid"),
        ("sk_test_unknownunknown", {}, "payment.account.key.refused"),
        (SPA_KEY, {"keys": {SPA_KEY: ["account"]}}, "payment.account.key.too_narrow"),
        (SPA_KEY, {"keys": {SPA_KEY: ["refunds"]}}, "payment.account.key.too_narrow"),
        (SPA_KEY, {"keys": {SPA_KEY: ["webhook_endpoints"]}}, "payment.account.key.too_narrow"),
        (
            LIVE_KEY,
            {"keys": {LIVE_KEY: []}, "charges_enabled": False},
            "payment.account.charges_disabled",
        ),
        (LIVE_KEY, {"keys": {LIVE_KEY: []}, "livemode": True}, "payment.account.not_registered"),
    ],
)
async def test_what_its_provider_refuses_is_not_saved(
    application: Application, spa: Merchant, stand_in: StripeAccount, refusal: tuple[str, dict[str, object], str]
) -> None:
    key, about, code = refusal
    stand_in.control("open", account=SPA, **about)
    plain = dataclasses.replace(application, base_url="http://gifts.example.com")
    wanted = AddAccount(gateway="stripe", secret_key=key, register=True)
    with pytest.raises(LargesseError) as refused:
        await add_account(plain, spa, wanted, actor="test", now=now())
    assert refused.value.code == code
    assert key not in str(refused.value)
    assert await count(application, "payment_accounts") == 0
    assert await count(application, "audit_log") == 0
    assert stand_in.control("state", account=SPA)["endpoints"] == []


async def test_a_provider_that_does_not_answer_is_told_apart_and_nothing_is_saved(
    application: Application, spa: Merchant, database: Database
) -> None:
    async with an_application_of_accounts(database, StripeAccount("http://127.0.0.1:9")) as cut_off:
        with pytest.raises(LargesseError) as refused:
            await an_account(cut_off, spa)
    assert refused.value.code == "payment.gateway.unavailable"
    with pytest.raises(GatewayUnknown):
        await add_account(application, spa, AddAccount(gateway="test", secret_key=SPA_KEY), actor="test", now=now())
    assert await count(application, "payment_accounts") == 0


async def test_test_mode_is_taken_for_real_only_when_it_is_asked_for(
    database: Database, spa: Merchant, stand_in: StripeAccount
) -> None:
    wanted = AddAccount(gateway="stripe", secret_key=SPA_KEY)
    async with an_application_of_accounts(database, stand_in, for_real=True) as real:
        with pytest.raises(LargesseError) as refused:
            await add_account(real, spa, wanted, actor="test", now=now())
        asked = replace(wanted, test_mode=True, label="  For trying  ")
        added = await add_account(real, spa, asked, actor="test", now=now())
    assert refused.value.code == "payment.account.test_mode"
    assert (added.label, added.live, added.is_ready) == ("For trying", False, False)


async def test_the_same_account_is_added_once_and_again_when_it_was_retired(
    application: Application, spa: Merchant, cafe: Merchant
) -> None:
    added = await an_account(application, spa)
    with pytest.raises(LargesseError) as known:
        await an_account(application, spa)
    assert known.value.code == "payment.account.known"
    wanted = AddAccount(gateway="stripe", secret_key=CAFE_KEY, label="a\nb")
    with pytest.raises(LargesseError) as label:
        await add_account(application, spa, wanted, actor="test", now=now())
    assert label.value.code == "payment.account.label.invalid"
    elsewhere = await an_account(application, cafe)
    assert elsewhere.remote_id == added.remote_id, "another merchant may share it"

    await retire_account(application, spa, added.account_id, actor="test", now=now())
    again = await an_account(application, spa)

    assert again.account_id != added.account_id
    assert again.is_default
    for refused_id, code in (
        (added.account_id, "payment.account.retired"),
        (new_id(now()), "payment.account.not_found"),
        ((await an_account(application, spa, key=CAFE_KEY, signs=None)).account_id, "payment.account.not_ready"),
        (elsewhere.account_id, "payment.account.not_found"),
    ):
        with pytest.raises(LargesseError) as refused:
            await make_default(application, spa, refused_id, actor="test", now=now())
        assert refused.value.code == code
    assert (await stood(application, again)).is_default


async def test_a_key_is_changed_for_one_of_the_same_account_and_counts_at_once(
    application: Application, spa: Merchant, stand_in: StripeAccount
) -> None:
    account = await an_account(application, spa)
    placed = await placed_by(application, spa, a_charge(5_000))
    await sent_to(application, spa, placed)
    stand_in.control("pay", account=SPA, session=stand_in.session(account=SPA), how="pay")
    assert await standing_of(application, spa, placed) is paying.PaymentStanding.PAID
    with pytest.raises(LargesseError) as other:
        await rotate_key(application, spa, account.account_id, CAFE_KEY, actor="test", now=now())
    assert other.value.code == "payment.account.other"
    stand_in.control("open", account=SPA, keys={NEW_KEY: []})
    with pytest.raises(LargesseError) as refused:
        await check_account(application, spa, account.account_id, now=now())
    assert refused.value.code == "payment.account.key.refused"

    changed = await rotate_key(application, spa, account.account_id, NEW_KEY, actor="test", now=now())
    checked = await check_account(application, spa, account.account_id, now=now())
    done = await refund_order(application, spa, placed.orders[0].order_number, request=a_request(), now=now())

    assert changed.revision == account.revision + 1
    assert checked.checked_at > account.checked_at
    assert [one.status for one in done.refunds] == [RefundStatus.SETTLED]
    assert await count(application, "audit_log WHERE action = 'payment_account.changed' AND reason = 'secret key'") == 1


async def test_while_signing_secrets_rotate_both_open_the_same_gateway_and_then_the_new_one_alone(
    application: Application, spa: Merchant
) -> None:
    account = await an_account(application, spa)
    with pytest.raises(LargesseError) as refused:
        await rotate_signing_secret(application, spa, account.account_id, SPA_KEY, actor="test", now=now())
    assert refused.value.code == "payment.account.signing_secret.invalid"
    changed = await rotate_signing_secret(
        application, spa, account.account_id, CAFE_SIGNS, overlap=timedelta(hours=2), actor="test", now=now()
    )

    during = payment_accounts.open_keys(application.keyring, changed, now=now())
    after = payment_accounts.open_keys(application.keyring, changed, now=now() + timedelta(hours=2))

    assert (during.signing_secrets, after.signing_secrets) == ((CAFE_SIGNS, SPA_SIGNS), (CAFE_SIGNS,))
    assert not any(secret in repr(during) for secret in (SPA_KEY, SPA_SIGNS, CAFE_SIGNS))
    ref = AccountRef(merchant_id=spa.merchant_id, gateway="stripe", account_id=account.account_id)
    opened = [await application.gateways.of(ref, now=now() + timedelta(hours=hours)) for hours in (0, 1, 3)]
    assert opened[0] is opened[1]
    assert opened[1] is not opened[2]


async def test_one_merchant_uses_the_installations_account_until_it_has_its_own(
    application: Application, spa: Merchant, stand_in: StripeAccount
) -> None:
    placed = await placed_by(application, spa, a_charge(5_000))
    await sent_to(application, spa, placed)
    stand_in.control("pay", session=stand_in.session(), how="pay")
    assert await standing_of(application, spa, placed) is paying.PaymentStanding.PAID
    account = await an_account(application, spa)
    later = now() + timedelta(seconds=6)

    offer = await application.gateways.offer(spa.merchant_id, now=later)

    assert offer.named("stripe").account_id == account.account_id
    assert (await payment_of(application, placed)).account_id is None
    done = await refund_order(application, spa, placed.orders[0].order_number, request=a_request(), now=now())
    assert [one.status for one in done.refunds] == [RefundStatus.SETTLED]
    assert len(stand_in.state()["refunds"]) == 1


@pytest.mark.parametrize("shared", [True, False])
async def test_with_several_merchants_the_installations_account_is_used_only_if_it_is_shared(
    database: Database, spa: Merchant, cafe: Merchant, stand_in: StripeAccount, *, shared: bool
) -> None:
    async with an_application_of_accounts(database, stand_in, shared=shared) as application:
        await an_account(application, spa)
        offers = {one.slug: await application.gateways.offer(one.merchant_id, now=now()) for one in (spa, cafe)}
        ways = {slug: offer.names(Money(5_000, spa.money)) for slug, offer in offers.items()}
        assert ways["corner-spa"] == ("stripe", "test", "manual")
        assert ("stripe" in ways["corner-cafe"]) is shared
        placed = await placed_by(application, cafe)
        if shared:
            assert (await sent_to(application, cafe, placed)).startswith(stand_in.base)
        else:
            with pytest.raises(GatewayUnknown):
                await sent_to(application, cafe, placed)


async def test_which_account_takes_payments_is_remembered_for_seconds(application: Application, spa: Merchant) -> None:
    moment = now()
    before = await application.gateways.offer(spa.merchant_id, now=moment)
    account = await an_account(application, spa)

    same = await application.gateways.offer(spa.merchant_id, now=moment + timedelta(seconds=4))
    after = await application.gateways.offer(spa.merchant_id, now=moment + timedelta(seconds=5))

    assert before.named("stripe").account_id is same.named("stripe").account_id is None
    assert after.named("stripe").account_id == account.account_id


async def test_secrets_of_accounts_come_under_new_keys_and_are_counted(application: Application, spa: Merchant) -> None:
    account = await an_account(application, spa)
    await rotate_signing_secret(application, spa, account.account_id, CAFE_SIGNS, actor="test", now=now())
    held = await keys.usage(application)
    [old] = held
    assert held[old]["payment account secrets"] == 3
    rotating = dataclasses.replace(application, keyring=FixedKeyring([b"\1" * 32, bytes(32)]))

    await keys.reseal(rotating)

    assert old not in await keys.usage(rotating)
    alone = FixedKeyring([b"\1" * 32])
    opened = payment_accounts.open_keys(alone, await stood(application, account), now=now())
    assert (opened.secret_key, opened.signing_secrets) == (SPA_KEY, (CAFE_SIGNS, SPA_SIGNS))
    moved = replace(await stood(application, account), account_id=new_id(now()))
    with pytest.raises(LargesseError) as unreadable:
        payment_accounts.open_keys(alone, moved, now=now())
    assert unreadable.value.code == "secret.unreadable"


async def test_an_account_is_of_one_merchant_and_one_gateway(
    application: Application, spa: Merchant, cafe: Merchant
) -> None:
    account = await an_account(application, spa)
    for merchant_id, gateway, account_id in (
        (cafe.merchant_id, "stripe", account.account_id),
        (spa.merchant_id, "test", account.account_id),
    ):
        ref = AccountRef(merchant_id=merchant_id, gateway=gateway, account_id=account_id)
        with pytest.raises(LargesseError) as refused:
            await application.gateways.of(ref, now=now())
        assert refused.value.code == "payment.account.not_found"
