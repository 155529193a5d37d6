"""An installation whose merchants have payment accounts of their own at Stripe's stand-in."""

import dataclasses
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from largesse.adapters.stripe_gateway import StripeAccounts, StripeGateway
from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.merchants import Merchant
from largesse.domain.payment_accounts import PaymentAccount
from largesse.domain.payments import Gateways, ManualGateway, TestGateway
from largesse.kernel.clock import SystemClock
from largesse.services.payment_accounts import (
    AddAccount,
    MerchantAccounts,
    PaymentProviders,
    add_account,
    rotate_signing_secret,
)
from tests.builders.payments import now
from tests.builders.shop import a_shop
from tests.support.stripe_account import SECRET_KEY, WEBHOOK_SECRET, StripeAccount

SPA, CAFE = "acct_1spaspaspa", "acct_1cafecafe"
SPA_KEY, CAFE_KEY = "sk_test_spaspaspaspaspa", "rk_test_cafecafecafecafe"
SPA_SIGNS, CAFE_SIGNS = "whsec_spaspaspaspa", "whsec_cafecafecafe"


@asynccontextmanager
async def an_application_of_accounts(
    database: Database,
    stand_in: StripeAccount,
    *,
    shared: bool = False,
    for_real: bool = False,
    connected: bool = True,
    providers: Sequence[StripeAccounts] | None = None,
) -> AsyncIterator[Application]:
    """Lend an installation; with `connected` it has an account of its own besides those of merchants."""
    async with (
        a_shop(database) as shop,
        StripeAccounts(api_base=stand_in.base) as stripe,
        StripeGateway(secret_key=SECRET_KEY, webhook_secrets=[WEBHOOK_SECRET], api_base=stand_in.base) as own,
    ):
        known = PaymentProviders(*(providers if providers is not None else (stripe,)), for_real=for_real)
        accounts = MerchantAccounts(database, shop.keyring, known, shared=shared)
        trial = TestGateway(keyring=shop.keyring, base_url=shop.base_url, for_real=False)
        gateways = Gateways(*([own] if connected else []), trial, ManualGateway(), accounts=accounts)
        yield dataclasses.replace(shop, clock=SystemClock(), gateways=gateways, providers=known)


def open_accounts(stand_in: StripeAccount) -> None:
    """Open the accounts of two merchants at the stand-in; both are of test mode, and may charge."""
    stand_in.control("open", account=SPA, keys={SPA_KEY: []}, name="Corner Spa GmbH")
    stand_in.control("open", account=CAFE, keys={CAFE_KEY: []}, name="Café am Eck")


async def an_account(
    application: Application, merchant: Merchant, *, key: str = SPA_KEY, signs: str | None = SPA_SIGNS
) -> PaymentAccount:
    """Add an account, ready when it is said what its callbacks are signed with."""
    wanted = AddAccount(gateway="stripe", secret_key=key)
    added = await add_account(application, merchant, wanted, actor="test", now=now())
    if signs is None:
        return added
    return await rotate_signing_secret(application, merchant, added.account_id, signs, actor="test", now=now())
