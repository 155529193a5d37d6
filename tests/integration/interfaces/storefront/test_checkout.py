"""The checkout: placed once, at the price that stands, or not at all."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace as with_parts
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from largesse.adapters.stripe_gateway import StripeGateway
from largesse.app.application import Application
from largesse.db import Database
from largesse.db.migrations.versions.v0015_validity_of_orders import FILL
from largesse.domain.catalog import BonusRule, OfferingStatus, Validity, change_offering, set_status, stop_promo
from largesse.domain.payments import Gateways, ManualGateway, TestGateway
from largesse.interfaces.storefront.limits import Limits
from largesse.kernel.numbers import in_groups, make_number
from largesse.kernel.tax import UNTAXED
from largesse.kernel.validity import FOREVER
from largesse.ledger import proofs
from largesse.services.orders.fulfilment import mark_paid
from tests.builders.application import NOW, an_application
from tests.builders.catalog import a_code, a_draft, a_package, offering_now, on_sale, promo_now
from tests.builders.shop import a_seller
from tests.fakes.clock import StillClock
from tests.support.shopper import Shopper, shopping

PLAIN = a_draft(tax=UNTAXED)


@asynccontextmanager
async def a_shopper(
    database: Database, *, clock: StillClock | None = None, limits: Limits | None = None
) -> AsyncIterator[tuple[Application, Shopper]]:
    """Lend a shopper in an installation that takes test payments too."""
    async with an_application(database, clock=clock or StillClock(NOW)) as plain:
        trial = TestGateway(keyring=plain.keyring, base_url=plain.base_url, for_real=False)
        application = with_parts(plain, gateways=Gateways(trial, ManualGateway()))
        async with shopping(application, limits=limits) as shopper:
            yield application, shopper


async def live_promo(shopper: Shopper, code: str) -> None:
    """Type a promo code, so that the page shows what it lets off."""
    await shopper.send("/live/checkout", await shopper.fill("/checkout", buyer_promo=code))


async def placed(database: Database) -> list[dict[str, Any]]:
    """Every order, oldest first."""
    query = """
        SELECT o.*, c.status AS paid_for, c.billing_email
        FROM orders o JOIN checkouts c USING (merchant_id, checkout_id) ORDER BY o.order_id
    """
    async with database.connection() as connection:
        return [dict(row) for row in await connection.fetch(query)]


async def test_what_was_put_together_is_placed_whole(database: Database) -> None:
    await on_sale(database, await a_seller(database), PLAIN)
    async with a_shopper(database) as (_, shopper):
        await shopper.give(
            tip="15", message="Happy\nbirthday", design="winter", locale="fr", delivery="later", day="2026-12-24"
        )
        sent = await shopper.pay()
        assert sent.status == 303
        assert sent.answer.headers["location"].startswith("/corner-spa/thanks?token=")
        [order] = await placed(database)
        expected = {
            "status": "placed",
            "amount": 10_000,
            "tip": 1_500,
            "total": 11_500,
            "to_message": "Ada",
            "from_message": "Grace",
            "message": "Happy\nbirthday",
            "design": "winter",
            "locale": "fr",
            "delivery": "email",
            "recipient_first_name": "Ada",
            "recipient_email": "ada@example.com",
            "billing_email": "grace@example.com",
            "paid_for": "open",
        }  # fmt: skip - an order reads better in a block
        assert {name: order[name] for name in expected} == expected
        assert order["deliver_at"].isoformat() == "2026-12-24T14:00:00+00:00"
        assert order["good_through"].isoformat() == "2027-11-22"


@pytest.mark.parametrize(
    "language, for_years, for_ever",
    [
        ("en", "Good for 3 years, through 22 November 2029", "No expiry date"),
        ("de", "3 Jahre gültig, bis 22. November 2029", "Kein Ablaufdatum"),
        ("fr", "Valable 3 ans, jusqu’au 22 novembre 2029", "Sans date d’expiration"),
        ("es", "Válido 3 años, hasta el 22 de noviembre de 2029", "Sin fecha de caducidad"),
    ],
)
async def test_how_long_a_gift_is_good_is_said_before_it_is_bought(
    database: Database, language: str, for_years: str, for_ever: str
) -> None:
    one = await on_sale(database, seller := await a_seller(database), replace(PLAIN, validity=Validity(months=36)))
    for words in (for_years, for_ever):
        async with a_shopper(database) as (_, shopper):  # a shop remembers its offerings for a few seconds
            await shopper.give()
            for path in ("/gift/any-amount", "/checkout"):
                page = await shopper.open(path, **{"accept-language": language})
                assert page.answer.text.count(words) == 1
        async with database.transaction() as connection:
            await change_offering(
                connection, seller.merchant_id, one.slug, lambda draft: replace(draft, validity=FOREVER), now=NOW
            )


@pytest.mark.parametrize("terms, opened", [("Not for cash.", True), ("Not for cash. " * 40, False)])
async def test_the_terms_stand_above_the_button_before_anybody_pays(
    database: Database, terms: str, *, opened: bool
) -> None:
    await on_sale(database, await a_seller(database), replace(PLAIN, terms=terms.strip()))
    async with a_shopper(database) as (_, shopper):
        await shopper.give()
        for path, button in (("/gift/any-amount", 'value="add"'), ("/checkout", 'value="pay"')):
            page = await shopper.open(path)
            [fold] = [one for one in page.tree.xpath("//details") if terms.strip() in one.text_content()]
            assert ("open" in fold.attrib) is opened
            assert page.html.index(terms.strip()) < page.html.index(button)


async def test_a_gift_and_its_bonus_are_good_for_whole_months_from_the_day_of_payment(database: Database) -> None:
    bonus = BonusRule(threshold=10_000, amount=2_000, validity=Validity(months=3))
    await on_sale(
        database, seller := await a_seller(database), replace(PLAIN, validity=Validity(months=12), bonus=bonus)
    )
    clock = StillClock(datetime(2027, 2, 20, 15, tzinfo=UTC))
    async with a_shopper(database, clock=clock) as (application, shopper):
        await shopper.give()
        await shopper.pay()
        [gift, _] = await placed(database)
        paid_at = clock.moment = datetime(2027, 3, 5, 15, tzinfo=UTC)
        await mark_paid(application, seller, gift["order_number"], reference=None, actor="test", now=paid_at)
    assert [order["good_through"].isoformat() for order in await placed(database)] == ["2028-03-05", "2027-06-05"]


async def test_what_waited_for_payment_through_an_upgrade_takes_the_rule_of_its_offering(database: Database) -> None:
    bonus = BonusRule(threshold=10_000, amount=2_000, validity=Validity(days=90))
    await on_sale(
        database, seller := await a_seller(database), replace(PLAIN, validity=Validity(months=12), bonus=bonus)
    )
    clock = StillClock(datetime(2027, 2, 20, 15, tzinfo=UTC))
    async with a_shopper(database, clock=clock) as (application, shopper):
        await shopper.give()
        await shopper.pay()
        async with database.transaction() as connection:
            await connection.execute("UPDATE orders SET validity_months = NULL, validity_days = NULL")
            await connection.execute(FILL)
        [gift, extra] = await placed(database)
        assert (gift["validity_months"], gift["validity_days"]) == (12, None)
        assert (extra["validity_months"], extra["validity_days"]) == (None, 90)
        paid_at = clock.moment = datetime(2027, 3, 5, 15, tzinfo=UTC)
        await mark_paid(application, seller, gift["order_number"], reference=None, actor="test", now=paid_at)
    assert [order["good_through"].isoformat() for order in await placed(database)] == ["2028-03-05", "2027-06-03"]


async def test_another_validity_than_the_one_that_was_placed_is_placed_anew(database: Database) -> None:
    one = await on_sale(database, seller := await a_seller(database), replace(PLAIN, validity=Validity(months=12)))
    async with a_shopper(database) as (_, shopper):
        await shopper.give()
        form = await shopper.fill("/checkout", **BUYER_FIELDS)
        await shopper.send("/checkout", form)
        async with database.transaction() as connection:
            longer = Validity(months=24)
            await change_offering(
                connection, seller.merchant_id, one.slug, lambda draft: replace(draft, validity=longer), now=NOW
            )
        await shopper.send("/checkout", form)
    standing = [order for order in await placed(database) if order["status"] == "placed"]
    assert [order["validity_months"] for order in standing] == [24]


@pytest.mark.parametrize("form", ["{number}", "{grouped}", "https://gifts.example.com/gifts/redeem.html?code={number}"])
async def test_a_certificate_typed_as_a_promo_code_is_told_from_one_and_kept_nowhere(
    database: Database, form: str
) -> None:
    await on_sale(database, await a_seller(database), PLAIN)
    number = make_number("GL")
    typed = form.format(number=number, grouped=in_groups(number).lower())
    async with a_shopper(database) as (_, shopper):
        await shopper.give()
        await live_promo(shopper, typed)
        fields = await shopper.fill("/checkout", **BUYER_FIELDS)
        page = await shopper.send("/checkout", fields | {"buyer_promo": typed})
        assert page.status == 422
        assert "This is the number of a gift certificate, not a promo code." in page.words
        async with database.connection() as connection:
            kept = str(await connection.fetchval("SELECT string_agg(content::text, '') FROM drafts"))
        assert number not in kept
        assert in_groups(number).lower() not in kept
        assert await placed(database) == []


@asynccontextmanager
async def a_card_shopper(database: Database, *, by_hand: bool) -> AsyncIterator[Shopper]:
    """Lend a shopper of an installation that takes cards, and perhaps payments by hand."""
    async with an_application(database, clock=StillClock(NOW)) as plain:
        stripe = StripeGateway(secret_key="sk_test_standinstandin", webhook_secrets=["whsec_standinstandin"])
        ways = Gateways(stripe, ManualGateway(), by_hand=by_hand)
        async with shopping(with_parts(plain, gateways=ways)) as shopper:
            yield shopper


CARD = {"buyer_first_name": "Grace", "buyer_last_name": "Hopper", "buyer_email": "grace@example.com"}
CARD |= {"buyer_gateway": "stripe", "go": "pay"}
LEAST = {
    "en": "A card payment has to be at least $0.50",
    "de": "Mit Karte zahlen kann man erst ab 0,50 $",
    "es": "Con tarjeta se paga a partir de 0,50 US$",
    "fr": "Le paiement par carte est possible à partir de 0,50 $US",
}


@pytest.mark.parametrize("language", LEAST)
@pytest.mark.parametrize("by_hand", [True, False])
async def test_a_card_is_not_offered_below_its_least_amount_and_that_is_said(
    database: Database, language: str, *, by_hand: bool
) -> None:
    await on_sale(database, await a_seller(database), replace(PLAIN, presets=(), amount_min=10, amount_max=10_000))
    async with a_card_shopper(database, by_hand=by_hand) as shopper:
        shopper.client.cookies.set("language", language)
        await shopper.give(amount="other", other_amount="0.49")
        page = await shopper.open("/checkout")
        assert LEAST[language] in page.words.replace("\u00a0", " ").replace("\u202f", " ")
        assert not page.tree.xpath('//input[@name="buyer_gateway"][@value="stripe"]')
        refused = await shopper.send("/checkout", page.fields | CARD)
        assert refused.status == 422
        assert LEAST[language] in refused.words.replace("\u00a0", " ").replace("\u202f", " ")
        assert await placed(database) == []


async def test_a_discount_that_brings_the_total_below_the_least_amount_takes_the_card_away(database: Database) -> None:
    seller = await a_seller(database)
    await on_sale(database, seller, PLAIN)
    await a_code(database, seller, amount=9_960)
    async with a_card_shopper(database, by_hand=True) as shopper:
        await shopper.give()
        page = await shopper.open("/checkout")
        assert "at least" not in page.words
        live = await shopper.send("/live/checkout", page.fields | {"buyer_promo": "SPRING"})
        assert live.answer.json()["ways_said"] == "A card payment has to be at least $0.50."
        below = await shopper.open("/checkout")
        refused = await shopper.send("/checkout", below.fields | CARD | {"buyer_promo": "SPRING"})
        assert refused.status == 422
        assert "Choose another way to pay, or a larger amount." in refused.words
        assert await placed(database) == []
        assert (await shopper.send("/checkout", below.fields | CARD | {"buyer_gateway": "manual"})).status == 303


async def test_what_costs_nothing_needs_no_least_amount(database: Database) -> None:
    seller = await a_seller(database)
    await on_sale(database, seller, PLAIN)
    await a_code(database, seller, amount=10_000)
    async with a_card_shopper(database, by_hand=False) as shopper:
        await shopper.give()
        await live_promo(shopper, "SPRING")
        page = await shopper.open("/checkout")
        assert "at least" not in page.words
        assert (await shopper.send("/checkout", page.fields | CARD)).status == 303


async def test_pressing_twice_places_once_and_leads_to_the_same_page(database: Database) -> None:
    await on_sale(database, await a_seller(database), PLAIN)
    clock = StillClock(NOW)
    async with a_shopper(database, clock=clock) as (_, shopper):
        await shopper.give()
        form = await shopper.fill("/checkout", **BUYER_FIELDS)
        first = await shopper.send("/checkout", form)
        clock.moment += timedelta(minutes=5)
        second = await shopper.send("/checkout", form)
        assert first.answer.headers["location"] == second.answer.headers["location"]
        assert len(await placed(database)) == 1


BUYER_FIELDS = {
    "buyer_first_name": "Grace",
    "buyer_last_name": "Hopper",
    "buyer_email": "grace@example.com",
    "buyer_gateway": "manual",
    "go": "pay",
}


async def test_a_draft_that_is_changed_after_placing_gives_the_earlier_checkout_up(database: Database) -> None:
    merchant = await a_seller(database)
    offering = await on_sale(database, merchant, replace(PLAIN, stock=1))
    promo = await a_code(database, merchant, uses_max=1)
    clock = StillClock(NOW)
    async with a_shopper(database, clock=clock) as (_, shopper):
        await shopper.give()
        await live_promo(shopper, "spring")
        assert (await shopper.pay(buyer_promo="spring")).status == 303
        assert (await promo_now(database, promo)).uses == 1
        clock.moment += timedelta(seconds=1)
        page = await shopper.open("/checkout")
        edit = re.search(r'href="/corner-spa(/gift/any-amount\?edit=[^"]+)"', page.html)
        assert edit is not None
        await shopper.send("/gift/any-amount", await shopper.fill(edit[1], amount="5000"))
        assert (await shopper.pay(buyer_promo="spring")).status == 303  # its only use goes over to the new checkout
        first, second = await placed(database)
        assert (first["status"], first["paid_for"], first["total"]) == ("cancelled", "expired", 9_000)
        assert (second["status"], second["paid_for"], second["total"]) == ("placed", "open", 4_500)
        assert (await promo_now(database, promo)).uses == 1
        assert (await offering_now(database, offering)).taken == 1


async def test_buyers_who_change_what_they_have_placed_are_not_in_each_others_way(database: Database) -> None:
    merchant = await a_seller(database)
    for slug in ("one", "other"):
        await on_sale(database, merchant, a_package(slug=slug, stock=100))
    limits = Limits(checkouts="1000/minute")

    async def changes_often(shopper: Shopper, place: int) -> list[int]:
        """Place a gift, and another besides, time and again."""
        answers = list[int]()
        for turn in range(4):
            await shopper.give(f"/gift/{('one', 'other')[(place + turn) % 2]}")
            answers.append((await shopper.pay()).status)
        return answers

    async with AsyncExitStack() as stack:
        shoppers = [(await stack.enter_async_context(a_shopper(database, limits=limits)))[1] for _ in range(6)]
        answers = await asyncio.gather(*(changes_often(one, place) for place, one in enumerate(shoppers)))
    assert {status for each in answers for status in each} == {303}


@pytest.mark.parametrize(
    "typed, field, sentence",
    [
        ({"buyer_first_name": ""}, "buyer_first_name", "Type your first name."),
        ({"buyer_last_name": ""}, "buyer_last_name", "Type your last name."),
        ({"buyer_last_name": "x" * 61}, "buyer_last_name", "61 of 60"),
        ({"buyer_email": "grace@"}, "buyer_email", "That is not an e-mail address"),
        ({"buyer_email": ""}, "buyer_email", "Type your e-mail address."),
        ({"buyer_phone": "call me"}, "buyer_phone", "That is not a telephone number"),
        ({"buyer_promo": "NOPE"}, "buyer_promo", "There is no such code"),
        ({"buyer_gateway": "barter"}, "buyer_gateway", "Choose how you would like to pay."),
    ],
)
async def test_what_is_wrong_with_the_buyer_is_said_beside_the_field(
    database: Database, typed: dict[str, str], field: str, sentence: str
) -> None:
    await on_sale(database, await a_seller(database), PLAIN)
    async with a_shopper(database) as (_, shopper):
        await shopper.give()
        page = await shopper.pay(**typed)
        assert page.status == 422
        assert sentence in page.error(field)
        assert page.fields["buyer_first_name"] == typed.get("buyer_first_name", "Grace")
        assert await placed(database) == []


async def test_a_promo_code_lets_off_and_is_counted(database: Database) -> None:
    merchant = await a_seller(database)
    await on_sale(database, merchant, PLAIN)
    promo = await a_code(database, merchant, uses_per_buyer_max=1)
    async with a_shopper(database) as (_, shopper):
        await shopper.give()
        live = await shopper.send("/live/checkout", await shopper.fill("/checkout", buyer_promo="Spring"))
        figures = live.answer.json()
        assert (figures["discount"], figures["total"], figures["seen"]) == ("−$10.00", "$90.00", "9000")
        assert figures["promo_said"] == "The code takes $10.00 off."
        assert (await shopper.open("/checkout")).fields["total"] == "9000"
        assert (await shopper.pay(buyer_promo="Spring")).status == 303
        [order] = await placed(database)
        assert (order["discount"], order["promo_code"]) == (1_000, "SPRING")
        assert (await promo_now(database, promo)).uses == 1
    async with a_shopper(database) as (_, other):
        await other.give()
        await other.send("/live/checkout", await other.fill("/checkout", buyer_promo="Spring"))
        page = await other.pay(buyer_promo="Spring")
        assert "You have used this code before." in page.error("buyer_promo") + page.words
        async with database.transaction() as connection:
            await stop_promo(connection, merchant.merchant_id, "SPRING", now=NOW)
        page = await other.pay(buyer_promo="Spring")
        assert "This code does not hold any more." in page.error("buyer_promo")
        assert (await other.pay(buyer_promo="")).status == 303


@pytest.mark.parametrize("total", ["1", "0", "-11500", "1e9", "", "９"])
async def test_a_forged_total_places_nothing_and_is_logged(database: Database, total: str) -> None:
    await on_sale(database, await a_seller(database), PLAIN)
    async with a_shopper(database) as (_, shopper):
        await shopper.give()
        with capture_logs() as logs:
            page = await shopper.pay(total=total)
        assert page.status == 422
        assert "Look at it, then press once more to pay." in page.words
        assert any(entry["event"] == "choice_forged" and entry["faults"] == ["total"] for entry in logs)
        assert await placed(database) == []
        assert page.fields["total"] == "10000"


async def test_a_price_that_changed_in_between_is_said_and_has_to_be_agreed_to(database: Database) -> None:
    merchant = await a_seller(database)
    await on_sale(database, merchant, a_package())
    async with a_shopper(database) as (_, shopper):
        await shopper.give("/gift/massage")
        form = await shopper.fill("/checkout", **BUYER_FIELDS)
        async with database.transaction() as connection:
            await change_offering(
                connection, merchant.merchant_id, "massage", lambda draft: replace(draft, price=13_000), now=NOW
            )
        page = await shopper.send("/checkout", form)
        assert page.status == 422
        assert "The total is now $130.00; you saw $120.00." in page.words
        assert await placed(database) == []
        assert (await shopper.send("/checkout", form | {"total": page.fields["total"]})).status == 303
        assert [order["total"] for order in await placed(database)] == [13_000]


async def test_what_sold_out_or_was_taken_off_in_between_is_said_plainly(database: Database) -> None:
    merchant = await a_seller(database)
    await on_sale(database, merchant, a_package(stock=1))
    async with a_shopper(database) as (_, shopper), a_shopper(database) as (_, quicker):
        await shopper.give("/gift/massage")
        await quicker.give("/gift/massage")
        assert (await quicker.pay()).status == 303
        page = await shopper.pay()
        assert page.status == 422
        assert "This has sold out in the meantime." in page.words
        async with database.transaction() as connection:
            await set_status(connection, merchant.merchant_id, "massage", OfferingStatus.HIDDEN, now=NOW)
        assert "This is no longer on sale." in (await shopper.open("/checkout")).words
        assert (await shopper.pay()).status == 422
        assert len(await placed(database)) == 1


async def test_more_than_there_are_left_cannot_be_placed(database: Database) -> None:
    await on_sale(database, await a_seller(database), a_package(stock=1))
    async with a_shopper(database) as (_, shopper):
        await shopper.give("/gift/massage")
        await shopper.give("/gift/massage", to="Mary")
        page = await shopper.pay()
        assert page.status == 422
        assert "Only 1 of this is left." in page.words
        assert await placed(database) == []


async def test_a_bonus_is_placed_beside_its_gift_and_booked_as_promotion(database: Database) -> None:
    merchant = await a_seller(database)
    await on_sale(database, merchant, replace(PLAIN, bonus=BonusRule(threshold=10_000, amount=2_000)))
    async with a_shopper(database) as (application, shopper):
        await shopper.give()
        assert "A present for you, too: a certificate of $20." in (await shopper.open("/checkout")).words
        await shopper.pay()
        gift, bonus = await placed(database)
        assert (bonus["class_of_value"], bonus["amount"], bonus["total"]) == ("promotional", 2_000, 0)
        assert bonus["bonus_of"] == gift["order_id"]
        assert bonus["recipient_email"] == "grace@example.com"
        await mark_paid(application, merchant, gift["order_number"], reference=None, actor="test", now=NOW)
        async with database.connection() as connection:
            rows = await connection.fetch("SELECT class_of_value, balance FROM certificates ORDER BY balance")
            values = [(row["class_of_value"], row["balance"]) for row in rows]
            assert values == [("promotional", 2_000), ("paid", 10_000)]
            assert [difference async for difference in proofs.verify(connection)] == []


async def test_an_empty_checkout_shows_the_way_and_cannot_be_paid(database: Database) -> None:
    await on_sale(database, await a_seller(database), PLAIN)
    async with a_shopper(database) as (_, shopper):
        page = await shopper.open("/gift/any-amount")
        assert "There is no gift here yet" in (await shopper.open("/checkout")).words
        answer = await shopper.send("/checkout", BUYER_FIELDS | {"csrf_token": page.fields["csrf_token"], "total": "0"})
        assert answer.status == 422
        assert await placed(database) == []


async def test_a_checkout_form_that_is_not_ours_places_nothing(database: Database) -> None:
    await on_sale(database, await a_seller(database), PLAIN)
    async with a_shopper(database) as (_, shopper):
        await shopper.give()
        page = await shopper.pay(csrf_token="x")
        assert page.status == 403
        assert page.fields["buyer_first_name"] == "Grace"
        assert await placed(database) == []


async def test_too_many_checkouts_from_one_address_have_to_wait(database: Database) -> None:
    await on_sale(database, await a_seller(database), PLAIN)
    async with a_shopper(database, limits=Limits(checkouts="1/minute")) as (_, shopper):
        await shopper.give()
        assert (await shopper.pay()).status == 303
        assert (await shopper.pay()).status == 429


async def test_a_gateway_with_a_page_is_led_to_and_coming_back_without_paying_says_so(database: Database) -> None:
    await on_sale(database, await a_seller(database), PLAIN)
    async with a_shopper(database) as (_, shopper):
        await shopper.give()
        sent = await shopper.pay(buyer_gateway="test")
        assert sent.status == 303
        assert sent.answer.headers["location"].startswith("https://gifts.example.com/test-payment/")
        page = await shopper.open("/checkout?back=1")
        assert "Nothing was paid, and your gifts are still here." in page.words
        assert page.fields["total"] == "10000"
        assert (await shopper.pay(buyer_gateway="test")).answer.headers["location"] == sent.answer.headers["location"]


async def test_an_address_that_was_placed_with_is_not_asked_about_again(database: Database) -> None:
    """It was confirmed before the payment page, whatever way one comes back from there."""
    slip = {"buyer_gateway": "test", "buyer_email": "grace@gmial.com"}
    await on_sale(database, await a_seller(database), PLAIN)
    async with a_shopper(database) as (_, shopper):
        await shopper.give()
        asked = await shopper.pay(**slip)
        assert (asked.status, "Did you mean grace@gmail.com?" in asked.words) == (422, True)
        form = await shopper.fill("/checkout", **BUYER_FIELDS | slip)
        assert form["email_sure"] == "", "asked about until it was sent once more"
        sent = await shopper.send("/checkout", form | {"email_sure": slip["buyer_email"]})
        assert sent.status == 303
        back = await shopper.open("/checkout?back=1")
        assert "grace@gmail.com" not in back.words
        assert back.fields["email_sure"] == slip["buyer_email"]
        again = await shopper.send("/checkout", form)
        assert again.answer.headers["location"] == sent.answer.headers["location"]
        other = await shopper.send("/checkout", form | {"buyer_email": "grace@hotnail.com"})
        assert other.status == 422, "another one is asked about"


@pytest.mark.parametrize(
    "amount, by_hand, ways",
    [
        ("10.010", True, ["Card or wallet", "At the counter"]),
        ("10.005", True, ["At the counter"]),  # Stripe takes dinars in tens only
        ("10.005", False, ["Nobody can pay exactly this amount here."]),
    ],
)
async def test_only_the_ways_that_can_take_the_amount_are_offered(
    database: Database, amount: str, *, by_hand: bool, ways: list[str]
) -> None:
    merchant = await a_seller(database, currency="KWD")
    await on_sale(database, merchant, PLAIN)
    await a_code(database, merchant, code="FREE", percent=Decimal(100))
    stripe = StripeGateway(secret_key="sk_test_never_asked", webhook_secrets=["whsec_never_asked"])
    async with an_application(database, clock=StillClock(NOW)) as plain, stripe:
        application = with_parts(plain, gateways=Gateways(stripe, ManualGateway(), by_hand=by_hand))
        async with shopping(application) as shopper:
            await shopper.give(amount="other", other_amount=amount)
            page = await shopper.open("/checkout")
            said = ("Card or wallet", "At the counter", "Nobody can pay exactly this amount here.")
            assert [words for words in said if words in page.words] == ways

            if "Card or wallet" not in ways:
                assert (await shopper.pay(buyer_gateway="stripe")).status == 422
                assert await placed(database) == []
            await live_promo(shopper, "free")  # nothing is to pay then, so nobody has to take it
            assert (await shopper.pay(buyer_promo="free", buyer_gateway="stripe")).status == 303
            [order] = await placed(database)
            assert (order["status"], order["total"], order["class_of_value"]) == ("issued", 0, "promotional")


async def test_coming_back_after_paying_does_not_say_that_nothing_was_paid(database: Database) -> None:
    merchant = await a_seller(database)
    await on_sale(database, merchant, PLAIN)
    async with a_shopper(database) as (application, shopper):
        await shopper.give()
        await shopper.pay()
        [order] = await placed(database)
        await mark_paid(application, merchant, order["order_number"], reference=None, actor="test", now=NOW)
        page = await shopper.open("/checkout?back=1")
        assert "There is no gift here yet" in page.words
        assert "Nothing was paid" not in page.words
