"""Ordering in the portal: one by a form, many by lines and files, whole or not at all, approved, once, looked after."""

import csv
import io
import re
from collections.abc import AsyncIterator
from typing import NamedTuple
from uuid import UUID

import httpx
import pytest
import pyzipper

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import gifts, orders, partners, portal
from largesse.domain.orders import Order, OrderStatus
from largesse.domain.partners import AgreementChange
from largesse.domain.portal import (
    AlreadyPartnerMember,
    BatchDelivery,
    BatchKnown,
    BatchNotOpen,
    BatchOwn,
    NumbersTaken,
    PartnerInvitationUnknown,
    PartnerMemberUnknown,
    PartnerRole,
    PortalBatch,
    PortalBatchInvalid,
    PortalBatchState,
    PortalBatchUnknown,
)
from largesse.kernel.currency import currency
from largesse.kernel.ids import new_id
from largesse.kernel.text_tables import TextRow, TextTable
from largesse.services import portal as services
from largesse.services.certificates import Place, Request, locate, redeem
from largesse.services.portal import ActsFor, OrderUsed, PortalOrderAsked, place_due, place_some
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant
from tests.builders.partners import DOLLARS, Ordering, an_ordering_partner
from tests.builders.portal import Colleague, a_colleague, a_session_for
from tests.builders.staff import OPERATOR
from tests.fakes.clock import StillClock
from tests.support.office import comes_with, fill, forms_of, office_app, texts, visiting

ORDER = {"amount": "25", "refcode": "SPRING", "email": "ada@example.com", "name": "Ada Lovelace", "identifier": "E-1"}


class Portal(NamedTuple):
    """A partner with people, and a browser of the one who orders."""

    application: Application
    ordering: Ordering
    people: dict[PartnerRole, Colleague]
    client: httpx.AsyncClient

    @property
    def home(self) -> str:
        """The partner's pages."""
        return f"/partner/{self.ordering.partner.partner_id}"

    async def orders(self) -> list[Order]:
        """What was issued for the partner, in the order of the journal."""
        async with self.application.database.connection() as connection:
            page = await orders.list_orders(connection, self.ordering.merchant.merchant_id, limit=200)
        return sorted(page.items, key=lambda one: one.third_party_identifier or "")

    async def comes(self, role: PartnerRole) -> None:
        """Let the browser be somebody else's."""
        self.client.cookies.clear()
        comes_with(self.client, await a_session_for(self.application, self.people[role]))

    async def used(self) -> int:
        """The credit that is used."""
        async with self.application.database.connection() as connection:
            agreed = await partners.agreement_of(
                connection, self.ordering.partner.merchant_id, self.ordering.partner.partner_id
            )
        return agreed.terms["USD"].credit_used


@pytest.fixture
async def at(database: Database) -> AsyncIterator[Portal]:
    async with an_application(database, clock=StillClock(NOW)) as application:
        merchant = await a_merchant(database)
        ordering = await an_ordering_partner(
            application, merchant=merchant, change=AgreementChange(numbers_as_file=True, own_keys=True)
        )
        people = {
            role: await a_colleague(application, merchant, ordering.partner, email=f"{role}@hotel.example", role=role)
            for role in PartnerRole
        }
        async with visiting(office_app(application)) as client:
            comes_with(client, await a_session_for(application, people[PartnerRole.ORDERER]))
            yield Portal(application, ordering, people, client)


async def approve_above(at: Portal, amount: int | None) -> None:
    partner = at.ordering.partner
    async with at.application.database.transaction() as connection:
        await partners.put_approval_above(connection, (partner.merchant_id, partner.partner_id), "USD", amount)


async def test_one_is_ordered_by_a_form_once_and_mailed(at: Portal) -> None:
    path = f"{at.home}/order"
    wrong = await fill(at.client, path, path, {**ORDER, "amount": "600", "email": "ada", "refcode": ""})
    assert wrong.status_code == 422
    assert len(texts(wrong, "//*[contains(@class, 'wrong')]")) == 3
    assert 'value="Ada Lovelace"' in wrong.text
    form = {**forms_of(await at.client.get(path))[path], **ORDER}
    first, again = await at.client.post(path, data=form), await at.client.post(path, data=form)
    assert first.status_code == 303, first.text
    assert again.headers["location"] == first.headers["location"]
    other = await at.client.post(path, data={**form, "amount": "26"})
    assert other.status_code == 409
    [order] = await at.orders()
    assert (order.total, order.refcode, order.third_party_identifier) == (2_500, "SPRING", "E-1")
    assert (order.recipient_first_name, order.recipient_last_name) == ("Ada", "Lovelace")
    assert await at.used() == 2_500
    async with at.application.database.connection() as connection:
        [gift] = (await gifts.deliveries_of_orders(connection, order.merchant_id, [order.order_id])).values()
    assert gift.recipient_email == "ada@example.com"
    assert order.order_number in (await at.client.get(first.headers["location"])).text


async def test_many_are_checked_whole_before_anything_is_issued(at: Portal) -> None:
    path = f"{at.home}/order/many"
    lines = "25; ada@example.com; Ada; E-1\n1; bob; Bob; E-1\n30; eve@example.com; Eve; E-3; hi; 2020-01-01"
    wrong = await fill(at.client, path, f"{at.home}/order/lines", {"lines": lines, "refcode": "SPRING"})
    assert wrong.status_code == 422
    rows = [texts(wrong, f"//tbody/tr[{place}]/*") for place in range(1, 6)]
    told = {tuple(cell.strip() for cell in row[:2]) for row in rows if row}
    assert {("2", "Amount"), ("2", "E-mail address"), ("2", "Your identifier"), ("3", "Good through")} <= told
    assert await at.orders() == []
    odd = b"email,amount,Cost centre\nada@example.com,25,4711\n"
    hidden = forms_of(await at.client.get(path))[f"{at.home}/order/file"]
    data = {**{name: value for name, value in hidden.items() if name != "upload"}, "refcode": "SPRING", "amount": "10"}
    unknown = await at.client.post(f"{at.home}/order/file", data=data, files={"upload": ("odd.csv", odd, "text/csv")})
    assert unknown.status_code == 422
    assert "Cost centre" in unknown.text
    for field in ("delivery", "currency"):
        forged = await at.client.post(
            f"{at.home}/order/file", data={**data, field: "XTS"}, files={"upload": ("o.csv", odd)}
        )
        assert forged.status_code == 422, field
        assert await at.orders() == []
    content = b"email,amount,name\nada@example.com,25,Ada\nbob@example.com,,Bob\n"
    upload = {"upload": ("people.csv", content, "text/csv")}
    odd_name = {**data, "refcode": 'SPR"; x=é'}
    done = await at.client.post(f"{at.home}/order/file", data=odd_name, files=upload)
    assert done.status_code == 303, done.text
    assert sorted(one.total for one in await at.orders()) == [1_000, 2_500]
    result = await at.client.get(f"{done.headers['location']}/result")
    assert "SPR%22%3B%20x%3D%C3%A9" in result.headers["content-disposition"]
    assert 'filename="orders-SPR___x__' in result.headers["content-disposition"]
    told_of = list(csv.DictReader(io.StringIO(result.text)))
    assert [row["line"] for row in told_of] == ["2", "3"]
    assert {row["order_number"] for row in told_of} == {one.order_number for one in await at.orders()}


async def test_the_worker_places_many_in_chunks_exactly_once_and_stops_where_the_credit_ends(at: Portal) -> None:
    partner = at.ordering.partner
    lines = "\n".join(f"10; p{n}@example.com; P {n}; E-{n:03}" for n in range(60))
    sent = await fill(
        at.client, f"{at.home}/order/many", f"{at.home}/order/lines", {"lines": lines, "refcode": "SPRING"}
    )
    here = sent.headers["location"]
    assert (await at.client.get(here)).headers["refresh"]
    assert await at.orders() == []
    async with at.application.database.connection() as connection:
        [batch] = await portal.latest_batches(connection, partner.merchant_id, partner.partner_id)
    key = batch.merchant_id, batch.batch_id
    assert await place_some(at.application, *key, now=NOW, limit=25) == (25, True)
    async with at.application.database.transaction() as connection:  # somebody takes the credit meanwhile
        await partners.put_terms(
            connection, partner, "USD", partners.Terms(amount_max=DOLLARS.amount_max, credit_limit=400_00)
        )
    assert await place_due(at.application, now=NOW) == 15
    stopped = await at.client.get(here)
    assert "40 of 60" in stopped.text
    assert "credit" in stopped.text
    async with at.application.database.transaction() as connection:
        await partners.put_terms(connection, partner, "USD", DOLLARS)
    await at.client.post(f"{here}/go-on", data=forms_of(stopped)[f"{here}/go-on"])
    assert await place_due(at.application, now=NOW) == 0  # so few are placed before the answer
    made = await at.orders()
    assert [one.third_party_identifier for one in made] == [f"E-{n:03}" for n in range(60)]
    assert await at.used() == 600_00


async def test_what_is_above_the_limit_waits_for_another_approver(at: Portal) -> None:
    await approve_above(at, 20_00)
    path = f"{at.home}/order"
    sent = await fill(at.client, path, path, ORDER)
    here = sent.headers["location"]
    assert "waits for approval" in (await at.client.get(here)).text
    assert await at.orders() == []
    await at.comes(PartnerRole.APPROVER)
    own = await fill(at.client, path, path, {**ORDER, "identifier": "E-2"})
    mine = own.headers["location"]
    assert f"{mine}/decide" not in forms_of(await at.client.get(mine))
    token = forms_of(await at.client.get(path))[path]
    refused = await at.client.post(f"{mine}/decide", data={**token, "to": "approve"})
    assert refused.status_code == 409
    page = await at.client.get(here)
    forged = await at.client.post(f"{here}/decide", data={**forms_of(page)[f"{here}/decide"], "to": "perhaps"})
    assert forged.status_code == 422
    assert "waits for approval" in forged.text
    done = await at.client.post(f"{here}/decide", data={**forms_of(page)[f"{here}/decide"], "to": "approve"})
    assert done.status_code == 303
    assert [one.third_party_identifier for one in await at.orders()] == ["E-1"]
    twice = await at.client.post(f"{here}/decide", data={**token, "to": "refuse"})
    assert twice.status_code == 409
    gone = await at.client.post(f"{mine}/withdraw", data=forms_of(await at.client.get(mine))[f"{mine}/withdraw"])
    assert gone.status_code == 303
    assert "withdrawn" in (await at.client.get(mine)).text


async def test_a_persons_own_limit_is_of_a_month_and_decided_with_the_order(at: Portal) -> None:
    partner, orderer = at.ordering.partner, at.people[PartnerRole.ORDERER]
    limit = partners.SpendingLimit(
        merchant_id=partner.merchant_id,
        spender_id=orderer.member.membership_id,
        currency="USD",
        partner_id=partner.partner_id,
        monthly=40_00,
        month=NOW.date().replace(day=1),
    )
    async with at.application.database.transaction() as connection:
        await partners.put_spending_limit(connection, limit)
    path = f"{at.home}/order"
    assert (await fill(at.client, path, path, ORDER)).status_code == 303
    over = await fill(at.client, path, path, {**ORDER, "identifier": "E-2"})
    assert over.status_code == 409
    assert "this month" in over.text  # agreement.spending_limit
    clock = at.application.clock
    assert isinstance(clock, StillClock)
    clock.moment = NOW.replace(month=NOW.month % 12 + 1, year=NOW.year + NOW.month // 12)
    comes_with(at.client, await a_session_for(at.application, orderer, now=clock.moment))
    assert (await fill(at.client, path, path, {**ORDER, "identifier": "E-3"})).status_code == 303


async def test_numbers_are_downloaded_once_as_a_file_that_only_the_password_opens(at: Portal) -> None:
    path = f"{at.home}/order/many"
    lines = "25;;;A\n30;;;B"
    sent = await fill(
        at.client, path, f"{at.home}/order/lines", {"lines": lines, "refcode": "SPRING", "delivery": "file"}
    )
    here = sent.headers["location"]
    page = await at.client.get(f"{here}/numbers")
    password = texts(page, "//*[@data-copy-text]")[0].strip()
    form = forms_of(page)[f"{here}/numbers"]
    file = await at.client.post(f"{here}/numbers", data=form)
    assert file.headers["content-type"] == "application/zip"
    with pyzipper.AESZipFile(io.BytesIO(file.content)) as archive:
        with pytest.raises(RuntimeError):
            archive.read("numbers.csv")
        archive.setpassword(password.encode())
        rows = list(csv.DictReader(io.StringIO(archive.read("numbers.csv").decode())))
    assert [row["identifier"] for row in rows] == ["A", "B"]
    for row in rows:
        found = await locate(at.application, row["number"], at=at.ordering.merchant)
        assert found.certificate.balance in {2_500, 3_000}
    assert password not in file.text
    again = await at.client.post(f"{here}/numbers", data=form)
    assert again.status_code == 409
    assert "downloaded" in (await at.client.get(here)).text


async def test_an_order_is_found_corrected_and_cancelled_unused(at: Portal) -> None:
    path = f"{at.home}/order"
    await fill(at.client, path, path, ORDER)
    [order] = await at.orders()
    here = f"{at.home}/orders/{order.order_number}"
    for wanted in ("E-1", order.order_number.lower()):
        found = await fill(at.client, f"{at.home}/orders", f"{at.home}/orders/search", {"wanted": wanted})
        assert found.headers["location"] == here
    nothing = await fill(at.client, f"{at.home}/orders", f"{at.home}/orders/search", {"wanted": "E-9"})
    assert "Nothing is like that" in nothing.text
    assert order.order_number in (await at.client.get(f"{at.home}/orders?refcode=SPRING")).text
    assert order.order_number not in (await at.client.get(f"{at.home}/orders?refcode=AUTUMN")).text
    sent = await fill(at.client, here, f"{here}/again", {})
    assert sent.headers["location"] == f"{here}?done=sent"
    wrong = await fill(at.client, here, f"{here}/correct", {"email": "bob"})
    assert wrong.status_code == 422
    fixed = await fill(at.client, here, f"{here}/correct", {"email": "bob@example.com", "name": "Bob"})
    assert fixed.headers["location"] == f"{here}?done=renewed"
    cancelled = await fill(at.client, here, f"{here}/cancel", {"reason": "moved away"})
    assert cancelled.headers["location"] == f"{here}?done=cancelled", cancelled.text
    [order] = await at.orders()
    assert order.status is OrderStatus.VOIDED
    assert await at.used() == 0
    assert re.search(r"voided|cancelled", (await at.client.get(here)).text, re.IGNORECASE)


async def test_a_batch_that_is_being_placed_is_past_approval(at: Portal) -> None:
    lines = "\n".join(f"10; p{n}@example.com; P {n}" for n in range(30))
    sent = await fill(
        at.client, f"{at.home}/order/many", f"{at.home}/order/lines", {"lines": lines, "refcode": "SPRING"}
    )
    here = sent.headers["location"]
    token = forms_of(await at.client.get(f"{at.home}/order"))[f"{at.home}/order"]
    for act in ("withdraw", "go-on"):
        assert (await at.client.post(f"{here}/{act}", data=token)).status_code == 409
    async with at.application.database.connection() as connection:
        partner = at.ordering.partner
        [batch] = await portal.latest_batches(connection, partner.merchant_id, partner.partner_id)
    assert batch.state is PortalBatchState.PLACING


async def test_each_refusal_of_a_service_has_its_name(at: Portal) -> None:
    application, merchant, partner = at.application, at.ordering.merchant, at.ordering.partner
    orderer, approver = (at.people[role] for role in (PartnerRole.ORDERER, PartnerRole.APPROVER))
    async with application.database.connection() as connection:
        agreement = await partners.agreement_of(connection, partner.merchant_id, partner.partner_id)
    acts = ActsFor(member=orderer.member, partner=partner, agreement=agreement, merchant=merchant)
    asked = PortalOrderAsked(refcode="SPRING", currency=currency("USD"), delivery=BatchDelivery.EMAIL)
    session = (await a_session_for(application, approver)).session

    async def ordered(amount: str, batch_id: UUID) -> PortalBatch:
        table = TextTable(rows=(TextRow(line=1, cells=(amount, "ada@example.com")),))
        return await services.order_batch(application, acts, table, asked, batch_id=batch_id, now=NOW)

    batch_id = new_id(NOW)
    with pytest.raises(PortalBatchInvalid):
        await ordered("0.50", batch_id)
    batch = await ordered("25", batch_id)
    assert await ordered("25", batch_id) == batch
    with pytest.raises(BatchKnown):
        await ordered("26", batch_id)
    with pytest.raises(BatchNotOpen):
        await services.decide_batch(application, acts, session, batch_id, approve=True, reason="", now=NOW)
    with pytest.raises(PortalBatchUnknown):
        await services.decide_batch(application, acts, session, new_id(NOW), approve=True, reason="", now=NOW)
    with pytest.raises(NumbersTaken):
        await services.numbers_of(application, acts, batch_id, now=NOW)
    await approve_above(at, 0)
    async with application.database.connection() as connection:
        agreement = await partners.agreement_of(connection, partner.merchant_id, partner.partner_id)
    acts = ActsFor(member=approver.member, partner=partner, agreement=agreement, merchant=merchant)
    waits = await ordered("30", new_id(NOW))
    with pytest.raises(BatchOwn):
        await services.decide_batch(application, acts, session, waits.batch_id, approve=True, reason="", now=NOW)
    await services.place_all(application, batch.merchant_id, batch_id, now=NOW)
    [order] = await at.orders()
    assert order.certificate_id is not None
    place = Place(merchant_id=merchant.merchant_id, certificate_id=order.certificate_id)
    await redeem(application, place, value=5_00, request=Request(operation_id=new_id(NOW), actor="test"), now=NOW)
    with pytest.raises(OrderUsed):
        await services.cancel_order(application, acts, order.order_number, reason="", now=NOW)
    with pytest.raises(PartnerMemberUnknown):
        async with application.database.connection() as connection:
            await services.find_person(connection, partner, "nobody@hotel.example")
    with pytest.raises(AlreadyPartnerMember):
        await services.invite_person(
            application, merchant, partner, orderer.person.email, PartnerRole.FINANCE, by=OPERATOR, now=NOW
        )
    with pytest.raises(PartnerInvitationUnknown):
        async with application.database.transaction() as connection:
            await services.withdraw_person(connection, partner, "nobody@hotel.example", by=OPERATOR, now=NOW)
