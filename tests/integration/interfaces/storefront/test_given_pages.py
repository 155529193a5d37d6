"""The page on which buyers look after their gifts: theirs by the signed link, nobody else's."""

import io
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, cast

import httpx
import lxml.html
import pytest
from litestar import Litestar
from pypdf import PdfReader

from largesse.adapters.keyring import FixedKeyring
from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import staff
from largesse.domain.catalog import CertificateFace
from largesse.domain.gifts import GiftStatus
from largesse.domain.orders import DeliveryMethod, Order
from largesse.interfaces.storefront import FOLDER
from largesse.interfaces.storefront.given_pages import PDF_PATH, PICTURE_PATH, given_routes
from largesse.interfaces.storefront.limits import GuessLimit
from largesse.kernel.errors import LargesseError
from largesse.kernel.numbers import in_groups
from largesse.ledger import CertificateBlocked, VoidReason
from largesse.services.certificates import ReissueOfPool, redeem
from largesse.services.certificates.requests import Place
from largesse.services.certificates.transfers import reissue
from largesse.services.gifts import care
from largesse.services.gifts.delivery import send_due
from largesse.services.gifts.links import GOOD_FOR, PATH, GiftLink, link_to_gifts, make_token
from largesse.services.refunds import void
from largesse.ui import Templates
from largesse.web.assets import ui_routes
from tests.builders.application import BASE_URL, NOW
from tests.builders.certificates import a_request
from tests.builders.gifts import a_gift, a_gift_installation, a_relay, a_shop, bought, delivery_of
from tests.builders.orders import a_charge
from tests.fakes.clock import StillClock
from tests.fakes.senders import KeepingSender
from tests.fakes.typesetter import PlainTypesetter
from tests.support.markup import LOOKING
from tests.support.shopper import shopping

TEMPLATES = Templates(parts={"storefront": FOLDER}, https=True)


@asynccontextmanager
async def visitor(application: Application, *, guesses: GuessLimit | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """A browser."""
    routes = [*ui_routes(TEMPLATES), *given_routes(application, TEMPLATES, guesses=guesses)]
    transport = httpx.ASGITransport(app=cast("Any", Litestar(routes, openapi_config=None, logging_config=None)))
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL, event_hooks=LOOKING) as client:
        yield client


def token_for(application: Application, order: Order) -> str:
    assert order.checkout_id is not None
    return link_to_gifts(application, order.merchant_id, order.checkout_id, now=NOW).partition("token=")[2]


def a_form(application: Application, order: Order, **typed: str) -> dict[str, str]:
    given = {
        "token": token_for(application, order),
        "order": str(order.order_id),
        "name": "Ada",
        "email": "ada@right.example",
    }
    return given | {"when": "now"} | typed


def place_of(order: Order) -> Place:
    assert order.certificate_id is not None
    return Place(merchant_id=order.merchant_id, certificate_id=order.certificate_id)


async def test_the_link_shows_every_gift_of_the_checkout_and_no_number(database: Database) -> None:
    async with (
        a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application,
        visitor(application) as client,
    ):
        later = NOW + timedelta(days=3)
        first, second = await bought(application, await a_shop(database), a_gift(), a_gift(name="Linus", at=later))
        answer = await client.get(PATH, params={"token": token_for(application, first)})
    assert answer.status_code == 200
    for words in (first.order_number, second.order_number, "for Ada", "for Linus", "On its way", "Waiting for its day"):
        assert words in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"


async def test_a_corrected_address_that_looks_like_a_slip_is_asked_about_once(database: Database) -> None:
    """F26: this one above all, for with it the gift gets a new number."""
    async with (
        a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application,
        visitor(application) as client,
    ):
        [order] = await bought(application, await a_shop(database), a_gift())
        typed = a_form(application, order, email="ada@gmial.com")
        asked = await client.post(PATH, data=typed)
        assert asked.status_code == 422
        assert "Did you mean ada@gmail.com?" in asked.text
        assert 'name="email_sure" value="ada@gmial.com"' in asked.text
        sent = await client.post(PATH, data=typed | {"email_sure": "ada@gmial.com"})
        assert sent.status_code == 303


@pytest.mark.parametrize(
    "language, words",
    [
        ("en", "$100.00 plus $15.00 gratuity"),
        ("de", "100,00\xa0$ zuzüglich 15,00\xa0$ Trinkgeld"),
        ("fr", "100,00\xa0$US plus 15,00\xa0$US de pourboire"),
        ("es", "100,00\xa0US$ más 15,00\xa0US$ de propina"),
    ],
)
async def test_the_gratuity_is_told_apart_as_everywhere_else(database: Database, language: str, words: str) -> None:
    async with (
        a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application,
        visitor(application) as client,
    ):
        [order] = await bought(application, await a_shop(database), a_gift(a_charge(tip=1_500)))
        answer = await client.get(
            PATH, params={"token": token_for(application, order)}, headers={"accept-language": language}
        )
    assert words in answer.text


async def test_a_corrected_address_gets_the_gift_at_once(database: Database) -> None:
    mail = KeepingSender()
    async with (
        a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application,
        visitor(application) as client,
    ):
        [order] = await bought(application, await a_shop(database))
        answer = await client.post(PATH, data=a_form(application, order, name="  Ada   King "))
        assert (answer.status_code, "done=replaced" in answer.headers["location"]) == (303, True)
        after = await client.get(answer.headers["location"])
        await a_relay(application, mail).run_once(NOW)
        gift = await delivery_of(application, order)
        async with database.connection() as connection:
            [entry] = await staff.entries_about(connection, order.merchant_id, str(order.order_id))
    assert "It is on its way, with a new number." in after.text
    assert (gift.recipient_name, gift.recipient_email, gift.status) == (
        "Ada King",
        "ada@right.example",
        GiftStatus.SENT,
    )
    sent_to = [parcel.url for parcel in mail.parcels]
    assert sorted(sent_to) == ["mailto:ada@right.example", "mailto:grace@example.com"], "never to the old address"
    assert (entry.action, entry.actor) == (staff.Audited.GIFT_RECIPIENT_CORRECTED, f"buyer:{order.order_number}")


async def test_a_gift_that_waits_keeps_its_day_when_it_is_corrected(database: Database) -> None:
    mail = KeepingSender()
    later = NOW + timedelta(days=3)
    async with (
        a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application,
        visitor(application) as client,
    ):
        [order] = await bought(application, await a_shop(database), a_gift(at=later))
        answer = await client.post(PATH, data=a_form(application, order, when="then"))
        assert "done=saved" in answer.headers["location"]
        assert (await delivery_of(application, order)).status is GiftStatus.WAITING
        await send_due(application, now=later)
        await a_relay(application, mail).run_once(later)
    assert "mailto:ada@right.example" in [parcel.url for parcel in mail.parcels]


async def test_what_is_wrong_stands_beside_the_field_and_what_was_typed_stays(database: Database) -> None:
    async with (
        a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application,
        visitor(application) as client,
    ):
        [order] = await bought(application, await a_shop(database))
        before = await delivery_of(application, order)
        answer = await client.post(PATH, data=a_form(application, order, email="ada at home", name="<b>Ada</b>"))
        assert await delivery_of(application, order) == before
    assert answer.status_code == 422
    assert 'value="ada at home"' in answer.text
    assert 'value="&lt;b&gt;Ada&lt;/b&gt;"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "That is not an e-mail address." in answer.text
    tree = cast("Any", lxml.html.fromstring(answer.text))
    token = tree.xpath('//input[@name="token"]/@value')[0]
    [told] = tree.xpath('//div[@role="alert"]//a')
    assert tree.get_element_by_id(told.get("href").removeprefix("#")).get("name") == "email"
    assert [form.form_values() for form in tree.xpath('//button[@name="language"][@value="de"]/ancestor::form')] == [
        [("here", f"{PATH}?token={token}")]
    ]


async def test_a_name_that_the_gift_form_took_is_taken_here_too(database: Database) -> None:
    persian = "\u0645\u06cc\u200c\u0646\u0627"  # Mina, with the joiner that the script needs
    async with (
        a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application,
        visitor(application) as client,
    ):
        [order] = await bought(application, await a_shop(database))
        answer = await client.post(PATH, data=a_form(application, order, name=f"\u202e{persian}"))
        assert (answer.status_code, (await delivery_of(application, order)).recipient_name) == (303, persian)


async def test_a_name_that_is_too_long_says_by_how_much(database: Database) -> None:
    async with (
        a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application,
        visitor(application) as client,
    ):
        [order] = await bought(application, await a_shop(database))
        answer = await client.post(PATH, data=a_form(application, order, name="x" * 123))
        assert answer.status_code == 422
        assert "This has 123 of 121 characters; take out 2." in answer.text
        assert "maxlength" not in answer.text, "what is pasted is never cut silently"


async def test_a_reissued_certificate_is_sent_again_with_its_new_number(database: Database) -> None:
    mail = KeepingSender()
    async with (
        a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application,
        visitor(application) as client,
    ):
        merchant = await a_shop(database)
        [order] = await bought(application, merchant, a_gift(at=NOW + timedelta(days=3)))
        fresh = await reissue(application, merchant, place_of(order), request=a_request("lost"), now=NOW)
        await send_due(application, now=NOW + timedelta(days=3))
        await a_relay(application, mail).run_once(NOW + timedelta(days=3))
        assert (await delivery_of(application, order)).status is GiftStatus.WITHDRAWN, "nobody asked for the new one"
        await client.post(PATH, data=a_form(application, order))
        await a_relay(application, mail).run_once(NOW + timedelta(days=3))
    [sent] = [parcel for parcel in mail.parcels if parcel.url == "mailto:ada@right.example"]
    assert in_groups(fresh.number).encode() in sent.body


async def test_a_gift_that_was_taken_back_is_neither_sent_nor_printed(database: Database) -> None:
    async with (
        a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application,
        visitor(application) as client,
    ):
        [order] = await bought(application, await a_shop(database))
        await void(application, place_of(order), reason=VoidReason.FRAUD, request=a_request("fraud"), now=NOW)
        sent = await client.post(PATH, data=a_form(application, order))
        printed = await client.post(PDF_PATH, data=a_form(application, order))
        page = await client.get(PATH, params={"token": token_for(application, order)})
    assert (sent.status_code, printed.status_code) == (409, 409)
    assert "No longer usable" in page.text
    assert "<form" not in page.text.partition('id="gift-')[2].partition("</section>")[0]


@pytest.mark.parametrize(
    "refused, words",
    [
        (CertificateBlocked(), "This gift certificate cannot be used any more."),
        (ReissueOfPool(), "This gift keeps its number"),
    ],
)
async def test_where_it_gets_no_new_number_the_page_says_why(
    database: Database, monkeypatch: pytest.MonkeyPatch, refused: LargesseError, words: str
) -> None:
    """It was blocked a moment ago, or its code is the till's."""

    async def refuse(*_: object, **__: object) -> None:
        raise refused

    async with (
        a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application,
        visitor(application) as client,
    ):
        [order] = await bought(application, await a_shop(database))
        await a_relay(application, KeepingSender()).run_once(NOW)
        monkeypatch.setattr(care, "reissue_within", refuse)
        answer = await client.post(PATH, data=a_form(application, order))
        assert (await delivery_of(application, order)).recipient_email == "ada@example.com"
    assert answer.status_code == 409
    assert words in answer.text
    assert order.order_number in answer.text, "on the page of the gifts"


async def test_sending_again_is_bounded(database: Database) -> None:
    async with (
        a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application,
        visitor(application) as client,
    ):
        [order] = await bought(application, await a_shop(database))
        codes = [(await client.post(PATH, data=a_form(application, order))).status_code for _ in range(6)]
        async with database.connection() as connection:
            mails = await connection.fetchval("SELECT count(*) FROM mails WHERE purpose = 'gift'")
    assert codes == [303] * 4 + [429] * 2
    assert mails == 5


async def test_a_gift_to_print_is_not_offered_to_be_sent_again(database: Database) -> None:
    mail = KeepingSender()
    async with (
        a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application,
        visitor(application) as client,
    ):
        [order] = await bought(application, await a_shop(database), a_gift(delivery=DeliveryMethod.PRINT))
        page = await client.get(PATH, params={"token": token_for(application, order)})
        assert "Send it by e-mail instead" in page.text
        assert "Correct the address" not in page.text
        assert (await client.post(PATH, data=a_form(application, order))).status_code == 303
        await a_relay(application, mail).run_once(NOW)
        after = await client.get(PATH, params={"token": token_for(application, order)})
    assert "mailto:ada@right.example" in [parcel.url for parcel in mail.parcels]
    assert "Correct the address or send it again" in after.text


async def test_the_buyer_prints_a_gift(database: Database) -> None:
    async with a_gift_installation(database, clock=StillClock(NOW)) as application, visitor(application) as client:
        [order] = await bought(application, await a_shop(database))
        answer = await client.post(PDF_PATH, data=a_form(application, order))
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    assert order.order_number in answer.headers["content-disposition"]
    assert "Corner Spa" in PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()


async def test_forged_links_are_refused_and_logged_without_themselves(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application:
        [order] = await bought(application, await a_shop(database))
        token = token_for(application, order)
        thief = FixedKeyring([bytes(32)])
        assert order.checkout_id is not None
        link = GiftLink(merchant_id=order.merchant_id, checkout_id=order.checkout_id, ends_at=NOW + GOOD_FOR)
        changed = token[:30] + ("A" if token[30] != "A" else "B") + token[31:]
        forged = ["", "x", token[:-1], token + "A", changed, make_token(thief, link), "é" * 80, "A" * 5000]
        async with visitor(application, guesses=GuessLimit(application, "link", misses=100)) as client:
            with caplog.at_level(logging.WARNING, "largesse"):
                shown = [await client.get(PATH, params={"token": one}) for one in forged]
                sent = await client.post(PATH, data=a_form(application, order, token=changed))
                printed = await client.post(PDF_PATH, data=a_form(application, order, token=changed))
    assert {answer.status_code for answer in (*shown, sent, printed)} == {403}
    assert len({answer.text for answer in shown}) == 1
    assert len([one for one in caplog.messages if "gift.link.refused" in one]) == len(forged) + 2
    assert not any(token[:30] in one for one in caplog.messages if "refused" in one)


async def test_guessing_links_is_slowed_on_every_page_that_a_link_opens(database: Database) -> None:
    async with a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application:
        await a_shop(database)
        async with visitor(application) as client, shopping(application) as shopper:
            codes = [(await client.get(PATH, params={"token": "x"})).status_code for _ in range(12)]
            codes += [(await shopper.open("/thanks?token=x")).status for _ in range(10)]
            refused = await client.get(PATH, params={"token": "x"})
    assert codes == [403] * 12 + [404] * 8 + [429] * 2
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "600")


async def test_a_link_ends(database: Database) -> None:
    clock = StillClock(NOW)
    async with a_gift_installation(database, prints=False, clock=clock) as application, visitor(application) as client:
        [order] = await bought(application, await a_shop(database))
        token = token_for(application, order)
        clock.moment = NOW + GOOD_FOR
        answer = await client.get(PATH, params={"token": token})
        sent = await client.post(PATH, data=a_form(application, order, token=token))
    assert (answer.status_code, sent.status_code) == (410, 410)
    assert "This link has ended" in answer.text


async def test_a_link_outlives_a_rotation_of_the_keys(database: Database) -> None:
    old, new = bytes(31) + b"a", bytes(31) + b"b"
    async with a_gift_installation(
        database, prints=False, clock=StillClock(NOW), keyring=FixedKeyring([old])
    ) as application:
        [order] = await bought(application, await a_shop(database))
        token = token_for(application, order)
    async with (
        a_gift_installation(
            database, prints=False, clock=StillClock(NOW), keyring=FixedKeyring([new, old])
        ) as application,
        visitor(application) as client,
    ):
        assert (await client.get(PATH, params={"token": token})).status_code == 200


async def test_one_checkouts_link_reaches_no_other_checkout(database: Database) -> None:
    async with (
        a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application,
        visitor(application) as client,
    ):
        merchant = await a_shop(database)
        [mine], [other] = await bought(application, merchant), await bought(application, merchant)
        stolen = a_form(application, other, token=token_for(application, mine))
        assert (await client.post(PATH, data=stolen)).status_code == 403
        assert (await client.post(PDF_PATH, data=stolen)).status_code == 403
        shown = await client.get(PATH, params={"token": token_for(application, mine)})
    assert other.order_number not in shown.text


async def test_another_site_cannot_send_the_form(database: Database) -> None:
    async with (
        a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application,
        visitor(application) as client,
    ):
        [order] = await bought(application, await a_shop(database))
        headers = {"Sec-Fetch-Site": "cross-site"}
        answer = await client.post(PATH, data=a_form(application, order), headers=headers)
    assert answer.status_code == 403


@pytest.mark.parametrize("language, words", [("es", "Sus regalos"), ("fr", "Vos cadeaux"), ("de", "Ihre Geschenke")])
async def test_the_page_speaks_the_buyers_language(database: Database, language: str, words: str) -> None:
    async with (
        a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application,
        visitor(application) as client,
    ):
        [order] = await bought(application, await a_shop(database))
        answer = await client.get(
            PATH, params={"token": token_for(application, order)}, headers={"Accept-Language": language}
        )
    assert words in answer.text
    assert re.search(rf'<html lang="{language}"', answer.text)


@pytest.mark.parametrize(
    "language, words",
    [
        ("en", "this gift has a new number"),
        ("de", "hat dieses Geschenk eine neue Nummer"),
        ("es", "este regalo tiene un número nuevo"),
        ("fr", "ce cadeau a un nouveau numéro"),
    ],
)
async def test_the_page_says_that_a_corrected_address_gave_a_new_number(
    database: Database, language: str, words: str
) -> None:
    async with (
        a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application,
        visitor(application) as client,
    ):
        [order] = await bought(application, await a_shop(database))
        await a_relay(application, KeepingSender()).run_once(NOW)
        headers = {"Accept-Language": language}
        before = await client.get(PATH, params={"token": token_for(application, order)}, headers=headers)
        answer = await client.post(PATH, data=a_form(application, order))
        after = await client.get(answer.headers["location"], headers=headers)
        later = await client.get(PATH, params={"token": token_for(application, order)}, headers=headers)
    assert words not in before.text
    assert words in after.text
    assert words in later.text, "not only once"


@pytest.mark.parametrize("spent", [2_500, 10_000])
async def test_the_buyer_is_told_of_neither_balance_nor_use(database: Database, spent: int) -> None:
    """SHOP, section 7: page, picture, paper and another mail are as if nothing had been spent."""
    mail = KeepingSender()
    async with (
        a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application,
        visitor(application) as client,
    ):
        [order] = await bought(application, await a_shop(database))
        await a_relay(application, mail).run_once(NOW)
        form = a_form(application, order, email="ada@example.com")
        asked = {"token": form["token"], "order": form["order"]}

        async def seen() -> tuple[str, list[CertificateFace]]:
            press = cast("PlainTypesetter", application.typesetter)
            before = len(press.previewed), len(press.set)
            page = await client.get(PATH, params={"token": form["token"]})
            drawn = [await client.get(PICTURE_PATH, params=asked), await client.post(PDF_PATH, data=asked)]
            assert [one.status_code for one in (page, *drawn)] == [200, 200, 200]
            return page.text, [*press.previewed[before[0] :], *(face for face, _ in press.set[before[1] :])]

        page, faces = await seen()
        await redeem(application, place_of(order), value=spent, request=a_request("at the till"), now=NOW)
        after, faces_after = await seen()
        assert without_tokens(after) == without_tokens(page)
        assert faces_after == faces
        assert {face.amount for face in faces} == {"$100.00"}
        assert (await client.post(PATH, data=form)).status_code == 303
        await a_relay(application, mail).run_once(NOW)
        assert (await delivery_of(application, order)).status is GiftStatus.SENT
        again = await client.get(PATH, params={"token": form["token"]})
        assert "Sent" in again.text
    assert "No longer usable" not in page + after + again.text


async def test_what_was_paid_out_in_cash_is_told_to_the_buyer_as_little(database: Database) -> None:
    async with (
        a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application,
        visitor(application) as client,
    ):
        [order] = await bought(application, await a_shop(database))
        await a_relay(application, KeepingSender()).run_once(NOW)
        page = await client.get(PATH, params={"token": token_for(application, order)})
        async with database.transaction() as connection:
            await connection.execute("UPDATE certificates SET status = 'void', balance = 0")
        after = await client.get(PATH, params={"token": token_for(application, order)})
        assert without_tokens(after.text) == without_tokens(page.text)
        for address in ("ada@example.com", "ada@right.example"):
            refused = await client.post(PATH, data=a_form(application, order, email=address))
            assert refused.status_code == 409
            assert "only as long as nothing of the gift was used" in refused.text


async def test_the_paper_in_a_late_receipt_is_as_it_was_bought(database: Database) -> None:
    mail = KeepingSender()
    async with a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application:
        [order] = await bought(application, await a_shop(database), a_gift(delivery=DeliveryMethod.PRINT))
        await redeem(application, place_of(order), value=10_000, request=a_request("at the till"), now=NOW)
        await a_relay(application, mail).run_once(NOW)
        [(face, _)] = cast("PlainTypesetter", application.typesetter).set
    assert len(mail.parcels) == 1
    assert face.amount == "$100.00"


def without_tokens(page: str) -> str:
    """A page without what is made anew for each look."""
    return re.sub(r"token=[\w.-]+|value=\"[\w-]+\.[\w-]+\"", "", page)


async def test_a_gift_that_was_used_is_not_sent_anew_by_its_buyer(database: Database) -> None:
    async with (
        a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application,
        visitor(application) as client,
    ):
        [order] = await bought(application, await a_shop(database))
        await a_relay(application, KeepingSender()).run_once(NOW)
        await redeem(application, place_of(order), value=500, request=a_request("at the till"), now=NOW)
        answer = await client.post(PATH, data=a_form(application, order))
    assert answer.status_code == 409
    assert "Write to the shop." in answer.text
