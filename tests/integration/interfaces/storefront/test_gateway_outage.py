"""A payment provider that does not answer is told as what it is, in the log and to the buyer."""

from dataclasses import replace

from structlog.testing import capture_logs

from largesse.adapters.stripe_gateway import StripeGateway
from largesse.db import Database
from largesse.domain.payments import Gateways, ManualGateway
from tests.builders.application import NOW, an_application
from tests.builders.catalog import on_sale
from tests.builders.shop import a_seller
from tests.fakes.clock import StillClock
from tests.integration.interfaces.storefront.test_checkout import PLAIN, placed
from tests.support.shopper import shopping
from tests.support.stripe_account import SECRET_KEY, WEBHOOK_SECRET

NOBODY = "http://127.0.0.1:1"


async def test_an_outage_of_the_gateway_is_no_forged_choice(database: Database) -> None:
    await on_sale(database, await a_seller(database), PLAIN)
    async with (
        an_application(database, clock=StillClock(NOW)) as plain,
        StripeGateway(secret_key=SECRET_KEY, webhook_secrets=[WEBHOOK_SECRET], api_base=NOBODY) as stripe,
        shopping(replace(plain, gateways=Gateways(stripe, ManualGateway()))) as shopper,
    ):
        await shopper.give()
        with capture_logs() as logs:
            page = await shopper.pay(buyer_gateway="stripe")

    assert page.status == 503
    assert "does not answer just now. Nothing was paid" in page.words
    assert [entry for entry in logs if entry["event"] == "choice_forged"] == []
    [told] = [entry for entry in logs if entry["event"] == "payment_not_begun"]
    assert (told["gateway"], told["error_code"]) == ("stripe", "payment.gateway.unavailable")
    assert [order["status"] for order in await placed(database)] == ["placed"]
