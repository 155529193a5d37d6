"""The mails of a gift, received by a real mail server and read like a person and a till would."""

import io
from collections.abc import AsyncIterator
from datetime import date, timedelta
from decimal import Decimal
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import getaddresses
from zoneinfo import ZoneInfo

import lxml.html
import pytest
import zxingcpp
from msgspec.structs import replace
from PIL import Image
from pypdf import PdfReader

from largesse.adapters.smtp_mail import SmtpMail
from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import catalog, certificates, law, locations, merchants
from largesse.domain.catalog import PICTURE_BYTES_MAX, Design
from largesse.domain.gifts import GiftStatus, Trouble, delivery_moment
from largesse.domain.law import LawChoice
from largesse.domain.locations import EntityChange
from largesse.domain.merchants import Merchant, MerchantChange
from largesse.domain.orders import DeliveryMethod, Order
from largesse.kernel.ids import new_id
from largesse.kernel.numbers import in_groups
from largesse.kernel.tax import TaxKind, TaxTreatment
from largesse.kernel.validity import Validity
from largesse.ledger import VoidReason
from largesse.ledger.accounts import ClassOfValue
from largesse.outbox import Relay
from largesse.services.certificates.requests import Place
from largesse.services.gifts.delivery import send_due
from largesse.services.refunds import void
from tests.builders.application import BASE_URL, NOW
from tests.builders.certificates import a_request
from tests.builders.gifts import MAIL_FROM, a_gift, a_gift_installation, a_relay, a_shop, bought, delivery_of
from tests.builders.orders import a_charge
from tests.fakes.clock import StillClock
from tests.support.mail_server import Letterbox, mail_server
from tests.support.pages_of_pdf import picture_of, stream_of

CHRISTMAS = delivery_moment(date(2026, 12, 24), 9, in_zone=ZoneInfo("America/New_York"), now=NOW)

SHOWN_WIDTH = 556
"""How wide a mail shows the picture, at most."""


class Post:
    """An installation, a shop, a relay, and the mail server that it sends by."""

    def __init__(self, application: Application, merchant: Merchant, relay: Relay, letterbox: Letterbox) -> None:
        self.application, self.merchant, self.relay, self.letterbox = application, merchant, relay, letterbox

    async def number_of(self, order: Order) -> str:
        """The number that a gift's recipient was given."""
        gift = await delivery_of(self.application, order)
        async with self.application.database.connection() as connection:
            found = await certificates.open_numbers(
                connection, self.application.keyring, order.merchant_id, [gift.certificate_id]
            )
        return found[gift.certificate_id]

    async def events(self) -> list[tuple[str, str]]:
        """Every event that the world may hear of, with its payload."""
        async with self.application.database.connection() as connection:
            rows = await connection.fetch("SELECT kind, payload FROM events ORDER BY occurred_at")
        return [(row["kind"], row["payload"]) for row in rows]


@pytest.fixture
async def post(database: Database) -> AsyncIterator[Post]:
    """The whole post, at a time that stands still."""
    letterbox = Letterbox()
    async with mail_server(letterbox) as url, a_gift_installation(database, clock=StillClock(NOW)) as application:
        relay = a_relay(application, SmtpMail(url, mail_from=MAIL_FROM))
        yield Post(application, await a_shop(database), relay, letterbox)


def text_of(message: EmailMessage, kind: str = "plain") -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def pdfs_of(message: EmailMessage) -> list[tuple[str, bytes]]:
    return [
        (str(part.get_filename()), part.get_content())
        for part in message.iter_attachments()
        if part.get_content_type() == "application/pdf"
    ]


async def test_what_the_shop_gives_its_buyer_is_not_said_to_be_sent_for_somebody_else(post: Post) -> None:
    gift = replace(a_gift(), order_id=new_id(NOW))
    bonus = replace(
        a_gift(email="grace@example.com", name="Grace", message=""),
        class_of_value=ClassOfValue.PROMOTIONAL,
        from_message=post.merchant.name,
        bonus_of=gift.order_id,
    )
    await bought(post.application, post.merchant, gift, bonus)
    await post.relay.run_once(NOW)
    [mail] = [one for one in post.letterbox.to("grace@example.com") if "present" in one["Subject"]]
    assert mail["Subject"] == "A present for you from Corner Spa"
    for body in (text_of(mail), text_of(mail, "html")):
        assert "Because you gave Ada a present, Corner Spa gives you this gift certificate." in " ".join(body.split())
        assert "promotional" in body
        assert "You get this mail because you bought something from us." in body
        assert "asked us" not in body


async def test_the_shop_signs_with_its_telephone_number_as_people_dial_it(post: Post, database: Database) -> None:
    async with database.transaction() as connection:
        change = catalog.ThemeChange(phone="+12125550100")
        await catalog.change_theme(connection, post.merchant.merchant_id, change, now=NOW)
    await bought(post.application, post.merchant)
    await post.relay.run_once(NOW)
    [mail] = post.letterbox.to("ada@example.com")
    for body in (text_of(mail), text_of(mail, "html")):
        assert "+1 212-555-0100" in body


async def test_the_recipient_gets_a_certificate_that_a_till_can_read(post: Post) -> None:
    [order] = await bought(post.application, post.merchant, a_gift(a_charge(10_000, tip=1_500)))

    await post.relay.run_once(NOW)

    [mail] = post.letterbox.to("ada@example.com")
    number = await post.number_of(order)
    assert mail["Subject"] == "A present for you from Grace"
    for body in (text_of(mail), text_of(mail, "html")):
        for words in ("$100.00", "$15.00", in_groups(number), "Happy birthday, dear Ada!", "🎂"):
            assert words in body
        assert f"{BASE_URL}/gifts/redeem.html?code={number}" in body
    [(file_name, pdf)] = pdfs_of(mail)
    assert file_name == f"Gift certificate Corner Spa {order.order_number}.pdf"
    [page] = PdfReader(stream_of(pdf)).pages
    printed = " ".join(page.extract_text().split())
    assert in_groups(number) in printed
    assert "$100.00" in printed
    codes = {str(code.format): code.text for code in zxingcpp.read_barcodes(picture_of(pdf))}
    assert set(codes.values()) == {number, f"{BASE_URL}/gifts/redeem.html?code={number}"}
    assert (await delivery_of(post.application, order)).status is GiftStatus.SENT
    assert [kind for kind, _ in await post.events() if kind == "certificate.delivered"]


async def test_the_mail_shows_the_certificate_in_the_design_that_was_chosen_or_says_it(post: Post) -> None:
    """F15: who opens no attachment saw neither picture nor design."""
    for design in Design:
        gift = a_gift(email=f"{design}@example.com", design=design)
        [order] = await bought(post.application, post.merchant, gift)
        await post.relay.run_once(NOW)
        [mail] = post.letterbox.to(f"{design}@example.com")
        [image] = list(lxml.html.fromstring(text_of(mail, "html")).iter("img"))
        assert image.get("alt") == "Gift certificate of Corner Spa: $100.00 for Ada, from Grace"
        [part] = [one for one in mail.walk() if one.get_content_type() == "image/png"]
        assert image.get("src") == f"cid:{str(part['Content-ID']).strip('<>')}"
        assert part.get_content_disposition() == "inline"
        png = part.get_payload(decode=True)
        assert isinstance(png, bytes)
        assert len(png) <= PICTURE_BYTES_MAX
        number = await post.number_of(order)
        picture = Image.open(io.BytesIO(png)).convert("L")
        # As a telephone is held up to it: 556 points wide, on a screen with two pixels to each.
        screen = picture.resize((2 * SHOWN_WIDTH, round(picture.height * 2 * SHOWN_WIDTH / picture.width)))
        codes = {code.text for code in zxingcpp.read_barcodes(screen)}
        assert f"{BASE_URL}/gifts/redeem.html?code={number}" in codes


async def test_the_head_of_a_mail_says_whose_it_is_and_whom_to_answer(post: Post) -> None:
    await bought(post.application, post.merchant, a_gift(name="Zoë 🎻"))
    await post.relay.run_once(NOW)

    [mail] = post.letterbox.to("ada@example.com")
    assert (mail["From"].addresses[0].display_name, mail["From"].addresses[0].addr_spec) == (
        "Corner Spa",
        "gifts@post.example",
    )
    assert mail["Reply-To"].addresses[0].addr_spec == "hello@spa.example"
    assert mail["To"].addresses[0].display_name == "Zoë 🎻"
    assert mail["Date"].datetime == NOW
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@post.example>")
    assert not [name for name in mail if name.lower().startswith("list-")]
    assert {sender for sender, _ in post.letterbox.envelopes} == {"gifts@post.example"}
    assert max(len(line) for raw in post.letterbox.raw for line in raw.splitlines()) <= 998
    assert all(raw.isascii() for raw in post.letterbox.raw)


async def test_a_merchant_mails_under_a_name_and_an_address_of_its_own(post: Post, database: Database) -> None:
    name = 'Gifts, by "Corner Spa" ✿'
    change = MerchantChange(mail_from_name=f" {name} ", reply_to="gifts@müller.example")
    async with database.transaction() as connection:
        changed = await merchants.change_merchant(connection, post.merchant.merchant_id, change)
    assert (changed.mails_as, changed.reply_address) == (name, "gifts@müller.example")
    await bought(post.application, post.merchant)
    await post.relay.run_once(NOW)

    for [mail] in (post.letterbox.to("ada@example.com"), post.letterbox.to("grace@example.com")):
        [sender], [answers] = mail["From"].addresses, mail["Reply-To"].addresses
        assert (sender.display_name, sender.addr_spec) == (name, "gifts@post.example")
        assert (answers.display_name, answers.addr_spec) == (name, "gifts@xn--mller-kva.example")
        assert "gifts@müller.example" in text_of(mail)
        assert "hello@spa.example" not in text_of(mail)
    async with database.transaction() as connection:
        plain = MerchantChange(mail_from_name="", reply_to="")
        changed = await merchants.change_merchant(connection, post.merchant.merchant_id, plain)
    assert (changed.mails_as, changed.reply_address) == ("Corner Spa", "hello@spa.example")


async def test_a_receipt_names_who_sold(post: Post, database: Database) -> None:
    async with database.transaction() as connection:
        entity = await locations.default_entity(connection, post.merchant.merchant_id)
        change = EntityChange(
            name="Corner Spa & Söhne",
            legal_form="GmbH",
            address="Torstr. 1",
            zip="10119",
            city="Berlin",
            country="DE",
            register="HRB 1234, Amtsgericht Charlottenburg",
            vat_id="DE136695976",
            tax_id="27/123",
        )
        await locations.change_entity(connection, entity, change)
    await bought(post.application, post.merchant)
    await post.relay.run_once(NOW)

    [receipt] = post.letterbox.to("grace@example.com")
    lines = [
        "Sold by:", "Corner Spa & Söhne GmbH", "Torstr. 1", "10119 Berlin", "Germany",
        "HRB 1234, Amtsgericht Charlottenburg", "VAT ID DE136695976", "Tax number 27/123",
    ]  # fmt: skip
    told = [line.strip() for line in text_of(receipt).splitlines()]
    start = told.index("Sold by:")
    assert told[start : start + len(lines)] == lines
    html = text_of(receipt, "html")
    assert "<bdi>Corner Spa &amp; Söhne GmbH</bdi><br>" in html
    assert "VAT ID DE136695976" in html
    [gift] = post.letterbox.to("ada@example.com")
    assert "Sold by" not in text_of(gift)


async def test_a_receipt_of_a_merchant_of_whom_nothing_is_known_names_no_seller(post: Post) -> None:
    await bought(post.application, post.merchant)
    await post.relay.run_once(NOW)
    [receipt] = post.letterbox.to("grace@example.com")
    assert "Sold by" not in text_of(receipt)


async def test_the_buyer_gets_a_receipt_with_what_was_paid_and_what_happens_now(post: Post) -> None:
    first, second = await bought(
        post.application,
        post.merchant,
        a_gift(a_charge(10_000, tip=1_500, discount=1_000, tax=799)),
        a_gift(a_charge(2_500), name="Linus", email="linus@example.com", at=CHRISTMAS),
    )
    await post.relay.run_once(NOW)

    [receipt] = post.letterbox.to("grace@example.com")
    assert receipt["Subject"] == "Your receipt from Corner Spa"
    for body in (text_of(receipt), text_of(receipt, "html")):
        for words in (first.order_number, second.order_number, "$100.00", "$15.00", "−$10.00", "$7.99", "$112.99"):
            assert words in body
        assert "$137.99" in body
        assert "Linus gets this on 24 December 2026 at 09:00, at linus@example.com." in body
        assert f"{BASE_URL}/gifts/given?token=" in body
        for order in (first, second):
            number = await post.number_of(order)
            assert number[2:-4] not in body.replace("-", "")
        assert body.count("1 hr Massage for Linus") == 2, "the parts of the total name their gifts"
        assert body.count(first.order_number) == 1
    [(file_name, pdf)] = pdfs_of(receipt)
    assert file_name == "Receipt SR-000001.pdf"
    assert b"Receipt SR-000001 on us-letter" in pdf


async def test_a_receipt_names_the_code_of_a_discount(post: Post) -> None:
    gift = replace(a_gift(a_charge(10_000, discount=1_000)), promo_code="SPRING")
    await bought(post.application, post.merchant, gift)
    await post.relay.run_once(NOW)
    [receipt] = post.letterbox.to("grace@example.com")
    for body in (text_of(receipt), text_of(receipt, "html")):
        assert "Discount with the code SPRING" in body


async def test_each_line_of_a_message_runs_its_own_way(post: Post) -> None:
    await bought(post.application, post.merchant, a_gift(message="عيد ميلاد سعيد\nSee you soon"))
    await post.relay.run_once(NOW)
    [mail] = post.letterbox.to("ada@example.com")
    html = text_of(mail, "html")
    assert '<div dir="auto">عيد ميلاد سعيد</div><div dir="auto">See you soon</div>' in html


async def test_a_receipt_shows_what_tax_was_included_or_says_why_there_is_none_yet(post: Post) -> None:
    single = TaxTreatment(kind=TaxKind.SINGLE_PURPOSE, country="DE", rate=Decimal("0.19"))
    inside, later = (
        replace(a_gift(a_charge(10_000, tip=1_500, included_tax=1_597)), tax=single),
        replace(a_gift(a_charge(2_500)), tax=TaxTreatment(kind=TaxKind.MULTI_PURPOSE)),
    )
    await bought(post.application, post.merchant, inside, later)
    await post.relay.run_once(NOW)

    [receipt] = post.letterbox.to("grace@example.com")
    for body in (text_of(receipt), text_of(receipt, "html")):
        assert "Includes 19% VAT: $84.03 net, $15.97 VAT." in body
        assert "No VAT is due now: it depends on what the certificate is used for, and is due then." in body
        assert "$140.00" in body
        assert body.count("19%") == 1


async def test_a_receipt_says_how_long_each_gift_is_good(post: Post) -> None:
    await bought(
        post.application, post.merchant, a_gift(), replace(a_gift(), validity=Validity(months=12)), locale="de"
    )
    await post.relay.run_once(NOW)
    [receipt] = post.letterbox.to("grace@example.com")
    for body in (text_of(receipt), text_of(receipt, "html")):
        assert body.count("Kein Ablaufdatum") == 1
        assert body.count("Gültig bis einschließlich") == 1


@pytest.mark.parametrize(
    "locale, words",
    [
        ("en", "Gift receipt, issued on 22 November 2026"),
        ("es", "Recibo de regalo, emitido el 22 de noviembre de 2026"),
    ],
)
async def test_a_certificate_is_a_gift_receipt_where_the_law_demands_one(post: Post, locale: str, words: str) -> None:
    merchant_id = post.merchant.merchant_id
    for code in ("US-NY", "US-CT"):
        async with post.application.database.transaction() as connection:
            await law.choose(connection, LawChoice(merchant_id=merchant_id, code=code, chosen_at=NOW))
        await bought(post.application, post.merchant, a_gift(locale=locale))
        await post.relay.run_once(NOW)
    told = []
    for mail in post.letterbox.to("ada@example.com"):
        [(_, pdf)] = pdfs_of(mail)
        page = " ".join(" ".join(one.extract_text() for one in PdfReader(stream_of(pdf)).pages).split())
        bodies = [text_of(mail), text_of(mail, "html"), page]
        told.append([words in body.replace("\u00a0", " ") for body in bodies])
    assert told == [[False] * 3, [True] * 3]


async def test_who_prints_at_home_gets_the_certificate_with_the_receipt(post: Post) -> None:
    [order] = await bought(post.application, post.merchant, a_gift(delivery=DeliveryMethod.PRINT))
    await post.relay.run_once(NOW)

    assert len(post.letterbox.raw) == 1
    [receipt] = post.letterbox.to("grace@example.com")
    [(_, pdf), (name, _)] = pdfs_of(receipt)
    assert name == "Receipt SR-000001.pdf"
    [page] = PdfReader(stream_of(pdf)).pages
    assert page.mediabox.height > page.mediabox.width, "A4 to print, portrait"
    assert in_groups(await post.number_of(order)) in " ".join(page.extract_text().split())
    assert (await delivery_of(post.application, order)).status is GiftStatus.PRINT


async def test_a_gift_that_cannot_be_handed_over_keeps_no_other_waiting(post: Post) -> None:
    [bad] = await bought(post.application, post.merchant, a_gift(at=CHRISTMAS - timedelta(hours=1)))
    [good] = await bought(post.application, post.merchant, a_gift(at=CHRISTMAS))
    async with post.application.database.transaction() as connection:
        await connection.execute("UPDATE gifts SET recipient_email = 'x' WHERE order_id = $1", bad.order_id)

    assert await send_due(post.application, now=CHRISTMAS) == 1
    await post.relay.run_once(CHRISTMAS)

    assert (await delivery_of(post.application, good)).status is GiftStatus.SENT
    assert (await delivery_of(post.application, bad)).status is GiftStatus.WAITING


async def test_a_gift_for_later_waits_for_its_hour_and_is_sent_once(post: Post) -> None:
    [order] = await bought(post.application, post.merchant, a_gift(at=CHRISTMAS))
    for moment in (NOW, CHRISTMAS - timedelta(seconds=1)):
        assert await send_due(post.application, now=moment) == 0
        await post.relay.run_once(moment)
    assert post.letterbox.to("ada@example.com") == []

    late = CHRISTMAS + timedelta(days=2)  # nobody was there at the hour
    assert await send_due(post.application, now=late) == 1
    assert await send_due(post.application, now=late) == 0
    await post.relay.run_once(late)

    assert len(post.letterbox.to("ada@example.com")) == 1
    assert (await delivery_of(post.application, order)).status is GiftStatus.SENT


async def test_what_was_taken_back_is_not_sent(post: Post) -> None:
    [order] = await bought(post.application, post.merchant, a_gift(at=CHRISTMAS))
    gift = await delivery_of(post.application, order)
    place = a_place(order)
    await void(post.application, place, reason=VoidReason.FRAUD, request=a_request("changed their mind"), now=NOW)

    await send_due(post.application, now=CHRISTMAS)
    await post.relay.run_once(CHRISTMAS)

    assert post.letterbox.to("ada@example.com") == []
    gift = await delivery_of(post.application, order)
    assert (gift.status, gift.trouble) == (GiftStatus.WITHDRAWN, Trouble.TAKEN_BACK)


async def test_a_refused_address_fails_at_once_and_the_buyer_is_told(post: Post) -> None:
    post.letterbox.answers["ada@example.com"] = "550 5.1.1 no such mailbox"
    [order] = await bought(post.application, post.merchant)

    await post.relay.run_once(NOW)
    await post.relay.run_once(NOW)

    gift = await delivery_of(post.application, order)
    assert (gift.status, gift.trouble) == (GiftStatus.FAILED, Trouble.REFUSED)
    told = [one["Subject"] for one in post.letterbox.to("grace@example.com")]
    assert sorted(told) == ["Your gift for Ada did not arrive", "Your receipt from Corner Spa"]
    [alert] = [one for one in post.letterbox.to("grace@example.com") if "arrive" in one["Subject"]]
    assert "The mail to ada@example.com was refused." in text_of(alert)
    assert f"{BASE_URL}/gifts/given?token=" in text_of(alert)
    [failed] = [payload for kind, payload in await post.events() if kind == "certificate.delivery_failed"]
    assert '"reason":"refused"' in failed


async def test_a_server_that_is_busy_is_asked_again_and_the_mail_is_the_same_mail(post: Post) -> None:
    post.letterbox.answers["ada@example.com"] = "451 4.7.1 greylisted"
    [order] = await bought(post.application, post.merchant)
    await post.relay.run_once(NOW)
    assert (await delivery_of(post.application, order)).status is GiftStatus.SENDING

    del post.letterbox.answers["ada@example.com"]
    await post.relay.run_once(NOW + timedelta(seconds=6))

    [mail] = post.letterbox.to("ada@example.com")
    gift = await delivery_of(post.application, order)
    assert gift.status is GiftStatus.SENT
    assert mail["Message-ID"] == f"<{gift.mail_id}@post.example>"


async def test_nothing_that_can_be_spent_rests_in_the_outbox(post: Post) -> None:
    orders = await bought(post.application, post.merchant, a_gift(), a_gift(delivery=DeliveryMethod.PRINT))
    await post.relay.run_once(NOW)
    async with post.application.database.connection() as connection:
        bodies = [bytes(row["body"]) for row in await connection.fetch("SELECT body FROM attempts")]
    assert len(bodies) == 2
    kept = b"\n".join(bodies).decode() + "".join(payload for _, payload in await post.events())
    for order in orders:
        number = await post.number_of(order)
        assert number[2:-4] not in kept.replace("-", "")
    assert "token=" not in kept
    assert "sha256" in kept


@pytest.mark.parametrize(
    "locale, subject, good_through",
    [
        ("es", "Un regalo para usted de parte de Grace", "no caduca"),
        ("fr", "Un cadeau pour vous de la part de Grace", "sans limite"),
        ("de", "Ein Geschenk für Sie von Grace", "unbefristet"),
    ],
)
async def test_each_reader_is_written_to_in_their_own_language(
    post: Post, locale: str, subject: str, good_through: str
) -> None:
    await bought(post.application, post.merchant, a_gift(locale=locale), locale="en")
    await post.relay.run_once(NOW)
    [mail] = post.letterbox.to("ada@example.com")
    assert mail["Subject"] == subject
    assert mail["Content-Language"] == locale
    [(_, pdf)] = pdfs_of(mail)
    assert good_through in " ".join(PdfReader(stream_of(pdf)).pages[0].extract_text().split())
    assert good_through in text_of(mail)
    [receipt] = post.letterbox.to("grace@example.com")
    assert receipt["Subject"] == "Your receipt from Corner Spa"


def a_place(order: Order) -> Place:
    assert order.certificate_id is not None
    return Place(merchant_id=order.merchant_id, certificate_id=order.certificate_id)


@pytest.mark.parametrize(
    "address, carried",
    [
        ("zoë@example.com", "zoë@example.com"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("o'brien+gifts@example.com", "o'brien+gifts@example.com"),
        ("gast@straße.example", "gast@xn--strae-oqa.example"),
        ("γιώργος@βόλος.example", "γιώργος@xn--nxasmm1c.example"),
    ],
    ids=["letters beyond ASCII", "a domain beyond ASCII", "marks", "sharp s", "final sigma"],
)
async def test_addresses_of_all_kinds_are_reached(post: Post, address: str, carried: str) -> None:
    [order] = await bought(post.application, post.merchant, a_gift(email=address))
    await post.relay.run_once(NOW)
    [mail] = post.letterbox.to(carried)
    shown = mail["To"].addresses[0].addr_spec.encode("utf-8", "surrogateescape").decode()
    assert shown == carried
    assert (await delivery_of(post.application, order)).status is GiftStatus.SENT


async def test_what_people_typed_cannot_become_a_header_or_markup(post: Post) -> None:
    hostile = "</blockquote><script>alert(1)</script>"
    gift = a_gift(name="Ada\u2028Bcc: all@example.com", message=hostile)
    await bought(post.application, post.merchant, gift)
    await post.relay.run_once(NOW)
    [mail] = post.letterbox.to("ada@example.com")
    assert mail["Bcc"] is None
    assert hostile not in text_of(mail, "html")
    assert "&lt;script&gt;" in text_of(mail, "html")
    assert [recipients for _, recipients in post.letterbox.envelopes if len(recipients) != 1] == []


@pytest.mark.parametrize(
    "name",
    [
        "=?utf-8?q?A=0D=0ABcc=3A_e=40evil.example=0D=0A=0D=0Ax?=",
        'Lovelace, Ada, eve@evil.example, the Countess of, "x"',
        "家族 👨\u200d👩\u200d👧",
        "ශ්\u200dරී ක්\u200d",
        "خانه\u200cها",
    ],
    ids=["an encoded word", "commas", "a family", "Sinhala", "Persian"],
)
async def test_a_name_is_shown_as_typed_in_the_head_of_its_mail(post: Post, name: str) -> None:
    gift = replace(a_gift(), recipient_first_name=name.strip(), from_message=name[:30].strip())
    await bought(post.application, post.merchant, gift)
    await post.relay.run_once(NOW)
    [content] = [
        raw
        for raw, (_, recipients) in zip(post.letterbox.raw, post.letterbox.envelopes, strict=True)
        if recipients == ["ada@example.com"]
    ]
    mail = message_from_bytes(content)
    [(phrase, address)] = getaddresses([str(mail["To"])])
    assert (str(make_header(decode_header(phrase))), address) == (name.strip(), "ada@example.com")
    subject = str(make_header(decode_header(str(mail["Subject"]))))
    assert subject == f"A present for you from {name[:30].strip()}"
    assert mail["Bcc"] is None
    assert all(len(recipients) == 1 for _, recipients in post.letterbox.envelopes)


async def test_an_address_of_before_that_holds_an_encoded_word_gets_nothing_and_its_buyer_is_told(post: Post) -> None:
    [order] = await bought(post.application, post.merchant, a_gift(email="=?utf-8?q?a=0D=0ABcc=3A?=@example.com"))
    await post.relay.run_once(NOW)
    await post.relay.run_once(NOW)
    assert (await delivery_of(post.application, order)).status is GiftStatus.FAILED
    assert {one for _, recipients in post.letterbox.envelopes for one in recipients} == {"grace@example.com"}
    assert "Your gift for Ada did not arrive" in [mail["Subject"] for mail in post.letterbox.messages]


@pytest.mark.parametrize(
    "contact, answers",
    [("owner@müller.example", "owner@xn--mller-kva.example"), ("büro@müller.example", None)],
    ids=["a domain beyond ASCII", "a name of before that few servers carry"],
)
async def test_a_contact_beyond_ascii_keeps_no_mail_back(
    post: Post, database: Database, contact: str, answers: str | None
) -> None:
    async with database.transaction() as connection:
        await connection.execute("UPDATE merchants SET contact_email = $1", contact)
    await bought(post.application, post.merchant)
    await post.relay.run_once(NOW)
    [mail] = post.letterbox.to("ada@example.com")
    assert (mail["Reply-To"].addresses[0].addr_spec if mail["Reply-To"] else None) == answers
    assert mail["Subject"] == "A present for you from Grace"


async def test_an_installation_whose_domain_is_beyond_ascii_sends(database: Database) -> None:
    letterbox, mail_from = Letterbox(), "Büro Müller <gifts@müller.example>"
    async with (
        mail_server(letterbox) as url,
        a_gift_installation(database, clock=StillClock(NOW), prints=False) as application,
    ):
        await bought(application, await a_shop(database))
        relay = a_relay(application, SmtpMail(url, mail_from=mail_from), mail_from=mail_from)
        await relay.run_once(NOW)
    assert {sender for sender, _ in letterbox.envelopes} == {"gifts@xn--mller-kva.example"}
    assert {mail["From"].addresses[0].addr_spec for mail in letterbox.messages} == {"gifts@xn--mller-kva.example"}


async def test_a_bonus_certificate_has_whole_names_where_it_can_be_used_and_its_order(
    database: Database,
) -> None:
    letterbox, long_name = Letterbox(), "The Willow and Tide Spa and Bathing Pools of Portland"
    async with mail_server(letterbox) as url, a_gift_installation(database, clock=StillClock(NOW)) as application:
        merchant = await a_shop(database, name=long_name)
        async with database.transaction() as connection:
            change = catalog.ThemeChange(address="12 Harbor Street\nPortland", phone="+12125550100")
            await catalog.change_theme(connection, merchant.merchant_id, change, now=NOW)
        gift = replace(a_gift(), order_id=new_id(NOW))
        first_name = "Countess Augusta Ada King of Lovelace"
        bonus = replace(
            a_gift(email="grace@example.com", message=""),
            class_of_value=ClassOfValue.PROMOTIONAL,
            recipient_first_name=first_name,
            to_message=first_name[:30],
            from_message=long_name[:30],
            bonus_of=gift.order_id,
        )
        _, order = await bought(application, merchant, gift, bonus)
        await a_relay(application, SmtpMail(url, mail_from=MAIL_FROM)).run_once(NOW)
    [pdf] = [pdf for mail in letterbox.to("grace@example.com") for name, pdf in pdfs_of(mail) if "SR-" not in name]
    [page] = PdfReader(stream_of(pdf)).pages
    printed = " ".join(page.extract_text().split())
    for words in (
        first_name,
        long_name,
        "12 Harbor Street · Portland · +1 212-555-0100",
        f"Order {order.order_number}",
    ):
        assert words in printed
