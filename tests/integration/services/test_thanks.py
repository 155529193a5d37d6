"""What a holder has the buyer told: once, by the button alone, in words that lead nowhere."""

from email import message_from_bytes, policy
from typing import Any, cast

import lxml.html
import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.certificates import open_numbers
from largesse.domain.gifts import GiftStatus
from largesse.domain.orders import DeliveryMethod, Order
from largesse.interfaces.storefront.redeem import PATH
from largesse.services.certificates import Place, reissue
from tests.builders.application import NOW
from tests.builders.certificates import a_request
from tests.builders.gifts import a_gift, a_gift_installation, a_relay, a_shop, bought, delivery_of
from tests.builders.orders import BILLING
from tests.fakes.clock import StillClock
from tests.fakes.senders import KeepingSender
from tests.integration.interfaces.storefront.test_redeem_page import visitor

SAID = {
    "en": ("Tell Grace it arrived", "Grace gets a mail that it arrived."),
    "de": ("Grace sagen, dass es angekommen ist", "Grace erfährt per E-Mail, dass es angekommen ist."),
    "fr": ("Dire à Grace que c’est bien arrivé", "Grace reçoit un e-mail disant que c’est bien arrivé."),
    "es": ("Decir a Grace que ha llegado", "Grace recibe un correo que dice que ha llegado."),
}


async def number_of(application: Application, order: Order) -> str:
    """The number of an order's certificate."""
    assert order.certificate_id is not None
    async with application.database.connection() as connection:
        numbers = await open_numbers(connection, application.keyring, order.merchant_id, [order.certificate_id])
    return numbers[order.certificate_id]


def thanked(page: str) -> Any:
    """The form by which a holder has the buyer told."""
    return cast("Any", lxml.html.fromstring(page)).xpath('//form[.//textarea[@name="thanks"]]')


@pytest.mark.parametrize("language", SAID)
async def test_who_gave_it_is_told_once_that_it_arrived(database: Database, language: str) -> None:
    mail = KeepingSender()
    speaks = {"accept-language": language}
    async with (
        a_gift_installation(database, clock=StillClock(NOW), prints=False) as application,
        visitor(application) as client,
    ):
        [order] = await bought(application, await a_shop(database), locale=language)
        number = await number_of(application, order)
        wrapped = await client.get(PATH, params={"code": number}, headers=speaks)
        assert not thanked(wrapped.text), "first it is unwrapped"
        unwrapped = await client.post(PATH, data={"code": number, "unwrap": "yes"}, headers=speaks)
        await a_relay(application, mail).run_once(NOW)
        asked, told = SAID[language]
        assert asked in unwrapped.text
        [form] = thanked(unwrapped.text)
        words = {**dict(form.form_values()), "thanks": "Thank you,\r\n\u202edear Grace! <b>"}
        answers = [await client.post(form.action, data=words, headers=speaks) for _ in range(2)]
        await a_relay(application, mail).run_once(NOW)
        assert [told in answer.text for answer in answers] == [True, True]
        assert not thanked(answers[1].text)
        assert not thanked((await client.get(PATH, params={"code": number}, headers=speaks)).text)
        gift = await delivery_of(application, order)
    arrived = [parcel for parcel in mail.parcels if b"dear Grace!" in parcel.body]
    [sent] = arrived
    assert sent.url == f"mailto:{BILLING.email}"
    message = message_from_bytes(sent.body, policy=policy.default)
    plain, html = (cast("Any", message.get_body([kind])).get_content() for kind in ("plain", "html"))
    assert "Thank you,\ndear Grace! <b>" in plain.replace("\r\n\r\n", "\n")
    assert "dear Grace! &lt;b&gt;" in html
    assert "\u202e" not in plain + html
    assert number not in plain + html
    assert "$" not in plain, "neither what it is worth nor what is left"
    assert (gift.thanked_at, gift.thanks) == (NOW, ""), "the words are not kept"


async def test_words_that_lead_somewhere_or_are_too_many_come_back_to_be_mended(database: Database) -> None:
    """`gift.thanks.invalid`."""
    async with (
        a_gift_installation(database, clock=StillClock(NOW), prints=False) as application,
        visitor(application) as client,
    ):
        [order] = await bought(application, await a_shop(database), a_gift(delivery=DeliveryMethod.PRINT))
        number = await number_of(application, order)
        for typed, why in (
            ("Look at evil.example", "Leave out web sites"),
            ("x" * 201, "201 of 200 characters; take out 1."),
        ):
            answer = await client.post(PATH, data={"code": number, "thanks": typed})
            assert answer.status_code == 422
            assert why in answer.text
            [form] = thanked(answer.text)
            assert form.fields["thanks"].strip() == typed
        assert (await delivery_of(application, order)).thanked_at is None
        assert (await client.post(PATH, data={"code": number, "thanks": "  "})).status_code == 200
        assert (await delivery_of(application, order)).thanked_at == NOW, "words are not needed"


async def test_nobody_is_told_by_a_link_a_number_that_ended_or_of_ones_own_gift(database: Database) -> None:
    async with (
        a_gift_installation(database, clock=StillClock(NOW), prints=False) as application,
        visitor(application) as client,
    ):
        merchant = await a_shop(database)
        [order, own, planned] = await bought(
            application,
            merchant,
            a_gift(),
            a_gift(email=BILLING.email.upper()),
            a_gift(at=NOW.replace(month=12)),
        )
        number = await number_of(application, order)
        await client.post(PATH, data={"code": number, "unwrap": "yes"})
        await client.get(PATH, params={"code": number, "thanks": "by a link"})
        await reissue(application, merchant, place_of(order), request=a_request(), now=NOW)
        for one in (order, own, planned):
            await client.post(PATH, data={"code": await number_of(application, one), "thanks": "Hello"})
            assert (await delivery_of(application, one)).thanked_at is None
        assert (await delivery_of(application, planned)).status is GiftStatus.WAITING


def place_of(order: Order) -> Place:
    """Where an order's certificate is."""
    assert order.certificate_id is not None
    return Place(merchant_id=order.merchant_id, certificate_id=order.certificate_id)
