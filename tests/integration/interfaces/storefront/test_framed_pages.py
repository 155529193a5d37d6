"""The gift form in a frame of another web site: no cookie, nothing written, a basket that is shown before it grows."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest
from structlog.testing import capture_logs

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.merchants import Merchant
from largesse.domain.staff import ByWhom
from largesse.kernel.tax import UNTAXED
from largesse.services.merchants import allow_embedding
from tests.builders.application import NOW, an_application
from tests.builders.catalog import a_draft, a_package, on_sale
from tests.builders.shop import a_seller
from tests.fakes.clock import StillClock
from tests.support.shopper import GIFT, Page, Shopper, shopping

SITE = "https://www.spa.example"
FORM = "/embed/gift/any-amount"
AT_SITE = f"{FORM}?{urlencode({'site': SITE})}"


class Embedded(NamedTuple):
    """A shop whose form another web site may show, and a browser."""

    application: Application
    merchant: Merchant
    clock: StillClock
    shopper: Shopper

    async def filled(self, path: str = AT_SITE, **typed: str) -> dict[str, str]:
        """The form of the frame, filled in."""
        return await self.shopper.fill(path, **{**GIFT, **typed})

    async def handed(self, path: str = AT_SITE, **typed: str) -> str:
        """The token that hands a gift over."""
        return _token(await self.shopper.send(path, await self.filled(path, **typed)))

    async def rows(self, table: str) -> int:
        """How many rows a table has."""
        async with self.application.database.connection() as connection:
            return int(await connection.fetchval(f"SELECT count(*) FROM {table}"))


async def an_origin(application: Application, merchant: Merchant, origin: str = SITE) -> None:
    """Let a web site show the form."""
    async with application.transaction() as connection:
        await allow_embedding(connection, merchant, origin, by=ByWhom(actor="test", why="Wanted"), now=NOW)


@pytest.fixture
async def embedded(database: Database) -> AsyncIterator[Embedded]:
    async with AsyncExitStack() as stack:
        clock = StillClock(NOW)
        merchant = await a_seller(database)
        await on_sale(database, merchant, a_draft(tax=UNTAXED))
        await on_sale(database, merchant, a_package())
        application = await stack.enter_async_context(an_application(database, clock=clock))
        await an_origin(application, merchant)
        yield Embedded(application, merchant, clock, await stack.enter_async_context(shopping(application)))


def _form(page: Page, action: str) -> Mapping[str, str]:
    [form] = [form for form in page.tree.forms if form.get("action") == action]
    return {name: value or "" for name, value in form.fields.items()}


def _token(page: Page) -> str:
    assert page.status == 200, page.words
    return _form(page, "/corner-spa/handover")["token"]


def _kept(page: Page) -> Mapping[str, str]:
    return _form(page, "/corner-spa/handover/keep")


async def test_a_gift_is_put_together_without_a_cookie_and_taken_over_once_it_was_shown(embedded: Embedded) -> None:
    shopper = embedded.shopper
    page = await shopper.open(AT_SITE)
    policy = page.answer.headers["content-security-policy"]
    assert f"frame-ancestors {SITE};" in policy
    assert "x-frame-options" not in page.answer.headers
    form = await embedded.filled(message="Happy birthday")
    live = await shopper.send(f"{FORM}/live?{urlencode({'site': SITE})}", form)
    assert live.answer.json()["total"] == "$100.00"
    ready = await shopper.send(AT_SITE, form)
    assert ready.tree.xpath('//form[@target="_top"]/@action') == ["/corner-spa/handover"]
    assert "You pay at gifts.example.com." in ready.words
    assert f"frame-ancestors {SITE};" in ready.answer.headers["content-security-policy"]
    back = _form(ready, f"/corner-spa{AT_SITE}")
    again = await shopper.send(AT_SITE, {**back, "go": "update"})
    assert (again.fields["to"], again.fields["gift_id"]) == ("Ada", form["gift_id"])
    for one in (page, live, ready, again):
        assert "set-cookie" not in one.answer.headers
    assert not shopper.client.cookies
    assert (await embedded.rows("drafts"), await embedded.rows("spent_handovers")) == (0, 0)

    arrived = await shopper.send("/handover", {"token": _token(ready)})
    assert "set-cookie" not in arrived.answer.headers
    assert arrived.answer.headers["x-frame-options"] == "DENY"
    assert "For Ada" in arrived.words
    assert "Happy birthday" in arrived.words
    assert "Nothing yet." in arrived.words
    assert await embedded.rows("drafts") == 0
    taken = await shopper.send("/handover/keep", _kept(arrived))
    assert taken.answer.headers["location"] == "/corner-spa/checkout"
    assert (await shopper.open("/checkout")).fields["total"] == "10000"
    await shopper.send("/handover/keep", _kept(arrived))
    assert (await shopper.open("/checkout")).fields["total"] == "10000"


async def test_the_preview_of_a_frame_needs_no_cookie_and_ends_within_hours(embedded: Embedded) -> None:
    shopper = embedded.shopper
    address = (await shopper.send(f"{FORM}/live?site={SITE}", await embedded.filled())).answer.json()["preview"]
    async with shopping(embedded.application) as elsewhere:
        assert (await elsewhere.client.get(address)).headers["content-type"] == "image/svg+xml"
        embedded.clock.moment = NOW + timedelta(hours=4)
        assert (await elsewhere.client.get(address)).status_code == 404


async def test_what_is_wrong_is_said_in_the_frame_and_what_a_link_names_is_chosen(embedded: Embedded) -> None:
    shopper = embedded.shopper
    chosen = await shopper.open(f"{AT_SITE}&amount=75.50&lang=de&theme=dark&utm_source=blog")
    assert (chosen.fields["other_amount"], chosen.fields["utm_source"]) == ("75,50", "blog")
    assert 'lang="de"' in chosen.html[:200]
    assert 'data-theme="dark"' in chosen.html[:200]
    action = chosen.tree.xpath("//form[@data-live]/@action")[0].removeprefix("/corner-spa")
    wrong = await shopper.send(action, {**chosen.fields, "to": ""})
    assert (wrong.status, bool(wrong.error("to"))) == (422, True)
    assert 'lang="de"' in wrong.html[:200]
    assert "not offered here" in (await shopper.open(f"{AT_SITE}&amount=1")).words
    doubtful = await shopper.send(AT_SITE, await embedded.filled(email="ada@gmial.com"))
    assert doubtful.status == 422
    assert _token(await shopper.send(AT_SITE, {**doubtful.fields, "go": "add"}))
    gone = await shopper.open(f"/embed/gift/nothing?site={SITE}")
    assert (gone.status, gone.answer.headers.get("x-frame-options")) == (404, None)
    top = await shopper.open(f"{AT_SITE}&amount=50&lang=fr", **{"sec-fetch-dest": "document"})
    assert top.answer.headers["location"] == "/corner-spa/gift/any-amount?amount=50&lang=fr"


async def test_a_basket_is_shown_before_it_grows_and_never_grows_unseen(embedded: Embedded) -> None:
    shopper = embedded.shopper
    await shopper.give(to="Byron")
    arrived = await shopper.send("/handover", {"token": await embedded.handed()})
    for words in ("For Ada", "For Byron"):
        assert words in arrived.words
    await shopper.give(to="Charles")  # in another tab
    changed = await shopper.send("/handover/keep", _kept(arrived))
    assert changed.status == 409
    assert "For Charles" in changed.words
    assert "2 gifts" in (await shopper.open("")).words
    taken = await shopper.send("/handover/keep", _kept(changed))
    assert taken.status == 303
    assert "3 gifts" in (await shopper.open("")).words


async def test_a_cookie_that_the_browser_kept_back_loses_no_basket(embedded: Embedded) -> None:
    shopper = embedded.shopper
    await shopper.give(to="Byron")
    token, known = await embedded.handed(), dict(shopper.client.cookies)
    async with shopping(embedded.application) as without:
        arrived = await without.send("/handover", {"token": token})
        assert "set-cookie" not in arrived.answer.headers
    seen = await shopper.send("/handover/keep", _kept(arrived))
    assert seen.status == 409
    assert "For Byron" in seen.words
    assert (await shopper.send("/handover/keep", _kept(seen))).status == 303
    assert dict(shopper.client.cookies) == known
    assert "2 gifts" in (await shopper.open("")).words


async def test_the_same_gift_changed_in_the_frame_takes_its_own_place(embedded: Embedded) -> None:
    shopper, form = embedded.shopper, await embedded.filled()
    for name, said in (("Ada", ""), ("Byron", "It takes the place of the gift for Ada")):
        ready = await shopper.send(AT_SITE, {**form, "to": name})
        arrived = await shopper.send("/handover", {"token": _token(ready)})
        assert said in arrived.words
        await shopper.send("/handover/keep", _kept(arrived))
    assert "1 gift" in (await shopper.open("")).words
    assert "For Byron" in (await shopper.open("/checkout")).words


async def test_a_token_is_spent_once_however_many_bring_it(embedded: Embedded) -> None:
    token = await embedded.handed()
    with capture_logs() as logs:
        answers = await asyncio.gather(*(embedded.shopper.send("/handover", {"token": token}) for _ in range(8)))
    assert [one.get("error_code") for one in logs] == ["handover.spent"] * 7
    assert sorted(one.status for one in answers) == [200, *[409] * 7]
    assert "This gift came here before" in next(one for one in answers if one.status == 409).words
    embedded.clock.moment = NOW + timedelta(minutes=6)
    await embedded.shopper.send("/handover", {"token": await embedded.handed()})
    assert await embedded.rows("spent_handovers") == 1  # that one; the other would be refused for its age


async def test_a_token_that_is_old_forged_or_of_another_shop_shows_and_adds_nothing(embedded: Embedded) -> None:
    shopper, database = embedded.shopper, embedded.application.database
    other = await a_seller(database, slug="tailor", prefix="TL", number="1002")
    await on_sale(database, other, a_draft(tax=UNTAXED))
    await an_origin(embedded.application, other)
    token = await embedded.handed()
    async with shopping(embedded.application, "tailor") as tailor:
        refused = await tailor.send("/handover", {"token": token})
        assert (refused.status, "Ada" in refused.words) == (403, False)
    arrived = await shopper.send("/handover", {"token": token})  # the other shop has spent nothing
    shown = _kept(arrived)
    for path, forged in (
        ("/handover", ""),
        ("/handover", token[:-1] + ("A" if token[-1] != "A" else "B")),
        ("/handover", shown["token"]),
        ("/handover/keep", token),
    ):
        refused = await shopper.send(path, {**shown, "token": forged})
        assert refused.status == 403, path
    assert (await shopper.send("/handover/keep", shown, **{"sec-fetch-site": "cross-site"})).status == 403
    late = await embedded.handed()
    embedded.clock.moment = NOW + timedelta(minutes=5)
    with capture_logs() as logs:
        expired = await shopper.send("/handover", {"token": late})
    assert [one["error_code"] for one in logs] == ["handover.expired"]
    assert (expired.status, "waits for five minutes" in expired.words) == (403, True)
    embedded.clock.moment = NOW + timedelta(hours=2)
    assert (await shopper.send("/handover/keep", shown)).status == 403
    assert await embedded.rows("drafts") == 0


async def test_what_was_shown_to_one_browser_is_added_by_no_other(embedded: Embedded) -> None:
    shopper = embedded.shopper
    await shopper.give(to="Byron")
    shown = _kept(await shopper.send("/handover", {"token": await embedded.handed()}))
    async with shopping(embedded.application) as other:
        assert (await other.send("/handover/keep", shown)).status == 403


async def test_a_pass_opens_its_own_form_alone_for_some_hours(embedded: Embedded) -> None:
    shopper = embedded.shopper
    form, plain = await embedded.filled(), await shopper.fill("/gift/any-amount", **GIFT)
    live = f"{FORM}/live?site={SITE}"

    async def refused(path: str, fields: Mapping[str, str]) -> bool:
        return (await shopper.send(path, fields)).status == 403

    assert await refused("/gift/any-amount", {**form, "csrf_token": form["form_pass"]})
    assert await refused("/live/gift/any-amount", {**form, "csrf_token": form["form_pass"]})
    for path in (AT_SITE, live):
        assert await refused(path, {**form, "form_pass": plain["csrf_token"]})
        assert await refused(path, {**form, "form_pass": ""})
        assert await refused(path, {**form, "page_id": plain["page_id"]})
        assert await refused(path.replace("any-amount", "massage"), form)
    token = await embedded.handed()
    assert await refused(AT_SITE, {**form, "form_pass": token})
    embedded.clock.moment = NOW + timedelta(hours=3)
    late = await shopper.send(AT_SITE, form)
    assert (late.status, late.fields["to"]) == (403, "Ada")
    assert "stood open for too long" in late.words
    assert _token(await shopper.send(AT_SITE, {**late.fields, "go": "add"}))


async def test_a_visitor_of_a_frame_is_counted_once(embedded: Embedded) -> None:
    shopper = embedded.shopper
    shopper.client.headers["user-agent"] = "Mozilla/5.0"
    form = await embedded.filled()
    for _ in range(2):
        answer: Any = (await shopper.send(f"{FORM}/live?site={SITE}", form)).answer.json()
        form["begun"] = answer["begun"]
    await shopper.send(AT_SITE, form)
    await embedded.application.shop_counter.write()
    async with embedded.application.database.connection() as connection:
        assert await connection.fetchval("SELECT sum(begun) FROM shop_counts") == 1
