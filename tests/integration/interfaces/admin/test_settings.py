"""The settings over real pages: each change says what will be different, is done once, and is written down."""

from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from typing import NamedTuple

import httpx
import pytest

from largesse import outbox
from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import invoices, law, locations, networks, payment_accounts, staff
from largesse.domain.merchants import Merchant, merchant_of_id
from largesse.domain.staff import Role
from largesse.kernel.where import TaxRate
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant
from tests.builders.office import at_the_desk
from tests.builders.payment_accounts import SPA_KEY, SPA_SIGNS, an_application_of_accounts, open_accounts
from tests.fakes.clock import StillClock
from tests.support.office import fill, forms_of, texts
from tests.support.stripe_account import StripeAccount
from tests.support.stripe_account import stripe_account as running_account

HOME = "/admin/corner-spa"
SETTINGS = f"{HOME}/settings"
WHY = {"code": "requested", "why": "They asked"}


class Desk(NamedTuple):
    """An office with one person before it."""

    application: Application
    merchant: Merchant
    client: httpx.AsyncClient

    async def seen(self, path: str, **typed: str) -> httpx.Response:
        """What a page says would happen."""
        return await fill(self.client, path, path, {**WHY, **typed})

    async def act(self, path: str, **typed: str) -> httpx.Response:
        """Fill in an act's page, look at what will happen, and confirm it."""
        seen = await self.seen(path, **typed)
        assert seen.status_code == 200, texts(seen, "//*[contains(@class,'error')]")
        return await self.client.post(path, data={**forms_of(seen)[path], "sure": "yes"})

    async def audited(self) -> list[tuple[str, str | None]]:
        """What the audit log says."""
        async with self.application.database.connection() as connection:
            found = await staff.latest_entries(connection, self.merchant.merchant_id, limit=20)
        return [(one.action.value, one.reason) for one in found]


@pytest.fixture(scope="module")
def stripe_account() -> Iterator[StripeAccount]:
    """A stand-in of the provider."""
    with running_account() as account:
        yield account


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with an_application(database, clock=StillClock(NOW)) as opened:
        yield opened


@pytest.fixture
async def merchant(application: Application) -> Merchant:
    return await a_merchant(application.database)


@pytest.fixture
async def desk(application: Application, merchant: Merchant) -> AsyncIterator[Desk]:
    async with at_the_desk(application, merchant) as client:
        yield Desk(application, merchant, client)


def effects_on(answer: httpx.Response) -> list[str]:
    """What exactly will happen."""
    return texts(answer, "//ul[@class='effects']/li")


async def test_the_first_page_says_what_each_place_is_for_and_leads_there(desk: Desk) -> None:
    page = await desk.client.get(SETTINGS)
    links = texts(page, "//ul[@class='work']//a/@href")
    assert len(links) == 17
    for link in links:
        assert (await desk.client.get(link)).status_code == 200, link


async def test_a_manager_sees_what_is_a_managers(application: Application, merchant: Merchant) -> None:
    async with at_the_desk(application, merchant, role=Role.MANAGER, email="mia@bakery.example") as client:
        links = texts(await client.get(SETTINGS), "//ul[@class='work']//a/@href")
        assert f"{SETTINGS}/shop" in links
        assert f"{SETTINGS}/payments" not in links
        assert (await client.get(f"{SETTINGS}/law/choose")).status_code == 403


async def test_the_shop_is_changed_as_its_page_said(desk: Desk) -> None:
    path = f"{SETTINGS}/shop/change"
    seen = await desk.seen(path, name="Corner Spa & Café", undo_minutes="9", redemptions_per_hour="4")
    assert effects_on(seen) == [
        "Name: Corner Spa & Café instead of Corner Spa.",
        "Redemptions of one certificate an hour: 4.",
        "Minutes in which tills undo: 9 instead of 5.",
    ]
    form = {**forms_of(seen)[path], "sure": "yes"}
    done = await desk.client.post(path, data=form)
    assert done.headers["location"] == f"{SETTINGS}/shop?done=change"
    again = await desk.client.post(path, data=form)
    assert again.status_code in {409, 422}
    async with desk.application.database.connection() as connection:
        stands = await merchant_of_id(connection, desk.merchant.merchant_id)
    assert (stands.name, stands.undo_minutes, stands.redemptions_per_hour) == ("Corner Spa & Café", 9, 4)
    written = [one for one in await desk.audited() if one[0] == "merchant.changed"]
    assert written == [("merchant.changed", "name, redemptions_per_hour, undo_minutes: They asked")]
    moved = await desk.act(path, slug="spa", redemptions_per_hour="")
    assert moved.headers["location"] == "/admin/spa/settings/shop?done=change"
    assert (await desk.client.get("/admin/spa/settings/shop")).status_code == 200


@pytest.mark.parametrize(
    "path, typed, field",
    [
        ("shop/change", {"name": ""}, "name"),
        ("shop/change", {"time_zone": "Mars/Base"}, "time_zone"),
        ("shop/change", {"slug": "setup"}, "slug"),
        ("shop/change", {"redemptions_per_hour": "often"}, "redemptions_per_hour"),
        ("shop/change", {"undo_minutes": "-1"}, "undo_minutes"),
        ("shop/change", {"contact_email": "nobody"}, "contact_email"),
        ("shop/change", {}, "name"),
        ("mail/change", {"reply_to": "nobody"}, "reply_to"),
        ("locations/new", {"name": "Bar", "place_code": "bar left and right"}, "place_code"),
        (
            "locations/new",
            {"name": "Bar", "place_code": "BAR", "rate_name": "standard", "rate_percent": "many"},
            "rate_percent",
        ),
        ("locations/MAIN/change", {"country": "Utopia"}, "country"),
        ("entities/new", {"name": "x" * 130}, "name"),
        ("networks/add", {"network": "everywhere", "name": "Shop"}, "network"),
        ("law/choose", {"profile": "XX"}, "profile"),
    ],
)
async def test_what_cannot_be_is_said_beside_its_field_and_nothing_is_done(
    desk: Desk, path: str, typed: dict[str, str], field: str
) -> None:
    answer = await desk.seen(f"{SETTINGS}/{path}", **typed)
    assert answer.status_code == 422
    assert texts(answer, f"//*[@id='error-{field}']"), texts(answer, "//*[contains(@class,'error')]")
    assert {action for action, _ in await desk.audited()} <= {"staff.invited", "staff.joined", "staff.confirmed"}


async def test_locations_are_added_changed_chosen_and_closed(desk: Desk) -> None:
    path = f"{SETTINGS}/locations"
    rate = {"rate_name": "standard", "rate_percent": "8,5"}
    await desk.act(f"{path}/new", name="Bar", place_code="bar", cut_off_hour="5", books_sale="till", **rate)
    async with desk.application.database.connection() as connection:
        bar = await locations.find_location(connection, desk.merchant.merchant_id, "BAR")
        main = await locations.find_location(connection, desk.merchant.merchant_id, "MAIN")
    assert (bar.cut_off_hour, bar.books_sale.value) == (5, "till")
    assert bar.default_rate == TaxRate(name="standard", rate=Decimal("0.085"))
    await desk.act(f"{path}/{bar.location_id}/change", city="Lyon", country="FR", rate_name="", rate_percent="")
    await desk.act(f"{path}/{bar.location_id}/default")
    done = await desk.act(f"{path}/{main.location_id}/close")
    assert done.headers["location"] == f"{path}?done=close"
    async with desk.application.database.connection() as connection:
        bar = await locations.find_location(connection, desk.merchant.merchant_id, "BAR")
        main = await locations.find_location(connection, desk.merchant.merchant_id, "MAIN")
    assert (bar.city, bar.default_rate, bar.is_default, main.archived_at) == ("Lyon", None, True, NOW)
    page = await desk.client.get(path)
    assert {"closed", "usual"} <= set(texts(page, "//*[contains(@class,'badge')]"))
    await desk.act(f"{path}/{main.location_id}/reopen")
    said = [action for action, _ in await desk.audited() if action.startswith("location.")]
    assert sorted(said) == ["location.added", *["location.changed"] * 3, "location.closed"]
    assert (await desk.client.get(f"{path}/{desk.merchant.merchant_id}/change")).status_code == 404


async def test_legal_entities_are_added_changed_chosen_and_ended(desk: Desk) -> None:
    path = f"{SETTINGS}/entities"
    await desk.act(f"{path}/new", name="Spa GmbH", legal_form="GmbH", country="DE", vat_id="DE136695976")
    async with desk.application.database.connection() as connection:
        new = await locations.find_entity(connection, desk.merchant.merchant_id, "Spa GmbH")
        old = await locations.default_entity(connection, desk.merchant.merchant_id)
    seen = await desk.seen(f"{path}/{new.entity_id}/change", city="Köln", vat_id="")
    assert effects_on(seen) == ["City: Köln.", "VAT ID: nothing any more."]
    await desk.act(f"{path}/{new.entity_id}/change", city="Köln", vat_id="")
    await desk.act(f"{path}/{new.entity_id}/default")
    refused = await desk.client.get(f"{path}/{old.entity_id}/archive")
    assert refused.status_code == 409
    said = [action for action, _ in await desk.audited() if action.startswith("entity.")]
    assert sorted(said) == ["entity.added", "entity.changed", "entity.changed"]


async def test_what_invoices_say_and_where_they_are_paid_is_changed_by_two_acts(desk: Desk) -> None:
    async with desk.application.database.connection() as connection:
        entity = await locations.default_entity(connection, desk.merchant.merchant_id)
    path = f"{SETTINGS}/invoices/{entity.entity_id}"
    wrong = await desk.seen(f"{path}/account", iban="DE89 3704 0044 0532 0130 01", bic="NO")
    assert wrong.status_code == 422
    assert "That is no IBAN" in wrong.text
    assert "That is no BIC" in wrong.text
    await desk.act(f"{path}/account", iban="DE89 3704 0044 0532 0130 00")
    for days in ("7, 21", "7, x, 35", "7, 7, 9"):
        assert "Name three days" in (await desk.seen(f"{path}/change", reminder_days=days)).text
    assert "Choose two different" in (await desk.seen(f"{path}/change", invoice_series="CN-")).text
    change = {"invoice_series": "R-", "note": "Thank you.", "reminder_days": "5 10 20", "issues_itself": "yes"}
    seen = await desk.seen(f"{path}/change", **change)
    assert "Issue by itself: yes." in effects_on(seen)
    await desk.act(f"{path}/change", **change)
    async with desk.application.database.connection() as connection:
        kept = await invoices.settings_of(connection, desk.merchant.merchant_id, entity.entity_id)
    assert (kept.iban, kept.note, kept.reminder_days) == ("DE89370400440532013000", "Thank you.", (5, 10, 20))
    assert (kept.invoice_series, kept.credit_note_series, kept.issues_itself) == ("R-", "CN-", True)
    page = await desk.client.get(f"{SETTINGS}/invoices")
    assert "DE89 3704 0044 0532 0130 00" in page.text
    assert [one for one in await desk.audited() if one[0] == "billing.changed"] == [
        ("billing.changed", "They asked")
    ] * 2


async def test_only_an_owner_changes_where_invoices_are_paid(application: Application, merchant: Merchant) -> None:
    async with application.database.connection() as connection:
        entity = await locations.default_entity(connection, merchant.merchant_id)
    async with at_the_desk(application, merchant, role=Role.BOOKKEEPER) as client:
        page = await client.get(f"{SETTINGS}/invoices")
        assert f"{entity.entity_id}/change" in page.text
        assert f"{entity.entity_id}/account" not in page.text
        assert (await client.get(f"{SETTINGS}/invoices/{entity.entity_id}/account")).status_code == 403


async def test_a_mail_is_tried_and_signed_otherwise(desk: Desk) -> None:
    page = await desk.client.get(f"{SETTINGS}/mail")
    sent = await desk.client.post(f"{SETTINGS}/mail/try", data=forms_of(page)[f"{SETTINGS}/mail/try"])
    assert sent.headers["location"] == f"{SETTINGS}/mail?done=tried"
    async with desk.application.database.connection() as connection:
        [mails] = [
            one
            for one in await outbox.list_endpoints(connection, desk.merchant.merchant_id)
            if outbox.MAIL_DUE in one.events
        ]
        assert any(one.kind == outbox.MAIL_DUE for one in await outbox.list_deliveries(connection, mails))
    await desk.act(f"{SETTINGS}/mail/change", mail_from_name="The Spa", reply_to="hello@spa.example")
    async with desk.application.database.connection() as connection:
        stands = await merchant_of_id(connection, desk.merchant.merchant_id)
    assert (stands.mails_as, stands.reply_address) == ("The Spa", "hello@spa.example")


async def test_a_law_profile_is_read_with_its_sources_and_chosen(desk: Desk) -> None:
    page = await desk.client.get(f"{SETTINGS}/law?profile=US-CA")
    assert "California" in page.text
    assert "sure: yes" in " ".join(texts(page, "//dl//span"))
    await desk.act(f"{SETTINGS}/law/choose", profile="US-CA", refuses="yes")
    async with desk.application.database.connection() as connection:
        chosen = await law.law_of(connection, desk.merchant.merchant_id)
    assert chosen is not None
    assert (chosen.choice.code, chosen.choice.refuses) == ("US-CA", True)
    assert ("law.chosen", "US-CA, refuse, wait where unknown: They asked") in await desk.audited()


async def test_nobody_locks_themselves_out_of_the_office(desk: Desk) -> None:
    path = f"{SETTINGS}/networks"
    await desk.act(f"{path}/add", network="198.51.100.0/24", name="Elsewhere")
    locked = await desk.seen(f"{path}/bind", office="yes")
    assert texts(locked, "//*[@id='error-office']")
    await desk.act(f"{path}/add", network="192.0.2.0/24", name="Shop")
    await desk.act(f"{path}/bind", office="yes", tills="yes")
    locked = await desk.seen(f"{path}/remove", network="192.0.2.0/24")
    assert texts(locked, "//*[@id='error-network']")
    await desk.act(f"{path}/remove", network="198.51.100.0/24")
    async with desk.application.database.connection() as connection:
        now = await networks.work_networks(connection, desk.merchant.merchant_id)
    assert [str(one.network) for one in now.networks] == ["192.0.2.0/24"]
    assert (now.binds_office, now.binds_tills) == (True, True)
    assert ("networks.changed", "office bound, tills bound: They asked") in await desk.audited()


async def test_a_payment_account_is_checked_before_it_is_kept_and_its_key_is_seen_by_nobody(
    database: Database, stripe_account: StripeAccount
) -> None:
    open_accounts(stripe_account)
    async with an_application_of_accounts(database, stripe_account) as application:
        merchant = await a_merchant(database)
        async with at_the_desk(application, merchant) as client:
            desk, path = Desk(application, merchant, client), f"{SETTINGS}/payments"
            wrong = await desk.seen(f"{path}/new", gateway="stripe", secret_key="sk_test_unknownunknown")
            assert wrong.status_code in {409, 422}
            seen = await desk.seen(f"{path}/new", gateway="stripe", secret_key=SPA_KEY, register="")
            assert any("Corner Spa GmbH" in one for one in effects_on(seen))
            assert SPA_KEY not in seen.text
            await client.post(f"{path}/new", data={**forms_of(seen)[f"{path}/new"], "sure": "yes"})
            async with database.connection() as connection:
                [account] = await payment_accounts.list_accounts(connection, merchant.merchant_id)
            page = await client.get(path)
            assert f"/callbacks/stripe/{merchant.prefix}/{account.account_id}" in page.text
            one = f"{path}/{account.account_id}"
            await desk.act(f"{one}/signing", signing_secret=SPA_SIGNS)
            await desk.act(f"{one}/check")
            await desk.act(f"{one}/key", secret_key=SPA_KEY)
            await desk.act(f"{one}/retire")
            page = await client.get(path)
            assert "takes nothing new" in texts(page, "//*[contains(@class,'badge')]")
            said = await desk.audited()
            assert ("payment_account.changed", "secret key: They asked") in said
            assert SPA_KEY not in str(said) + page.text


async def test_how_to_pay_by_hand_is_said_and_taken_back(desk: Desk) -> None:
    path = f"{SETTINGS}/payments"
    await desk.act(f"{path}/by-hand/end")
    page = await desk.client.get(path)
    assert "not offered" in texts(page, "//*[contains(@class,'badge')]")
    assert f"{path}/by-hand/end" not in page.text
    change = f"{path}/by-hand/change"
    for typed, field in (
        ({"iban": "DE00", "holder": "Spa"}, "iban"),
        ({"iban": "DE89370400440532013000"}, "holder"),
        ({"holder": "", "further": "At the counter", "bic": "NO"}, "bic"),
        ({"further": "At the counter", "days": "4"}, "days"),
        ({"days": "9"}, "further"),
    ):
        wrong = await desk.seen(change, **typed)
        assert (wrong.status_code, texts(wrong, f"//*[@id='error-{field}']") != []) == (422, True), typed
    done = await desk.act(change, further="At the counter, 9 to 5", days="9")
    assert done.headers["location"] == f"{path}?done=change"
    assert "At the counter, 9 to 5" in (await desk.client.get(path)).text
    assert {why for act, why in await desk.audited() if act == "payment_instructions.written"} == {
        "USD: They asked",
        "USD, none: They asked",
    }
    await desk.act(f"{path}/by-hand/end")
    assert "At the counter" not in (await desk.client.get(path)).text


async def test_a_shop_is_closed_and_opened_again_by_its_owner(desk: Desk) -> None:
    page = f"{SETTINGS}/danger"
    shown = await desk.client.get(page)
    assert "open" in texts(shown, "//*[contains(@class,'badge')]")
    seen = await desk.seen(f"{page}/close")
    assert "You can open it again at any time." in effects_on(seen)
    form = {**forms_of(seen)[f"{page}/close"], "sure": "yes"}
    done = [await desk.client.post(f"{page}/close", data=form) for _ in range(2)]
    assert {one.headers["location"] for one in done} == {f"{page}?done=close"}, "sent twice, it is closed once"
    async with desk.application.database.connection() as connection:
        assert (await merchant_of_id(connection, desk.merchant.merchant_id)).closed_at == NOW
    assert "The shop is closed." in (await desk.client.get(f"{page}?done=close")).text
    opened = await desk.act(f"{page}/open")
    assert opened.headers["location"] == f"{page}?done=open"
    async with desk.application.database.connection() as connection:
        assert (await merchant_of_id(connection, desk.merchant.merchant_id)).closed_at is None
    said = [act for act, _ in await desk.audited() if act.startswith("shop.")]
    assert sorted(said) == ["shop.closed", "shop.opened_again"]
    async with at_the_desk(desk.application, desk.merchant, role=Role.MANAGER, email="mia@bakery.example") as client:
        assert (await client.get(page)).status_code == 403
