"""The redeem page: what remains, for who holds the number; nothing, always alike, for who guesses."""

import asyncio
import io
import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import lxml.html
import msgspec
import pytest
import typst
import zxingcpp
from litestar import Litestar
from PIL import Image
from pypdf import PdfReader

from largesse.adapters.keyring import FixedKeyring
from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.catalog import ThemeChange, ThemeWords, change_theme
from largesse.domain.certificates import open_numbers
from largesse.domain.gifts import GiftStatus, GiftUsed, update_gifts
from largesse.domain.orders import DeliveryMethod, Order
from largesse.interfaces.storefront import FOLDER
from largesse.interfaces.storefront.held_pictures import PICTURE_PATH, held_picture_routes
from largesse.interfaces.storefront.limits import GuessLimit
from largesse.interfaces.storefront.redeem import CALENDAR_PATH, PATH, PDF_PATH, redeem_routes
from largesse.interfaces.storefront.reminder_pages import reminder_routes
from largesse.kernel.ids import new_id
from largesse.kernel.numbers import in_groups, make_number, make_sample_number
from largesse.ledger import VoidReason
from largesse.ledger.commands import Reverse
from largesse.services.certificates import prepare
from largesse.services.certificates.adjustments import block
from largesse.services.certificates.holds import place_hold
from largesse.services.certificates.redemption import redeem
from largesse.services.certificates.requests import Place
from largesse.services.certificates.transfers import reissue
from largesse.services.gifts import GiftLink, SentAgain, send_again
from largesse.services.refunds import void
from largesse.ui import Templates
from largesse.web.assets import ui_routes
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_card, a_merchant, a_request
from tests.builders.gifts import a_gift, a_gift_installation, a_shop, bought, delivery_of
from tests.fakes.clock import StillClock
from tests.support.markup import LOOKING
from tests.support.words import mentions

TEMPLATES = Templates(parts={"storefront": FOLDER}, https=True)
TYPED = re.compile(r'value="[^"]*"')


@asynccontextmanager
async def visitor(
    application: Application, *, guesses: GuessLimit | None = None, address: str = "127.0.0.1"
) -> AsyncIterator[httpx.AsyncClient]:
    """A browser at the page."""
    routes = [
        *ui_routes(TEMPLATES),
        *redeem_routes(application, TEMPLATES, guesses=guesses),
        *held_picture_routes(application),
        *reminder_routes(application, TEMPLATES),
    ]
    app = cast("Any", Litestar(routes, openapi_config=None))
    transport = httpx.ASGITransport(app=app, client=(address, 4711))
    async with httpx.AsyncClient(
        transport=transport, base_url="https://gifts.example.com", event_hooks=LOOKING
    ) as client:
        yield client


async def test_a_holder_sees_what_remains_and_how_long_it_is_good(database: Database) -> None:
    async with an_application(database, clock=StillClock(NOW)) as application, visitor(application) as client:
        card = await a_card(application, await a_merchant(database), gratuity=1500)
        await redeem(application, card.place, value=2550, request=a_request(), now=NOW)
        await place_hold(application, card.place, value=1000, lasting=timedelta(hours=1), request=a_request(), now=NOW)
        for typed in (card.number, in_groups(card.number).lower()):
            answer = await client.get(PATH, params={"code": typed})
            assert answer.status_code == 200
            for words in (
                "$64.50",
                "$15.00 gratuity",
                "$10.00",
                "Monday, 22 November 2077",
                "Corner Spa",
                "How to use it",
            ):
                assert words in answer.text
            assert card.number[-4:] in answer.text
            assert not mentions(answer.text.lower(), "test")


@pytest.mark.parametrize(
    "language, words",
    [
        ("en", ("Validity", "No expiry date")),
        ("de", ("Gültigkeit", "Kein Ablaufdatum")),
        ("fr", ("Validité", "Sans date d’expiration")),
        ("es", ("Validez", "Sin fecha de caducidad")),
    ],
)
async def test_a_certificate_for_ever_says_so_in_every_language(
    database: Database, language: str, words: tuple[str, ...]
) -> None:
    async with an_application(database, clock=StillClock(NOW)) as application, visitor(application) as client:
        merchant = await a_merchant(database)
        for_ever, for_a_year = (
            await a_card(application, merchant, good_through=None),
            await a_card(application, merchant),
        )
        pages = [
            (await client.get(PATH, params={"code": card.number}, headers={"accept-language": language})).text
            for card in (for_ever, for_a_year)
        ]
        assert [word in pages[0] for word in words] == [True, True]
        assert words[1] not in pages[1]


async def test_the_redeem_url_typed_or_scanned_into_the_field_is_read_as_its_number(database: Database) -> None:
    async with an_application(database, clock=StillClock(NOW)) as application, visitor(application) as client:
        card = await a_card(application, await a_merchant(database))
        scanned = f"https://gifts.example.com{PATH}?code={card.number}"
        for answer in (
            await client.post(PATH, data={"code": scanned}),
            await client.get(PATH, params={"code": scanned}),
            await client.post(PATH, data={"code": f"{scanned}\r\n"}),
        ):
            assert answer.status_code == 200
            assert in_groups(card.number) in answer.text
        wrong = f"https://gifts.example.com/a/long/way/round/{'x' * 100}{PATH}?code={in_groups(make_number('GL'))}"
        again = await client.post(PATH, data={"code": wrong})
        assert again.status_code == 404
        assert lxml.html.fromstring(again.text).xpath('//input[@id="field-code"]/@value') == [wrong]


async def test_a_typed_number_is_posted_and_answered_alike(database: Database) -> None:
    async with an_application(database, clock=StillClock(NOW)) as application, visitor(application) as client:
        card = await a_card(application, await a_merchant(database))
        asked = await client.get(PATH)
        assert 'method="post"' in asked.text
        posted = await client.post(PATH, data={"code": card.number})
        assert "$100.00" in posted.text
        assert card.number[:-4] not in str(posted.url)
        action = f'action="{PATH}"'
        assert action in posted.text, "no address on the page leads back with the number in it"
        assert f"{PATH}?code=" not in posted.text


async def test_unknown_and_malformed_numbers_get_the_same_page(database: Database) -> None:
    async with (
        an_application(database) as application,
        visitor(application, guesses=GuessLimit(application, "number", misses=100)) as client,
    ):
        await a_card(application, await a_merchant(database))
        texts = ["x", make_number("GL"), make_number("ZZ"), make_sample_number("ZZ"), "\x00", "GL" + "0" * 500, "<b>é"]
        got = [await client.get(PATH, params={"code": text}) for text in texts]
        assert {answer.status_code for answer in got} == {404}
        answers = [await client.post(PATH, data={"code": text}) for text in texts]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.text for answer in got}) == 1
        assert len({str(sorted(answer.headers.items())) for answer in got}) == 1
        assert len({TYPED.sub('value=""', answer.text) for answer in answers}) == 1, "all but what they typed"
        assert 'aria-invalid="true"' in answers[0].text


async def test_a_number_with_a_slip_can_be_corrected_and_none_at_all_is_asked_for(database: Database) -> None:
    async with an_application(database) as application, visitor(application) as client:
        slip = await client.post(PATH, data={"code": ' GL-7K2M-9QXR-4T8W-HB3D\u202e"> '})
        assert 'value="GL-7K2M-9QXR-4T8W-HB3D&#34;&gt;"' in slip.text
        assert "HB3D" not in (await client.get(PATH, params={"code": "GL-7K2M-9QXR-4T8W-HB3D"})).text
        nothing = await client.post(PATH, data={"code": "  "})
        assert nothing.status_code == 422
        assert "Type the number that stands on the certificate." in nothing.text
        assert 'aria-invalid="true"' in nothing.text
        assert 'aria-invalid="true"' not in (await client.get(PATH, params={"code": ""})).text


@pytest.mark.parametrize("body", [b"", b"code=", b"code=%", b"\xff\xfe", b"&" * 3000, b"code=" + b"=" * 2000])
async def test_a_body_that_is_no_form_is_answered_with_the_page(database: Database, body: bytes) -> None:
    async with an_application(database) as application, visitor(application) as client:
        answer = await client.post(PATH, content=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
        assert answer.status_code in {422, 404}
        assert 'name="code"' in answer.text


async def test_a_body_beyond_all_bounds_is_refused(database: Database) -> None:
    async with an_application(database) as application, visitor(application) as client:
        assert (await client.post(PATH, content=b"code=" + b"x" * 10_000)).status_code == 413


async def test_another_language_or_light_keeps_the_certificate_that_was_asked_for(database: Database) -> None:
    async with an_application(database, clock=StillClock(NOW)) as application, visitor(application) as client:
        card = await a_card(application, await a_merchant(database))
        shown: Any = lxml.html.fromstring((await client.post(PATH, data={"code": card.number})).text)
        language, theme = shown.xpath('//form[@class="segments"]')
        assert {form.get("action") for form in (language, theme)} == {PATH}
        german = await client.post(PATH, data={**language.fields, "language": "de"})
        assert "einzulösen bei Corner Spa" in german.text
        dark = await client.post(PATH, data={**theme.fields, "theme": "dark"})
        assert 'lang="de"' in dark.text
        assert 'data-theme="dark"' in dark.text
        assert 'data-theme="dark"' in (await client.post(PATH, data={**theme.fields, "theme": "purple"})).text


async def test_a_sample_says_that_it_is_a_test(database: Database) -> None:
    async with an_application(database) as application, visitor(application) as client:
        await a_merchant(database)
        answer = await client.get(PATH, params={"code": make_sample_number("GL")})
        assert answer.status_code == 200
        assert "This is a test." in answer.text
        assert "$" not in answer.text


async def test_a_demonstration_says_that_it_is_a_test(database: Database) -> None:
    async with an_application(database, clock=StillClock(NOW)) as application, visitor(application) as client:
        card = await a_card(application, await a_merchant(database, is_demo=True))
        assert "This is a test." in (await client.get(PATH, params={"code": card.number})).text


async def test_what_cannot_be_spent_says_why(database: Database) -> None:
    clock = StillClock(NOW)
    merchant = await a_merchant(database)
    async with an_application(database, clock=clock) as application, visitor(application) as client:
        spent, blocked, voided = [await a_card(application, merchant) for _ in range(3)]
        passed = await a_card(application, merchant, good_through=date(2026, 11, 22))
        await redeem(application, spent.place, value=10_000, request=a_request(), now=NOW)
        await block(application, blocked.place, request=a_request(), now=NOW)
        await void(application, voided.place, reason=VoidReason.FRAUD, request=a_request(), now=NOW)
        inactive = await prepare(application, merchant, request=a_request(), now=NOW)
        card_page = await client.get(PATH, params={"code": inactive.number})
        assert "This gift certificate was not activated yet." in card_page.text
        assert "0.00" not in card_page.text
        clock.moment = NOW + timedelta(days=1)
        said = {
            card.number: (await client.get(PATH, params={"code": card.number})).text
            for card in (spent, blocked, voided, passed)
        }
    assert "All of this gift certificate has been spent." in said[spent.number]
    assert "cannot be used just now" in said[blocked.number]
    assert "This gift certificate was cancelled" in said[voided.number]
    assert "good through Sunday, 22 November 2026, and that day has passed" in said[passed.number]
    for number, text in said.items():
        assert "At the till" not in text
        assert "How to use it" not in text, "F50"
        assert "certificate.pdf" not in text
        assert number not in text
        assert in_groups(number) not in text


async def test_a_merchants_name_is_text_and_nothing_else(database: Database) -> None:
    merchant = await a_merchant(database)
    async with database.connection() as connection:
        await connection.execute("UPDATE merchants SET name = $1", "<script>alert(1)</script>")
    async with an_application(database, clock=StillClock(NOW)) as application, visitor(application) as client:
        card = await a_card(application, merchant)
        answer = await client.get(PATH, params={"code": card.number})
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;" in answer.text


async def test_the_page_keeps_itself_to_itself(database: Database) -> None:
    async with an_application(database) as application, visitor(application) as client:
        answer = await client.get(PATH)
        headers = answer.headers
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"
        assert "noindex" in headers["x-robots-tag"]
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert "unsafe" not in headers["content-security-policy"]
        assert "strict-transport-security" in headers
        assert "style=" not in answer.text
        assert not re.findall(r"<script(?![^>]*\bsrc=)", answer.text)
        assert not re.findall(r'(?:src|href)="(?:https?:)?//', answer.text)
        [style] = re.findall(r'rel="stylesheet" href="([^"]+)"', answer.text)
        sheet = await client.get(style)
        assert sheet.headers["content-type"].startswith("text/css")
        assert "immutable" in sheet.headers["cache-control"]
        assert "url(http" not in sheet.text


async def test_guessing_is_slowed_and_says_when_to_come_back(database: Database) -> None:
    clock = StillClock(NOW)
    async with an_application(database, clock=clock) as application, visitor(application) as client:
        card = await a_card(application, await a_merchant(database))
        codes = [(await client.get(PATH, params={"code": make_number("GL")})).status_code for _ in range(21)]
        assert codes == [404] * 20 + [429]
        clock.moment += timedelta(minutes=4)
        refused = await client.get(PATH, params={"code": card.number})
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "360")
        assert (await client.get(PATH)).status_code == 200  # the form itself stays
        clock.moment += timedelta(minutes=6)
        assert (await client.get(PATH, params={"code": card.number})).status_code == 200


async def test_who_looks_too_often_is_told_when_that_bound_has_room(database: Database) -> None:
    async with (
        an_application(database) as application,
        visitor(application, guesses=GuessLimit(application, "number", looks="3/minute")) as client,
    ):
        card = await a_card(application, await a_merchant(database))
        answers = [await client.get(PATH, params={"code": card.number}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60, "not the ten minutes of the misses"


async def test_sixty_guesses_at_once_by_two_processes_get_no_further_than_twenty(database: Database) -> None:
    keyring = FixedKeyring([bytes(32)])
    async with (
        an_application(database, keyring=keyring) as one,
        an_application(database, keyring=keyring) as other,
        visitor(one) as first,
        visitor(other) as second,
    ):
        asked = [client.get(PATH, params={"code": make_number("GL")}) for client in (first, second) for _ in range(30)]
        codes = [answer.status_code for answer in await asyncio.gather(*asked)]
    assert sorted(codes) == [404] * 20 + [429] * 40


async def test_misses_of_many_close_the_page_only_to_those_who_missed(database: Database) -> None:
    async with an_application(database) as application:
        card = await a_card(application, await a_merchant(database))
        guesses = GuessLimit(application, "number", overall=10)
        async with AsyncExitStack() as stack:
            guessers = [
                await stack.enter_async_context(visitor(application, guesses=guesses, address=f"203.0.113.{n}"))
                for n in range(10)
            ]
            assert {(await one.get(PATH, params={"code": "x"})).status_code for one in guessers} == {404}
            assert {(await one.get(PATH, params={"code": "x"})).status_code for one in guessers} == {429}
            holder = await stack.enter_async_context(visitor(application, guesses=guesses, address="198.51.100.7"))
            assert (await holder.get(PATH, params={"code": card.number})).status_code == 200


async def test_a_till_can_scan_the_page(database: Database) -> None:
    async with an_application(database, clock=StillClock(NOW)) as application, visitor(application) as client:
        card = await a_card(application, await a_merchant(database))
        page = (await client.get(PATH, params={"code": card.number.lower()})).text
    assert in_groups(card.number) in page
    qr, bars = re.findall(r'<div class="code [^"]*" role="img"[^>]*>(<svg.*?</svg>)\s*</div>', page, re.DOTALL)
    assert "style=" not in qr + bars, "the policy allows no inline style"
    assert scanned(qr, 240, 240) == {f"https://gifts.example.com{PATH}?code={card.number}"}
    assert scanned(bars, 416, 72) == {card.number}


async def test_the_page_tells_what_happened_in_plain_words(database: Database) -> None:
    async with an_application(database, clock=StillClock(NOW)) as application, visitor(application) as client:
        card = await a_card(application, await a_merchant(database), gratuity=1500)
        spent = await redeem(application, card.place, value=2550, gratuity=500, request=a_request(), now=NOW)
        undo = Reverse(
            merchant_id=card.place.merchant_id,
            certificate_id=card.place.certificate_id,
            operation_id=new_id(NOW),
            actor="test",
            redemption_id=spent.operation_id,
        )
        await application.ledger.submit(undo, now=NOW - timedelta(0))
        page = (await client.get(PATH, params={"code": card.number})).text
    story = page[page.index("What happened so far") :]
    places = [
        story.index(words)
        for words in (
            "A purchase was undone: $25.50 plus $5.00 gratuity is back",
            "$25.50 plus $5.00 gratuity spent",
            "Issued with $100.00 plus $15.00 gratuity",
        )
    ]
    assert places == sorted(places), "the newest first"
    assert "today at 10:00" in story


async def test_the_pdf_is_posted_for_and_kept_by_nobody(database: Database) -> None:
    async with a_gift_installation(database, clock=StillClock(NOW)) as application, visitor(application) as client:
        card = await a_card(application, await a_merchant(database))
        await redeem(application, card.place, value=2550, request=a_request(), now=NOW)
        answer = await client.post(PDF_PATH, data={"code": card.number})
        home = await client.post(f"{PDF_PATH}?paper=sheet", data={"code": card.number})
        asked_by_address = await client.get(PDF_PATH, params={"code": card.number})
        nothing = await client.post(PDF_PATH, data={"code": make_number("GL")})
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    [page] = PdfReader(io.BytesIO(answer.content)).pages
    printed = " ".join(page.extract_text().split())
    assert in_groups(card.number) in printed
    assert "$74.50" in printed, "what is on it now"
    assert PdfReader(io.BytesIO(home.content)).pages[0].mediabox.height > page.mediabox.height
    assert asked_by_address.status_code == 405
    assert (nothing.status_code, 'name="code"' in nothing.text) == (404, True)


async def test_a_blocked_certificate_is_not_printed(database: Database) -> None:
    async with a_gift_installation(database, clock=StillClock(NOW)) as application, visitor(application) as client:
        card = await a_card(application, await a_merchant(database))
        await block(application, card.place, request=a_request(), now=NOW)
        answer = await client.post(PDF_PATH, data={"code": card.number})
    assert "cannot be used just now" in answer.text


async def test_the_merchants_own_words_stand_on_the_page(database: Database) -> None:
    merchant = await a_merchant(database)
    change = ThemeChange(
        how_to_redeem="Ring the bell twice.",
        address="12 Harbour Street\nPortsmouth",
        phone="+1 603 555 0100",
        accent="#1f4e8c",
        translations={"de": ThemeWords(how_to_redeem="Bitte zweimal läuten.")},
    )
    async with database.transaction() as connection:
        await change_theme(connection, merchant.merchant_id, change, region="US", now=NOW)
    async with an_application(database, clock=StillClock(NOW)) as application, visitor(application) as client:
        card = await a_card(application, merchant)
        english = (await client.get(PATH, params={"code": card.number})).text
        german = (await client.get(PATH, params={"code": card.number}, headers={"Accept-Language": "de"})).text
    for words in (
        "Ring the bell twice.",
        "<bdi>12 Harbour Street</bdi><br><bdi>Portsmouth",
        "tel:+16035550100",
        "+1 603-555-0100",
        "1f4e8c",
    ):
        assert words in english
    assert "Bitte zweimal läuten." in german
    assert "An der Kasse" in german


def scanned(svg: str, width: int, height: int) -> set[str]:
    """Draw an SVG of a page with typst, and read the codes in it."""
    fitted = re.sub(r'(<svg [^>]*?) width="[^"]*" height="[^"]*"', r"\1", svg, count=1)
    drawn = fitted.replace("<svg ", f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" ', 1)
    drawn = re.sub(r'(xmlns="[^"]*".*?) xmlns="[^"]*"', r"\1", drawn, count=1)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "code.svg").write_text(drawn)
        source = Path(folder) / "show.typ"
        source.write_text(
            f"#set page(width:{width + 40}pt,height:{height + 40}pt,margin:20pt)\n"
            f'#image("code.svg",width:{width}pt,height:{height}pt,fit:"stretch")'
        )
        shown = typst.compile(str(source), format="png", ppi=200)
    assert isinstance(shown, bytes)
    picture = Image.open(io.BytesIO(shown)).convert("L")
    return {code.text for code in zxingcpp.read_barcodes(picture)}


async def test_the_page_of_a_replaced_number_says_so_and_nothing_else(database: Database) -> None:
    async with (
        a_gift_installation(database, clock=StillClock(NOW), prints=False) as application,
        visitor(application) as client,
    ):
        merchant = await a_merchant(database)
        card = await a_card(application, merchant)
        fresh = await reissue(application, merchant, card.place, request=a_request(), now=NOW)
        old = (await client.get(PATH, params={"code": card.number})).text
        new = (await client.get(PATH, params={"code": fresh.number})).text
        paper = await client.post(PDF_PATH, data={"code": card.number})
    assert "This gift certificate was replaced by another. Ask whoever gave it to you." in old
    for told in ("$100.00", "What happened so far", "moved to another", merchant.contact_email, fresh.number[-4:], "@"):
        assert told not in old.partition("<main")[2].partition("</main>")[0]
    assert "$100.00" in new
    assert paper.headers["content-type"].startswith("text/html")


async def test_the_page_shows_the_order_number(database: Database) -> None:
    async with (
        a_gift_installation(database, clock=StillClock(NOW), prints=False) as application,
        visitor(application) as client,
    ):
        [order] = await bought(application, await a_shop(database))
        assert order.certificate_id is not None
        async with database.connection() as connection:
            numbers = await open_numbers(connection, application.keyring, order.merchant_id, [order.certificate_id])
        answer = await client.get(PATH, params={"code": numbers[order.certificate_id]})
    assert "Order number" in answer.text
    assert order.order_number in answer.text


def _switch(page: str, name: str, value: str) -> tuple[str, dict[str, str]]:
    """Return where a switch of language or light leads, and what it sends, as a browser without scripts does."""
    [form] = cast("Any", lxml.html.fromstring(page)).xpath(f'//button[@name="{name}"][@value="{value}"]/ancestor::form')
    return form.action, dict(form.form_values()) | {name: value}


@pytest.mark.parametrize("state", ["spendable", "blocked", "spent", "unknown"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_change_of_language_or_light_keeps_what_the_page_is_about(
    database: Database, state: str, method: str
) -> None:
    async with an_application(database, clock=StillClock(NOW)) as application, visitor(application) as client:
        card = await a_card(application, await a_merchant(database))
        if state == "blocked":
            await block(application, card.place, request=a_request(), now=NOW)
        if state == "spent":
            await redeem(application, card.place, value=10_000, request=a_request(), now=NOW)
        number = make_number("GL") if state == "unknown" else card.number
        if method == "GET":
            page = await client.get(PATH, params={"code": number})
        else:
            page = await client.post(PATH, data={"code": number})
        said = {
            "spendable": in_groups(number),
            "blocked": "kann gerade nicht",
            "spent": "ganz eingelöst",
            "unknown": "Gutschein",
        }[state]
        for name, value in (("language", "de"), ("theme", "dark")):
            action, fields = _switch(page.text, name, value)
            page = await client.post(action, data=fields, follow_redirects=True)
            assert number not in str(page.url)
            assert 'lang="de"' in page.text
            assert said in page.text
        assert 'data-theme="dark"' in page.text


async def test_the_entry_has_the_look_of_the_shop_it_was_opened_from_and_keeps_it(database: Database) -> None:
    seller = await a_merchant(database)
    other = await a_merchant(database, slug="other", number="1002", prefix="XY")
    async with database.transaction() as connection:
        await change_theme(connection, other.merchant_id, ThemeChange(accent="#135e46"), now=NOW)
    async with an_application(database, clock=StillClock(NOW)) as application, visitor(application) as client:
        plain = await client.get(PATH)
        assert "Largesse" in plain.text
        assert seller.name not in plain.text
        page = await client.get(PATH, params={"shop": "other"})
        wrong = await client.post(PATH, data={"code": "XY123", "shop": "other"})
        action, fields = _switch(wrong.text, "language", "fr")
        switched = await client.post(action, data=fields)
        for answer in (page, wrong, switched):
            assert 'href="/other"' in answer.text
            assert "shop-135e46" in answer.text
            assert "XY‑7K2M‑9QXR‑4T8W‑HB3C" in answer.text
            assert cast("Any", lxml.html.fromstring(answer.text)).xpath('//input[@name="shop"]/@value')[0] == "other"
        assert (await client.get(PATH, params={"shop": "nobody"})).status_code == 200


async def test_with_one_merchant_alone_the_entry_is_that_merchants(database: Database) -> None:
    await a_merchant(database, is_demo=True)
    async with an_application(database, clock=StillClock(NOW)) as application, visitor(application) as client:
        page = await client.get(PATH)
    assert 'href="/corner-spa"' in page.text
    assert "This is a demonstration." in page.text


async def number_of(application: Application, order: Order) -> str:
    """The number of what was bought."""
    assert order.certificate_id is not None
    async with application.database.connection() as connection:
        numbers = await open_numbers(connection, application.keyring, order.merchant_id, [order.certificate_id])
    return numbers[order.certificate_id]


async def test_a_present_is_unwrapped_by_its_holder_and_stays_so(database: Database) -> None:
    """F15, M7: names, message and design stood in the PDF alone. Nothing here needs a script."""
    async with (
        a_gift_installation(database, clock=StillClock(NOW), prints=False) as application,
        visitor(application) as client,
    ):
        [order] = await bought(application, await a_shop(database), a_gift(message="Enjoy it!\nسلام"))
        number = await number_of(application, order)
        wrapped = await client.get(PATH, params={"code": number})
        for words in ("Ada, this is for you", "From Grace", "Unwrap it", in_groups(number)):
            assert words in wrapped.text
        assert "Enjoy it!" not in wrapped.text
        assert PICTURE_PATH not in wrapped.text
        [form] = cast("Any", lxml.html.fromstring(wrapped.text)).xpath('//form[.//input[@name="unwrap"]]')
        assert (form.method, form.action) == ("POST", PATH)
        unwrapped = await client.post(form.action, data=dict(form.form_values()))
        again = await client.get(PATH, params={"code": number}, headers={"accept-language": "de"})
        assert "Ada, das ist für Sie" in again.text
        for page in (unwrapped, again):
            assert "Enjoy it!" in page.text
            assert '<p dir="auto">سلام</p>' in page.text
            [address] = cast("Any", lxml.html.fromstring(page.text)).xpath("//main//img/@src")
            assert number not in address
            picture = await client.get(address)
            assert (picture.status_code, picture.headers["content-type"]) == (200, "image/svg+xml")
            assert picture.headers["cache-control"] == "no-store"


async def test_the_picture_of_a_certificate_is_shown_by_its_page_alone_and_not_for_long(database: Database) -> None:
    clock = StillClock(NOW)
    async with a_gift_installation(database, clock=clock, prints=False) as application, visitor(application) as client:
        [order] = await bought(application, await a_shop(database), a_gift(delivery=DeliveryMethod.PRINT))
        number = await number_of(application, order)
        page = await client.get(PATH, params={"code": number})
        assert "Unwrap it" not in page.text, "what was printed is no longer wrapped"
        [address] = cast("Any", lxml.html.fromstring(page.text)).xpath("//main//img/@src")
        changed = address[:-1] + ("A" if address[-1] != "A" else "B")
        for forged in (PICTURE_PATH, f"{PICTURE_PATH}?key={number}", changed):
            assert (await client.get(forged)).status_code == 404
        clock.moment = NOW + timedelta(days=1)
        assert (await client.get(address)).status_code == 404
        clock.moment = NOW
        assert (await client.get(address)).status_code == 200
        await block(application, place_of(order), request=a_request(), now=NOW)
        assert (await client.get(address)).status_code == 404
        looks = [(await client.get(address)).status_code for _ in range(60)]
        assert looks == sorted(looks)
        assert set(looks) == {404, 429}, "one key does not keep the typesetter"
        assert "retry-after" in (await client.get(address)).headers


async def test_once_unwrapped_the_address_is_the_shops_to_correct(database: Database) -> None:
    """SHOP, section 6: whoever unwrapped it counts on the number."""
    async with (
        a_gift_installation(database, clock=StillClock(NOW), prints=False) as application,
        visitor(application) as client,
    ):
        merchant = await a_shop(database)
        [order] = await bought(application, merchant)
        number = await number_of(application, order)
        await client.post(PATH, data={"code": number, "unwrap": "yes"})
        assert order.checkout_id is not None
        link = GiftLink(merchant_id=order.merchant_id, checkout_id=order.checkout_id, ends_at=NOW + timedelta(days=1))

        async def corrected() -> SentAgain:
            return await send_again(
                application, link, order.order_id, name="Ada", email="right@example.com", at_once=True, now=NOW
            )

        with pytest.raises(GiftUsed):
            await corrected()
        assert (await client.get(PATH, params={"code": number})).status_code == 200
        await reissue(application, merchant, place_of(order), request=a_request(), now=NOW)
        assert (await corrected()).has_new_number, "the shop ended the number that was unwrapped"
        assert (await delivery_of(application, order)).unwrapped_at is None, "the next one is wrapped again"


async def test_what_was_unwrapped_under_a_number_of_the_shop_counts_as_well(database: Database) -> None:
    async with (
        a_gift_installation(database, clock=StillClock(NOW), prints=False) as application,
        visitor(application) as client,
    ):
        merchant = await a_shop(database)
        [order] = await bought(application, merchant)
        sent = msgspec.structs.replace(await delivery_of(application, order), status=GiftStatus.SENT)
        async with database.transaction() as connection:
            await update_gifts(connection, [sent])
        made = await reissue(application, merchant, place_of(order), request=a_request(), now=NOW)
        await client.post(PATH, data={"code": made.number, "unwrap": "yes"})
        assert order.checkout_id is not None
        link = GiftLink(merchant_id=order.merchant_id, checkout_id=order.checkout_id, ends_at=NOW + timedelta(days=1))
        with pytest.raises(GiftUsed):
            await send_again(
                application, link, order.order_id, name="Ada", email="right@example.com", at_once=True, now=NOW
            )
        assert (await client.get(PATH, params={"code": made.number})).status_code == 200


async def test_a_number_that_was_replaced_unwraps_nothing(database: Database) -> None:
    async with (
        a_gift_installation(database, clock=StillClock(NOW), prints=False) as application,
        visitor(application) as client,
    ):
        merchant = await a_shop(database)
        [order] = await bought(application, merchant)
        number = await number_of(application, order)
        await reissue(application, merchant, place_of(order), request=a_request(), now=NOW)
        page = await client.post(PATH, data={"code": number, "unwrap": "yes"})
        assert not mentions(page.text.partition("<main")[2], "Ada")
        assert (await delivery_of(application, order)).unwrapped_at is None


async def test_the_last_day_goes_into_a_calendar_without_the_number(database: Database) -> None:
    """M7."""
    async with an_application(database, clock=StillClock(NOW)) as application, visitor(application) as client:
        merchant = await a_merchant(database)
        card, for_ever = await a_card(application, merchant), await a_card(application, merchant, good_through=None)
        page = await client.get(PATH, params={"code": card.number})
        [form] = cast("Any", lxml.html.fromstring(page.text)).xpath(f'//form[@action="{CALENDAR_PATH}"]')
        answer = await client.post(form.action, data=dict(form.form_values()), headers={"accept-language": "fr"})
        again = await client.post(form.action, data={"code": for_ever.number})
        nothing = await client.post(form.action, data={"code": make_number("GL")})
        await reissue(application, merchant, card.place, request=a_request(), now=NOW)
        ended = await client.post(form.action, data={"code": card.number})
        assert CALENDAR_PATH not in (await client.get(PATH, params={"code": for_ever.number})).text
    assert answer.headers["content-type"].startswith("text/calendar")
    assert "DTSTART;VALUE=DATE:20771122\r\n" in answer.text
    assert "SUMMARY:Dernier jour de votre chèque-cadeau de Corner Spa" in answer.text
    assert card.number not in answer.text
    assert in_groups(card.number) not in answer.text
    assert (again.status_code, nothing.status_code) == (200, 404)
    for page in (again, ended):
        assert page.headers["content-type"].startswith("text/html"), "whoever has an old number is told no day"


def place_of(order: Order) -> Place:
    assert order.certificate_id is not None
    return Place(merchant_id=order.merchant_id, certificate_id=order.certificate_id)
