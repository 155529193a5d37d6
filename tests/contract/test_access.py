"""Tokens, keys, and who is let in."""

import asyncio
import re
from datetime import timedelta

from lxml import etree

from largesse.domain import partners
from largesse.domain.partners import AgreementChange
from largesse.interfaces.partner_api.throttle import UNDER_WAY_MAX
from tests.builders.partners import EMAIL, PASSWORD, a_merchant, an_ordering_partner
from tests.contract.conftest import DETAIL, JSON, ORDERS, TOKENS, XML, Shop
from tests.contract.corpus import GOOD, as_json
from tests.contract.test_protocol import code_of, error_of


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


async def test_many_guesses_at_once_get_hardly_further(shop: Shop) -> None:
    answers = await asyncio.gather(*(shop.ask_token(password=f"guess number {at}") for at in range(40)))
    wrong = [answer.status_code for answer in answers].count(401)
    assert wrong < 10 + UNDER_WAY_MAX
    assert {answer.status_code for answer in answers} == {401, 429}


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
