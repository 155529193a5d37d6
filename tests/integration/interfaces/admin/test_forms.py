"""Every form of the office, read from its pages, sent by somebody who means harm.

A form that no page of this installation shows stands in `BY_HAND` with what it sends, so that a new one without an
entry fails.
"""

import re
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final, NamedTuple

import httpx
import pytest

from largesse.domain.approvals import LimitedAct
from largesse.domain.merchants import Merchant
from largesse.domain.staff import AuditReason, Role
from largesse.services.endpoints import AddEndpoint, Format, add_endpoint
from largesse.ui import LANGUAGES, choose_one, speak
from largesse.web.choices import ChoiceUnknown, chosen
from largesse.web.csrf import FIELD, csrf_token
from tests.builders.application import NOW
from tests.builders.gifts import bought
from tests.builders.staff import a_worker
from tests.builders.tills import a_till
from tests.integration.interfaces.admin.test_matrix import (
    SIGN_IN,
    Office,
    a_session,
    in_the_catalogue,
    routes_of,
    under_way,
)
from tests.support.forms import SentForm, forms_on
from tests.support.office import comes_with, visiting

NOWHERE: Final = "00000000-0000-7000-8000-000000000000"
CODES: Final = frozenset(AuditReason)
WHY: Final = {"reason": "Asked for"}


class Sent(NamedTuple):
    """What a form sends that no page here shows, and what its choices offer."""

    fields: Mapping[str, str] = {}
    choices: Mapping[str, frozenset[str]] = {}


BY_HAND: Final[Mapping[str, Sent]] = {
    "/admin/{slug}/api-keys/rotate": Sent({"key": NOWHERE}, {"overlap": frozenset({"0", "1", "24", "168"})}),
    "/admin/{slug}/api-keys/revoke": Sent({"key": NOWHERE, **WHY}, {"code": CODES}),
    "/admin/{slug}/api-requests/export": Sent(),
    "/admin/{slug}/bank/accept": Sent({"line": NOWHERE}),
    "/admin/{slug}/bank/accounts/bring": Sent({"account": NOWHERE}),
    "/admin/{slug}/bank/accounts/pay": Sent({"account": NOWHERE, "partner": NOWHERE, "amount": "10.00"}),
    "/admin/{slug}/bank/accounts/retire": Sent({"account": NOWHERE}),
    "/admin/{slug}/bank/accounts/take-back": Sent({"payment": NOWHERE}),
    "/admin/{slug}/bank/by-hand/back": Sent(
        {"refund": NOWHERE}, {"payer": frozenset({"as_it_came", "drawer", "terminal", "bank"})}
    ),
    "/admin/{slug}/bank/lines/{line_id}/aside": Sent({"note": "Asked for"}),
    "/admin/{slug}/bank/lines/{line_id}/match": Sent({"what": "fee"}),
    "/admin/{slug}/bank/lines/{line_id}/undo": Sent({"match": NOWHERE}),
    "/admin/{slug}/invoices/{invoice_id}/change": Sent({"po_number": "PO 1"}),
    "/admin/{slug}/invoices/{invoice_id}/commission": Sent({"reference": "R1"}),
    "/admin/{slug}/invoices/{invoice_id}/commission/take-back": Sent({"back": "Asked for"}),
    "/admin/{slug}/invoices/{invoice_id}/discard": Sent(),
    "/admin/{slug}/invoices/{invoice_id}/issue": Sent(),
    "/admin/{slug}/invoices/{invoice_id}/remind": Sent(),
    "/admin/{slug}/reports/books/file": Sent(),
    "/admin/{slug}/reports/books/make": Sent(),
    "/admin/{slug}/reports/books/unschedule": Sent(),
    "/admin/{slug}/partners/askings/answer": Sent({"asking": NOWHERE, "answer": "Gladly"}),
    "/admin/{slug}/partners/{partner_id}/people/change": Sent({"member": NOWHERE}),
    "/admin/{slug}/partners/{partner_id}/people/limit": Sent({"member": NOWHERE}),
    "/admin/{slug}/partners/{partner_id}/people/withdraw": Sent({"invitation": NOWHERE}),
    "/admin/{slug}/cards/{batch_id}/file": Sent(WHY),
    "/admin/{slug}/cards/{batch_id}/offering": Sent({}),
    "/admin/{slug}/cards/{batch_id}/void": Sent(WHY),
    "/admin/{slug}/catalogue/look/drop": Sent(),
    "/admin/{slug}/catalogue/look/live": Sent(),
    "/admin/{slug}/catalogue/offerings/{offering_id}/drop": Sent(),
    "/admin/{slug}/catalogue/offerings/{offering_id}/live": Sent(),
    "/admin/{slug}/catalogue/offerings/{offering_id}/show": Sent(),
    "/admin/{slug}/catalogue/pictures/{picture_id}/remove": Sent(),
    "/admin/{slug}/deliveries/{endpoint_id}/resend-failed": Sent({}, {"since": frozenset({"day", "week", "month"})}),
    "/admin/{slug}/devices/confirm": Sent({"device": NOWHERE}),
    "/admin/{slug}/devices/offline/settle": Sent(
        {"conflict": NOWHERE, **WHY}, {"remedy": frozenset({"charge", "write_off"})}
    ),
    "/admin/{slug}/imports/{import_id}/answer": Sent({"preset": "plain"}),
    "/admin/{slug}/imports/{import_id}/confirm": Sent(WHY),
    "/admin/{slug}/imports/{import_id}/reverse": Sent(WHY),
    "/admin/{slug}/imports/{import_id}/withdraw": Sent(),
    "/admin/{slug}/monitors/remove": Sent({"monitor": NOWHERE}),
    "/admin/{slug}/partners/{partner_id}/keys": Sent({"user": "desk@hotel.example", **WHY}),
    "/admin/{slug}/partners/{partner_id}/keys/revoke": Sent({"key": NOWHERE, **WHY}),
    "/admin/{slug}/partners/{partner_id}/keys/token": Sent({"key": NOWHERE, **WHY}),
    "/admin/{slug}/partners/{partner_id}/users/let": Sent({"user": NOWHERE}),
    "/admin/{slug}/partners/{partner_id}/users/password": Sent({"user": NOWHERE}),
    "/admin/{slug}/people/confirm": Sent({"member": NOWHERE}),
    "/admin/{slug}/people/withdraw": Sent({"email": "clerk@tailor.example"}),
    "/admin/{slug}/people/{member}/known": Sent(WHY),
    "/admin/{slug}/reports/breakage/approve": Sent({"rule": NOWHERE}),
    "/admin/{slug}/reports/breakage/refuse": Sent({"rule": NOWHERE}),
    "/admin/{slug}/reports/entries/approve": Sent({"entry": NOWHERE}),
    "/admin/{slug}/reports/entries/refuse": Sent({"entry": NOWHERE}),
    "/admin/{slug}/reports/mails/remove": Sent({"mail": NOWHERE}),
    "/admin/{slug}/reports/months/approve": Sent({"month": "2026-10"}),
    "/admin/{slug}/reports/months/reopen": Sent({"month": "2026-10", **WHY}),
    "/admin/{slug}/reports/proofs/seal": Sent({"number": "1"}),
    "/admin/{slug}/requests/approve": Sent({"request": NOWHERE}),
    "/admin/{slug}/requests/refuse": Sent({"request": NOWHERE}),
    "/admin/{slug}/requests/approve-at-till": Sent({"request": NOWHERE}),
    "/admin/{slug}/requests/refuse-at-till": Sent({"request": NOWHERE}),
    "/admin/{slug}/requests/give-word": Sent({"request": NOWHERE}),
    "/admin/{slug}/requests/withhold-word": Sent({"request": NOWHERE}),
    "/admin/{slug}/requests/limits": Sent({}, {"act": frozenset(LimitedAct)}),
    "/admin/{slug}/orders/withdrawals/close": Sent({"withdrawal": NOWHERE, **WHY}),
    "/admin/{slug}/orders/withdrawals/settle": Sent({"withdrawal": NOWHERE}),
    "/admin/{slug}/settings/entities/{entity_id}/archive": Sent({"why": "Asked for"}),
    "/admin/{slug}/settings/locations/{location_id}/close": Sent({"why": "Asked for"}),
    "/admin/{slug}/views": Sent({"list": "orders", "query": "", "name": "Mine"}),
    "/admin/{slug}/views/drop": Sent({"view": NOWHERE, "list": "orders"}),
}

FORGED: Final = {
    "merchant_id": "",  # the other merchant's
    "role": "owner",
    "status": "active",
    "state": "live",
    "enabled": "yes",
    "actor": "cli:owner",
    "requested_by": "cli:owner",
    "requester_id": NOWHERE,
    "approved": "yes",
    "approved_by": "cli:owner",
    "prefix": "TL",
    "number": "1002",
    "currency_code": "EUR",
    "is_default": "yes",
    "live": "yes",
}
"""Fields that no form of ours has, or not to be typed."""

NEEDED: Final = {"offering_id": {"watched": "stock", "bound": "5"}, "act": {"watched": "exception", "bound": "5"}}
"""Choices that count with another choice."""

COME_TO: Final = frozenset({"admit", "decline", "resume", "mark-paid", "open"})
"""Acts that have come to what they would come to: they are answered as done, whatever else is sent."""

AWAY: Final = "https://evil.example/"
LEADS: Final = ("next", "back", "to_page", "return_to", "redirect", "redirect_uri", "url_after", "here", "home")


async def every_form(office: Office, client: httpx.AsyncClient) -> dict[str, list[SentForm]]:
    """What each route of the office is sent, by its path: from every page that can be opened, and by hand."""
    cases = [case for case in routes_of(office.app) if case.path.startswith("/admin")]
    posted = sorted((case.path for case in cases if case.method == "POST"), key=lambda path: ("{" in path[14:], path))
    patterns = [(path, re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)))) for path in posted]
    found: dict[str, list[SentForm]] = {path: [] for path in posted}
    for case in cases:
        at = office.filled(case.path).replace("{slug}", office.own.slug)
        if case.method != "GET":
            continue
        answer = await client.get(at)
        if answer.status_code == 200 and answer.headers["content-type"].startswith("text/html"):
            is_framed_by_nobody(answer, at)
            for form in forms_on(answer.text, at=at):
                where = next(
                    (path for path, pattern in patterns if pattern.fullmatch(form.action.partition("?")[0])), ""
                )
                assert where or not form.action.startswith("/admin"), (
                    f"{at} has a form that leads nowhere: {form.action}"
                )
                if where and form not in found[where]:
                    found[where].append(form)
    for path, sent in BY_HAND.items():
        action = office.filled(path).replace("{slug}", office.own.slug)
        offered = {name: min(values) for name, values in sent.choices.items()}
        found[path].append(SentForm(action, {**offered, **sent.fields}, sent.choices))
    return found


def is_framed_by_nobody(answer: httpx.Response, at: str) -> None:
    """A page that nobody frames, nobody keeps, and whose forms lead nowhere else."""
    policy = answer.headers["content-security-policy"]
    for part in ("frame-ancestors 'none'", "default-src 'none'", "form-action 'self'", "base-uri 'none'"):
        assert part in policy, (at, part)
    assert answer.headers["x-frame-options"] == "DENY", at
    assert answer.headers["cache-control"] == "no-store", at
    assert answer.headers["referrer-policy"] == "no-referrer", at


async def all_rows(office: Office, *, of: Merchant | None = None, but: Sequence[str] = ()) -> dict[str, str]:
    """A digest of every table; of one merchant's rows, in the tables that have a merchant."""
    async with office.application.database.connection() as connection:
        tables = await connection.fetch(
            "SELECT table_name AS name, bool_or(column_name = 'merchant_id') AS has_merchant "
            "FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name) "
            "WHERE table_schema = 'public' AND table_type = 'BASE TABLE' GROUP BY 1"
        )
        found = {}
        for row in tables:
            if row["name"] in but or (of is not None and not row["has_merchant"]):
                continue
            where = "WHERE merchant_id = $1" if of is not None else ""
            found[row["name"]] = await connection.fetchval(
                f"SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, '' ORDER BY t::text)), '') "
                f'FROM "{row["name"]}" AS t {where}',
                *([of.merchant_id] if of is not None else []),
            )
    return found


async def who_acted(office: Office) -> Counter[str]:
    """How often somebody is named in the audit log and in the journal of the own merchant, by who it is."""
    async with office.application.database.connection() as connection:
        rows = await connection.fetch(
            "SELECT actor FROM audit_log WHERE merchant_id = $1 "
            "UNION ALL SELECT actor FROM journal WHERE merchant_id = $1",
            office.own.merchant_id,
        )
    return Counter(row["actor"] for row in rows)


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """The tables that are not as they were."""
    return [name for name in before if before[name] != after[name]]


async def the_other_has_as_much(office: Office) -> dict[str, str]:
    """Give the other merchant what the own one has, and return whose id stands where: own to other."""
    application, other = office.application, office.other
    worker = await a_worker(application, other, email="owner@tailor.example")
    [order] = await bought(application, other)
    brought = await under_way(application, other)
    shown = await in_the_catalogue(application, other)
    async with application.transaction() as connection:
        wanted = AddEndpoint(
            merchant_id=other.merchant_id,
            format=Format.JSON,
            url="https://erp.tailor.example/orders",
            notify=other.contact_email,
        )
        endpoint, _ = await add_endpoint(connection, application.keyring, wanted, reach=application.reach, now=NOW)
    till = await a_till(application, other)
    return {
        office.bought.order_number: order.order_number,
        str(office.bought.certificate_id): str(order.certificate_id),
        str(office.brought.import_id): str(brought.import_id),
        str(office.endpoint_id): str(endpoint.endpoint_id),
        office.shown["partner_id"]: shown["partner_id"],
        office.shown["invoice_id"]: shown["invoice_id"],
        office.shown["offering_id"]: shown["offering_id"],
        office.shown["picture_id"]: shown["picture_id"],
        office.shown["device"]: str(till.device.device_id),
        **{str(one.membership.membership_id): str(worker.membership.membership_id) for one in office.workers.values()},
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_choice_that_is_not_offered_is_refused_in_every_language(language: str) -> None:
    said = choose_one(speak(language))
    assert (said == "Choose one of those that are offered.") is (language == "en")


def test_an_unknown_choice_names_its_field() -> None:
    with pytest.raises(ChoiceUnknown) as refused:
        chosen({"paper": "papyrus"}, "paper", ("a4", "a5"), usual="a4")
    assert [(one.field, one.code) for one in refused.value.fields] == [("paper", "choice.unknown")]
    assert chosen({}, "paper", ("a4", "a5"), usual="a4") == "a4"


async def test_every_form_of_the_office_withstands_who_means_harm(office: Office) -> None:
    swap = await the_other_has_as_much(office)
    session = await a_session(office, Role.OWNER, half_way=False, stepped_up_for=office.own)
    owner, me = str(session.session.session_id), f"person:{office.workers[Role.OWNER].person.person_id}"
    token = {FIELD: csrf_token(office.application.keyring, owner)}
    async with visiting(office.app) as client:
        comes_with(client, session)
        forms = await every_form(office, client)
        missing = [path for path, sent in forms.items() if not sent]
        assert missing == [], "say in BY_HAND what they send: " + ", ".join(missing)

        before = await all_rows(office)
        await _choices_are_kept_to(client, forms, token)
        assert changed(before, await all_rows(office)) == [], "a refused choice changes nothing"

        theirs = await all_rows(office, of=office.other)
        await _others_are_nothing_here(client, forms, token, swap)
        assert changed(theirs, await all_rows(office, of=office.other)) == []

        fixed = ("merchants", "memberships", "persons", "staff_credentials")
        before = {name: digest for name, digest in (await all_rows(office)).items() if name in fixed}
        acted = await who_acted(office)
        await _nothing_is_taken_that_no_form_asks_for(office, client, forms, token)
        after = await all_rows(office)
        assert changed(before, after) == []
        assert changed(theirs, await all_rows(office, of=office.other)) == []
        more = await who_acted(office) - acted
    assert set(more) == {me}, "nobody is named who did not act"
    assert more[me] > 20, "what is sent does act"


async def test_no_filter_of_a_page_is_read_as_what_it_does_not_offer(office: Office) -> None:
    session = await a_session(office, Role.OWNER, half_way=False, stepped_up_for=office.own)
    token = {FIELD: csrf_token(office.application.keyring, str(session.session.session_id))}
    tried, slipped = Counter[str](), list[object]()
    async with visiting(office.app) as client:
        comes_with(client, session)
        async for at, page in _pages_below(office, client, "/admin"):
            filters = list(forms_on(page, at=at, method="GET"))
            for form, name in [(one, name) for one in filters for name in one.choices]:
                forged = await client.get(form.action, params={**form.fields, name: "no-such"})
                tried["page"] += 1
                told = 'class="notice warning' in forged.text or 'class="notice error' in forged.text
                if not (told and forged.status_code in {200, 422}) and forged.status_code != 404:
                    slipped.append((at, name, forged.status_code))
            offered = {"sort", *(name for one in filters for name in one.choices)}
            exports = [one for one in forms_on(page, at=at) if one.action == f"{at}/export"]
            for form, name in [(one, name) for one in exports for name in offered & set(one.fields)]:
                forged = await client.post(form.action, data={**form.fields, **token, name: "no-such"})
                tried["export"] += 1
                if forged.status_code not in {400, 422}:
                    slipped.append((form.action, name, forged.status_code))
    assert slipped == [], "\n".join(map(str, slipped))
    assert tried["page"] > 20
    assert tried["export"] > 5


async def _pages_below(office: Office, client: httpx.AsyncClient, place: str) -> AsyncIterator[tuple[str, str]]:
    """Every page below a place that can be opened, by its address."""
    for case in routes_of(office.app):
        at = office.filled(case.path).replace("{slug}", office.own.slug)
        if case.method == "GET" and case.path.startswith(place):
            answer = await client.get(at)
            if answer.status_code == 200 and answer.headers["content-type"].startswith("text/html"):
                yield at, answer.text


async def test_no_form_of_a_person_takes_a_choice_that_it_does_not_offer(office: Office) -> None:
    said, tried, slipped = choose_one(speak("en")), 0, list[object]()
    session = await a_session(office, Role.OWNER, half_way=False, stepped_up_for=None)
    await a_session(office, Role.OWNER, half_way=False, stepped_up_for=None)  # to be signed out from the first
    token = {FIELD: csrf_token(office.application.keyring, str(session.session.session_id))}
    async with visiting(office.app) as client:
        comes_with(client, session)
        async for at, page in _pages_below(office, client, "/s"):
            for form in (one for one in forms_on(page, at=at) if one.action.startswith(("/staff", "/setup"))):
                for name in {*form.choices, *({"session", "passkey"} & set(form.fields))}:
                    forged = await client.post(form.action, data={**form.fields, **token, name: "no-such"})
                    tried += 1
                    if forged.status_code != 422 or said not in forged.text:
                        slipped.append((form.action, name, forged.status_code))
    assert slipped == [], "\n".join(map(str, slipped))
    assert tried >= 3


async def _choices_are_kept_to(
    client: httpx.AsyncClient, forms: Mapping[str, list[SentForm]], token: Mapping[str, str]
) -> None:
    """Every choice of every form, forged: refused beside its field, or where the page says what is wrong."""
    said, tried, slipped = choose_one(speak("en")), 0, []
    for path, sent in forms.items():
        for form in sent:
            for name in (name for name, offered in form.choices.items() if offered != {"yes"}):
                typed = {**form.fields, **WHY, "why": "Asked for", **NEEDED.get(name, {}), **token, name: "no-such"}
                answer = await client.post(form.action, data=typed)
                tried += 1
                told = said in answer.text or f'id="error-{name}"' in answer.text or 'class="notice ' in answer.text
                stands = answer.status_code == 303 and path.rpartition("/")[2] in COME_TO
                if not stands and not (told and answer.status_code in {409, 422}):
                    slipped.append((path, name, answer.status_code, answer.headers.get("location", "")))
    assert slipped == [], "\n".join(map(str, slipped))
    assert tried > 60


async def _others_are_nothing_here(
    client: httpx.AsyncClient,
    forms: Mapping[str, list[SentForm]],
    token: Mapping[str, str],
    swap: Mapping[str, str],
) -> None:
    """Ids of somebody else's things in the address, and in every field that holds one of ours."""
    texts, slipped = ("erp.tailor.example", "owner@tailor.example"), []
    for path, sent in forms.items():
        for form in sent:
            action = form.action
            for ours, foreign in swap.items():
                action = action.replace(ours, foreign)
            fields = {name: swap.get(value, value) for name, value in form.fields.items()}
            typed = {**fields, **WHY, "why": "Asked for", "sure": "yes", **token}
            if action != form.action:
                answer = await client.post(action, data=typed)
                makes = path.startswith("/admin/{slug}/catalogue/offerings/{offering_id}")
                if answer.status_code not in {404, 409} and not makes:  # a new offering has the id that its form made
                    slipped.append((path, answer.status_code, answer.headers.get("location", "")))
            elif fields != form.fields:
                answer = await client.post(action, data=typed)
                assert answer.status_code < 500, (path, answer.status_code)
                assert not any(text in answer.text for text in texts), path
    assert slipped == [], "\n".join(map(str, slipped))


async def _nothing_is_taken_that_no_form_asks_for(
    office: Office, client: httpx.AsyncClient, forms: Mapping[str, list[SentForm]], token: Mapping[str, str]
) -> None:
    """Fields that no form has, beside its own; and addresses to be sent to."""
    forged = {**FORGED, "merchant_id": str(office.other.merchant_id)}
    for path, sent in forms.items():
        for form in sent:
            extra = {name: value for name, value in forged.items() if name not in form.fields}
            leads = dict.fromkeys(LEADS, AWAY)
            if "/people/" not in path:  # it would let somebody go, which is what that form is for
                extra |= {**WHY, "why": "Asked for", "sure": "yes"}
            typed = {**extra, **form.fields, **leads, **token}
            answer = await client.post(form.action, data=typed, headers={"x-forwarded-host": "evil.example"})
            assert answer.status_code < 500, (path, answer.status_code)
            location = answer.headers.get("location", "/")
            assert location.startswith("/"), (path, location)
            assert not location.startswith(("//", "/\\", SIGN_IN)), (path, location)
            assert "evil.example" not in location.partition("?")[0], (path, location)
            if answer.headers.get("content-type", "").startswith("text/html") and answer.status_code != 303:
                is_framed_by_nobody(answer, path)
