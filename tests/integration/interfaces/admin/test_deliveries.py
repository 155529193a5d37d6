"""Deliveries over real pages: who is told, what was sent and answered, and what is done about it."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import httpx
import pytest

from largesse import outbox
from largesse.app.application import Application
from largesse.db import Database
from largesse.db.listing import ListAsked, list_page
from largesse.domain import orders, staff
from largesse.domain.merchants import Merchant
from largesse.domain.staff import ByWhom, ReasonInvalid, Role
from largesse.kernel.ids import new_id
from largesse.ledger import OperationConflict
from largesse.outbox import Delivery, Endpoint, EndpointStatus, Parcel, ReceiverAnswer
from largesse.services.endpoints import AddEndpoint, Format, add_endpoint, send_again, send_failed_again
from largesse.services.office.deliveries import DELIVERIES as DELIVERIES_LISTED
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant
from tests.builders.gifts import a_relay, bought
from tests.builders.office import at_the_desk
from tests.fakes.clock import StillClock
from tests.fakes.senders import KeepingSender
from tests.support.office import fill, forms_of, texts

HOME = "/admin/corner-spa"
DELIVERIES = f"{HOME}/deliveries"
UNSAID = "Error: Say why, in 1 to 400 characters."
WHY = {"code": "requested", "why": "They asked"}


class Desk(NamedTuple):
    """An office with one person of some role before it, and a receiver that answers as it is told."""

    application: Application
    merchant: Merchant
    client: httpx.AsyncClient
    sender: KeepingSender

    async def endpoint(self, url: str = "https://erp.example.com/orders?key=sesame") -> Endpoint:
        """An endpoint with key phrases."""
        wanted = AddEndpoint(
            merchant_id=self.merchant.merchant_id,
            format=Format.ORDER_FORM,
            url=url,
            custom1="account 7",
            custom2="open sesame",
            notify=self.merchant.contact_email,
        )
        deps = self.application
        async with deps.transaction() as connection:
            made, _ = await add_endpoint(
                connection, deps.keyring, wanted, reach=deps.reach, now=NOW - timedelta(days=9)
            )
        return made

    async def sent(self) -> None:
        """Let the relay send what is due."""
        await a_relay(self.application, KeepingSender()).run_once(self.application.clock.now())

    async def standing(self, endpoint_id: UUID) -> Endpoint:
        """The endpoint as it stands."""
        async with self.application.database.connection() as connection:
            return await outbox.find_endpoint(connection, endpoint_id)

    async def deliveries(self, endpoint: Endpoint) -> list[Delivery]:
        """What it was to be told."""
        async with self.application.database.connection() as connection:
            return await outbox.list_deliveries(connection, endpoint)

    async def act(self, path: str, **typed: str) -> httpx.Response:
        """Fill in an act's page, look at what will happen, and confirm it."""
        seen = await fill(self.client, path, path, {**WHY, **typed})
        assert seen.status_code == 200, texts(seen, "//*[contains(@class,'error')]")
        return await self.client.post(path, data={**forms_of(seen)[path], "sure": "yes"})

    async def audited(self) -> list[tuple[str, str | None]]:
        """What the audit log says, the newest first."""
        async with self.application.database.connection() as connection:
            found = await staff.latest_entries(connection, self.merchant.merchant_id, limit=20)
        return [(one.action.value, one.reason) for one in found]


@pytest.fixture
async def sender() -> KeepingSender:
    return KeepingSender()


@pytest.fixture
async def application(database: Database, sender: KeepingSender) -> AsyncIterator[Application]:
    async with an_application(database, clock=StillClock(NOW), sender=sender) as opened:
        yield opened


@pytest.fixture
async def merchant(application: Application) -> Merchant:
    return await a_merchant(application.database)


@pytest.fixture
async def desk(application: Application, merchant: Merchant, sender: KeepingSender) -> AsyncIterator[Desk]:
    async with at_the_desk(application, merchant) as client:
        yield Desk(application, merchant, client, sender)


@pytest.fixture
async def developers(application: Application, merchant: Merchant, sender: KeepingSender) -> AsyncIterator[Desk]:
    async with at_the_desk(application, merchant, role=Role.DEVELOPER, email="dev@bakery.example") as client:
        yield Desk(application, merchant, client, sender)


def refused(_parcel: Parcel) -> ReceiverAnswer:
    """The receiver sends back what it was sent, as some do."""
    return ReceiverAnswer(
        status_code=500, error="The receiver answered 500.", body=b"wrong: open sesame", duration_ms=12
    )


async def test_a_failing_endpoint_is_seen_from_today_to_the_byte_and_sent_again(desk: Desk) -> None:
    endpoint = await desk.endpoint()
    desk.sender.answer = refused
    [order] = await bought(desk.application, desk.merchant)
    await desk.sent()
    today = await desk.client.get(HOME)
    assert f"{DELIVERIES}/{endpoint.endpoint_id}" in texts(today, "//ul[@class='work']//a/@href")
    page = await desk.client.get(f"{DELIVERIES}?endpoint={endpoint.endpoint_id}&status=pending&when=today")
    assert "1 delivery" in texts(page, "//*[@class='said']")
    assert "fails" in texts(page, "//*[contains(@class,'badge')]")
    [link] = texts(page, "//td//a[@data-row]/@href")
    one = await desk.client.get(link)
    sent, answered = texts(one, "//pre")
    assert order.order_number in sent
    assert "sesame" not in one.text
    assert answered == "wrong: ***"
    assert "The receiver answered 500." in one.text
    desk.sender.answer = KeepingSender().answer
    form = forms_of(one)[f"{link}/again"]
    unsaid = await desk.client.post(f"{link}/again", data=form)
    assert (unsaid.status_code, texts(unsaid, "//*[@id='error-why']")) == (
        422,
        [UNSAID],
    )
    for _ in range(2):  # a form that is sent twice, the second time after it was delivered, sends once
        again = await desk.client.post(f"{link}/again", data={**form, "why": "mended"})
        assert again.headers["location"] == f"{link}?done=again"
        await desk.sent()
    [delivery] = await desk.deliveries(endpoint)
    assert (delivery.status.value, delivery.attempts) == ("delivered", 2)
    assert (await desk.standing(endpoint.endpoint_id)).last_success_at is not None
    said = ("endpoint.deliveries_sent_again", f"one, order.issued {delivery.event_id}: mended")
    assert (await desk.audited()).count(said) == 1
    story = await desk.client.get(f"{HOME}/orders/{order.order_number}")
    assert "erp.example.com was told: order.issued" in " ".join(texts(story, "//ol//div[@class='what']/span"))


async def test_all_that_was_given_up_is_sent_again_at_once(desk: Desk) -> None:
    endpoint = await desk.endpoint()
    desk.sender.answer = lambda _: ReceiverAnswer(status_code=410, error="Gone.")
    await bought(desk.application, desk.merchant)
    await desk.sent()
    page = f"{DELIVERIES}/{endpoint.endpoint_id}"
    assert (await desk.standing(endpoint.endpoint_id)).status is EndpointStatus.DISABLED
    done = await desk.act(f"{page}/resume")
    assert done.headers["location"] == f"{page}?done=resume"
    opened = await desk.client.get(page)
    form = forms_of(opened)[f"{page}/resend-failed"]
    unsaid = await desk.client.post(f"{page}/resend-failed", data={**form, "since": "week"})
    assert (unsaid.status_code, texts(unsaid, "//*[@id='error-why']")) == (
        422,
        [UNSAID],
    )
    assert forms_of(unsaid)[f"{page}/resend-failed"]["since"] == "week"
    answer = await desk.client.post(f"{page}/resend-failed", data={**form, "why": "mended"})
    assert answer.headers["location"].endswith("count=1")
    assert "1 delivery is queued." in (await desk.client.get(answer.headers["location"])).text
    assert [one.status.value for one in await desk.deliveries(endpoint)] == ["pending"]
    await desk.sent()
    await desk.act(f"{page}/resume")
    again = await desk.client.post(f"{page}/resend-failed", data={**form, "why": "mended"})
    assert "They are queued." in (await desk.client.get(again.headers["location"])).text
    assert [one.status.value for one in await desk.deliveries(endpoint)] == ["failed"], "it was sent once"
    [said] = [why for act, why in await desk.audited() if act == "endpoint.deliveries_sent_again"]
    assert said is not None
    assert said.startswith("1 since ")
    assert said.endswith(": mended")


async def test_an_operation_that_was_another_one_is_refused(desk: Desk) -> None:
    endpoint = await desk.endpoint()
    await bought(desk.application, desk.merchant)
    await desk.sent()
    [delivery] = await desk.deliveries(endpoint)
    by = ByWhom(actor="test", why="lost", operation_id=new_id(NOW))

    async def again() -> None:
        async with desk.application.transaction() as connection:
            await send_again(connection, endpoint.endpoint_id, delivery.event_id, by=by, now=NOW)

    await asyncio.gather(*(again() for _ in range(4)))
    with pytest.raises(OperationConflict):
        await send_failed_again(desk.application, endpoint.endpoint_id, since=NOW, by=by, now=NOW)
    async with desk.application.transaction() as connection:
        for why in (" ", "x" * 401):
            unsaid = ByWhom(actor="test", why=why)
            with pytest.raises(ReasonInvalid):
                await send_again(connection, endpoint.endpoint_id, delivery.event_id, by=unsaid, now=NOW)
    assert len([act for act, _ in await desk.audited() if act == "endpoint.deliveries_sent_again"]) == 1


async def test_a_developer_adds_an_endpoint_and_an_owner_gives_the_word(developers: Desk, desk: Desk) -> None:
    path = f"{DELIVERIES}/new"
    typed = {"url": "https://new.example.com/in?key=opensesame", "format": "json", "event:order.issued": "yes"}
    seen = await fill(developers.client, path, path, {**WHY, **typed})
    assert "Nothing is sent there until an owner admits it." in texts(seen, "//li")
    form = {**forms_of(seen)[path], "sure": "yes"}
    shown = await developers.client.post(path, data=form)
    [secret] = texts(shown, "//*[@data-copy-text]")
    assert secret.startswith("whsec_")
    twice = await developers.client.post(path, data=form)
    async with desk.application.database.connection() as connection:
        found = [one for one in await outbox.list_endpoints(connection, desk.merchant.merchant_id) if one.asked]
    [endpoint] = found
    assert twice.headers["location"] == f"{DELIVERIES}/{endpoint.endpoint_id}"
    assert (endpoint.status, endpoint.events) == (EndpointStatus.WAITING, ("order.issued",))
    await bought(desk.application, desk.merchant)
    assert await desk.deliveries(endpoint) == []
    page = f"{DELIVERIES}/{endpoint.endpoint_id}"
    assert (await developers.client.get(f"{page}/admit")).status_code == 403
    for refused_act in ("pause", "resume"):
        answer = await developers.client.get(f"{page}/{refused_act}")
        form = forms_of(answer)[f"{page}/{refused_act}"]
        answer = await developers.client.post(f"{page}/{refused_act}", data={**form, **WHY, "sure": "yes"})
        assert answer.status_code == 409, refused_act
    assert f"{page}" in texts(await desk.client.get(HOME), "//ul[@class='work']//a/@href")
    done = await desk.act(f"{page}/admit")
    assert done.headers["location"] == f"{page}?done=admit"
    await bought(desk.application, desk.merchant)
    assert len(await desk.deliveries(endpoint)) == 1
    acts = [action for action, _ in await desk.audited()]
    assert acts.count("endpoint.added") == 1
    assert set(acts) >= {"endpoint.admitted", "staff.refused"}


async def test_another_host_waits_and_all_else_is_changed_at_once(developers: Desk, desk: Desk) -> None:
    endpoint = await desk.endpoint()
    page = f"{DELIVERIES}/{endpoint.endpoint_id}"
    await developers.act(f"{page}/change", url="https://erp.example.com/v2")
    assert (await desk.standing(endpoint.endpoint_id)).url == "https://erp.example.com/v2"
    await developers.act(f"{page}/change", url="https://elsewhere.example/in?key=new", ordered="yes")
    stands = await desk.standing(endpoint.endpoint_id)
    assert (stands.url, stands.ordered) == ("https://erp.example.com/v2", True)
    assert stands.asked is not None
    assert stands.asked.url == "https://elsewhere.example/in"
    await desk.act(f"{page}/decline")
    assert (await desk.standing(endpoint.endpoint_id)).asked is None
    await developers.act(f"{page}/change", url="https://elsewhere.example/in?key=new")
    await desk.act(f"{page}/admit")
    stands = await desk.standing(endpoint.endpoint_id)
    assert stands.url == "https://elsewhere.example/in"
    private = outbox.open_private(desk.application.keyring, stands)
    assert (private.query, private.constants["custom1"]) == ("key=new", "account 7")
    refused_twice = await desk.client.get(f"{page}/admit")
    assert refused_twice.status_code in {200, 409}
    assert ("endpoint.address_asked", "https://elsewhere.example/in: They asked") in await desk.audited()


async def test_an_owner_tries_pauses_rotates_and_removes_an_endpoint(desk: Desk) -> None:
    endpoint = await desk.endpoint()
    page = f"{DELIVERIES}/{endpoint.endpoint_id}"
    opened = await desk.client.get(page)
    tried = await desk.client.post(f"{page}/test", data=forms_of(opened)[f"{page}/test"])
    assert "taken" in texts(tried, "//*[contains(@class,'badge')]")
    assert "SAMPLE" in texts(tried, "//pre")[0]
    assert "open sesame" not in tried.text
    await desk.act(f"{page}/pause")
    assert (await desk.standing(endpoint.endpoint_id)).status is EndpointStatus.PAUSED
    shown = await desk.act(f"{page}/rotate-secret", hours="1")
    assert texts(shown, "//*[@data-copy-text]")[0].startswith("whsec_")
    gone = await desk.act(f"{page}/retire")
    assert gone.headers["location"] == f"{DELIVERIES}?done=retire"
    assert (await desk.client.get(page)).status_code == 404
    said = {action for action, _ in await desk.audited()}
    assert said >= {"endpoint.removed", "endpoint.secret_rotated", "endpoint.paused", "endpoint.tried"}


@pytest.mark.parametrize(
    "typed, field",
    [
        ({"url": "ftp://erp.example.com"}, "url"),
        ({"url": "https://127.0.0.1/"}, "url"),
        ({"url": "https://erp.example.com", "custom1": "x" * 56}, "custom1"),
        ({"url": "https://erp.example.com", "why": ""}, "why"),
    ],
)
async def test_what_cannot_be_is_said_beside_its_field_and_kept(desk: Desk, typed: dict[str, str], field: str) -> None:
    path = f"{DELIVERIES}/new"
    answer = await fill(desk.client, path, path, {**WHY, **typed})
    assert answer.status_code == 422
    assert texts(answer, f"//*[@id='error-{field}']")
    assert forms_of(answer)[path]["url"] == typed["url"]


async def test_nothing_of_another_merchant_is_reached_and_the_list_goes_out_as_it_is_shown(desk: Desk) -> None:
    other = await a_merchant(desk.application.database, slug="tailor", prefix="TL", number="1002")
    foreign = await desk._replace(merchant=other).endpoint()
    assert (await desk.client.get(f"{DELIVERIES}/{foreign.endpoint_id}")).status_code == 404
    endpoint = await desk.endpoint()
    await bought(desk.application, desk.merchant)
    page = await desk.client.get(f"{DELIVERIES}?kind=order.issued")
    [form] = [one for action, one in forms_of(page).items() if action.endswith("/export")]
    answer = await desk.client.post(f"{DELIVERIES}/export", data=form)
    [row] = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert (row["kind"], row["endpoint_id"], row["url"]) == (
        "order.issued",
        str(endpoint.endpoint_id),
        "https://erp.example.com/orders",
    )
    assert "sesame" not in answer.text


async def test_pages_of_one_row_show_each_endpoint_of_each_event_once_both_ways(desk: Desk) -> None:
    for _ in range(2):
        await desk.endpoint()
    for _ in range(2):
        await bought(desk.application, desk.merchant)
    merchant_id = desk.merchant.merchant_id
    async with desk.application.database.connection() as connection:
        whole = (await list_page(connection, DELIVERIES_LISTED, merchant_id, ListAsked())).rows
        page = await list_page(connection, DELIVERIES_LISTED, merchant_id, ListAsked(limit=1))
        forward = [*page.rows]
        while page.after:
            page = await list_page(connection, DELIVERIES_LISTED, merchant_id, ListAsked(limit=1, after=page.after))
            forward += page.rows
        back = [*page.rows]
        while page.before:
            page = await list_page(connection, DELIVERIES_LISTED, merchant_id, ListAsked(limit=1, before=page.before))
            back += page.rows
    assert len({(row["event_id"], row["endpoint_id"]) for row in whole}) == len(whole) >= 4
    assert forward == list(whole) == back[::-1]


async def test_older_orders_are_posted_and_key_phrases_shown_once_with_a_reason(desk: Desk) -> None:
    [order] = await bought(desk.application, desk.merchant, now=NOW - timedelta(days=20))
    endpoint = await desk.endpoint()
    page = f"{DELIVERIES}/{endpoint.endpoint_id}"
    assert await desk.deliveries(endpoint) == []
    for day in ("last week", "0001-01-01"):
        wrong = await fill(desk.client, f"{page}/post-orders", f"{page}/post-orders", {**WHY, "since": day})
        assert (wrong.status_code, "Choose a day." in wrong.text) == (422, True)
    forged = await fill(desk.client, f"{page}/post-orders", f"{page}/post-orders", {**WHY, "by": "moon"})
    assert forged.status_code == 422
    day = (NOW - timedelta(days=21)).date().isoformat()
    assert (await desk.act(f"{page}/post-orders", since=day)).status_code == 303
    [told] = await desk.deliveries(endpoint)
    assert told.event_id == orders.issued_event_id(order)
    shown = await desk.act(f"{page}/reveal")
    for secret in ("account 7", "open sesame", "key=sesame"):
        assert secret in shown.text
        assert secret not in (await desk.client.get(page)).text
    assert ("endpoint.revealed", "They asked") in await desk.audited()
