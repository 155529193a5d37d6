"""Credit that is given over a counter: for what no gateway was paid, at once, and once.

A test's docstring is the journal it expects: debit < credit, and the amount.
"""

import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import payments
from largesse.domain.merchants import Merchant
from largesse.domain.payments import CreditRefused
from largesse.kernel.tax import TaxKind, TaxTreatment
from largesse.ledger import Account, ClassOfValue
from largesse.ledger.errors import LotNotFound, OperationConflict
from largesse.ledger.proofs import trial_balance, verify
from largesse.services.certificates import Tender, locate, redeem, reload
from largesse.services.refunds import CertificateCredit, credit_certificate
from tests.builders.application import NOW, an_application
from tests.builders.certificates import Card, a_card, a_merchant, a_request

NINETEEN = TaxTreatment(kind=TaxKind.SINGLE_PURPOSE, country="DE", rate=Decimal("0.19"))


@pytest.fixture
async def merchant(database: Database) -> Merchant:
    return await a_merchant(database)


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with an_application(database) as opened:
        yield opened


async def credited(application: Application, card: Card, **what: Any) -> CertificateCredit:
    asked: dict[str, Any] = {"request": a_request(), "now": NOW} | what
    return await credit_certificate(application, card.merchant, card.place, **asked)


async def books(application: Application) -> dict[Account, int]:
    async with application.database.dedicated() as connection:
        assert [difference async for difference in verify(connection)] == []
        return {one.account: one.balance for one in await trial_balance(connection) if one.balance}


async def test_what_was_paid_in_cash_becomes_credit_and_the_drawer_pays_nothing(
    application: Application, merchant: Merchant
) -> None:
    """sold 119.00 in cash, 19 % inside: cash < certificates_outstanding 11900, tax_on_outstanding < tax_payable 1900
    given as credit: certificates_outstanding < refunds 11900, tax_payable < tax_on_outstanding 1900
                     refunds < certificates_outstanding 11900
    """
    card = await a_card(application, merchant, value=11_900, funding=Account.CASH, treatment=NINETEEN)
    asked = a_request()
    done, again = [await credited(application, card, request=asked) for _ in range(2)]
    assert (done.money.minor, done.number, again.outcome.replayed) == (11_900, again.number, True)
    given = (await locate(application, done.number, at=None)).certificate
    assert (given.class_of_value, given.balance, given.expires_at) == (ClassOfValue.CREDIT, 11_900, None)
    assert given.treatment == TaxTreatment(TaxKind.MULTI_PURPOSE, country="DE")
    assert await books(application) == {Account.CASH: 11_900, Account.CERTIFICATES_OUTSTANDING: -11_900}
    async with application.database.connection() as connection:
        assert await payments.open_refunds(connection, merchant.merchant_id, limit=9) == []
        [told] = await connection.fetch("SELECT payload FROM events WHERE kind = 'certificate.credited'")
    said = json.loads(told["payload"])
    assert (said["certificate_id"], said["given_for"]) == (str(done.certificate_id), str(card.place.certificate_id))
    assert (said["amount"], said["payment_id"]) == ("119.00", None)
    assert done.number not in told["payload"]
    with pytest.raises(OperationConflict):
        await credited(application, card, value=1, request=asked)


async def test_a_part_or_a_reload_becomes_credit_by_itself(application: Application, merchant: Merchant) -> None:
    card = await a_card(application, merchant, funding=Account.TERMINAL, gratuity=1_000)
    await reload(application, card.place, value=2_000, tender=Tender.CASH, request=a_request(), now=NOW)
    part = await credited(application, card, value=3_000, gratuity=500)
    _, lot = (await card.stands(application)).certificate.lots
    more = await credited(application, card, lot_id=lot.lot_id)
    assert (part.money.minor, more.money.minor) == (3_500, 2_000)
    assert await card.left(application) == (7_000, 500)
    await redeem(
        application, (await locate(application, part.number, at=None)).place, value=3_500, request=a_request(), now=NOW
    )
    assert (await books(application))[Account.REDEEMED] == -3_500


async def test_what_nobody_paid_for_is_no_credit(application: Application, merchant: Merchant) -> None:
    given: dict[str, Any] = {"funding": Account.PROMOTIONS_GRANTED, "class_of_value": ClassOfValue.PROMOTIONAL}
    card = await a_card(application, merchant, **given)
    with pytest.raises(CreditRefused):
        await credited(application, card)
    assert await card.left(application) == (10_000, 0)


async def test_a_lot_that_is_not_there_is_no_credit(application: Application, merchant: Merchant) -> None:
    card = await a_card(application, merchant)
    with pytest.raises(LotNotFound):
        await credited(application, card, lot_id=merchant.merchant_id)
