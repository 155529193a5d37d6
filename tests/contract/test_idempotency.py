import asyncio

import pytest

from largesse.domain import partners
from largesse.domain.partners import AgreementChange, Terms
from tests.builders.partners import an_ordering_partner
from tests.contract.conftest import JSON, ORDERS, XML, Shop
from tests.contract.corpus import as_xml
from tests.contract.test_protocol import code_of


async def test_the_same_key_and_body_replay_the_first_answer(shop: Shop) -> None:
    first = await shop.order_with(key="order 1")
    again = await shop.order_with(key="order 1")
    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert await shop.count("orders") == await shop.count("certificates") == 1


async def test_a_replay_may_ask_for_the_other_format(shop: Shop) -> None:
    first = await shop.order_with(key="k", amount="25")
    headers = {"Idempotency-Key": "k"}
    again = await shop.post(as_xml({"refcode": "A", "amount": "25"}), kind=XML, headers=headers)
    assert again.headers["idempotent-replayed"] == "true"
    assert first.json()["giftCertificate_detail"]["giftCertificateNumber"] in again.text


async def test_the_same_key_with_another_body_is_refused(shop: Shop) -> None:
    await shop.order_with(key="k")
    for fields in ({"amount": 26}, {"refcode": "B"}, {"currencyCode": "EUR"}, {"amount": "wrong"}):
        response = await shop.order_with(key="k", **fields)
        assert (response.status_code, code_of(response)) == (422, "idempotency.mismatch")
    assert await shop.count("orders") == 1


async def test_without_a_key_each_call_is_a_new_order(shop: Shop) -> None:
    await shop.order()
    await shop.order()
    assert await shop.count("orders") == 2


async def test_a_replay_outlives_the_day_and_the_agreement(shop: Shop) -> None:
    first = await shop.order_with(key="k", expirationDate="2026-11-23")
    async with shop.application.database.transaction() as connection:
        await partners.change_agreement(connection, shop.ordering.partner, AgreementChange(suspended=True))
    shop.clock.moment = shop.clock.moment.replace(day=25)
    shop.token = (await shop.ask_token()).json()["auth_response"]["access_token"]
    again = await shop.order_with(key="k", expirationDate="2026-11-23")
    assert again.status_code == 200
    assert again.content == first.content


async def test_a_refused_order_is_not_remembered(shop: Shop) -> None:
    none, some = Terms(amount_max=500_00, credit_limit=0), Terms(amount_max=500_00, credit_limit=100_00)
    async with shop.application.database.transaction() as connection:
        await partners.put_terms(connection, shop.ordering.partner, "USD", none)
    assert (await shop.order_with(key="k")).status_code == 403
    assert (await shop.order_with(key="k", amount=1)).status_code == 400
    async with shop.application.database.transaction() as connection:
        await partners.put_terms(connection, shop.ordering.partner, "USD", some)
    response = await shop.order_with(key="k", amount=26)
    assert response.status_code == 200
    assert "idempotent-replayed" not in response.headers


async def test_a_test_order_leaves_its_key_free(shop: Shop) -> None:
    assert (await shop.order_with(key="k", is_test="true")).status_code == 200
    assert "idempotent-replayed" not in (await shop.order_with(key="k", amount=26)).headers


async def test_many_with_one_key_at_once_make_one_order(shop: Shop) -> None:
    responses = await asyncio.gather(*(shop.order_with(key="k") for _ in range(20)))
    assert {response.status_code for response in responses} <= {200, 409}
    assert len({response.content for response in responses if response.status_code == 200}) == 1
    assert {code_of(response) for response in responses if response.status_code == 409} <= {"idempotency.in_flight"}
    assert await shop.count("orders") == 1


async def test_each_partner_has_keys_of_its_own(shop: Shop) -> None:
    other = await an_ordering_partner(shop.application, merchant=shop.ordering.merchant, email="other@partner.example")
    first = await shop.order_with(key="k")
    token = (await shop.ask_token(email="other@partner.example", key=other.api_key)).json()["auth_response"][
        "access_token"
    ]
    response = await shop.client.post(
        ORDERS,
        json={"refcode": "A", "amount": 25},
        params={"api_key": other.api_key, "api_token": token},
        headers={"Idempotency-Key": "k", "Accept": JSON},
    )
    assert response.status_code == 200
    assert response.content != first.content


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\tinside"])
async def test_a_key_that_cannot_be_one_is_refused(shop: Shop, key: str) -> None:
    response = await shop.order_with(key=key)
    assert (response.status_code, code_of(response)) == (400, "parameters.invalid")
    assert await shop.count("orders") == 0


async def test_255_printable_characters_are_a_key(shop: Shop) -> None:
    assert (await shop.order_with(key="x" * 255)).status_code == 200
