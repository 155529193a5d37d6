"""Every route of the portal x role x own or other partner x step-up, read from the router so that none is forgotten."""

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
from largesse.domain import orders, partners, staff
from largesse.domain.partners import Partner
from largesse.domain.portal import PARTNER_RULES, BatchDelivery, PartnerRole, batch_lines
from largesse.domain.staff import Audited, Role
from largesse.interfaces.admin.rules import OPTION, Need, PageRule
from largesse.kernel.currency import currency
from largesse.kernel.ids import new_id
from largesse.kernel.text_tables import TextRow, TextTable
from largesse.services import portal as services
from largesse.services.portal import ActsFor, PortalOrderAsked
from largesse.services.staff import SignedIn
from largesse.web.csrf import FIELD, csrf_token
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant
from tests.builders.invoices import an_invoiced_partner, invoiced, ordered
from tests.builders.partners import Ordering, an_ordering_partner
from tests.builders.portal import Colleague, a_colleague, a_session_for
from tests.builders.staff import OPERATOR, a_worker, signed_in
from tests.fakes.clock import StillClock
from tests.support.office import comes_with, office_app, visiting

SIGN_IN = "/partner/sign-in"


class Case(NamedTuple):
    """A request: its method and path, the rule of its route."""

    method: str
    path: str
    rule: PageRule

    @property
    def of_a_partner(self) -> bool:
        """Whether it is for whoever acts for the partner in its address."""
        return self.rule.need in {Need.ACT, Need.MEMBER}


def cases_of(app: Litestar) -> Iterator[Case]:
    """Every method of every route of the portal."""
    for route in app.routes:
        if route.path == "/partner" or route.path.startswith("/partner/"):
            for handler in getattr(route, "route_handlers", ()):
                if isinstance(handler, HTTPRouteHandler):
                    for method in sorted(handler.http_methods - {"OPTIONS", "HEAD"}):
                        yield Case(str(method), route.path_format, handler.opt[OPTION])


class Portal(NamedTuple):
    """Two partners of one merchant and one of another; somebody of each role acts for the first."""

    application: Application
    app: Litestar
    own: Ordering
    beside: Ordering
    elsewhere: Ordering
    people: dict[PartnerRole, Colleague]
    shown: dict[str, str]

    @property
    def others(self) -> list[Partner]:
        """The partners that nobody of these acts for."""
        return [self.beside.partner, self.elsewhere.partner]

    def filled(self, path: str, partner: Partner) -> str:
        """A path with ids in its places: those of what the own partner has, under the address of any."""
        for name, value in {"partner_id": str(partner.partner_id), **self.shown}.items():
            path = path.replace(f"{{{name}}}", value)
        assert "{" not in path, f"say what stands in {path}"
        return path


@pytest.fixture
async def portal(database: Database) -> AsyncIterator[Portal]:
    async with an_application(database, clock=StillClock(NOW)) as application:
        merchant = await a_merchant(database)
        other = await a_merchant(database, slug="tailor", prefix="TL", number="1002")
        own = await an_ordering_partner(application, merchant=merchant)
        beside = await an_ordering_partner(application, merchant=merchant, email="orders@beside.example")
        elsewhere = await an_ordering_partner(application, merchant=other, email="orders@elsewhere.example")
        people = {
            role: await a_colleague(application, merchant, own.partner, email=f"{role}@hotel.example", role=role)
            for role in PartnerRole
        }
        invoiced_one = await an_invoiced_partner(application, merchant=merchant, email="orders@invoiced.example")
        await ordered(application, invoiced_one, "50.00")
        [invoice] = await invoiced(application, invoiced_one)
        shown = {"invoice_id": str(invoice.invoice_id)} | await ordered_by_others(application, [beside, elsewhere])
        yield Portal(application, office_app(application), own, beside, elsewhere, people, shown)


async def ordered_by_others(application: Application, others: list[Ordering]) -> dict[str, str]:
    """What stands in the places of paths: a batch and an order of another partner, under no address of ours."""
    shown = dict[str, str]()
    for one in others:
        colleague = await a_colleague(application, one.merchant, one.partner, email=f"x@{one.merchant.slug}.example")
        async with application.database.connection() as connection:
            agreement = await partners.agreement_of(connection, one.partner.merchant_id, one.partner.partner_id)
        acts = ActsFor(member=colleague.member, partner=one.partner, agreement=agreement, merchant=one.merchant)
        asked = PortalOrderAsked(refcode="SPRING", currency=currency("USD"), delivery=BatchDelivery.EMAIL)
        table = TextTable(rows=(TextRow(line=1, cells=("25", "ada@example.com")),))
        batch = await services.order_batch(application, acts, table, asked, batch_id=new_id(NOW), now=NOW)
        await services.place_all(application, batch.merchant_id, batch.batch_id, now=NOW)
        async with application.database.connection() as connection:
            [line] = await batch_lines(connection, batch, after=0, limit=1)
            assert line.order_id is not None
            order = await orders.find_by_id(connection, batch.merchant_id, line.order_id)
        assert order is not None
        shown.setdefault("batch_id", str(batch.batch_id))
        shown.setdefault("number", order.order_number)
    return shown


async def asks(
    portal: Portal, client: httpx.AsyncClient, case: Case, partner: Partner, session: SignedIn | None
) -> httpx.Response:
    """Ask for a page, or post an empty form that is ours."""
    client.cookies.clear()
    if session is not None:
        comes_with(client, session)
    path = portal.filled(case.path, partner)
    if case.method == "GET":
        return await client.get(path)
    owner = str(session.session.session_id) if session else "x" * 32
    if session is None:
        client.cookies.set("session", owner, domain="gifts.example.com", path="/")
    return await client.post(path, data={FIELD: csrf_token(portal.application.keyring, owner)})


def goes_to(answer: httpx.Response) -> str:
    return str(answer.headers.get("location", "")).partition("?")[0]


async def test_nobody_comes_in_without_a_session_that_counts(portal: Portal) -> None:
    cases = list(cases_of(portal.app))
    assert len(cases) > 15
    async with visiting(portal.app) as client:
        for case in cases:
            answer = await asks(portal, client, case, portal.own.partner, None)
            assert (goes_to(answer) == SIGN_IN) is (case.rule.need is not Need.NOTHING), (case, answer.status_code)
            assert answer.status_code < 500, case


async def test_a_role_does_what_it_may_for_its_partner_and_nothing_for_another(portal: Portal) -> None:
    cases = [case for case in cases_of(portal.app) if case.of_a_partner]
    confirm = f"/partner/confirm/{portal.own.partner.partner_id}"
    async with visiting(portal.app) as client:
        for case, role, stepped_up in product(cases, PartnerRole, (False, True)):
            session = await a_session_for(portal.application, portal.people[role], stepped_up=stepped_up)
            for other in portal.others:
                answer = await asks(portal, client, case, other, session)
                assert answer.status_code == 404, (case, role, answer.status_code)
            answer = await asks(portal, client, case, portal.own.partner, session)
            why = (case, role, stepped_up, answer.status_code, goes_to(answer))
            act = case.rule.partner_act
            assert case.rule.act is None, why
            if act is not None and role not in PARTNER_RULES[act].roles:
                assert answer.status_code == 403, why
            elif act is not None and PARTNER_RULES[act].step_up and not stepped_up:
                assert goes_to(answer) == confirm, why
            else:
                of_another = any(f"{{{name}}}" in case.path for name in portal.shown)  # what is named is not ours
                assert answer.status_code in ({404} if of_another else {200, 303, 409, 422}), why
                assert not goes_to(answer).startswith(("/partner/confirm", SIGN_IN)), why
    async with portal.application.database.connection() as connection:
        entries = await staff.latest_entries(connection, portal.own.merchant.merchant_id, limit=1_000)
    refused = {one.reason for one in entries if one.action is Audited.PARTNER_PERSON_REFUSED}
    assert refused == {
        case.rule.partner_act.value
        for case in cases
        if case.rule.partner_act is not None and len(PARTNER_RULES[case.rule.partner_act].roles) < len(PartnerRole)
    }


async def test_staff_of_the_merchant_are_strangers_here_and_partners_people_in_the_office(portal: Portal) -> None:
    application, merchant = portal.application, portal.own.merchant
    owner = await a_worker(application, merchant, email="owner@bakery.example", role=Role.OWNER)
    session = await signed_in(application, owner)
    async with visiting(portal.app) as client:
        comes_with(client, session)
        assert (await client.get(f"/partner/{portal.own.partner.partner_id}")).status_code == 404
        client.cookies.clear()
        comes_with(client, await a_session_for(application, portal.people[PartnerRole.APPROVER]))
        assert (await client.get(f"/admin/{merchant.slug}")).status_code == 404
        assert (await client.get(f"/counter/{merchant.slug}")).status_code in {303, 404}


async def test_who_is_let_go_is_signed_out_and_a_new_role_counts_at_once(portal: Portal) -> None:
    application, partner = portal.application, portal.own.partner
    orderer, finance = portal.people[PartnerRole.ORDERER], portal.people[PartnerRole.FINANCE]
    sessions = [await a_session_for(application, one) for one in (orderer, finance)]
    async with application.database.transaction() as connection:
        await services.end_person(connection, partner, orderer.member, by=OPERATOR, now=NOW)
        await services.change_person(connection, partner, finance.member, PartnerRole.ORDERER, by=OPERATOR, now=NOW)
    async with visiting(portal.app) as client:
        comes_with(client, sessions[0])
        assert goes_to(await client.get(f"/partner/{partner.partner_id}")) == SIGN_IN
        comes_with(client, sessions[1])
        page = await client.get(f"/partner/{partner.partner_id}")
        assert page.status_code == 200


async def test_a_step_up_ends_and_counts_for_one_partner(portal: Portal) -> None:
    clock = portal.application.clock
    assert isinstance(clock, StillClock)
    session = await a_session_for(portal.application, portal.people[PartnerRole.APPROVER])
    clock.moment = NOW + timedelta(minutes=5)
    async with visiting(portal.app) as client:
        for case in cases_of(portal.app):
            act = case.rule.partner_act
            if act is not None and PARTNER_RULES[act].step_up:
                answer = await asks(portal, client, case, portal.own.partner, session)
                assert goes_to(answer) == f"/partner/confirm/{portal.own.partner.partner_id}", case
