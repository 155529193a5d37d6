"""Imprint, privacy, terms, withdrawal and accessibility: in every foot, above the button, on the receipt."""

from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from largesse.db import Database
from largesse.domain.legal_texts import LegalKind, LegalTextDraft
from largesse.domain.merchants import Merchant
from largesse.domain.staff import ByWhom
from largesse.services.merchants import write_legal_text
from tests.builders.application import NOW
from tests.builders.catalog import a_draft, on_sale
from tests.builders.gifts import a_gift_installation, a_relay, bought
from tests.builders.shop import a_seller
from tests.fakes.clock import StillClock
from tests.fakes.senders import KeepingSender
from tests.support.shopper import shopping

BUTTONS = {
    "en": "Order and pay",
    "de": "Zahlungspflichtig bestellen",
    "fr": "Commander avec obligation de paiement",
    "es": "Pedido con obligación de pago",
}


async def written(database: Database, one: Merchant, kind: LegalKind, text: str = "", *, link: str = "") -> None:
    async with database.transaction() as connection:
        draft = LegalTextDraft(kind=kind, language=one.language, text=text, link=link)
        await write_legal_text(connection, one, draft, by=ByWhom(actor="test"), now=NOW)


async def test_texts_stand_in_every_foot_and_are_read_under_one_address(database: Database) -> None:
    await on_sale(database, one := await a_seller(database))
    await written(database, one, LegalKind.IMPRINT, "Corner Spa Ltd.\n\nDirector: G. Hopper")
    await written(database, one, LegalKind.PRIVACY, link="https://spa.example/privacy")
    async with (
        a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application,
        shopping(application) as shopper,
    ):
        for path in ("", "/gift/any-amount", "/checkout", "/legal/imprint"):
            page = await shopper.open(path)
            found = page.tree.xpath('//footer//a[contains(@href, "/legal/")]/@href')
            assert found == ["/corner-spa/legal/imprint", "/corner-spa/legal/privacy"]
        page = await shopper.open("/legal/imprint", **{"accept-language": "de"})
        assert "Director: G. Hopper" in page.words
        assert "Impressum" in page.words
        led = await shopper.open("/legal/privacy")
        assert (led.status, led.answer.headers["location"]) == (303, "https://spa.example/privacy")
        for path in ("/legal/terms", "/legal/nonsense"):
            assert (await shopper.open(path)).status == 404


async def test_a_text_is_shown_as_text(database: Database) -> None:
    await on_sale(database, one := await a_seller(database))
    await written(database, one, LegalKind.TERMS, "<script>alert(1)</script>")
    async with (
        a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application,
        shopping(application) as shopper,
    ):
        page = await shopper.open("/legal/terms")
    assert "<script>alert(1)" in page.words
    assert "<script>alert(1)" not in page.html


@pytest.mark.parametrize("language", BUTTONS)
async def test_the_button_that_orders_names_the_obligation_and_what_to_read_stands_above(
    database: Database, language: str
) -> None:
    await on_sale(database, one := await a_seller(database), a_draft())
    for kind in (LegalKind.TERMS, LegalKind.WITHDRAWAL, LegalKind.IMPRINT):
        await written(database, one, kind, "Words")
    async with (
        a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application,
        shopping(application) as shopper,
    ):
        await shopper.give()
        page = await shopper.open("/checkout", **{"accept-language": language})
    [button] = page.tree.xpath('//button[@value="pay"]')
    assert button.text_content().strip() == BUTTONS[language]
    above = page.html[: page.html.index('value="pay"')]
    assert "/legal/terms" in above
    assert "/legal/withdrawal" in above
    assert "/legal/imprint" not in above


async def test_the_receipt_carries_terms_and_withdrawal_themselves(database: Database) -> None:
    mail = KeepingSender()
    one = await a_seller(database)
    await written(database, one, LegalKind.TERMS, "Our terms: ärmellos.")
    await written(database, one, LegalKind.WITHDRAWAL, link="https://spa.example/withdrawal")
    async with a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application:
        await bought(application, one)
        await a_relay(application, mail).run_once(NOW)
    read = [message_from_bytes(parcel.body, policy=SMTP) for parcel in mail.parcels]
    [receipt] = [one for one in read if "receipt" in str(one["subject"])]
    assert isinstance(receipt, EmailMessage)
    files = {part.get_filename(): part for part in receipt.iter_attachments()}
    assert files["General terms.txt"].get_content().strip() == "Our terms: ärmellos."
    assert "Right of withdrawal.txt" not in files
    body = receipt.get_body(("plain",))
    assert body is not None
    words = body.get_content()
    assert "Right of withdrawal: https://gifts.example.com/corner-spa/legal/withdrawal" in words


async def test_the_receipt_carries_the_texts_that_stood_when_the_order_was_placed(database: Database) -> None:
    mail, one = KeepingSender(), await a_seller(database)
    await written(database, one, LegalKind.TERMS, "Terms of the first day.")
    later = NOW + timedelta(hours=1)
    async with a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application:
        await bought(application, one)
        async with database.transaction() as connection:
            draft = LegalTextDraft(kind=LegalKind.TERMS, language="en", text="Terms of later on.", seen=1)
            await write_legal_text(connection, one, draft, by=ByWhom(actor="test"), now=later)
        await bought(application, one, now=later)
        await a_relay(application, mail).run_once(later)
    read = [message_from_bytes(parcel.body, policy=SMTP) for parcel in mail.parcels]
    receipts = [one for one in read if "receipt" in str(one["subject"])]
    receipts.sort(key=lambda one: str(one["date"]))
    texts = [
        part.get_content().strip()
        for receipt in receipts
        for part in receipt.iter_attachments()
        if part.get_filename() == "General terms.txt"
    ]
    assert texts == ["Terms of the first day.", "Terms of later on."]
