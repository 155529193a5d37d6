"""Every route of staff x role x own or other merchant x step-up: read from the router, so that none is forgotten."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from itertools import product
from typing import NamedTuple

import httpx
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import staff
from largesse.domain.merchants import Merchant
from largesse.domain.staff import RULES, Role
from largesse.interfaces.admin.rules import OPTION, Need, PageRule
from largesse.services import staff as services
from largesse.services.staff import SignedIn
from largesse.web.csrf import FIELD, csrf_token
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant
from tests.builders.staff import BROWSER, Worker, a_worker
from tests.fakes.clock import StillClock
from tests.support.office import comes_with, office_app, visiting

PLACES = ("/staff", "/admin", "/counter", "/setup")
SIGN_IN = "/staff/sign-in"


class Case(NamedTuple):
    """A request: its method and path, the rule of its route."""

    method: str
    path: str
    rule: PageRule | None


def routes_of(app: Litestar) -> Iterator[Case]:
    """Every method of every route below the places of staff."""
    for route in app.routes:
        if route.path.startswith(PLACES):
            for handler in getattr(route, "route_handlers", ()):
                if isinstance(handler, HTTPRouteHandler):
                    for method in sorted(handler.http_methods - {"OPTIONS", "HEAD"}):
                        yield Case(str(method), route.path_format, handler.opt.get(OPTION))


class Office(NamedTuple):
    """An installation with one person of each role at one merchant, and another merchant where nobody works."""

    application: Application
    app: Litestar
    own: Merchant
    other: Merchant
    workers: dict[Role, Worker]


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Office]:
    async with an_application(database, clock=StillClock(NOW)) as application:
        own = await a_merchant(database)
        other = await a_merchant(database, slug="tailor", prefix="TL", number="1002")
        workers = {
            role: await a_worker(application, own, email=f"{role.value}@bakery.example", role=role) for role in Role
        }
        yield Office(application, office_app(application), own, other, workers)


async def a_session(office: Office, role: Role, *, half_way: bool, stepped_up_for: Merchant | None) -> SignedIn:
    """A session of whoever has a role, made on the database: no code has to be waited for."""
    person = office.workers[role].person
    async with office.application.database.transaction() as connection:
        session, token = await staff.begin_session(
            connection, person.person_id, agent=BROWSER.agent, address=BROWSER.address, now=NOW
        )
        if not half_way:
            session, token = await staff.sign_in(connection, session, now=NOW)
        if stepped_up_for is not None:
            session, token = await staff.step_up(connection, session, stepped_up_for.merchant_id, now=NOW)
    return SignedIn(session=session, token=token)


async def asks(
    office: Office, client: httpx.AsyncClient, case: Case, slug: str, session: SignedIn | None
) -> httpx.Response:
    """Ask for a page, or post an empty form that is ours."""
    client.cookies.clear()
    if session is not None:
        comes_with(client, session)
    path = case.path.replace("{slug}", slug)
    if case.method == "GET":
        return await client.get(path)
    owner = str(session.session.session_id) if session else "x" * 32
    if session is None:
        client.cookies.set("session", owner, domain="gifts.example.com", path="/")
    return await client.post(path, data={FIELD: csrf_token(office.application.keyring, owner)})


def goes_to(answer: httpx.Response) -> str:
    return str(answer.headers.get("location", "")).partition("?")[0]


def test_every_route_of_staff_has_a_rule_and_there_are_some(office: Office) -> None:
    cases = list(routes_of(office.app))
    assert [case for case in cases if case.rule is None] == []
    assert len(cases) > 20
    assert {case.rule.need for case in cases if case.rule} == set(Need)


async def test_nobody_comes_in_without_a_session_that_counts(office: Office) -> None:
    async with visiting(office.app) as client:
        for case in routes_of(office.app):
            assert case.rule is not None
            for half_way in (False, True):
                session = await a_session(office, Role.OWNER, half_way=True, stepped_up_for=None) if half_way else None
                answer = await asks(office, client, case, office.own.slug, session)
                lets_in = case.rule.need is Need.NOTHING or (half_way and case.rule.need is Need.HALF_WAY)
                sent_away = goes_to(answer) == SIGN_IN
                assert sent_away is not lets_in, (case, half_way, answer.status_code)
                assert answer.status_code < 500, case


async def test_who_is_signed_in_may_do_what_the_role_allows_where_they_work_and_nothing_else(office: Office) -> None:
    cases = [case for case in routes_of(office.app) if case.rule and case.rule.need in {Need.ACT, Need.MEMBER}]
    tried = 0
    async with visiting(office.app) as client:
        for case, role, own, stepped_up in product(cases, Role, (True, False), ("", "own", "other")):
            assert case.rule is not None
            merchant = office.own if own else office.other
            stepped_up_for = {"": None, "own": office.own, "other": office.other}[stepped_up]
            session = await a_session(office, role, half_way=False, stepped_up_for=stepped_up_for)
            answer = await asks(office, client, case, merchant.slug, session)
            why = (case, role, own, stepped_up, answer.status_code, goes_to(answer))
            tried += 1
            if not own:
                assert answer.status_code == 404, why
                continue
            act = case.rule.act
            if act is not None and role not in RULES[act].roles:
                assert answer.status_code == 403, why
            elif act is not None and RULES[act].step_up and stepped_up != "own":
                assert goes_to(answer) == f"/staff/confirm/{office.own.slug}", why
            else:
                assert answer.status_code in {200, 303, 409, 422}, why
                assert not goes_to(answer).startswith(("/staff/confirm", SIGN_IN)), why
    assert tried == len(cases) * 5 * 2 * 3


async def test_what_is_a_persons_own_is_open_to_every_role(office: Office) -> None:
    cases = [case for case in routes_of(office.app) if case.rule and case.rule.need is Need.SIGNED_IN]
    async with visiting(office.app) as client:
        for case, role in product(cases, Role):
            session = await a_session(office, role, half_way=False, stepped_up_for=None)
            answer = await asks(office, client, case, "", session)
            assert answer.status_code in {200, 303, 422}, case
            assert case.path == "/staff/sign-out" or goes_to(answer) != SIGN_IN, case


async def test_no_form_counts_that_is_not_from_a_page_made_for_this_session(office: Office) -> None:
    keyring = office.application.keyring
    strange = await a_session(office, Role.CLERK, half_way=False, stepped_up_for=None)
    async with visiting(office.app) as client:
        for case in routes_of(office.app):
            assert case.rule is not None
            if case.method == "GET":
                continue
            half_way = case.rule.need is Need.HALF_WAY
            stepped = office.own if not half_way else None
            session = await a_session(office, Role.OWNER, half_way=half_way, stepped_up_for=stepped)
            comes_with(client, session)
            good = csrf_token(keyring, str(session.session.session_id))
            foreign = csrf_token(keyring, str(strange.session.session_id))
            path = case.path.replace("{slug}", office.own.slug)
            for token, site in (
                ("", "same-origin"),
                (foreign, "same-origin"),
                (good, "cross-site"),
                (good, "same-site"),
            ):
                answer = await client.post(path, data={FIELD: token}, headers={"sec-fetch-site": site})
                assert answer.status_code == 403, (case, token, site)


async def test_who_left_and_who_waits_comes_in_no_more(office: Office) -> None:
    cases = [case for case in routes_of(office.app) if case.rule and case.rule.need in {Need.ACT, Need.MEMBER}]
    bob, mia = office.workers[Role.BOOKKEEPER], office.workers[Role.MANAGER]
    await a_worker(office.application, office.own, email="second@bakery.example", role=Role.OWNER)
    session = await a_session(office, Role.MANAGER, half_way=False, stepped_up_for=office.own)
    async with office.application.database.transaction() as connection:
        for one in (bob, mia):
            await services.end_membership(
                connection, office.own, one.membership, by=office.workers[Role.OWNER].manager,
                reason=None, code=staff.AuditReason.LEFT, now=NOW,
            )  # fmt: skip
    again = await a_session(office, Role.BOOKKEEPER, half_way=False, stepped_up_for=office.own)
    async with visiting(office.app) as client:
        for case in cases:
            answer = await asks(office, client, case, office.own.slug, session)
            assert goes_to(answer) == SIGN_IN, case
            answer = await asks(office, client, case, office.own.slug, again)
            assert answer.status_code == 404, case


async def test_a_step_up_ends_after_five_minutes_on_every_route_that_asks_for_it(office: Office) -> None:
    clock = office.application.clock
    assert isinstance(clock, StillClock)
    session = await a_session(office, Role.OWNER, half_way=False, stepped_up_for=office.own)
    clock.moment = NOW + timedelta(minutes=5)
    async with visiting(office.app) as client:
        for case in routes_of(office.app):
            if case.rule and case.rule.act is not None and RULES[case.rule.act].step_up:
                answer = await asks(office, client, case, office.own.slug, session)
                assert goes_to(answer) == f"/staff/confirm/{office.own.slug}", case
