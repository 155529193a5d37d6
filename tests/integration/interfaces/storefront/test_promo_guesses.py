"""Promo codes cannot be guessed: each unknown one counts before it is looked up, wherever it is typed."""

import asyncio
from contextlib import AsyncExitStack

from largesse.db import Database
from tests.builders.application import an_application
from tests.builders.catalog import a_code, on_sale
from tests.builders.shop import NOW, a_seller, a_shop
from tests.fakes.clock import StillClock
from tests.support.shopper import BUYER, Shopper, shopping

UNKNOWN = "There is no such code"
TOO_OFTEN = "Too many codes were tried"
WAYS = ("live", "update", "pay")


async def tell(shopper: Shopper, code: str, way: str, **fields: str) -> str:
    """What a visitor learns of a code by one of the ways to type it."""
    form = await shopper.fill("/checkout", **BUYER | {"buyer_promo": code, "go": way} | fields)
    if way == "live":
        answer = (await shopper.send("/live/checkout", form)).answer
        said: str = answer.json()["promo_said"] if answer.status_code == 200 else str(answer.status_code)
        return said
    return (await shopper.send("/checkout", form)).words


async def test_unknown_codes_are_bounded_by_whichever_way_they_are_tried(database: Database) -> None:
    merchant = await a_seller(database)
    await on_sale(database, merchant)
    await a_code(database, merchant)
    async with a_shop(database) as application, shopping(application) as shopper:
        await shopper.give()
        for at in range(20):
            assert UNKNOWN in await tell(shopper, f"GUESS{at}", WAYS[at % 3])
        for way in WAYS:
            assert TOO_OFTEN in await tell(shopper, "GUESS20", way)
            assert TOO_OFTEN in await tell(shopper, "SPRING", way), "the right one tells nothing either"
        page = await shopper.send("/checkout", await shopper.fill("/checkout", **BUYER | {"buyer_promo": "SPRING"}))
        assert (page.status, page.answer.headers["retry-after"]) == (429, "600")
        assert page.fields["buyer_promo"] == "SPRING"
        assert page.fields["buyer_first_name"] == "Grace", "what else was typed is still there"
        assert (await shopper.pay(buyer_promo="")).status == 303, "without a code nobody is kept from buying"


async def test_no_page_tells_of_a_code_that_was_not_counted(database: Database) -> None:
    merchant = await a_seller(database)
    await on_sale(database, merchant)
    await a_code(database, merchant)
    async with a_shop(database) as application, shopping(application) as shopper:
        token = {"csrf_token": (await shopper.open("/gift/any-amount")).fields["csrf_token"]}
        for at in range(20):  # into an empty draft, which tells nothing yet
            await shopper.send("/live/checkout", token | {"buyer_promo": f"GUESS{at}"})
        await shopper.give()
        assert UNKNOWN not in (await shopper.open("/checkout")).words
        assert TOO_OFTEN in await tell(shopper, "GUESS20", "live")
        for code in ("SPRING", "GUESS"):
            said = await tell(shopper, code, "pay", csrf_token="")
            assert "Please press once more" in said
            assert UNKNOWN not in said
            assert "off" not in said.split("Promo code")[-1]


async def test_a_code_that_exists_is_never_counted_and_one_that_is_kept_never_again(database: Database) -> None:
    merchant = await a_seller(database)
    await on_sale(database, merchant)
    await a_code(database, merchant)
    async with a_shop(database) as application, shopping(application) as shopper:
        await shopper.give()
        for _ in range(15):
            for code in ("spring", " Spring ", ""):
                said = await tell(shopper, code, "live")
                assert ("takes $10.00 off" in said) is bool(code)
        for at in range(20):
            await tell(shopper, f"GUESS{at}", "live")
        assert TOO_OFTEN in await tell(shopper, "spring", "live")


async def test_sixty_codes_at_once_from_one_place_are_twenty_guesses(database: Database) -> None:
    merchant = await a_seller(database)
    await on_sale(database, merchant)
    async with AsyncExitStack() as stack:
        shoppers = [
            await stack.enter_async_context(shopping(await stack.enter_async_context(a_shop(database))))
            for _ in range(3)
        ]
        for shopper in shoppers:
            await shopper.give()
        forms = [await shopper.fill("/checkout") for shopper in shoppers]
        said = await asyncio.gather(
            *(
                shoppers[at % 3].send("/live/checkout", forms[at % 3] | {"buyer_promo": f"GUESS{at}"})
                for at in range(60)
            )
        )
    told = [page.answer.json()["promo_said"] for page in said]
    assert sum(UNKNOWN in one for one in told) == 20
    assert sum(TOO_OFTEN in one for one in told) == 40


async def test_guesses_of_many_close_codes_only_to_those_who_guessed(database: Database) -> None:
    merchant = await a_seller(database)
    await on_sale(database, merchant)
    await a_code(database, merchant)
    async with an_application(database, clock=StillClock(NOW)) as application, AsyncExitStack() as stack:
        for at in range(10):
            guesser = await stack.enter_async_context(shopping(application, address=f"203.0.113.{at}"))
            await guesser.give()
            for n in range(20):
                assert UNKNOWN in await tell(guesser, f"GUESS{n}", "live")
        late = await stack.enter_async_context(shopping(application, address="198.51.100.6"))
        await late.give()
        assert UNKNOWN in await tell(late, "GUESS", "live")
        assert TOO_OFTEN in await tell(late, "GUESS2", "live")
        buyer = await stack.enter_async_context(shopping(application, address="198.51.100.7"))
        await buyer.give()
        assert "takes $10.00 off" in await tell(buyer, "spring", "live")
