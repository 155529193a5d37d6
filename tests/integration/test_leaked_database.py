"""A stolen copy of the database cannot be spent: no number, key, token, password or secret stands in it in clear."""

import base64
import dataclasses
from datetime import timedelta
from functools import partial

from largesse.adapters.keyring import FixedKeyring
from largesse.adapters.stripe_gateway import StripeAccounts
from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import certificates, devices, locations, orders, partners
from largesse.domain.devices import DeviceChange
from largesse.domain.merchants import Merchant, find_merchant
from largesse.domain.orders import DeliveryMethod
from largesse.domain.payment_accounts import open_keys
from largesse.kernel.numbers import fold_prefix, in_groups
from largesse.outbox import Reach, ReceiverAnswer, rotate_secret
from largesse.services.certificates.lookup import locate
from largesse.services.certificates.redemption import redeem
from largesse.services.certificates.revealing import reveal
from largesse.services.certificates.transfers import reissue
from largesse.services.endpoints import AddEndpoint, Format, add_endpoint
from largesse.services.merchants import invite_device
from largesse.services.orders.fulfilment import mark_paid
from largesse.services.orders.selling import place
from largesse.services.partners.ordering import order_on_account
from largesse.services.payment_accounts import (
    AddAccount,
    PaymentProviders,
    add_account,
    rotate_key,
    rotate_signing_secret,
)
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_card, a_request
from tests.builders.gifts import a_gift, a_relay, bought
from tests.builders.orders import a_basket
from tests.builders.partners import PASSWORD, an_order, an_ordering_partner
from tests.builders.partners import admitted as let_in
from tests.fakes.senders import KeepingSender
from tests.support.stripe_account import stripe_account

MASTER = bytes(range(32))


async def everything(database: Database, *, but: str = "") -> str:
    """All rows of all tables but one, as text; bytes stand in hex, so what is text in them is added as text."""
    rows: list[str] = []
    async with database.connection() as connection:
        tables = await connection.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> $1", but
        )
        for table in tables:
            for row in await connection.fetch(f'SELECT * FROM "{table["tablename"]}"'):
                for value in row.values():
                    text = value.decode("latin-1") + value.hex() if isinstance(value, bytes) else str(value)
                    rows.append(text)
    return "\n".join(rows)


def forms_of(secret: str) -> list[str]:
    """How a secret might stand in a row."""
    raw = secret.encode()
    return [secret, raw.hex(), base64.b64encode(raw).decode().rstrip("="), secret.lower(), secret.upper()]


async def test_a_leaked_database_gives_no_secret_away(database: Database) -> None:
    secrets = [PASSWORD, MASTER.hex(), base64.b64encode(MASTER).decode()]
    async with an_application(database, keyring=FixedKeyring([MASTER])) as application:
        secrets += await partner_secrets(application)
        secrets += await device_secrets(application)
        numbers = await certificate_numbers(application)
        secrets += await payment_secrets(application)
    leaked = await everything(database)
    assert "a good reason" in leaked, "the dump is not whole"
    for number in numbers:
        folded = fold_prefix(number[:2]) + number[2:]
        for form in (*forms_of(number), *forms_of(in_groups(number)), *forms_of(folded), number[2:-4]):
            assert form not in leaked
    for secret in secrets:
        for form in forms_of(secret):
            assert form not in leaked


async def partner_secrets(application: Application) -> list[str]:
    """Let a partner in and add an endpoint; return what each of them was told once."""
    ordering = await an_ordering_partner(application)
    async with application.database.transaction() as connection:
        credentials = await partners.find_credentials(connection, ordering.api_key)
        assert credentials is not None
        token = await partners.issue_token(connection, credentials, now=application.clock.now())
        wanted = AddEndpoint(
            merchant_id=ordering.merchant.merchant_id,
            format=Format.ORDER_FORM,
            url="https://receiver.example.com/hook?key=swordfish&n=1",
            custom1="open sesame & more",
            custom2="4711-abc",
            notify="owner@example.com",
        )
        endpoint, secret = await add_endpoint(
            connection, application.keyring, wanted, reach=Reach(hosts=frozenset()), now=NOW
        )
        fresh = await rotate_secret(connection, application.keyring, endpoint.endpoint_id, now=NOW)
    made = await order_on_account(
        application, await let_in(application, ordering), an_order({"refcode": "SPRING", "amount": "50.00"}), now=NOW
    )
    assert made.order.certificate_id is not None
    echoing = KeepingSender(lambda parcel: ReceiverAnswer(status_code=200, body=parcel.body + parcel.url.encode()))
    await a_relay(application, KeepingSender(), http=echoing).run_once(NOW)
    assert b"open+sesame" in echoing.parcels[0].body, "it was posted"
    assert echoing.parcels[0].url.endswith("?key=swordfish&n=1")
    phrases = ["open sesame & more", "open+sesame+%26+more", "4711-abc", "swordfish"]
    keys = [*phrases, secret, secret.removeprefix("whsec_"), fresh, fresh.removeprefix("whsec_")]
    return [ordering.api_key, token, *keys, made.number]


async def device_secrets(application: Application) -> list[str]:
    """Invite a device and enrol another; return their codes and the key."""
    async with application.database.transaction() as connection:
        merchant = await find_merchant(connection, "spa")
        location = await locations.default_location(connection, merchant.merchant_id)
        invite = partial(invite_device, connection, location, actor="cli:ada", now=NOW)
        _, waiting = await invite(DeviceChange(name="Bar left"))
        _, code = await invite(DeviceChange(name="Bar right"))
        _, key = await devices.enrol_device(connection, merchant.merchant_id, code, agent="Firefox", now=NOW)
    return [waiting, waiting.replace("-", ""), code, code.replace("-", ""), key]


async def certificate_numbers(application: Application) -> list[str]:
    """Sell, spend, reveal and reissue certificates; return every number there was."""
    async with application.database.connection() as connection:
        merchant = await find_merchant(connection, "spa")
    card = await a_card(application, merchant)
    await redeem(application, card.place, value=100, request=a_request("a good reason"), now=NOW)
    await reveal(application, card.place, actor="cli:ada", reason="a good reason", now=NOW)
    fresh = await reissue(application, merchant, card.place, request=a_request("a good reason"), now=NOW)
    placed = await place(application, merchant, a_basket(), now=NOW)
    number = placed.orders[0].order_number
    await mark_paid(application, merchant, number, reference="till 1", actor="test", now=NOW + timedelta(minutes=1))
    async with application.database.connection() as connection:
        order = await orders.find_by_number(connection, merchant.merchant_id, number)
        assert order.certificate_id is not None
        sold = await certificates.open_numbers(
            connection, application.keyring, merchant.merchant_id, [order.certificate_id]
        )
    assert (await locate(application, sold[order.certificate_id], at=None)).certificate.balance == 10_000
    return [card.number, fresh.number, *sold.values(), *await mailed_numbers(application, merchant)]


async def payment_secrets(application: Application) -> list[str]:
    """Give a merchant a payment account, and change all its secrets; return every one there was."""
    keys, signing = ("sk_test_firstfirstfirst", "sk_test_secondsecond"), ("whsec_firstfirst", "whsec_secondsecond")
    with stripe_account() as stand_in:
        stand_in.control("open", account="acct_1spaspaspa", keys={key: [] for key in keys})
        async with StripeAccounts(api_base=stand_in.base) as stripe, application.database.connection() as connection:
            merchant = await find_merchant(connection, "spa")
            deps = dataclasses.replace(application, providers=PaymentProviders(stripe))
            wanted = AddAccount(gateway="stripe", secret_key=keys[0])
            account = await add_account(deps, merchant, wanted, actor="test", now=NOW)
            place = (deps, merchant, account.account_id)
            for secret in signing:
                await rotate_signing_secret(*place, secret, actor="test", now=NOW)
            changed = await rotate_key(*place, keys[1], actor="test", now=NOW)
            opened = open_keys(application.keyring, changed, now=NOW)
    assert (opened.secret_key, opened.signing_secrets) == (keys[1], signing[::-1]), "they are there, sealed"
    return [*keys, *signing, *(secret.rpartition("_")[2] for secret in (*keys, *signing))]


async def mailed_numbers(application: Application, merchant: Merchant) -> list[str]:
    """Sell a gift that is mailed and one that the buyer prints, and have them sent; return their numbers."""
    mail = KeepingSender()
    gifts = await bought(application, merchant, a_gift(), a_gift(delivery=DeliveryMethod.PRINT), now=NOW)
    await a_relay(application, mail).run_once(NOW)
    assert len(mail.parcels) == 2
    ids = [order.certificate_id for order in gifts if order.certificate_id is not None]
    async with application.database.connection() as connection:
        numbers = await certificates.open_numbers(connection, application.keyring, merchant.merchant_id, ids)
    sent = b"".join(parcel.body for parcel in mail.parcels)
    assert in_groups(numbers[ids[0]]).encode() in sent, "the mail did carry it"
    return list(numbers.values())
