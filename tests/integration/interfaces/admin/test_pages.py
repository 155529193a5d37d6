"""The pages of staff, as a browser without scripts meets them: nothing of the services is called past them."""

import dataclasses
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import pyotp
import pytest
from litestar import Litestar

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import staff
from largesse.domain.merchants import Merchant
from largesse.domain.staff import AuditReason, Role
from largesse.services import staff as services
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant
from tests.builders.staff import BROWSER, OPERATOR, PASSWORD, Worker, a_worker, invitation_token, signed_in
from tests.fakes.clock import StillClock
from tests.support.office import COOKIE, codes_on, comes_with, fill, forms_of, key_on, office_app, texts, visiting

ANOTHER = "marmot-quay-19-lantern"


@pytest.fixture
def clock() -> StillClock:
    return StillClock(NOW)


@pytest.fixture
async def application(database: Database, clock: StillClock) -> AsyncIterator[Application]:
    async with an_application(database, clock=clock) as opened:
        yield opened


@pytest.fixture
async def merchant(application: Application) -> Merchant:
    return await a_merchant(application.database)


@pytest.fixture
async def ada(application: Application, merchant: Merchant) -> Worker:
    """An owner."""
    return await a_worker(application, merchant)


@pytest.fixture
def app(application: Application) -> Litestar:
    return office_app(application)


@pytest.fixture
async def client(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    async with visiting(app) as opened:
        yield opened


async def signs_in(client: httpx.AsyncClient, worker: Worker, clock: StillClock) -> httpx.Response:
    """Sign in by the pages."""
    begun = await fill(client, "/staff/sign-in", "/staff/sign-in", {"email": worker.person.email, "password": PASSWORD})
    assert begun.headers["location"] == "/staff/second-factor"
    return await fill(client, "/staff/second-factor", "/staff/second-factor", {"code": worker.code(clock.moment)})


def text_of(answer: httpx.Response) -> str:
    return " ".join(" ".join(texts(answer, "//body")).split())


async def test_somebody_signs_in_by_two_pages_and_out_again(
    client: httpx.AsyncClient, ada: Worker, clock: StillClock
) -> None:
    assert (await client.get("/staff")).headers["location"] == "/staff/sign-in"
    done = await signs_in(client, ada, clock)
    assert (done.status_code, done.headers["location"]) == (303, "/staff")
    home = await client.get("/staff")
    assert "Corner Spa" in text_of(home)
    assert home.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in home.headers["content-security-policy"]
    out = await client.post("/staff/sign-out", data=forms_of(home)["/staff/sign-out"])
    assert out.headers["location"] == "/staff/sign-in?done=out"
    assert (await client.get("/staff")).headers["location"] == "/staff/sign-in"


async def test_whoever_works_for_several_goes_over_from_any_page(
    client: httpx.AsyncClient, application: Application, ada: Worker, clock: StillClock
) -> None:
    """Only live memberships with an office are offered; a page of the other one offers the way back."""
    await signs_in(client, ada, clock)
    assert texts(await client.get("/admin/corner-spa/orders"), "//details[@class='switcher']") == []
    for slug, number, prefix, role in (("spa", "2", "SP", Role.BOOKKEEPER), ("bar", "3", "BA", Role.CLERK)):
        other = await a_merchant(application.database, slug=slug, number=number, prefix=prefix)
        invitation = await services.invite(application, other, ada.person.email, role, by=OPERATOR, now=NOW)
        token = invitation_token(application, other, invitation)
        session = await signed_in(application, ada, now=NOW + timedelta(minutes=int(number)))
        await services.accept_signed_in(application, token, session.session, BROWSER, now=NOW)
    links = "//details[@class='switcher']//a/@href"
    assert texts(await client.get("/admin/corner-spa/orders"), links) == ["/admin/spa"]
    assert texts(await client.get("/admin/spa"), links) == ["/admin/corner-spa"]


async def test_the_cookie_is_set_for_this_host_by_https_out_of_reach_of_scripts(
    client: httpx.AsyncClient, ada: Worker
) -> None:
    begun = await fill(client, "/staff/sign-in", "/staff/sign-in", {"email": ada.person.email, "password": PASSWORD})
    [cookie] = [one for one in begun.headers.get_list("set-cookie") if one.startswith(COOKIE)]
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"path=/", "secure", "httponly", "samesite=lax"} <= parts
    assert not any(part.startswith(("domain", "max-age", "expires")) for part in parts)


async def test_the_token_changes_with_each_step_and_a_planted_one_is_nothing(
    client: httpx.AsyncClient, ada: Worker, clock: StillClock
) -> None:
    planted = "A" * 43
    client.cookies.set(COOKIE, planted, domain="gifts.example.com", path="/")
    await fill(client, "/staff/sign-in", "/staff/sign-in", {"email": ada.person.email, "password": PASSWORD})
    half_way = client.cookies[COOKIE]
    assert half_way != planted
    assert (await client.get("/staff")).headers["location"] == "/staff/sign-in"
    await fill(client, "/staff/second-factor", "/staff/second-factor", {"code": ada.code(clock.moment)})
    whole = client.cookies[COOKIE]
    assert whole != half_way
    for old in (planted, half_way):
        client.cookies.set(COOKIE, old, domain="gifts.example.com", path="/")
        assert (await client.get("/staff")).headers["location"] == "/staff/sign-in"


@pytest.mark.parametrize("email", ["ada@bakery.example", "nobody@bakery.example"])
async def test_a_wrong_password_and_an_unknown_address_look_alike(
    client: httpx.AsyncClient, ada: Worker, email: str
) -> None:
    assert ada.person.email == "ada@bakery.example"
    answer = await fill(client, "/staff/sign-in", "/staff/sign-in", {"email": email, "password": ANOTHER})
    assert answer.status_code == 422
    assert "Address or password is wrong" in text_of(answer)
    assert forms_of(answer)["/staff/sign-in"]["email"] == email
    assert ANOTHER not in answer.text


async def test_asking_for_another_password_answers_alike(client: httpx.AsyncClient, ada: Worker) -> None:
    answers = [
        await fill(client, "/staff/forgotten", "/staff/forgotten", {"email": email})
        for email in (ada.person.email, "nob@bakery.example")
    ]
    said = [text_of(one).replace(ada.person.email, "X").replace("nob@bakery.example", "X") for one in answers]
    assert said[0] == said[1]
    assert {one.status_code for one in answers} == {200}
    wrong = await fill(client, "/staff/forgotten", "/staff/forgotten", {"email": "no address"})
    assert (wrong.status_code, "not an e-mail address" in text_of(wrong)) == (422, True)


async def test_tries_of_a_password_are_bounded_for_who_tries_and_not_for_its_person(
    app: Litestar, ada: Worker, clock: StillClock
) -> None:
    typed = {"email": ada.person.email, "password": ANOTHER}
    async with visiting(app, address="203.0.113.9") as stranger:
        statuses = [(await fill(stranger, "/staff/sign-in", "/staff/sign-in", typed)).status_code for _ in range(12)]
        assert statuses == [422] * 10 + [429] * 2
        right = await fill(stranger, "/staff/sign-in", "/staff/sign-in", typed | {"password": PASSWORD})
        assert right.status_code == 429
        assert int(right.headers["retry-after"]) > 0
    async with visiting(app) as client:
        assert (await signs_in(client, ada, clock)).headers["location"] == "/staff"


async def test_codes_are_bounded_whoever_tries(client: httpx.AsyncClient, ada: Worker) -> None:
    await fill(client, "/staff/sign-in", "/staff/sign-in", {"email": ada.person.email, "password": PASSWORD})
    statuses = [
        (await fill(client, "/staff/second-factor", "/staff/second-factor", {"code": "000000"})).status_code
        for _ in range(10)
    ]
    assert statuses == [422] * 8 + [429] * 2


async def test_an_invitation_is_accepted_on_one_page(
    application: Application, client: httpx.AsyncClient, merchant: Merchant
) -> None:
    invitation = await services.invite(application, merchant, "bob@bakery.example", Role.MANAGER, by=OPERATOR, now=NOW)
    token = invitation_token(application, merchant, invitation)
    page = f"/staff/invitation?token={token}"
    opened = await client.get(page)
    assert "Welcome to Corner Spa" in text_of(opened)
    form = forms_of(opened)["/staff/invitation"]
    key = key_on(opened)
    typed = {"name": "Bob", "password": "password1234", "code": pyotp.TOTP(key).at(NOW)}
    refused = await client.post("/staff/invitation", data={**form, **typed})
    assert (refused.status_code, "tried first" in text_of(refused)) == (422, True)
    again = forms_of(refused)["/staff/invitation"]
    assert again["name"] == "Bob"
    assert key == key_on(refused)
    done = await client.post("/staff/invitation", data={**again, **typed, "password": ANOTHER})
    assert done.status_code == 200, text_of(done)
    assert len(codes_on(done)) == 10
    assert "has to confirm" in text_of(done)
    assert done.headers["cache-control"] == "no-store"
    home = await client.get("/staff")
    assert "waits to be confirmed" in text_of(home)
    assert (await client.get("/admin/corner-spa")).status_code == 404
    assert (await client.get(page)).status_code == 403


async def test_a_link_is_not_spent_by_opening_it(
    application: Application, client: httpx.AsyncClient, merchant: Merchant
) -> None:
    invitation = await services.invite(application, merchant, "b@bakery.example", Role.CLERK, by=OPERATOR, now=NOW)
    page = f"/staff/invitation?token={invitation_token(application, merchant, invitation)}"
    assert [(await client.get(page)).status_code for _ in range(3)] == [200, 200, 200]
    assert (await client.head(page)).status_code in {200, 405}
    assert (await client.get("/staff/invitation?token=x.y")).status_code == 403


async def test_who_is_known_accepts_after_signing_in_and_nobody_else_can(
    application: Application, client: httpx.AsyncClient, ada: Worker, clock: StillClock
) -> None:
    other = await a_merchant(application.database, slug="tailor", prefix="TL", number="1002")
    invitation = await services.invite(application, other, ada.person.email, Role.CLERK, by=OPERATOR, now=NOW)
    page = f"/staff/invitation?token={invitation_token(application, other, invitation)}"
    opened = await client.get(page)
    assert "You already sign in with ada@bakery.example" in text_of(opened)
    assert "/staff/invitation" not in forms_of(opened)
    await signs_in(client, ada, clock)
    accepted = await fill(client, page, "/staff/invitation", {})
    assert accepted.headers["location"] == "/staff?done=joined"
    assert "Clerk" in text_of(await client.get("/staff"))


async def test_the_operators_link_sets_everything_up_anew(
    application: Application, client: httpx.AsyncClient, ada: Worker, clock: StillClock
) -> None:
    address = await services.recover(
        application, ada.person.email, actor="cli:op", reason="lost", code=AuditReason.LOST, now=NOW
    )
    page = "/staff/recovery?" + urlsplit(address).query
    opened = await client.get(page)
    key = key_on(opened)
    typed = {"password": ANOTHER, "code": pyotp.TOTP(key).at(NOW)}
    done = await fill(client, page, "/staff/recovery", {})
    assert done.status_code == 422
    done = await client.post("/staff/recovery", data={**forms_of(opened)["/staff/recovery"], **typed})
    assert done.status_code == 200, text_of(done)
    assert len(codes_on(done)) == 10
    clock.moment = NOW + timedelta(minutes=1)
    await fill(client, "/staff/sign-in", "/staff/sign-in", {"email": ada.person.email, "password": ANOTHER})
    code = pyotp.TOTP(key).at(clock.moment)
    await fill(client, "/staff/second-factor", "/staff/second-factor", {"code": code})
    closed = await fill(
        client, "/admin/corner-spa/people", "/admin/corner-spa/people/invite", {"email": "x@y.example", "role": "clerk"}
    )
    assert (closed.status_code, "less than 24 hours" in text_of(closed)) == (403, True)


async def test_a_reset_by_mail_asks_for_a_code_and_spends_nothing_when_it_is_wrong(
    application: Application, client: httpx.AsyncClient, ada: Worker
) -> None:
    async with application.database.transaction() as connection:
        link = await staff.make_link(connection, ada.person.person_id, staff.LinkPurpose.RESET, now=NOW)
    address = services.person_address(application, link.link_id, staff.LinkPurpose.RESET)
    page = "/staff/new-password?" + urlsplit(address).query
    for typed, said in (
        ({"password": "short", "code": ada.code(NOW)}, "at least 12 characters"),
        ({"password": ANOTHER, "code": "000000"}, "does not count"),
    ):
        refused = await fill(client, page, "/staff/new-password", typed)
        assert (refused.status_code, said in text_of(refused)) == (422, True)
    done = await fill(client, page, "/staff/new-password", {"password": ANOTHER, "code": ada.code(NOW)})
    assert done.headers["location"] == "/staff/sign-in?done=password"
    assert (await client.get(page)).status_code == 403


async def test_the_own_page_changes_password_codes_sessions_and_language(
    application: Application, app: Litestar, client: httpx.AsyncClient, ada: Worker, clock: StillClock
) -> None:
    comes_with(client, await signed_in(application, ada))
    async with visiting(app) as elsewhere:
        clock.moment = NOW + timedelta(minutes=1)
        comes_with(elsewhere, await signed_in(application, ada, now=clock.moment))
        wrong = await fill(client, "/staff", "/staff/password", {"current": ANOTHER, "password": ANOTHER})
        assert (wrong.status_code, "This is not your password" in text_of(wrong)) == (422, True)
        clock.moment = NOW + timedelta(minutes=2)
        fresh = await fill(client, "/staff", "/staff/recovery-codes", {"code": ada.code(clock.moment)})
        assert len(codes_on(fresh)) == 10
        again = await fill(client, "/staff", "/staff/recovery-codes", {"code": ada.code(clock.moment)})
        assert again.status_code == 422
        assert (await elsewhere.get("/staff")).status_code == 200
        done = await fill(client, "/staff", "/staff/sessions", {"session": "others"})
        assert done.headers["location"] == "/staff?done=session"
        assert (await elsewhere.get("/staff")).status_code == 303
    done = await fill(client, "/staff", "/staff/password", {"current": PASSWORD, "password": ANOTHER})
    assert done.headers["location"] == "/staff?done=password"
    await fill(client, "/staff", "/staff/language", {"language": "fr"})
    assert texts(await client.get("/staff"), "/html/@lang") == ["fr"]


async def test_an_owner_invites_confirms_changes_and_ends_after_a_step_up(
    application: Application, client: httpx.AsyncClient, ada: Worker, clock: StillClock
) -> None:
    comes_with(client, await signed_in(application, ada))
    people = "/admin/corner-spa/people"
    typed = {"email": "bob@bakery.example", "role": "clerk"}
    asked = await fill(client, people, f"{people}/invite", typed)
    assert asked.headers["location"] == f"/staff/confirm/corner-spa?next={people}"
    page = "/staff/confirm/corner-spa"
    wrong = await fill(client, asked.headers["location"], page, {"password": ANOTHER})
    assert wrong.status_code == 422
    back = await fill(client, asked.headers["location"], page, {"password": PASSWORD})
    assert back.headers["location"] == people
    done = await fill(client, people, f"{people}/invite", typed)
    assert done.headers["location"] == f"{people}?done=invited"
    assert "bob@bakery.example" in text_of(await client.get(people))
    for odd in ({"email": "nowhere"}, {"role": "pope"}, {"email": ada.person.email}):
        refused = await fill(client, people, f"{people}/invite", typed | odd)
        assert refused.status_code in {409, 422}
    withdrawn = await fill(client, people, f"{people}/withdraw", {"email": "bob@bakery.example"})
    assert withdrawn.headers["location"] == f"{people}?done=withdrawn"
    member = {"member": str(ada.membership.membership_id), "reason": "x"}
    for what in ({"role": "clerk"}, None):
        action = f"{people}/role" if what else f"{people}/end"
        last = await fill(client, people, action, member | (what or {}))
        assert (last.status_code, "only owner" in text_of(last)) == (409, True)
    clock.moment = NOW + timedelta(minutes=5, seconds=1)
    late = await fill(client, people, f"{people}/invite", typed)
    assert late.headers["location"].startswith("/staff/confirm/")


async def test_a_clerk_who_tries_an_owners_address_is_refused_and_noted(
    application: Application, merchant: Merchant, client: httpx.AsyncClient, ada: Worker
) -> None:
    bob = await a_worker(application, merchant, email="bob@bakery.example", name="Bob", role=Role.CLERK)
    comes_with(client, await signed_in(application, bob))
    answer = await client.get("/admin/corner-spa/people")
    assert (answer.status_code, "Your role does not allow this" in text_of(answer)) == (403, True)
    async with application.database.connection() as connection:
        entry, *_ = await staff.latest_entries(connection, merchant.merchant_id)
    assert (entry.actor, entry.action.value, entry.reason) == (
        f"person:{bob.person.person_id}", "staff.refused", "staff.read",
    )  # fmt: skip
    assert ada.person.email


@pytest.mark.parametrize(
    "target, lands", [("//evil.example", "/staff"), ("https://evil.example/", "/staff"), ("/\\evil", "/staff"),
                      ("/admin/corner-spa", "/admin/corner-spa"), ("/corner-spa", "/staff")],
)  # fmt: skip
async def test_signing_in_never_leads_away(
    client: httpx.AsyncClient, ada: Worker, clock: StillClock, target: str, lands: str
) -> None:
    typed = {"email": ada.person.email, "password": PASSWORD, "next": target}
    await fill(client, "/staff/sign-in", "/staff/sign-in", typed)
    code = {"code": ada.code(clock.moment), "next": target}
    done = await fill(client, "/staff/second-factor", "/staff/second-factor", code)
    assert done.headers["location"] == lands


@pytest.mark.parametrize(
    "base_url, address, status",
    [
        ("http://192.0.2.80:8000", "http://192.0.2.80:8000", 403),
        ("http://192.0.2.80:8000", "http://localhost:8000", 200),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000", 200),
        ("http://127.0.0.1:8000", "http://localhost.evil.example:8000", 403),
        # a proxy that says nothing of the scheme stands before an https address
        ("https://gifts.example.com", "http://gifts.example.com", 200),
    ],
)
async def test_by_plain_http_nothing_is_asked_for_but_on_this_machine(
    application: Application, base_url: str, address: str, status: int
) -> None:
    async with visiting(office_app(dataclasses.replace(application, base_url=base_url))) as client:
        for page in ("/staff/sign-in", "/staff/invitation?token=x"):
            answer = await client.get(address + page)
            refused = "Only by https" in text_of(answer)
            assert refused is (status == 403), page
            assert ('<form class="stack"' in answer.text) is (status == 200 and page == "/staff/sign-in")


async def test_what_browsers_and_password_managers_look_for_is_there(
    application: Application, client: httpx.AsyncClient, ada: Worker
) -> None:
    page = await client.get("/staff/sign-in")
    assert texts(page, "//*[@id='field-email']/@autocomplete") == ["username"]
    assert texts(page, "//*[@id='field-password']/@autocomplete") == ["current-password"]
    comes_with(client, await signed_in(application, ada))
    page = await client.get("/staff")
    assert texts(page, "//*[@id='field-password']/@autocomplete") == ["new-password"]
    assert texts(page, "//*[@id='field-code']/@autocomplete") == ["one-time-code"]
