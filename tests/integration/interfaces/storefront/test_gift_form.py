"""The gift form: what is typed is kept, what is wrong is said beside it, and nothing that is sent is believed."""

import asyncio
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from largesse.db import Database
from largesse.domain.catalog import BonusRule, Validity
from largesse.domain.drafts.model import KEPT
from largesse.interfaces.storefront.limits import Limits
from largesse.kernel.tax import UNTAXED
from largesse.services.checkout import purge
from tests.builders.application import NOW, an_application
from tests.builders.catalog import a_draft, a_package, on_sale
from tests.builders.shop import a_seller
from tests.fakes.clock import StillClock
from tests.support.shopper import BUYER, GIFT, shopping

LONG = "x" * 31


async def test_a_gift_is_put_together_and_stands_at_the_checkout(database: Database) -> None:
    await on_sale(database, await a_seller(database), a_draft(tax=UNTAXED))
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        sent = await shopper.give(tip="15", message="Happy birthday")
        assert (sent.status, sent.answer.headers["location"]) == (303, "/corner-spa/checkout")
        page = await shopper.open("/checkout")
        for words in ("For Ada", "$100.00", "plus $15.00 gratuity", "as soon as it is paid for, at ada@example.com"):
            assert words in page.words
        assert page.fields["total"] == "11500"
        assert "1 gift is waiting for you" in (await shopper.open("")).words


async def test_the_certificate_opens_large_wherever_it_is_shown_and_needs_no_script(database: Database) -> None:
    """F20: on a phone its message was seven pixels high, and could not be tapped."""
    await on_sale(database, await a_seller(database), a_draft(tax=UNTAXED))
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        await shopper.give(message="Happy birthday")
        for path in ("/gift/any-amount", "/checkout"):
            page = await shopper.open(path)
            links = page.tree.xpath('//a[img[contains(@class, "sheet-of-paper")]]')
            assert links
            for link in links:
                assert link.get("href") == link.find("img").get("src")
                assert link.get("target") == "_blank"
            assert (await shopper.client.get(links[0].get("href"))).headers["content-type"] == "image/svg+xml"


async def test_the_same_form_sent_twice_is_one_gift(database: Database) -> None:
    await on_sale(database, await a_seller(database), a_draft(tax=UNTAXED))
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        form = await shopper.fill("/gift/any-amount", to="Ada", from_="Grace", first_name="Ada", email="a@example.com")
        await shopper.send("/gift/any-amount", form)
        await shopper.send("/gift/any-amount", form)
        assert (await shopper.open("/checkout")).fields["total"] == "10000"


async def test_two_tabs_that_begin_with_the_same_half_written_gift_add_two(database: Database) -> None:
    await on_sale(database, await a_seller(database), a_draft(tax=UNTAXED))
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        whole = {"from_": "Grace", "first_name": "Ada", "email": "a@example.com", "go": "add"}
        first = await shopper.fill("/gift/any-amount", to="Ada", **whole)
        await shopper.send("/live/gift/any-amount", first)
        second = await shopper.fill("/gift/any-amount") | {"to": "Linus", "go": "add"}
        for form in (first, second, second, first | {"to": "Ada King"}):  # pressed twice; gone back and corrected
            assert (await shopper.send("/gift/any-amount", form)).status == 303
        page = await shopper.open("/checkout")
        assert page.tree.xpath("//li//h2/text()") == ["For Ada King", "For Linus"]


async def test_a_second_tab_that_sends_the_same_gift_again_adds_none(database: Database) -> None:
    await on_sale(database, await a_seller(database), a_draft(tax=UNTAXED))
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        first = await shopper.fill("/gift/any-amount", **GIFT)
        await shopper.send("/live/gift/any-amount", first)
        again = await shopper.fill("/gift/any-amount", go="add")
        for form in (first, again):
            await shopper.send("/gift/any-amount", form)
        assert (await shopper.open("/checkout")).fields["total"] == "10000"


@pytest.mark.parametrize(
    "typed, field, sentence",
    [
        ({"to": ""}, "to", "Say who it is for"),
        ({"from_": LONG}, "from", "This has 31 of 30 characters; take out 1."),
        ({"message": "x" * 214}, "message", "This has 214 of 200 characters; take out 14."),
        ({"message": "a\n" * 7}, "message", "The message has 7 lines"),
        ({"first_name": ""}, "first_name", "Type the recipient’s first name."),
        ({"last_name": "x" * 61}, "last_name", "61 of 60"),
        ({"email": "ada"}, "email", "That is not an e-mail address. Write it like name@example.com."),
        ({"email": "ada@example"}, "email", "That is not an e-mail address"),
        ({"email": "ada@@example.com"}, "email", "That is not an e-mail address"),
        ({"email": "ada@exa mple.com"}, "email", "That is not an e-mail address"),
        ({"email": ""}, "email", "Type the recipient’s e-mail address."),
        ({"amount": ""}, "amount", "Choose how much"),
        ({"amount": "other", "other_amount": ""}, "other_amount", "Type how much"),
        ({"amount": "other", "other_amount": "ten"}, "other_amount", "That is not an amount"),
        ({"amount": "other", "other_amount": "9.99"}, "other_amount", "Give an amount from $10.00 to $1,000.00."),
        ({"amount": "other", "other_amount": "1000.01"}, "other_amount", "Give an amount from $10.00 to $1,000.00."),
        ({"amount": "other", "other_amount": "25.5555"}, "other_amount", "too many decimals"),
        ({"tip": "other", "other_tip": "100.01"}, "other_tip", "A gratuity may be at most $100.00."),
        ({"tip": "other", "other_tip": "lots"}, "other_tip", "That is not an amount"),
        ({"delivery": "later", "day": ""}, "day", "Choose the day"),
        ({"delivery": "later", "day": "24.12.2026"}, "day", "That is not a day"),
        ({"delivery": "later", "day": "2026-11-21"}, "day", "That day has passed"),
        ({"delivery": "later", "day": "2028-01-01"}, "day", "Choose a day up to 22 November 2027."),
        ({"delivery": ""}, "delivery", "Choose how it should arrive."),
        ({"design": ""}, "design", "Choose a design."),
    ],
)
async def test_what_is_wrong_is_said_beside_the_field_and_the_rest_is_kept(
    database: Database, typed: dict[str, str], field: str, sentence: str
) -> None:
    await on_sale(database, await a_seller(database))
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        page = await shopper.give(**typed)
        assert page.status == 422
        found = page.error(field) or " ".join(page.tree.xpath(f'//a[@href="#field-{field}"]/text()'))
        assert sentence in found
        kept = page.fields
        for name, text in typed.items():
            if name.rstrip("_") in kept:
                assert kept[name.rstrip("_")].strip() == text.strip()
        assert kept["from"] == typed.get("from_", "Grace")
        assert "There is no gift here yet" in (await shopper.open("/checkout")).words


async def test_what_is_wrong_is_listed_from_the_top_of_the_page_to_its_foot(database: Database) -> None:
    await on_sale(database, await a_seller(database))
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        page = await shopper.give(amount="", to="", from_="", delivery="later", day="", first_name="", email="")
        said = page.tree.xpath('//div[@role="alert"]//a/@href')
    assert said == [f"#field-{name}" for name in ("amount", "to", "from", "day", "first_name", "email")]


@pytest.mark.parametrize(
    "forged",
    [
        {"amount": "1"},
        {"amount": "-5000"},
        {"amount": "5000.0"},
        {"amount": "５０００"},
        {"tip": "16"},
        {"tip": "NaN"},
        {"tip": "1e400"},
        {"design": "bespoke"},
        {"locale": "xx"},
        {"delivery": "pigeon"},
        {"delivery": "later", "day": "2026-12-24", "hour": "3"},
        {"delivery": "later", "day": "2026-12-24", "hour": "９"},
    ],
)
async def test_a_forged_choice_is_refused_and_logged_without_what_was_typed(
    database: Database, forged: dict[str, str]
) -> None:
    await on_sale(database, await a_seller(database))
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        with capture_logs() as logs:
            page = await shopper.give(**forged)
        assert page.status == 422
        assert "needs your attention" in page.words
        [entry] = [entry for entry in logs if entry["event"] == "choice_forged"]
        assert "ada@example.com" not in str(entry)
        assert "There is no gift here yet" in (await shopper.open("/checkout")).words


async def test_an_offering_that_does_not_exist_cannot_be_given(database: Database) -> None:
    await on_sale(database, await a_seller(database))
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        form = await shopper.fill("/gift/any-amount")
        with capture_logs() as logs:
            page = await shopper.send(f"/gift/{uuid4()}", form)
        assert page.status == 404
        assert any(entry["event"] == "choice_forged" for entry in logs)


@pytest.mark.parametrize("token", ["", "x", "é", "A" * 32])
async def test_a_form_that_is_not_ours_changes_nothing_and_keeps_what_was_typed(database: Database, token: str) -> None:
    await on_sale(database, await a_seller(database))
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        form = await shopper.fill("/gift/any-amount", to="Ada & Co", from_="Grace") | {"csrf_token": token}
        page = await shopper.send("/gift/any-amount", form)
        assert page.status == 403
        assert "Please press once more" in page.words
        assert page.fields["to"] == "Ada & Co"
        assert "There is no gift here yet" in (await shopper.open("/checkout")).words


async def test_the_csrf_token_of_another_visitor_or_another_site_does_not_count(database: Database) -> None:
    await on_sale(database, await a_seller(database))
    async with (
        an_application(database, clock=StillClock(NOW)) as application,
        shopping(application) as shopper,
        shopping(application) as other,
    ):
        form = await shopper.fill("/gift/any-amount", to="Ada", from_="Grace", first_name="Ada", email="a@example.com")
        await other.open("/gift/any-amount")
        assert (await other.send("/gift/any-amount", form)).status == 403
        assert (await shopper.send("/gift/any-amount", form, **{"sec-fetch-site": "cross-site"})).status == 403
        assert (await shopper.send("/gift/any-amount", form, **{"sec-fetch-site": "same-origin"})).status == 303


async def test_hostile_words_are_limited_and_shown_as_text(database: Database) -> None:
    await on_sale(database, await a_seller(database))
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        page = await shopper.give(to="<script>alert(1)</script>", message="\u202eevil\u202c \u200b\x00&amp;")
        assert (page.status, page.answer.headers["location"]) == (303, "/corner-spa/checkout")
        shown = await shopper.open("/checkout")
        assert "<script>alert" not in shown.html
        assert "For <script>alert(1)</script>" in shown.words
        edit = re.search(r'href="/corner-spa(/gift/any-amount\?edit=[^"]+)"', shown.html)
        assert edit is not None
        assert (await shopper.open(edit[1])).fields["message"].strip() == "evil &amp;"


async def test_ten_thousand_lines_are_turned_away_with_a_sentence(database: Database) -> None:
    await on_sale(database, await a_seller(database))
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        page = await shopper.give(message="x\n" * 10_000)
        assert page.status == 422
        assert "of 200 characters" in page.error("message")
        assert len(page.html) < 120_000
        too_much = await shopper.send("/gift/any-amount", {"message": "x" * 200_000})
        assert too_much.status == 413


async def test_a_first_gift_is_not_lost_to_the_live_figures_that_come_beside_it(database: Database) -> None:
    await on_sale(database, await a_seller(database), a_draft(tax=UNTAXED))
    async with an_application(database, clock=StillClock(NOW)) as application:
        for _ in range(8):
            async with shopping(application) as shopper:
                typed = {"to": "Ada", "from_": "Grace", "first_name": "Ada", "email": "a@example.com"}
                form = await shopper.fill("/gift/any-amount", **typed)
                add, live = "/gift/any-amount", "/live/gift/any-amount"
                await asyncio.gather(*(shopper.send(path, form) for path in (live, add, live)))
                assert (await shopper.open("/checkout")).fields["total"] == "10000"


async def test_forms_full_of_nothing_but_signs_come_back_as_forms(database: Database) -> None:
    await on_sale(database, await a_seller(database))
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        form = await shopper.fill("/gift/any-amount")
        for sign in ('"', "\\", "\u0000", "\U0001f382", "é"):
            hostile = {name: sign * 1_500 for name in form if name not in {"csrf_token", "gift_id"}}
            page = await shopper.send("/gift/any-amount", form | hostile | {"message": sign * 15_000})
            assert page.status in {422, 413}  # the widest signs make a body that is too large
            assert (await shopper.open("/gift/any-amount")).status == 200


async def test_a_gift_can_be_changed_and_taken_out(database: Database) -> None:
    await on_sale(database, await a_seller(database), a_draft(tax=UNTAXED))
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        await shopper.give()
        await shopper.give(to="Mary", first_name="Mary", amount="5000")
        page = await shopper.open("/checkout")
        assert page.fields["total"] == "15000"
        edits = re.findall(r'"button plain" href="/corner-spa(/gift/any-amount\?edit=[^"]+)"', page.html)
        form = await shopper.fill(edits[1], amount="other", other_amount="75.50")
        assert form["to"] == "Mary"
        await shopper.send("/gift/any-amount", form)
        page = await shopper.open("/checkout")
        assert page.fields["total"] == "17550"
        gift_id = edits[0].rpartition("=")[2]
        removal = {"csrf_token": page.fields["csrf_token"], "gift_id": gift_id}
        await shopper.send("/gifts/remove", removal | {"csrf_token": "x"})
        assert (await shopper.open("/checkout")).fields["total"] == "17550"
        for _ in range(2):
            assert (await shopper.send("/gifts/remove", removal)).status == 303
        page = await shopper.open("/checkout")
        assert page.fields["total"] == "7550"
        assert "For Ada" not in page.words


async def test_add_another_leads_back_to_what_is_on_sale(database: Database) -> None:
    await on_sale(database, await a_seller(database))
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        assert (await shopper.give(go="another")).answer.headers["location"] == "/corner-spa?kept=1#choose"


async def test_what_is_half_written_survives_a_reload_and_another_day(database: Database) -> None:
    await on_sale(database, await a_seller(database))
    clock = StillClock(NOW)
    async with an_application(database, clock=clock) as application, shopping(application) as shopper:
        form = await shopper.fill("/gift/any-amount", to="Ada", message="Dear A")
        await shopper.send("/live/gift/any-amount", form)
        clock.moment = NOW + timedelta(days=1, hours=8)
        assert await purge(application, now=clock.now()) == 0
        back = await shopper.open("/gift/any-amount")
        assert (back.fields["to"], back.fields["message"].strip()) == ("Ada", "Dear A")
        assert back.fields["gift_id"] == form["gift_id"]
        clock.moment = NOW + KEPT * 2
        assert await purge(application, now=clock.now()) == 1
        assert (await shopper.open("/gift/any-amount")).fields["to"] == ""


async def test_the_database_does_not_know_the_visitors_token(database: Database) -> None:
    await on_sale(database, await a_seller(database))
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        await shopper.give()
        [cookie] = [one for one in shopper.client.cookies.jar if one.name == "session"]
        assert (cookie.path, cookie.secure) == ("/corner-spa", True)
        assert cookie.has_nonstandard_attr("HttpOnly")
        async with database.connection() as connection:
            row = await connection.fetchrow("SELECT * FROM drafts")
        assert row is not None
        assert (cookie.value or "") not in str(dict(row))


async def test_live_figures_are_those_of_the_server_and_the_preview_is_ours_alone(database: Database) -> None:
    offering = a_draft(bonus=BonusRule(threshold=10_000, amount=2_000))
    await on_sale(database, await a_seller(database), offering)
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        form = await shopper.fill("/gift/any-amount", to="Ada", tip="20", amount="10000")
        figures = (await shopper.send("/live/gift/any-amount", form)).answer.json()
        assert (figures["amount"], figures["tip"]) == ("$100.00", "$20.00")
        assert (figures["tax"], figures["total"]) == ("$8.25", "$128.25")
        assert figures["bonus"] == "A present for you, too: a certificate of $20."
        picture = await shopper.client.get(figures["preview"])
        assert picture.status_code == 200
        assert picture.headers["content-type"] == "image/svg+xml"
        assert picture.headers["content-security-policy"].startswith("default-src 'none'")
        face = application.typesetter.previewed[-1]  # type: ignore[attr-defined]  # the fake keeps what it was asked
        assert (face.to, face.amount, face.gratuity) == ("Ada", "$100.00", "$20.00")
        assert "TEST" in face.number
        for address in (
            figures["preview"][:-1],
            figures["preview"].replace("key=", "key=A"),
            "/corner-spa/preview.svg",
        ):
            assert (await shopper.client.get(address)).status_code == 404
        assert (await shopper.send("/live/gift/any-amount", form | {"csrf_token": ""})).status == 403
        wrong = (await shopper.send("/live/gift/any-amount", form | {"amount": "1"})).answer.json()
        assert (wrong["amount"], wrong["total"]) == ("", "")


async def test_what_somebody_typed_is_drawn_for_nobody_else(database: Database) -> None:
    await on_sale(database, await a_seller(database))
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        form = await shopper.fill("/gift/any-amount", to="Ada", message="We owe you a million")
        words = (await shopper.send("/live/gift/any-amount", form)).answer.json()["preview"]
        sample = (await shopper.open("")).tree.xpath("//img[contains(@src, 'preview.svg')]/@src")
        assert (await shopper.client.get(words)).status_code == 200
        async with shopping(application) as stranger:
            assert (await stranger.client.get(words)).status_code == 404
            await stranger.open("/gift/any-amount")  # a session of their own does not help
            assert (await stranger.client.get(words)).status_code == 404
            assert {(await stranger.client.get(one)).status_code for one in sample} == {200}


async def test_an_address_that_looks_like_a_slip_is_asked_about_once(database: Database) -> None:
    """F26: without scripts a word after sending, which sending once more overrules; with them a button beside it."""
    await on_sale(database, await a_seller(database))
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        form = await shopper.fill("/gift/any-amount", **GIFT | {"email": "ada@gmial.com"})
        assert (await shopper.send("/live/gift/any-amount", form)).answer.json()["email_meant"] == "ada@gmail.com"
        asked = await shopper.send("/gift/any-amount", form)
        assert asked.status == 422
        assert asked.error("email") == "Did you mean ada@gmail.com? Correct it, or send it once more as it is."
        other = await shopper.send("/gift/any-amount", asked.fields | {"email": "ada@gnail.com", "go": "add"})
        assert other.error("email").startswith("Did you mean ada@gmail.com?")
        assert (await shopper.send("/live/gift/any-amount", other.fields)).answer.json()["email_meant"] == ""
        assert (await shopper.send("/gift/any-amount", other.fields | {"go": "add"})).status == 303
        kept = (await shopper.open("/checkout")).tree.xpath("//a[contains(@href, '?edit=')]/@href")[0]
        edited = await shopper.fill(kept.removeprefix("/corner-spa"), go="add")
        assert (await shopper.send("/gift/any-amount", edited)).status == 303  # it was said once, and holds
        printed = await shopper.give(email="ada@gmial.com", delivery="print")
        assert printed.status == 303


async def test_the_buyers_address_is_asked_about_once_and_nothing_is_placed_before(database: Database) -> None:
    """F26."""
    await on_sale(database, await a_seller(database))
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        await shopper.give()
        wrong = await shopper.fill("/checkout", **BUYER | {"buyer_email": "grace@hotmial.com", "buyer_last_name": ""})
        assert (await shopper.send("/live/checkout", wrong)).answer.json()["email_meant"] == "grace@hotmail.com"
        asked = await shopper.send("/checkout", wrong)
        assert (asked.status, asked.error("buyer_last_name")) == (422, "Type your last name.")
        assert asked.error("buyer_email").startswith("Did you mean grace@hotmail.com?")
        still = await shopper.send("/checkout", asked.fields | {"go": "pay"})
        assert (still.status, still.error("buyer_email")) == (422, "")
        paid = await shopper.send("/checkout", still.fields | {"buyer_last_name": "Hopper", "go": "pay"})
        assert paid.status == 303


async def test_designs_are_shown_in_the_merchants_colour_and_kept(database: Database) -> None:
    """F25: the same small drawing for everybody, at an address that changes with the colour."""
    await on_sale(database, await a_seller(database))
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        for path in ("", "/gift/any-amount"):  # the shop's page is written once, and sent twice alike
            first, second = await shopper.open(path), await shopper.open(path)
            assert first.answer.headers["content-encoding"] == second.answer.headers["content-encoding"] == "gzip"
        addresses = (await shopper.open("/gift/any-amount")).tree.xpath("//label//img/@src")
        assert addresses[0] == "/corner-spa/designs/engraved-7a2e3b.svg"
        for address in addresses:
            drawn = await shopper.client.get(address)
            assert (drawn.status_code, drawn.headers["cache-control"]) == (200, "public, max-age=604800")
            assert 'color="#7a2e3b"' in drawn.text
        for other in ("engraved-7a2e3g.svg", "engraved.svg", "gothic-7a2e3b.svg", "ENGRAVED-7a2e3b.svg"):
            assert (await shopper.client.get(f"/corner-spa/designs/{other}")).status_code == 404
        assert (await shopper.client.get("/nobody/designs/engraved-7a2e3b.svg")).status_code == 404


async def test_without_scripts_a_button_shows_preview_and_total(database: Database) -> None:
    await on_sale(database, await a_seller(database), a_draft(tax=UNTAXED))
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        page = await shopper.give(to="", amount="other", other_amount="33,50", go="update")
        assert page.status == 200
        assert page.error("to") == ""
        assert "$33.50" in page.words
        assert "There is no gift here yet" in (await shopper.open("/checkout")).words


async def test_a_gift_to_print_needs_no_address(database: Database) -> None:
    await on_sale(database, await a_seller(database), a_package())
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        await shopper.give("/gift/massage", delivery="print", email="", first_name="")
        assert "You print it yourself." in (await shopper.open("/checkout")).words


async def test_a_gift_for_later_says_when_in_words(database: Database) -> None:
    await on_sale(database, await a_seller(database), a_package())
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        await shopper.give("/gift/massage", delivery="later", day="2026-12-24", hour="9")
        assert "Ada gets it on 24 December at 09:00, at ada@example.com." in (await shopper.open("/checkout")).words
        french = await shopper.open("/checkout", **{"accept-language": "fr"})
        assert "Ada le reçoit le 24 décembre à 9 h" in french.words.replace("\u00a0", " ").replace("\u202f", " ")


async def test_a_gift_is_not_planned_for_a_day_on_which_it_could_not_be_used_any_more(database: Database) -> None:
    await on_sale(database, await a_seller(database), a_package(validity=Validity(days=60)))
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        page = await shopper.give("/gift/massage", delivery="later", day="2027-01-22")
        assert (page.status, page.error("day")) == (422, "That is too far ahead. Choose a day up to 21 January 2027.")
        assert 'max="2027-01-21"' in page.html
        assert (await shopper.give("/gift/massage", delivery="later", day="2027-01-21")).status == 303


@pytest.mark.parametrize("language, amount, tip", [("de", "Anderer", "Anderes"), ("es", "Otro", "Otra")])
async def test_another_amount_and_another_gratuity_have_the_gender_of_their_words(
    database: Database, language: str, amount: str, tip: str
) -> None:
    await on_sale(database, await a_seller(database))
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        page = await shopper.open("/gift/any-amount", **{"accept-language": language})
        other = {
            name: page.tree.xpath(f'//label[input[@name="{name}" and @value="other"]]//b')[0]
            for name in ("amount", "tip")
        }
        assert {name: title.text for name, title in other.items()} == {"amount": amount, "tip": tip}


async def test_too_many_forms_from_one_address_have_to_wait(database: Database) -> None:
    await on_sale(database, await a_seller(database))
    limits = Limits(gifts="1/minute", live="1/minute", previews="1/minute")
    async with (
        an_application(database, clock=StillClock(NOW)) as application,
        shopping(application, limits=limits) as shopper,
    ):
        assert (await shopper.give()).status == 303
        page = await shopper.give()
        assert (page.status, page.answer.headers["retry-after"]) == (429, "60")
        assert "One moment, please" in page.words
        form = await shopper.fill("/gift/any-amount")
        assert (await shopper.send("/live/gift/any-amount", form)).status == 200
        assert (await shopper.send("/live/gift/any-amount", form)).status == 429
        assert (await shopper.client.get("/corner-spa/preview.svg")).status_code == 404
        assert (await shopper.client.get("/corner-spa/preview.svg")).status_code == 429


@pytest.mark.parametrize(
    "typed, sentence",
    [
        ("0,500", "too many decimals. Write at most 2, such as 75.50."),
        ("5.0.0", "That is not an amount. Write it as a number, such as 75 or 75.50."),
        ("1000.000", "too many decimals"),
        ("10,0,0", "That is not an amount"),
        ("1,00,000", "That is not an amount"),
        ("12.345,678", "too many decimals"),
        ("$50", "Amounts are in EUR here. Write it without the sign of another currency, such as 75."),
        ("50 USD", "Amounts are in EUR here."),
        ("abc", "That is not an amount"),
    ],
)
async def test_an_amount_that_could_mean_another_is_refused_with_one_sentence(
    database: Database, typed: str, sentence: str
) -> None:
    draft = a_draft(amount_min=1_000, amount_max=100_000_000)
    await on_sale(database, await a_seller(database, currency="EUR"), draft)
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        page = await shopper.give(amount="other", other_amount=typed)
        assert page.status == 422
        assert sentence in page.error("other_amount")
        assert page.tree.xpath('//div[@role="alert"]//a/@href') == ["#field-other_amount"]


@pytest.mark.parametrize(
    "currency, language, typed, total",
    [
        ("EUR", "de", "1.250,50", "1.250,50 €"),
        ("EUR", "en", "1.000", "€1,000.00"),
        ("JPY", "en", "¥2,500", "¥2,500"),
        ("BHD", "en", "12.345", "BHD 12.345"),
        ("INR", "en", "1,00,000", "₹100,000.00"),
    ],
)
async def test_an_amount_is_read_as_its_reader_and_its_currency_write_it(
    database: Database, currency: str, language: str, typed: str, total: str
) -> None:
    draft = a_draft(presets=(), amount_min=1_000, amount_max=100_000_000, tax=UNTAXED)
    await on_sale(database, await a_seller(database, currency=currency), draft)
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        shopper.client.cookies.set("language", language)
        assert (await shopper.give(amount="other", other_amount=typed)).status == 303
        assert total in (await shopper.open("/checkout")).words.replace("\u00a0", " ")


async def test_an_amount_means_the_same_after_a_change_of_language(database: Database) -> None:
    draft = a_draft(presets=(), amount_min=1_000, amount_max=100_000_000, tax=UNTAXED)
    await on_sale(database, await a_seller(database, currency="BHD"), draft)
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        shopper.client.cookies.set("language", "de")
        await shopper.give(amount="other", other_amount="12,345")
        shopper.client.cookies.set("language", "en")
        assert "BHD 12.345" in (await shopper.open("/checkout")).words.replace("\u00a0", " ")
