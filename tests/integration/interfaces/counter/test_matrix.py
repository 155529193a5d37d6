"""Every route of the counter x role x own or other merchant x step-up: read from the router, none is forgotten."""

import re
from collections.abc import AsyncIterator, Iterator
from itertools import product
from typing import NamedTuple

import httpx
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import staff
from largesse.domain.locations import default_location
from largesse.domain.merchants import Merchant
from largesse.domain.staff import RULES, Role
from largesse.interfaces.counter.operations import new_operation
from largesse.interfaces.counter.rules import OPTION, CounterNeed, CounterRule
from largesse.services.staff import SignedIn
from largesse.web.csrf import FIELD, csrf_token
from tests.builders.application import NOW, an_application
from tests.builders.catalog import a_draft, on_sale
from tests.builders.certificates import a_card, a_merchant
from tests.builders.staff import BROWSER, Worker, a_worker
from tests.builders.tills import a_pin, a_till, unlocked
from tests.fakes.clock import StillClock
from tests.support.office import comes_with, office_app, visiting
from tests.support.words import mentions


class CounterCase(NamedTuple):
    """A request: its method and path, the rule of its route."""

    method: str
    path: str
    rule: CounterRule | None


def routes_of(app: Litestar) -> Iterator[CounterCase]:
    """Every method of every route of the counter."""
    for route in app.routes:
        if route.path.startswith("/counter"):
            for handler in getattr(route, "route_handlers", ()):
                if isinstance(handler, HTTPRouteHandler):
                    for method in sorted(handler.http_methods - {"OPTIONS", "HEAD"}):
                        yield CounterCase(str(method), route.path_format, handler.opt.get(OPTION))


class Counter(NamedTuple):
    """An installation with one person of each role at one merchant, and another merchant where nobody works."""

    application: Application
    app: Litestar
    own: Merchant
    other: Merchant
    workers: dict[Role, Worker]


@pytest.fixture
async def counter(database: Database) -> AsyncIterator[Counter]:
    async with an_application(database, clock=StillClock(NOW)) as application:
        own = await a_merchant(database)
        other = await a_merchant(database, slug="tailor", prefix="TL", number="1002")
        workers = {
            role: await a_worker(application, own, email=f"{role.value}@bakery.example", role=role) for role in Role
        }
        yield Counter(application, office_app(application), own, other, workers)


async def a_session(counter: Counter, role: Role, *, stepped_up_for: Merchant | None) -> SignedIn:
    """A session of whoever has a role, made on the database."""
    person = counter.workers[role].person
    async with counter.application.database.transaction() as connection:
        session, _ = await staff.begin_session(
            connection, person.person_id, agent=BROWSER.agent, address=BROWSER.address, now=NOW
        )
        session, token = await staff.sign_in(connection, session, now=NOW)
        if stepped_up_for is not None:
            session, token = await staff.step_up(connection, session, stepped_up_for.merchant_id, now=NOW)
    return SignedIn(session=session, token=token)


async def asks(
    counter: Counter,
    client: httpx.AsyncClient,
    case: CounterCase,
    merchant: Merchant,
    role: Role | None,
    *,
    device: str = "-",
) -> httpx.Response:
    """Ask for a page, or post an empty form that was made for whoever has the role."""
    path = case.path.replace("{slug}", merchant.slug)
    for name in ("certificate_id", "hold_id", "order_id", "id"):
        path = path.replace("{" + name + "}", "00000000-0000-7000-8000-000000000000")
    if case.method == "GET":
        return await client.get(path)
    person_id = counter.workers[role].person.person_id if role else ""
    owner = f"counter:{merchant.merchant_id}:{device}:{person_id}"
    return await client.post(path, data={FIELD: csrf_token(counter.application.keyring, owner)})


def goes_to(answer: httpx.Response) -> str:
    return str(answer.headers.get("location", "")).partition("?")[0]


def test_every_route_of_the_counter_has_a_rule_and_there_are_some(counter: Counter) -> None:
    cases = list(routes_of(counter.app))
    assert [case for case in cases if case.rule is None] == []
    assert {case.rule.need for case in cases if case.rule} == set(CounterNeed)


def guarded(counter: Counter) -> list[CounterCase]:
    """The routes that ask who comes."""
    return [case for case in routes_of(counter.app) if case.rule and case.rule.need is not CounterNeed.NOTHING]


async def test_an_entrance_lets_in_whoever_comes_and_tells_them_nothing_of_anybody(counter: Counter) -> None:
    entrances = [case for case in routes_of(counter.app) if case not in guarded(counter)]
    assert {case.path for case in entrances} == {
        f"/counter/{{slug}}/{one}"
        for one in (
            *("enrol", "lock", "unlock", "challenge", "pin"),
            *("worker.js", "counter.webmanifest", "offline", "offline/state", "offline/book", "offline/queue"),
        )
    }
    async with visiting(counter.app) as client:
        for case in entrances:
            answer = await asks(counter, client, case, counter.own, None)
            assert answer.status_code in {200, 303, 400, 403, 404}, case
            assert "@bakery.example" not in answer.text
            assert not mentions(answer.text, "Ada")


async def test_nobody_comes_to_the_counter_without_a_session(counter: Counter) -> None:
    async with visiting(counter.app) as client:
        for case in guarded(counter):
            answer = await asks(counter, client, case, counter.own, None)
            assert goes_to(answer) == "/staff/sign-in", (case, answer.status_code)


async def test_who_is_signed_in_may_do_at_the_counter_what_the_role_allows_where_they_work(counter: Counter) -> None:
    cases, tried = guarded(counter), 0
    async with visiting(counter.app) as client:
        for role, stepped_up in product(Role, (False, True)):
            session = await a_session(counter, role, stepped_up_for=counter.own if stepped_up else None)
            comes_with(client, session)
            for case, own in product(cases, (True, False)):
                assert case.rule is not None
                answer = await asks(counter, client, case, counter.own if own else counter.other, role)
                why = (case, role, own, stepped_up, answer.status_code, goes_to(answer))
                tried += 1
                if not own:
                    assert answer.status_code == 404, why
                elif role not in RULES[case.rule.act].roles:
                    assert answer.status_code == 403, why
                elif RULES[case.rule.act].step_up and not stepped_up:
                    assert goes_to(answer) == f"/staff/confirm/{counter.own.slug}", why
                else:
                    assert answer.status_code not in {401, 403}, why
                    assert answer.status_code < 500, why
                    assert not goes_to(answer).startswith("/staff/"), why
    assert tried == len(cases) * 5 * 2 * 2


async def test_on_a_device_everything_waits_for_a_pin_and_nothing_is_done_that_asks_for_more(counter: Counter) -> None:
    application = counter.application
    till = await a_till(application, counter.own)
    device = str(till.device.device_id)
    async with visiting(counter.app) as client:
        client.cookies.set("__Secure-till", till.key, domain="gifts.example.com", path=f"/counter/{counter.own.slug}")
        for case in guarded(counter):
            answer = await asks(counter, client, case, counter.own, Role.CLERK, device=device)
            assert goes_to(answer) == f"/counter/{counter.own.slug}/lock", case
        for role in (Role.CLERK, Role.MANAGER, Role.OWNER):
            await a_pin(application, counter.workers[role])
            done = await unlocked(application, till, counter.workers[role])
            path = f"/counter/{counter.own.slug}"
            client.cookies.set("__Secure-till-person", done.token, domain="gifts.example.com", path=path)
            for case in guarded(counter):
                assert case.rule is not None
                answer = await asks(counter, client, case, counter.own, role, device=device)
                rule, why = RULES[case.rule.act], (case, role, answer.status_code, goes_to(answer))
                if role not in rule.roles or rule.step_up:
                    assert answer.status_code == 403, why
                else:
                    assert answer.status_code not in {401, 403}, why
                    assert answer.status_code < 500, why
                    assert goes_to(answer) != f"{path}/lock", why


def posted(counter: Counter) -> list[CounterCase]:
    """The routes that a form is sent to, by whoever has been recognised."""
    return [case for case in guarded(counter) if case.method == "POST"]


def filled(path: str, slug: str) -> str:
    """A path with an id that nothing has in each of its places."""
    return re.sub(r"{\w+}", "00000000-0000-7000-8000-000000000000", path.replace("{slug}", slug))


async def test_no_form_of_the_counter_counts_that_is_not_from_a_page_made_for_this_person_here(
    counter: Counter,
) -> None:
    keyring, person_id = counter.application.keyring, counter.workers[Role.CLERK].person.person_id
    other_id, own, other = counter.workers[Role.OWNER].person.person_id, counter.own, counter.other
    good = f"counter:{own.merchant_id}:-:{person_id}"
    strange = (f"counter:{own.merchant_id}:-:{other_id}", f"counter:{other.merchant_id}:-:{person_id}", "till:x")
    async with visiting(counter.app) as client:
        comes_with(client, await a_session(counter, Role.CLERK, stepped_up_for=None))
        for case in posted(counter):
            path = filled(case.path, own.slug)
            tokens = ["", *(csrf_token(keyring, one) for one in strange)]
            tries = [(token, "same-origin") for token in tokens]
            tries += [(csrf_token(keyring, good), site) for site in ("cross-site", "same-site")]
            for token, site in tries:
                answer = await client.post(path, data={FIELD: token}, headers={"sec-fetch-site": site})
                assert answer.status_code == 403, (case, site)


async def test_every_page_of_the_counter_is_framed_by_nobody_kept_by_nobody_and_runs_nothing_foreign(
    counter: Counter,
) -> None:
    async with visiting(counter.app) as client:
        comes_with(client, await a_session(counter, Role.CLERK, stepped_up_for=None))
        for case in routes_of(counter.app):
            answer = await asks(counter, client, case, counter.own, Role.CLERK)
            if not answer.headers.get("content-type", "").startswith("text/html") or not answer.text:
                continue
            policy = answer.headers["content-security-policy"]
            assert "frame-ancestors 'none'" in policy, case
            assert "default-src 'none'" in policy, case
            assert "form-action 'self'" in policy, case
            assert answer.headers["x-frame-options"] == "DENY", case
            assert answer.headers["cache-control"] == "no-store" or case.path.endswith("/offline"), case


@pytest.mark.parametrize(
    "away",
    ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/counter/tailor", "/admin/x"],
)
async def test_no_page_of_the_counter_leads_away_from_it(counter: Counter, away: str) -> None:
    application, clerk = counter.application, counter.workers[Role.CLERK]
    home = f"/counter/{counter.own.slug}"
    async with visiting(counter.app) as client:
        comes_with(client, await a_session(counter, Role.CLERK, stepped_up_for=None))
        owner = f"counter:{counter.own.merchant_id}:-:{clerk.person.person_id}"
        async with application.database.connection() as connection:
            place = await default_location(connection, counter.own.merchant_id)
        typed = {FIELD: csrf_token(application.keyring, owner), "location": str(place.location_id), "next": away}
        answer = await client.post(f"{home}/place", data=typed)
        assert answer.headers["location"] == home
    till = await a_till(application, counter.own)
    await a_pin(application, clerk)
    async with visiting(counter.app) as client:
        client.cookies.set("__Secure-till", till.key, domain="gifts.example.com", path=home)
        done = await unlocked(application, till, clerk)
        client.cookies.set("__Secure-till-person", done.token, domain="gifts.example.com", path=home)
        owner = f"till:{counter.own.merchant_id}:{till.device.device_id}"
        typed = {FIELD: csrf_token(application.keyring, owner), "begun": away, "begun_to": away, "begun_fields": "a=b"}
        await client.post(f"{home}/lock", data=typed)
    assert (await unlocked(application, till, clerk)).begun == home


async def test_what_belongs_to_another_merchant_is_nothing_here_and_no_field_says_who_acts(counter: Counter) -> None:
    """Ids of somebody else's certificates, holds, receipts and orders; and fields that no form of ours has."""
    application, keyring = counter.application, counter.application.keyring
    await on_sale(application.database, counter.other, a_draft())
    foreign = await a_card(application, counter.other)
    clerk = counter.workers[Role.CLERK].person.person_id
    owner = f"counter:{counter.own.merchant_id}:-:{clerk}"
    forged = {
        "merchant_id": str(counter.other.merchant_id),
        "person_id": str(counter.workers[Role.OWNER].person.person_id),
        "actor": "cli:owner",
        "role": "owner",
        "approved": "yes",
        "location_id": str(counter.other.merchant_id),
        "card": str(foreign.place.certificate_id),
        "slip1": str(foreign.place.certificate_id),
        "act": str(foreign.place.certificate_id),
        "number": foreign.number,
        "total": "10",
        "amount": "10",
        "tender": "cash",
    }
    async with visiting(counter.app) as client:
        comes_with(client, await a_session(counter, Role.CLERK, stepped_up_for=None))
        for case in posted(counter):
            path = re.sub(r"{\w+}", str(foreign.place.certificate_id), case.path.replace("{slug}", counter.own.slug))
            operation = new_operation(keyring, made_for=owner, now=NOW)
            typed = {**forged, FIELD: csrf_token(keyring, owner), "operation": operation}
            answer = await client.post(path, data=typed)
            assert answer.status_code < 500, (case, answer.status_code)
            assert foreign.number[-4:] not in answer.text.replace(foreign.number, ""), case
    assert await foreign.left(application) == (10_000, 0)
    async with application.database.connection() as connection:
        rows = await application.ledger.statement(connection, counter.other.merchant_id, foreign.place.certificate_id)
    assert len({row.operation_id for row in rows}) == 1, "nothing but its issue"


async def test_what_is_known_by_its_id_alone_is_nothing_at_the_counter(counter: Counter) -> None:
    """Ids of certificates stand in events, exports and addresses: only a number that was read lets anybody use one."""
    application, keyring = counter.application, counter.application.keyring
    await on_sale(application.database, counter.own, a_draft())
    card = await a_card(application, counter.own, value=12_300)
    known = str(card.place.certificate_id)
    clerk = counter.workers[Role.CLERK].person.person_id
    owner = f"counter:{counter.own.merchant_id}:-:{clerk}"
    named = dict.fromkeys(("card", "slip1", "slip", "certificate", "certificate_id", "act"), known)
    typed = {"offering": "any-amount", "other": "50", "amount": "5000", "total": "10", "tender": "cash", "asked": "yes"}
    told = {"shown": "12300USD", "take": "all", "reason": "mine", "came": "scanned"}
    async with visiting(counter.app) as client:
        comes_with(client, await a_session(counter, Role.CLERK, stepped_up_for=None))
        for case in posted(counter):
            path = case.path.replace("{slug}", counter.own.slug).replace("{offering}", "any-amount")
            marks = {FIELD: csrf_token(keyring, owner), "operation": new_operation(keyring, made_for=owner, now=NOW)}
            answer = await client.post(re.sub(r"{\w+}", known, path), data=named | typed | told | marks)
            assert answer.status_code < 500, (case, answer.status_code)
            assert card.number[-4:] not in answer.text, case
            assert "123.00" not in answer.text, case
        for page in ("sell", "sell/any-amount", "activate", "reload"):
            shown = await client.get(f"/counter/{counter.own.slug}/{page}?card={known}&slip1={known}")
            assert card.number[-4:] not in shown.text, page
    assert await card.left(application) == (12_300, 0)
