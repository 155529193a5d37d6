"""Partners in the office: listed, added, changed, stopped, given users, keys and tokens; secrets are shown once."""

from collections.abc import AsyncIterator
from typing import NamedTuple

import httpx
import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import invoices, law, partners, staff
from largesse.domain.law import LawChoice
from largesse.domain.merchants import Merchant
from largesse.domain.partners import AccessDenied, Agreement, Partner
from largesse.domain.staff import Role
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant
from tests.builders.office import at_the_desk
from tests.fakes.clock import StillClock
from tests.support.office import fill, forms_of, texts

HERE = "/admin/corner-spa/partners"
NEW = {
    "name": "Hotel Sunrise",
    "contact_email": "desk@hotel.example",
    "phone": "212 555 0100",
    "new_currency": "usd",
    "new_max": "500",
    "new_credit": "10,000",
    "refcodes": "SPRING\nAUTUMN",
}


class Desk(NamedTuple):
    """An owner at their desk, with a partner added."""

    application: Application
    merchant: Merchant
    client: httpx.AsyncClient
    here: str

    async def stands(self) -> tuple[Partner, Agreement]:
        """The partner and the agreement as they stand."""
        async with self.application.database.connection() as connection:
            [one] = await partners.list_partners(connection, self.merchant.merchant_id)
            return one, await partners.agreement_of(connection, one.merchant_id, one.partner_id)


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with an_application(database, clock=StillClock(NOW)) as application:
        merchant = await a_merchant(database)
        async with at_the_desk(application, merchant) as client:
            made = await fill(client, f"{HERE}/new", f"{HERE}/new", NEW)
            assert made.status_code == 303, made.text
            yield Desk(application, merchant, client, made.headers["location"])


def secret_on(answer: httpx.Response) -> str:
    return texts(answer, "//*[@data-copy-text]")[0]


async def test_a_partner_is_added_listed_shown_and_exported(desk: Desk) -> None:
    one, agreement = await desk.stands()
    assert (one.name, one.phone) == ("Hotel Sunrise", "+12125550100")
    assert agreement.refcodes == ("SPRING", "AUTUMN")
    assert agreement.terms["USD"].credit_limit == 10_000_00
    again = await fill(desk.client, f"{HERE}/new", f"{HERE}/new", NEW)
    assert again.status_code == 422
    assert "There is a partner of that name already." in again.text
    listed = await desk.client.get(HERE)
    assert "Hotel Sunrise" in listed.text
    assert "1 partner" in listed.text
    assert "Hotel Sunrise" not in (await desk.client.get(f"{HERE}?credit=high")).text
    async with desk.application.database.transaction() as connection:
        await connection.execute("UPDATE agreement_terms SET credit_used = 900000")
    assert "Hotel Sunrise" in (await desk.client.get(f"{HERE}?credit=high")).text
    page = await desk.client.get(desk.here)
    assert "$9,000.00 of $10,000.00 used" in page.text
    today = await desk.client.get("/admin/corner-spa")
    assert desk.here in today.text
    file = await desk.client.post(f"{HERE}/export", data=forms_of(listed)[f"{HERE}/export"])
    assert "desk@hotel.example" in file.text


async def test_a_change_is_read_beside_its_fields_and_two_are_told(desk: Desk) -> None:
    action = f"{desk.here}/change"
    begun = forms_of(await desk.client.get(action))[action]
    wrong = await desk.client.post(
        action, data={**begun, "contact_email": "nobody", "credit_USD": "much", "new_currency": "XX"}
    )
    assert wrong.status_code == 422
    assert "Name a currency by its three letters" in wrong.text
    assert "Write an amount" in wrong.text
    assert (await desk.client.post(action, data={**begun, "contact_email": "nobody"})).status_code == 422
    assert (await desk.client.post(action, data={**begun, "credit_USD": "20000", "city": "Rome"})).status_code == 303
    late = await desk.client.post(action, data={**begun, "city": "Paris"})
    assert late.status_code == 409  # partner.changed
    one, agreement = await desk.stands()
    assert (one.city, agreement.terms["USD"].credit_limit) == ("Rome", 20_000_00)
    saved = await desk.client.post(action, data=forms_of(late)[action])
    assert saved.status_code == 303
    assert (await desk.stands())[0].city == "Paris"
    removed = {**forms_of(await desk.client.get(action))[action], "remove_USD": "yes", "new_currency": ""}
    assert (await desk.client.post(action, data=removed)).status_code == 303
    assert (await desk.stands())[1].terms == {}


async def test_what_invoices_say_of_a_partner_is_checked_changed_once_and_shown(desk: Desk) -> None:
    action, why = f"{desk.here}/billing", {"why": "They wrote"}
    wrong = await fill(desk.client, action, action, {**why, "vat_id": "DE1", "email": "nobody", "endpoint_id": "1"})
    assert wrong.status_code == 422
    for said in ("That is no tax id", "That is not an e-mail address", "Name the scheme of the electronic address"):
        assert said in wrong.text
    forged = await fill(desk.client, action, action, {**why, "language": "xx"})
    assert "Choose one of those that are offered." in forged.text
    typed = {**why, "vat_id": "DE 136 695 976", "email": "Billing@hotel.example", "language": "de"}
    seen = await fill(desk.client, action, action, typed)
    assert "Language of its invoices: Deutsch." in seen.text
    done = await desk.client.post(action, data={**forms_of(seen)[action], "sure": "yes"})
    assert done.headers["location"] == f"{desk.here}?done=billing"
    page = await desk.client.get(done.headers["location"])
    assert "It is changed." in page.text
    assert "DE136695976" in page.text
    again = await desk.client.post(action, data={**forms_of(seen)[action], "sure": "yes"})
    assert again.status_code == 409  # it stands otherwise by now, and is shown before anything happens
    one, _ = await desk.stands()
    async with desk.application.database.connection() as connection:
        kept = await invoices.billing_of(connection, one.merchant_id, one.partner_id)
        entries = await staff.latest_entries(connection, one.merchant_id, limit=20)
    assert (kept.vat_id, kept.email, kept.language) == ("DE136695976", "Billing@hotel.example", "de")
    assert [one.reason for one in entries if one.action.value == "billing.changed"] == ["Hotel Sunrise: They wrote"]


async def test_orders_are_stopped_for_a_reason_and_taken_again(desk: Desk) -> None:
    state = f"{desk.here}/state"
    without = await fill(desk.client, desk.here, state, {"reason": ""})
    assert without.status_code == 422
    for to, expected in (("suspend", (True, True)), ("resume", (True, False)), ("end", (False, False))):
        form = forms_of(await desk.client.get(desk.here))[state]
        sent = await desk.client.post(state, data={**form, "to": to, "reason": "open invoices"})
        assert sent.status_code == 303
        _, agreement = await desk.stands()
        assert (agreement.enabled, agreement.suspended) == expected
    async with desk.application.database.connection() as connection:
        entries = await staff.latest_entries(connection, desk.merchant.merchant_id, limit=20)
    said = [(one.action.value, one.reason) for one in entries if one.action.value.startswith("partner.")]
    assert sorted(said) == [
        ("partner.added", "Hotel Sunrise"),
        ("partner.resumed", "open invoices"),
        ("partner.stopped", "open invoices"),
        ("partner.stopped", "open invoices"),
    ]


async def test_users_keys_and_tokens_are_shown_once_and_ended(desk: Desk) -> None:
    client, here = desk.client, desk.here
    assert (await fill(client, here, f"{here}/users", {"email": "nobody"})).status_code == 422
    added = await fill(client, here, f"{here}/users", {"email": "shop@hotel.example"})
    assert len(secret_on(added)) > 20
    assert (await fill(client, here, f"{here}/users", {"email": "shop@hotel.example"})).status_code == 422
    renewed = await fill(client, here, f"{here}/users/password", {})
    assert secret_on(renewed) != secret_on(added)
    key_form = {**forms_of(await client.get(here))[f"{here}/keys"], "reason": "their new shop"}
    key_form["user"] = "shop@hotel.example"
    made = await client.post(f"{here}/keys", data=key_form)
    assert made.status_code == 200
    key = secret_on(made)
    twice = await client.post(f"{here}/keys", data=key_form)  # partner.key_made
    assert twice.status_code == 409
    assert "shown once" in twice.text
    assert key not in (await client.get(here)).text
    async with desk.application.database.connection() as connection:
        assert await partners.find_credentials(connection, key) is not None
    token = secret_on(await fill(client, here, f"{here}/keys/token", {"reason": "a trial"}))
    async with desk.application.database.connection() as connection:
        await partners.find_access(connection, key, token, now=NOW)
    page = await client.get(here)
    assert "1 token works" in page.text
    ended = {**forms_of(page)[f"{here}/keys/revoke"], "reason": "done"}
    assert ended["what"] == "tokens"
    assert (await client.post(f"{here}/keys/revoke", data=ended)).status_code == 303
    async with desk.application.database.connection() as connection:
        with pytest.raises(AccessDenied):
            await partners.find_access(connection, key, token, now=NOW)
        assert await partners.find_credentials(connection, key) is not None
    assert (await fill(client, here, f"{here}/keys/revoke", {"reason": "lost"})).status_code == 303
    async with desk.application.database.connection() as connection:
        assert await partners.find_credentials(connection, key) is None
    assert (await client.post(f"{here}/keys/revoke", data=ended)).status_code == 409
    assert (await fill(client, here, f"{here}/users/let", {})).status_code == 303
    assert "may do nothing" in (await client.get(here)).text
    async with desk.application.database.connection() as connection:
        entries = await staff.latest_entries(connection, desk.merchant.merchant_id, limit=30)
    assert not [one for one in entries if key in (one.reason or "") or token in (one.reason or "")]


async def test_a_key_is_an_owners_word_and_the_law_warns(desk: Desk) -> None:
    async with desk.application.database.transaction() as connection:
        choice = LawChoice(merchant_id=desk.merchant.merchant_id, code="US-CA", refuses=True, chosen_at=NOW)
        await law.choose(connection, choice)
    page = await desk.client.get(desk.here)
    assert "law profile" in page.text
    action = f"{desk.here}/change"
    refused = await fill(desk.client, action, action, {"city": "Rome"})
    assert refused.status_code == 422
    assert "law profile" in refused.text
    assert (await desk.stands())[0].city == ""
    await fill(desk.client, desk.here, f"{desk.here}/users", {"email": "shop@hotel.example"})
    async with at_the_desk(
        desk.application, desk.merchant, role=Role.MANAGER, email="manager@bakery.example"
    ) as manager:
        shown = await manager.get(desk.here)
        assert "Keys are made by an owner." in shown.text
        assert (await manager.post(f"{desk.here}/keys", data={})).status_code == 403


async def test_a_partner_that_is_none_is_not_there(desk: Desk) -> None:
    assert (await desk.client.get(f"{HERE}/nothing")).status_code == 404
    assert (await desk.client.get(f"{HERE}/{desk.merchant.merchant_id}")).status_code == 404
