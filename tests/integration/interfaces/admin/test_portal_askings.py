"""Asking for an agreement, or a change of one: kept once, on Today, answered by a mail that arrives."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import NamedTuple
from uuid import uuid4

import httpx
import msgspec
import pytest

from largesse.adapters.smtp_mail import SmtpMail
from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import portal
from largesse.domain.portal import (
    ASKINGS_A_DAY,
    ASKINGS_MAX,
    PartnerAsking,
    PartnerAskingAnswered,
    PartnerAskingInvalid,
    PartnerAskingKnown,
    PartnerAskingOften,
    PartnerAskingsFull,
    PartnerAskingUnknown,
    PartnerRole,
)
from largesse.domain.staff import ActRefused, Role
from largesse.services import portal as services
from largesse.services.portal import AgreementAsked
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant
from tests.builders.gifts import MAIL_FROM, a_relay
from tests.builders.office import at_the_desk
from tests.builders.partners import Ordering, an_ordering_partner
from tests.builders.portal import a_colleague, a_session_for
from tests.builders.staff import OPERATOR, a_worker
from tests.fakes.clock import StillClock
from tests.support.mail_server import Letterbox, bodies_of, mail_server
from tests.support.office import comes_with, fill, forms_of, office_app, texts, visiting

TYPED = {
    "organisation": "Harbour Hotel",
    "name": "Hanna",
    "email": "hanna@hotel.example",
    "question": "200 certificates\nfor December",
}


class Desk(NamedTuple):
    """An owner at their desk, and a browser of somebody else's."""

    application: Application
    ordering: Ordering
    owner: httpx.AsyncClient
    visitor: httpx.AsyncClient

    async def waiting(self) -> list[PartnerAsking]:
        """What waits for an answer."""
        async with self.application.database.connection() as connection:
            return await portal.open_askings(connection, self.ordering.merchant.merchant_id)


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with an_application(database, clock=StillClock(NOW)) as application:
        merchant = await a_merchant(database)
        ordering = await an_ordering_partner(application, merchant=merchant)
        async with at_the_desk(application, merchant) as owner, visiting(office_app(application)) as visitor:
            yield Desk(application, ordering, owner, visitor)


async def test_an_organisation_asks_once_stands_on_today_and_gets_its_answer_by_mail(desk: Desk) -> None:
    wrong = await fill(desk.visitor, "/partner", "/partner/ask", {**TYPED, "email": "hanna", "question": ""})
    assert wrong.status_code == 422
    assert 'value="Harbour Hotel"' in wrong.text
    assert len(texts(wrong, "//*[contains(@class, 'field') and contains(@class, 'wrong')]")) == 2
    form = {**forms_of(await desk.visitor.get("/partner"))["/partner/ask"], **TYPED}
    for _ in range(2):
        asked = await desk.visitor.post("/partner/ask", data=form)
        assert asked.headers["location"] == "/partner?asked=yes"
    assert "The answer comes by mail" in (await desk.visitor.get("/partner?asked=yes")).text
    [waits] = await desk.waiting()
    assert (waits.organisation, waits.partner_id) == ("Harbour Hotel", None)
    assert "1 organisation asks about an agreement" in (await desk.owner.get("/admin/corner-spa")).text
    here = "/admin/corner-spa/partners/askings"
    page = await desk.owner.get(here)
    assert "for December" in page.text
    empty = await fill(desk.owner, here, f"{here}/answer", {"answer": " "})
    assert empty.status_code == 422
    done = await fill(desk.owner, here, f"{here}/answer", {"answer": "Gladly.\nCall us on Monday."})
    assert done.headers["location"] == f"{here}?done=answered"
    assert await desk.waiting() == []
    twice = await desk.owner.post(f"{here}/answer", data={**forms_of(page)[f"{here}/answer"], "answer": "Once more"})
    assert twice.status_code == 409
    assert "asks about an agreement" not in (await desk.owner.get("/admin/corner-spa")).text
    letterbox = Letterbox()
    async with mail_server(letterbox) as url:
        await a_relay(desk.application, SmtpMail(url, mail_from=MAIL_FROM)).run_once(NOW)
    [mail] = letterbox.to("hanna@hotel.example")
    assert all("Call us on Monday." in body and "Harbour Hotel" in body for body in bodies_of(mail))


async def test_a_partners_people_ask_for_a_change_of_their_agreement(desk: Desk) -> None:
    colleague = await a_colleague(
        desk.application, desk.ordering.merchant, desk.ordering.partner, role=PartnerRole.FINANCE
    )
    comes_with(desk.visitor, await a_session_for(desk.application, colleague, stepped_up=False))
    home = f"/partner/{desk.ordering.partner.partner_id}"
    nothing = await fill(desk.visitor, home, f"{home}/ask", {"question": ""})
    assert nothing.status_code == 422
    asked = await fill(desk.visitor, home, f"{home}/ask", {"question": "A credit of 50,000, please"})
    assert asked.headers["location"] == f"{home}?asked=yes"
    [waits] = await desk.waiting()
    assert (waits.partner_id, waits.email) == (desk.ordering.partner.partner_id, colleague.person.email)
    page = await desk.owner.get("/admin/corner-spa/partners/askings")
    assert f"/admin/corner-spa/partners/{waits.partner_id}" in texts(page, "//main//a/@href")


async def test_where_there_are_several_shops_one_is_named_by_its_address(desk: Desk, database: Database) -> None:
    tailor = await a_merchant(database, slug="tailor", prefix="TL", number="1002")
    nowhere = await fill(desk.visitor, "/partner", "/partner/ask", {**TYPED, "shop": "no-such"})
    assert nowhere.status_code == 422
    assert "No shop here has that address" in nowhere.text
    asked = await fill(desk.visitor, "/partner?shop=tailor", "/partner/ask", TYPED)
    assert asked.status_code == 303, asked.text
    assert await desk.waiting() == []
    async with desk.application.database.connection() as connection:
        assert len(await portal.open_askings(connection, tailor.merchant_id)) == 1


async def test_what_cannot_be_asked_or_answered_says_why(desk: Desk) -> None:
    application, merchant = desk.application, desk.ordering.merchant
    asks = AgreementAsked(**TYPED, language="en")
    clerk = await a_worker(application, merchant, email="clerk@bakery.example", role=Role.CLERK)
    async with application.database.transaction() as connection:
        first_id = uuid4()
        asked = await services.ask_for_agreement(connection, merchant, asks, asking_id=first_id, now=NOW)
        for place in range(ASKINGS_MAX - 1):
            beside = msgspec.structs.replace(asks, email=f"guest{place}@hotel.example")
            await services.ask_for_agreement(connection, merchant, beside, asking_id=uuid4(), now=NOW)
        with pytest.raises(PartnerAskingsFull):
            await services.ask_for_agreement(connection, merchant, asks, asking_id=uuid4(), now=NOW)
        again = await services.ask_for_agreement(connection, merchant, asks, asking_id=first_id, now=NOW)
        assert again == asked, "a form that is sent once more is no fault, however many wait"
        other = msgspec.structs.replace(asks, question="Another question")
        with pytest.raises(PartnerAskingKnown):
            await services.ask_for_agreement(connection, merchant, other, asking_id=first_id, now=NOW)
        with pytest.raises(PartnerAskingUnknown):
            await services.answer_asking(connection, merchant, uuid4(), "Yes", by=OPERATOR, now=NOW)
        with pytest.raises(ActRefused):
            await services.answer_asking(connection, merchant, asked.asking_id, "Yes", by=clerk.manager, now=NOW)
        with pytest.raises(PartnerAskingInvalid):
            await services.answer_asking(connection, merchant, asked.asking_id, "x" * 2_001, by=OPERATOR, now=NOW)
        await services.answer_asking(connection, merchant, asked.asking_id, "Yes", by=OPERATOR, now=NOW)
        with pytest.raises(PartnerAskingAnswered):
            await services.answer_asking(connection, merchant, asked.asking_id, "Yes", by=OPERATOR, now=NOW)


async def test_one_address_asks_five_times_a_day_and_keeps_no_partner_from_asking(desk: Desk) -> None:
    colleague = await a_colleague(desk.application, desk.ordering.merchant, desk.ordering.partner)
    comes_with(desk.visitor, await a_session_for(desk.application, colleague, stepped_up=False))
    home, merchant = f"/partner/{desk.ordering.partner.partner_id}", desk.ordering.merchant
    async with desk.application.database.transaction() as connection:
        asks = AgreementAsked(**{**TYPED, "email": colleague.person.email.upper()}, language="en")
        for _ in range(ASKINGS_A_DAY):
            await services.ask_for_agreement(connection, merchant, asks, asking_id=uuid4(), now=NOW)
        with pytest.raises(PartnerAskingOften):
            await services.ask_for_agreement(connection, merchant, asks, asking_id=uuid4(), now=NOW)
        await services.ask_for_agreement(connection, merchant, asks, asking_id=uuid4(), now=NOW + timedelta(days=1))
    for place in range(ASKINGS_A_DAY):
        asked = await fill(desk.visitor, home, f"{home}/ask", {"question": f"Question {place}"})
        assert asked.status_code == 303, place
    refused = await fill(desk.visitor, home, f"{home}/ask", {"question": "One more"})
    assert (refused.status_code, "five times within a day" in refused.text) == (409, True)
