"""What is no answer of a passkey is refused, whatever it is; and where passkeys are used is told."""

import dataclasses
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from structlog.testing import capture_logs

from largesse.app.application import Application
from largesse.app.web import warn_of_passkeys
from largesse.db import Database
from largesse.domain import staff
from largesse.domain.staff import Passkey, PasskeyRefused
from largesse.services import staff as services
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant
from tests.builders.staff import BROWSER, Worker, a_worker, signed_in
from tests.fakes.clock import StillClock
from tests.support.office import comes_with, fill, office_app, visiting

B64 = "AAAA"
MALFORMED = [
    "", "null", "[]", "{}", "{", '"x"', "9" * 20_000, '{"rawId": 5}', '{"rawId": "@@@"}', '{"rawId": "A"}',
    json.dumps({"rawId": B64, "response": None}),
    json.dumps({"rawId": B64, "response": {"userHandle": {"a": 1}}}),
    json.dumps({"id": B64, "rawId": B64, "type": "public-key", "response": {"userHandle": B64}}),
    json.dumps({"id": B64, "rawId": B64, "type": "password", "response": {"userHandle": B64, "clientDataJSON": B64}}),
    "\x00", "ü",
]  # fmt: skip


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with an_application(database, clock=StillClock(NOW)) as opened:
        yield opened


@pytest.fixture
async def ada(application: Application) -> Worker:
    return await a_worker(application, await a_merchant(application.database))


@pytest.fixture
async def client(application: Application) -> AsyncIterator[httpx.AsyncClient]:
    async with visiting(office_app(application)) as opened:
        yield opened


async def kept(application: Application, person: staff.Person, *, credential_id: bytes = bytes(3)) -> Passkey:
    """A passkey of somebody, whose key is none."""
    passkey = Passkey(
        credential_id=credential_id,
        person_id=person.person_id,
        rp_id="gifts.example.com",
        public_key=b"\xa0",
        sign_count=0,
        name="x",
        made_at=NOW,
    )
    async with application.database.transaction() as connection:
        assert await staff.insert_passkey(connection, passkey)
        assert not await staff.insert_passkey(connection, passkey)
    return passkey


@pytest.mark.parametrize("credential", MALFORMED)
async def test_what_no_passkey_signed_lets_nobody_in(
    application: Application, client: httpx.AsyncClient, ada: Worker, credential: str
) -> None:
    await kept(application, ada.person)
    answer = await fill(client, "/staff/sign-in", "/staff/passkey", {"credential": credential})
    assert answer.status_code == 422, credential
    assert "This passkey does not count here" in answer.text


@pytest.mark.parametrize("credential", MALFORMED)
async def test_what_no_authenticator_made_is_not_kept(
    application: Application, client: httpx.AsyncClient, ada: Worker, credential: str
) -> None:
    comes_with(client, await signed_in(application, ada))
    typed = {"credential": credential, "current": "tulip-anvil-73-harbour", "label": "x"}
    answer = await fill(client, "/staff", "/staff/passkeys", typed)
    assert answer.status_code == 422, credential
    async with application.database.connection() as connection:
        assert await staff.passkeys_of(connection, ada.person.person_id) == []


async def test_a_challenge_is_for_its_form_its_purpose_and_five_minutes(application: Application, ada: Worker) -> None:
    session = (await signed_in(application, ada)).session
    offer = services.offer_sign_in(application, bound_to="a", now=NOW)
    making = services.offer_registration(application, ada.person, [], bound_to="a", now=NOW)
    late = NOW + timedelta(minutes=5)
    for token, bound_to, now in (
        (offer.token, "b", NOW), (offer.token, "a", late), (making.token, "a", NOW), ("x.y", "a", NOW),
    ):  # fmt: skip
        with pytest.raises(PasskeyRefused) as refused:
            await services.sign_in_with_passkey(
                application, token=token, bound_to=bound_to, credential="{}", browser=BROWSER, now=now
            )
        assert refused.value.code == "staff.passkey_refused"
    with pytest.raises(PasskeyRefused):
        await services.register(
            application, session, token=offer.token, bound_to="a", credential="{}", name="x", password="", now=NOW
        )


async def test_a_passkey_that_counts_backwards_and_a_challenge_twice_are_refused(
    application: Application, ada: Worker
) -> None:
    passkey = await kept(application, ada.person)
    async with application.database.transaction() as connection:
        assert await staff.use_passkey(connection, passkey, 0, NOW)
        assert await staff.use_passkey(connection, passkey, 7, NOW)
        assert not await staff.use_passkey(connection, passkey, 7, NOW)
        assert not await staff.use_passkey(connection, passkey, 0, NOW)
        assert await staff.spend_challenge(connection, b"x" * 32, NOW)
        assert not await staff.spend_challenge(connection, b"x" * 32, NOW)
        bob = await staff.create_person(connection, "bob@bakery.example", "Bob", language="en", now=NOW)
        assert not await staff.remove_passkey(connection, bob.person_id, passkey.credential_id)
        assert await staff.remove_passkey(connection, ada.person.person_id, passkey.credential_id)


async def test_where_passkeys_are_used_is_told(client: httpx.AsyncClient, application: Application) -> None:
    answer = await client.get("/.well-known/webauthn")
    assert answer.json() == {"origins": ["https://gifts.example.com"]}
    moved = dataclasses.replace(application, rp_id="old.example.com")
    async with visiting(office_app(moved)) as elsewhere:
        answer = await elsewhere.get("/.well-known/webauthn")
    assert answer.json() == {"origins": ["https://gifts.example.com", "https://old.example.com"]}


async def test_a_start_for_another_domain_says_how_many_stop_working(application: Application, ada: Worker) -> None:
    await kept(application, ada.person)
    with capture_logs() as logs:
        await warn_of_passkeys(application)
        assert logs == []
        await warn_of_passkeys(dataclasses.replace(application, rp_id="example.org"))
    [entry] = logs
    assert (entry["event"], entry["count"], entry["rp_id"]) == ("passkeys_stop_working", 1, "example.org")


async def test_no_passkey_is_offered_to_who_comes_by_a_number(application: Application) -> None:
    by_number = dataclasses.replace(application, base_url="http://192.0.2.7:8000")
    assert not services.offers_passkeys(by_number, at="192.0.2.7")
    here = dataclasses.replace(application, base_url="http://127.0.0.1:8000")
    async with visiting(office_app(here)) as client:
        for host, offered in (("127.0.0.1", False), ("localhost", True)):
            answer = await client.get(f"http://{host}:8000/staff/sign-in")
            assert ("/staff/passkey" in answer.text) is offered


def test_on_this_machine_passkeys_are_made_for_its_name(application: Application) -> None:
    here = dataclasses.replace(application, base_url="http://127.0.0.1:8000")
    assert services.rp_id_of(here) == "localhost"
    assert services.origins_of(here) == ["http://127.0.0.1:8000", "http://localhost:8000"]
