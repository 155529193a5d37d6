"""Every route of staff x role x own or other merchant x step-up: read from the router, so that none is forgotten."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from itertools import product
from typing import Any, NamedTuple
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import orders, partners, payment_accounts, staff
from largesse.domain.banking import lines_of
from largesse.domain.devices import Device
from largesse.domain.imports import Choices, Import
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Order
from largesse.domain.partners import AgreementChange
from largesse.domain.payment_accounts import AccountFacts, NewAccount
from largesse.domain.programs import ProgramCall, write_calls
from largesse.domain.staff import RULES, Role
from largesse.interfaces.admin.rules import OPTION, Need, PageRule
from largesse.kernel.ids import new_id
from largesse.services import banking, catalog, imports
from largesse.services import staff as services
from largesse.services.counter_sales import DayCount, DrawerMove, close_day, move_cash
from largesse.services.endpoints import AddEndpoint, Format, add_endpoint
from largesse.services.staff import SignedIn
from largesse.web.csrf import FIELD, csrf_token
from largesse.wire.loose_tables import read_loose_table
from tests.builders.application import NOW, an_application
from tests.builders.bank_files import IBAN, a_line, a_statement
from tests.builders.catalog import a_code, a_draft, a_picture_file, on_sale
from tests.builders.certificates import a_merchant, a_request
from tests.builders.gifts import bought
from tests.builders.import_files import text
from tests.builders.invoices import an_invoiced_partner, invoiced, ordered
from tests.builders.staff import BROWSER, OPERATOR, Worker, a_worker
from tests.builders.tills import a_till
from tests.fakes.clock import StillClock
from tests.support.office import comes_with, office_app, visiting

PLACES = ("/staff", "/admin", "/setup")
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
    bought: Order
    brought: Import
    endpoint_id: UUID
    """An endpoint that was told of what was bought."""
    shown: dict[str, str]
    """What the catalogue has, by the names of places in a path."""

    def filled(self, path: str) -> str:
        """A path with the ids of what the own merchant has in its places."""
        ids = {
            "number": self.bought.order_number,
            "member": str(self.workers[Role.CLERK].membership.membership_id),
            "certificate": str(self.bought.certificate_id),
            "import_id": str(self.brought.import_id),
            "batch_id": str(self.brought.import_id),  # there is no such batch
            "endpoint_id": str(self.endpoint_id),
            "location_id": "MAIN",
            "kind": "terms",
            "language": "de",
            "entity_id": self.own.name,
            "account_id": str(self.brought.import_id),  # an account of payments was given the same id
            "event_id": str(orders.issued_event_id(self.bought)),
            "call_id": str(self.brought.import_id),  # there is no such request
            "line_id": str(self.brought.import_id),  # nor such a line of a statement
            "roll": "a4.pdf",
            **self.shown,
        }
        for name, value in ids.items():
            path = path.replace(f"{{{name}}}", value)
        assert "{" not in path.replace("{slug}", ""), f"say what stands in {path}"
        return path


async def closed_once(application: Application, merchant: Merchant, device: Device) -> str:
    """Close the day of a device into whose drawer something was put, and return the number of the close."""
    change = dict[str, Any](amount=5_000, request=a_request(), now=NOW)
    await move_cash(application, merchant, device, DrawerMove.FLOAT, **change)
    closing = await close_day(application, merchant, device, DayCount(cash=5_000), request=a_request(), now=NOW)
    return str(closing.number)


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Office]:
    async with an_application(database, clock=StillClock(NOW)) as application:
        own = await a_merchant(database)
        other = await a_merchant(database, slug="tailor", prefix="TL", number="1002")
        workers = {
            role: await a_worker(application, own, email=f"{role.value}@bakery.example", role=role) for role in Role
        }
        async with application.transaction() as connection:
            url = "https://erp.example.com/orders"
            wanted = AddEndpoint(merchant_id=own.merchant_id, format=Format.JSON, url=url, notify=own.contact_email)
            endpoint, _ = await add_endpoint(
                connection, application.keyring, wanted, reach=application.reach, now=NOW - timedelta(days=1)
            )
        [order] = await bought(application, own)
        brought = await under_way(application, own)
        account = NewAccount(
            merchant_id=own.merchant_id,
            account_id=brought.import_id,
            gateway="stripe",
            label="Corner Spa",
            facts=AccountFacts(remote_id="acct_1", live=False, charges=True, name="Corner Spa"),
            secret_key="sk_test_of_the_matrix",
            signing_secret=None,
        )
        async with application.transaction() as connection:
            await payment_accounts.add_account(connection, application.keyring, account, now=NOW)
        shown = await in_the_catalogue(application, own)
        device = (await a_till(application, own)).device
        shown["device"] = str(device.device_id)
        shown["document"] = "SR-000001"  # of the order
        shown["close"] = await closed_once(application, own, device)
        shown["call_id"] = str(await asked_for(application, own))
        shown["line_id"] = str(await brought_by_a_bank(application, own))
        app, endpoint_id = office_app(application), endpoint.endpoint_id
        yield Office(application, app, own, other, workers, order, brought, endpoint_id, shown)


async def in_the_catalogue(application: Application, merchant: Merchant) -> dict[str, str]:
    """An offering with a picture, which so cannot be removed, a promo code, a partner, and an issued invoice."""
    picture = await catalog.add_picture(application, merchant, a_picture_file(), alt="A spa", now=NOW)
    offering = await on_sale(application.database, merchant, a_draft(picture_id=picture.picture_id))
    code = await a_code(application.database, merchant)
    async with application.database.transaction() as connection:
        partner = await partners.create_partner(
            connection,
            merchant.merchant_id,
            name="Hotel",
            contact_email="desk@hotel.example",
            change=AgreementChange(),
            now=NOW,
        )
    ordering = await an_invoiced_partner(application, merchant=merchant, email=f"orders@{merchant.slug}.example")
    await ordered(application, ordering)
    [invoice] = await invoiced(application, ordering)
    return {
        "partner_id": str(partner.partner_id),
        "invoice_id": str(invoice.invoice_id),
        "offering_id": str(offering.offering_id),
        "picture_id": str(picture.picture_id),
        "code": code.code,
    }


async def asked_for(application: Application, merchant: Merchant) -> UUID:
    """A request that is kept of a program."""
    call = ProgramCall(
        merchant_id=merchant.merchant_id,
        call_id=new_id(NOW),
        called_at=NOW,
        request_id="till-4711",
        program_id=new_id(NOW),
        program="Till",
        live=True,
        method="GET",
        path="/orders",
        status=200,
        code=None,
        duration_ms=3,
        body_bytes=0,
        body="",
        faults=(),
    )
    async with application.database.transaction() as connection:
        await write_calls(connection, [call])
    return call.call_id


async def brought_by_a_bank(application: Application, merchant: Merchant) -> UUID:
    """A line of a bank's statement."""
    account = await banking.add_account(
        application, merchant, name="Giro", number=IBAN, currency="EUR", by=OPERATOR, now=NOW
    )
    statement = a_statement([a_line()])
    await banking.take_statement(
        application, account, [statement], digest=b"d" * 32, file_name="day.xml", by=OPERATOR, now=NOW
    )
    async with application.database.connection() as connection:
        [line] = await lines_of(connection, merchant.merchant_id)
    return line.line_id


async def under_way(application: Application, merchant: Merchant) -> Import:
    """An import that nobody can withdraw any more."""
    table = read_loose_table(text(["number,balance", "CARD-0001-QX,5.00"]), size_max=1_000)
    choices = Choices(preset="plain")
    one = await imports.stage(
        application, merchant, table, file_name="cards.csv", choices=choices, actor="test", now=NOW
    )
    return await imports.confirm(application, merchant, one.import_id, actor="test", reason=None, now=NOW)


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
    path = office.filled(case.path).replace("{slug}", slug)
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


@pytest.mark.parametrize("role", Role)
async def test_who_is_signed_in_may_do_what_the_role_allows_where_they_work_and_nothing_else(
    office: Office, role: Role
) -> None:
    cases = [case for case in routes_of(office.app) if case.rule and case.rule.need in {Need.ACT, Need.MEMBER}]
    # What is refused changes nothing, so that its session serves the next one, too.
    tried, sessions = 0, dict[str, SignedIn]()
    async with visiting(office.app) as client:
        for case, own, stepped_up in product(cases, (True, False), ("", "own", "other")):
            assert case.rule is not None
            merchant = office.own if own else office.other
            stepped_up_for = {"": None, "own": office.own, "other": office.other}[stepped_up]
            if stepped_up not in sessions:
                sessions[stepped_up] = await a_session(office, role, half_way=False, stepped_up_for=stepped_up_for)
            answer = await asks(office, client, case, merchant.slug, sessions[stepped_up])
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
                del sessions[stepped_up]
    assert tried == len(cases) * 2 * 3


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
            path = office.filled(case.path).replace("{slug}", office.own.slug)
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
