"""Tokens, keys, and who is let in."""

import asyncio
import dataclasses
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, cast
from urllib.parse import quote
from uuid import uuid4

import httpx
import msgspec
from lxml import etree

from largesse.app.application import Application
from largesse.app.web import make_app
from largesse.domain import partners
from largesse.domain.partners import AgreementChange
from largesse.interfaces import partner_api
from largesse.kernel.passwords import Passwords
from largesse.web.client import BehindProxies, TrustedProxies
from tests.builders.partners import EMAIL, PASSWORD, a_merchant, an_ordering_partner
from tests.contract.conftest import DETAIL, JSON, ORDERS, TOKENS, XML, Shop
from tests.contract.corpus import GOOD, as_json
from tests.contract.test_protocol import code_of, error_of


class CountingPasswords:
    """Passwords that count how often one is checked."""

    def __init__(self, passwords: Passwords) -> None:
        self._passwords = passwords
        self.checked = 0

    async def hashed(self, password: str) -> str:
        return await self._passwords.hashed(password)

    async def matches(self, password: str, *, hashed: str | None) -> bool:
        self.checked += 1
        return await self._passwords.matches(password, hashed=hashed)


class Partner(msgspec.Struct):
    """A partner's program at one place."""

    client: httpx.AsyncClient

    async def token(
        self, shop: Shop, *, password: str = PASSWORD, key: str = "", forwarded: str = ""
    ) -> httpx.Response:
        body = {"user": {"email": EMAIL, "password": password}, "api_key": key or shop.ordering.api_key}
        headers = {"X-Forwarded-For": forwarded} if forwarded else {}
        return await self.client.post(TOKENS, json={"auth_request": body}, headers=headers)


@asynccontextmanager
async def partner_at(
    application: Application, address: str = "127.0.0.1", *, proxies: TrustedProxies | None = None
) -> AsyncIterator[Partner]:
    app = BehindProxies(make_app(partner_api.routes(application)), proxies or TrustedProxies([]))
    transport = httpx.ASGITransport(app=cast("Any", app), client=(address, 4711))
    async with httpx.AsyncClient(transport=transport, base_url="https://gifts.example.com") as client:
        yield Partner(client)


async def test_a_token_is_asked_for_in_xml_as_the_source_shows(shop: Shop) -> None:
    body = (
        f"<auth_request><user><email>{EMAIL}</email><password>{PASSWORD}</password></user>"
        f"<api_key>{shop.ordering.api_key}</api_key></auth_request>"
    )
    response = await shop.client.post(TOKENS, content=body, headers={"Content-Type": XML, "Accept": XML})
    assert response.status_code == 200
    root = etree.fromstring(response.content)
    assert root.tag == "auth_response"
    assert [child.tag for child in root] == ["access_token"]
    assert re.fullmatch("[a-z0-9]{40}", root[0].text or "")
    assert response.headers["cache-control"] == "no-store"


async def test_a_token_is_asked_for_in_json_wrapped_or_bare_with_the_key_anywhere(shop: Shop) -> None:
    user, key = {"email": EMAIL.upper(), "password": PASSWORD}, shop.ordering.api_key
    for body, params in (
        ({"auth_request": {"user": user, "api_key": key}}, {}),
        ({"user": user, "api_key": key}, {}),
        ({"auth_request": {"user": user}, "api_key": key}, {}),
        ({"auth_request": {"user": user}}, {"api_key": key.upper()}),
    ):
        response = await shop.client.post(TOKENS, json=body, params=params)
        assert response.status_code == 200, response.text
        assert re.fullmatch("[a-z0-9]{40}", response.json()["auth_response"]["access_token"])


async def test_whatever_is_wrong_the_answer_is_the_same(shop: Shop) -> None:
    other = await an_ordering_partner(shop.application, merchant=shop.ordering.merchant, email="other@partner.example")
    answers = [
        await shop.ask_token(password="wrong password"),
        await shop.ask_token(email="nobody@partner.example"),
        await shop.ask_token(key="00000000-0000-4000-8000-000000000000"),
        await shop.ask_token(key=other.api_key),
        await shop.ask_token(key="x" * 1000),
        await shop.client.post(TOKENS, json={}),
        await shop.client.post(TOKENS, json={"auth_request": {"user": {"email": 1, "password": []}}}),
        await shop.client.post(ORDERS, json=GOOD),
        await shop.client.post(ORDERS, json=GOOD, params={"api_key": shop.ordering.api_key}),
        await shop.client.post(ORDERS, json=GOOD, params={"api_token": shop.token}),
        await shop.client.post(ORDERS, json=GOOD, params={**shop.parameters, "api_token": "a" * 40}),
        await shop.client.post(ORDERS, json=GOOD, params={**shop.parameters, "api_key": other.api_key}),
        await shop.client.post(f"{ORDERS}?api_token={shop.token}&api_token={shop.token}", json=GOOD),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert all("www-authenticate" in answer.headers for answer in answers)


async def test_several_tokens_live_side_by_side_until_each_expires(shop: Shop) -> None:
    shop.clock.moment += timedelta(hours=1)
    second = (await shop.ask_token()).json()["auth_response"]["access_token"]
    assert second != shop.token
    assert (await shop.order()).status_code == 200
    shop.clock.moment += timedelta(hours=9)
    stale = await shop.order()
    assert (stale.status_code, code_of(stale)) == (401, "partner.access_denied")
    shop.token = second
    assert (await shop.order()).status_code == 200


async def test_a_token_lives_as_long_as_the_agreement_says(shop: Shop) -> None:
    async with shop.application.database.transaction() as connection:
        await partners.change_agreement(connection, shop.ordering.partner, AgreementChange(token_lifetime_s=60))
    shop.token = (await shop.ask_token()).json()["auth_response"]["access_token"]
    shop.clock.moment += timedelta(seconds=59)
    assert (await shop.order()).status_code == 200
    shop.clock.moment += timedelta(seconds=1)
    assert (await shop.order()).status_code == 401


async def test_a_revoked_key_and_a_disabled_user_are_out_within_seconds(shop: Shop) -> None:
    assert (await shop.order()).status_code == 200
    async with shop.application.database.transaction() as connection:
        await partners.revoke_key(connection, shop.ordering.partner, shop.ordering.api_key[-4:], now=shop.clock.now())
    shop.clock.moment += timedelta(seconds=5)
    assert (await shop.order()).status_code == 401
    assert (await shop.ask_token()).status_code == 401

    async with shop.application.database.transaction() as connection:
        _, key = await partners.create_key(connection, shop.ordering.user, now=shop.clock.now())
    token = (await shop.ask_token(key=key)).json()["auth_response"]["access_token"]
    params = {"api_key": key, "api_token": token}
    headers = {"Content-Type": JSON}
    assert (await shop.client.post(ORDERS, content=as_json(GOOD), params=params, headers=headers)).status_code == 200
    async with shop.application.database.transaction() as connection:
        user = shop.ordering.user
        await partners.disable_user(connection, user.merchant_id, user.user_id, shop.clock.now())
    shop.clock.moment += timedelta(seconds=5)
    assert (await shop.client.post(ORDERS, content=as_json(GOOD), params=params, headers=headers)).status_code == 401


async def test_guessing_is_throttled_and_the_right_password_waits_too(shop: Shop) -> None:
    answers = [await shop.ask_token(password=f"guess number {at}") for at in range(11)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    refused = await shop.ask_token()
    assert (refused.status_code, code_of(refused)) == (429, "throttled")
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert (await shop.order()).status_code == 200  # the token goes on working


async def test_many_guesses_at_once_get_no_further(shop: Shop) -> None:
    answers = await asyncio.gather(*(shop.ask_token(password=f"guess number {at}") for at in range(40)))
    assert sorted(answer.status_code for answer in answers) == [401] * 10 + [429] * 30


async def test_who_goes_on_guessing_waits_longer_each_time_up_to_an_hour(shop: Shop) -> None:
    waits = list[int]()
    for _ in range(8):
        answers = [await shop.ask_token(password=f"guess number {at}") for at in range(11)]
        waits.append(int(answers[-1].headers["retry-after"]))
        shop.clock.moment += timedelta(seconds=waits[-1])
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert (await shop.ask_token()).status_code == 200


async def test_a_made_up_key_costs_no_password_check_and_locks_nobody_out(shop: Shop) -> None:
    counting = CountingPasswords(shop.application.passwords)
    application = dataclasses.replace(shop.application, passwords=counting)
    async with partner_at(application) as partner:
        made_up = [await partner.token(shop, key=str(uuid4())) for _ in range(70)]
        assert [answer.status_code for answer in made_up] == [401] * 60 + [429] * 10
        assert 1 <= int(made_up[-1].headers["retry-after"]) <= 60
        assert counting.checked == 0
        assert (await partner.token(shop)).status_code == 200
    async with partner_at(application, "198.51.100.7") as elsewhere:
        assert (await elsewhere.token(shop)).status_code == 200
    assert counting.checked == 2


async def test_who_was_right_before_from_the_same_place_gets_in_whoever_guesses_elsewhere(shop: Shop) -> None:
    async with partner_at(shop.application, "198.51.100.7") as office:
        assert (await office.token(shop)).status_code == 200
        for at in range(4):
            async with partner_at(shop.application, f"203.0.113.{at}") as guesser:
                assert {(await guesser.token(shop, password="wrong")).status_code for _ in range(11)} == {401, 429}
                assert (await guesser.token(shop)).status_code == 429, "the right password waits, too"
        assert [(await office.token(shop)).status_code for _ in range(3)] == [200] * 3
        assert (await office.token(shop, password="mistyped")).status_code == 401
        assert (await office.token(shop)).status_code == 200
    async with partner_at(shop.application, "198.51.100.8") as new_place:
        assert (await new_place.token(shop)).status_code == 200, "who never missed is not closed out either"


async def test_behind_a_proxy_partners_are_told_apart(shop: Shop) -> None:
    async with partner_at(shop.application, "127.0.0.1", proxies=TrustedProxies()) as proxy:
        guesses = [await proxy.token(shop, password="wrong", forwarded=f"6.6.6.{at}, 203.0.113.9") for at in range(12)]
        assert [answer.status_code for answer in guesses] == [401] * 10 + [429] * 2
        assert (await proxy.token(shop, forwarded="203.0.113.10")).status_code == 200
        assert (await proxy.token(shop, forwarded="::ffff:203.0.113.9")).status_code == 429


async def test_right_passwords_are_never_throttled(shop: Shop) -> None:
    assert {(await shop.ask_token()).status_code for _ in range(15)} == {200}
    assert {answer.status_code for answer in await asyncio.gather(*(shop.ask_token() for _ in range(20)))} == {200}


async def test_nothing_of_a_key_token_or_password_is_kept_in_the_clear(shop: Shop) -> None:
    async with shop.application.database.connection() as connection:
        for table in ("partner_users", "api_keys", "access_tokens", "routes"):
            for row in await connection.fetch(f"SELECT {table}::text AS text FROM {table}"):
                for secret in (PASSWORD, shop.ordering.api_key, shop.token):
                    assert secret not in row["text"]
                    assert secret.encode().hex() not in row["text"]


async def test_details_tell_what_remains(shop: Shop) -> None:
    ordered = (await shop.order(expirationDate="2027-12-31")).json()["giftCertificate_detail"]
    number = ordered["giftCertificateNumber"]
    spaced = f"gl {number[2:6]}-{number[6:]}".lower()
    for path in (f"{DETAIL}/{number}", f"{DETAIL}/{number}/", f"{DETAIL}/{spaced}"):
        response = await shop.client.get(path, params=shop.parameters, headers={"Accept": JSON})
        assert response.status_code == 200, response.text
        assert response.json() == {
            "giftCertificate_detail": {
                "currencyCode": "USD",
                "expirationDate": "2027-12-31T23:59:59-05:00",
                "giftCertificateNumber": number,
                "remainingAmount": 25.00,
                "valid": True,
            }
        }
    in_xml = await shop.client.get(f"{DETAIL}/{number}", params=shop.parameters)
    assert in_xml.headers["content-type"] == "application/xml; charset=utf-8"
    assert b"<remainingAmount>25.00</remainingAmount><valid>true</valid>" in in_xml.content


async def test_details_are_told_for_the_redeem_url_as_well(shop: Shop) -> None:
    answer = (await shop.order()).json()["giftCertificate_detail"]
    number = answer["giftCertificateNumber"]
    encoded = quote(answer["redeemUrl"], safe="")
    for path, params in (
        (f"{DETAIL}/{encoded}", shop.parameters),
        (f"{DETAIL}/{encoded}/", shop.parameters),
        (f"{DETAIL}/{answer['redeemUrl'].partition('?')[0]}", {"code": number, **shop.parameters}),
    ):
        response = await shop.client.get(path, params=params, headers={"Accept": JSON})
        assert response.status_code == 200, response.text
        assert response.json()["giftCertificate_detail"]["giftCertificateNumber"] == number
    elsewhere = await shop.client.get(f"{DETAIL}/a/b?code={number}", headers={"Accept": JSON})
    assert elsewhere.status_code == 404


async def test_a_certificate_past_its_day_is_not_valid(shop: Shop) -> None:
    number = (await shop.order(expirationDate="2026-11-23")).json()["giftCertificate_detail"]["giftCertificateNumber"]
    for hours, valid in ((13 + 24 - 1, True), (2, False)):
        shop.clock.moment += timedelta(hours=hours)
        shop.token = (await shop.ask_token()).json()["auth_response"]["access_token"]
        response = await shop.client.get(f"{DETAIL}/{number}", params=shop.parameters, headers={"Accept": JSON})
        assert response.json()["giftCertificate_detail"]["valid"] is valid


async def test_numbers_that_are_not_this_merchants_are_unknown(shop: Shop) -> None:
    elsewhere = await a_merchant(shop.application, slug="theatre", prefix="TH")
    other = await an_ordering_partner(shop.application, merchant=elsewhere, email="other@partner.example")
    number = (await shop.order()).json()["giftCertificate_detail"]["giftCertificateNumber"]
    token = (await shop.ask_token(email="other@partner.example", key=other.api_key)).json()["auth_response"][
        "access_token"
    ]
    params = {"api_key": other.api_key, "api_token": token}
    wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
    answers = [
        await shop.client.get(f"{DETAIL}/{number}", params=params),
        await shop.client.get(f"{DETAIL}/{wrong}", params=shop.parameters),
        await shop.client.get(f"{DETAIL}/nonsense", params=shop.parameters),
        await shop.client.get(f"{DETAIL}/{'9' * 500}", params=shop.parameters),
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert number not in str(error_of(answers[0]))
    assert (await shop.client.get(f"{DETAIL}/{number}")).status_code == 401


async def test_what_a_proxy_took_over_plain_http_is_refused_before_anything_is_looked_at(shop: Shop) -> None:
    trusted = TrustedProxies(["127.0.0.1"])
    user = {"email": EMAIL, "password": PASSWORD}
    body = {"user": user, "api_key": shop.ordering.api_key}
    async with partner_at(shop.application, proxies=trusted) as partner:
        for headers in (
            {"X-Forwarded-Proto": "http"},
            {"X-Forwarded-For": "198.51.100.1", "X-Forwarded-Proto": "http"},
            {"Forwarded": "for=198.51.100.1;proto=http"},
        ):
            refused = await partner.client.post(TOKENS, json={"auth_request": body}, headers=headers)
            assert (refused.status_code, code_of(refused)) == (403, "https.required"), headers
            wrong = body | {"user": user | {"password": "wrong"}}
            refused = await partner.client.post(TOKENS, json={"auth_request": wrong}, headers=headers)
            assert code_of(refused) == "https.required", "nothing is told of the password"
        over_https = {"X-Forwarded-For": "198.51.100.1", "X-Forwarded-Proto": "https"}
        answer = await partner.client.post(TOKENS, json={"auth_request": body}, headers=over_https)
        assert answer.status_code == 200
    async with partner_at(shop.application, "198.51.100.7", proxies=trusted) as stranger:
        answer = await stranger.client.post(TOKENS, json={"auth_request": body}, headers={"X-Forwarded-Proto": "http"})
        assert answer.status_code == 200, "whoever is no proxy of ours says nothing of the scheme"
