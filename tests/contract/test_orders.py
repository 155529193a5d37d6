import asyncio
from typing import Any

import httpx
import msgspec
import pytest

from largesse.domain import partners
from largesse.domain.orders import RefcodeUse, refcodes_of_partner
from largesse.domain.partners import AgreementChange, OtherRefcodes, Terms
from largesse.kernel.numbers import is_sample, read_number
from tests.contract.conftest import DETAIL, JSON, ORDERS, XML, Shop
from tests.contract.corpus import CORPUS, GOOD, Case, as_json, as_xml, read_answer

TABLES = ("certificates", "certificate_numbers", "journal", "orders", "events", "deliveries")


def answer_of(response: httpx.Response) -> Any:
    return read_answer(response.headers["content-type"], response.content)


async def with_yen(shop: Shop) -> None:
    async with shop.application.database.transaction() as connection:
        terms = Terms(amount_max=50_000, credit_limit=1_000_000)
        await partners.put_terms(connection, shop.ordering.partner, "JPY", terms)


async def change(shop: Shop, **given: Any) -> None:
    async with shop.application.database.transaction() as connection:
        await partners.change_agreement(connection, shop.ordering.partner, AgreementChange(**given))


async def set_credit(shop: Shop, credit_limit: int) -> None:
    async with shop.application.database.transaction() as connection:
        terms = Terms(amount_max=500_00, credit_limit=credit_limit)
        await partners.put_terms(connection, shop.ordering.partner, "USD", terms)


async def credit_used(shop: Shop) -> int:
    async with shop.application.database.connection() as connection:
        agreement = await partners.agreement_of(
            connection, shop.ordering.merchant.merchant_id, shop.ordering.partner.partner_id
        )
    return agreement.terms["USD"].credit_used


def told(case: Case, response: httpx.Response) -> Any:
    """What both formats must tell alike: a number differs each time, everything else may not."""
    answer = answer_of(response)
    assert response.status_code == case.status, (case.name, response.text)
    if case.status == 200:
        detail = answer["giftCertificate_detail"]
        number = detail.pop("giftCertificateNumber")
        assert detail.pop("redeemUrl").endswith(number)
        return answer
    refused = answer["error_response"]
    assert refused["status"] == case.status
    assert refused["code"] == case.code, (case.name, refused)
    assert [fault["code"] for fault in refused["errors"]] == list(case.faults), (case.name, refused)
    assert all(fault["message"] and fault["field"] for fault in refused["errors"])
    return answer


async def test_xml_and_json_answer_alike_over_one_corpus(shop: Shop) -> None:
    await with_yen(shop)
    for case in CORPUS:
        in_xml = told(case, await shop.post(as_xml(case.fields), kind=XML))
        in_json = told(case, await shop.post(as_json(case.fields), kind=JSON))
        bare = told(case, await shop.post(as_json(case.fields, wrapper=None), kind=JSON, accept=XML))
        assert in_xml == in_json == bare, case.name
    good = sum(case.status == 200 for case in CORPUS)
    assert await shop.count("orders") == await shop.count("certificates") == await shop.count("events") == 3 * good


async def test_the_answer_says_what_was_ordered(shop: Shop) -> None:
    identifier = " {D21A}  <&> é "
    response = await shop.order(thirdPartyIdentifier=identifier, amount="25.1", expirationDate="2027-06-30")
    detail = answer_of(response)["giftCertificate_detail"]
    in_order = "giftCertificateNumber remainingAmount thirdPartyIdentifier currencyCode redeemUrl expirationDate"
    assert list(detail) == in_order.split()
    assert detail["thirdPartyIdentifier"] == identifier
    assert detail["remainingAmount"] == "25.10"
    assert detail["expirationDate"] == "2027-06-30T23:59:59-04:00"


@pytest.mark.parametrize(
    "code, amount, written",
    [("USD", "25", b"25.00"), ("JPY", "2500", b"2500"), ("BHD", "25.001", b"25.001"), ("USD", "499.99", b"499.99")],
)
async def test_what_remains_is_a_json_number_with_the_decimals_of_its_currency(
    shop: Shop, code: str, amount: str, written: bytes
) -> None:
    async with shop.application.database.transaction() as connection:
        terms = Terms(amount_max=50_000, credit_limit=1_000_000)
        await partners.put_terms(connection, shop.ordering.partner, code, terms)
    ordered = await shop.order(currencyCode=code, amount=amount)
    assert b'"remainingAmount":' + written + b"," in ordered.content
    number = ordered.json()["giftCertificate_detail"]["giftCertificateNumber"]
    detail = await shop.client.get(f"{DETAIL}/{number}", params=shop.parameters, headers={"Accept": JSON})
    assert b'"remainingAmount":' + written + b"," in detail.content


async def test_an_identifier_that_was_not_given_is_not_echoed(shop: Shop) -> None:
    assert "thirdPartyIdentifier" not in answer_of(await shop.order())["giftCertificate_detail"]


async def test_a_certificate_is_good_for_a_year_where_nothing_is_said(shop: Shop) -> None:
    assert answer_of(await shop.order())["giftCertificate_detail"]["expirationDate"] == "2027-11-22T23:59:59-05:00"
    shop.clock.moment = shop.clock.moment.replace(year=2028, month=2, day=29)
    shop.token = (await shop.ask_token()).json()["auth_response"]["access_token"]
    assert answer_of(await shop.order())["giftCertificate_detail"]["expirationDate"] == "2029-02-28T23:59:59-05:00"


async def test_today_is_the_merchants_day(shop: Shop) -> None:
    shop.clock.moment = shop.clock.moment.replace(day=23, hour=2)  # still the 22nd in New York
    shop.token = (await shop.ask_token()).json()["auth_response"]["access_token"]
    assert (await shop.order(expirationDate="2026-11-23")).status_code == 200
    assert (await shop.order(expirationDate="2026-11-22")).status_code == 400


async def test_the_key_may_stand_in_the_body(shop: Shop) -> None:
    key = shop.ordering.api_key
    params = {"api_token": shop.token}
    url = f"{ORDERS}?api_token={shop.token}"
    for body in (
        {"giftCertificate": GOOD, "api_key": key},
        {"giftCertificate": {**GOOD, "api_key": key}},
        {**GOOD, "api_key": key},
    ):
        response = await shop.client.post(url, json=body)
        assert response.status_code == 200, response.text
    inside = await shop.client.post(
        ORDERS, content=as_xml({**GOOD, "api_key": key}), params=params, headers={"Content-Type": XML}
    )
    assert inside.status_code == 200


async def test_a_test_order_is_checked_answered_and_leaves_no_trace(shop: Shop) -> None:
    response = await shop.order_with(is_test="true")
    detail = answer_of(response)["giftCertificate_detail"]
    number = detail["giftCertificateNumber"]
    assert is_sample(read_number(number))
    assert detail["redeemUrl"].endswith(number)
    assert detail["remainingAmount"] == "25.00"
    assert [await shop.count(table) for table in TABLES] == [0] * len(TABLES)
    assert await credit_used(shop) == 0
    looked_up = await shop.client.get(f"{DETAIL}/{number}", params=shop.parameters)
    assert looked_up.status_code == 404


async def test_a_test_order_is_refused_as_a_real_one_would_be(shop: Shop) -> None:
    assert (await shop.order_with(is_test="true", amount=1)).status_code == 400
    assert (await shop.order_with(is_test="true", currencyCode="EUR")).status_code == 400
    await set_credit(shop, 24_99)
    assert answer_of(await shop.order_with(is_test="true"))["error_response"]["code"] == "agreement.credit_exhausted"
    await change(shop, suspended=True)
    assert answer_of(await shop.order_with(is_test="true"))["error_response"]["code"] == "agreement.suspended"
    shop.token = "a" * 40
    assert (await shop.order_with(is_test="true")).status_code == 401


async def test_an_agreement_that_does_not_hold_takes_no_orders(shop: Shop) -> None:
    for state, code in (({"suspended": True}, "agreement.suspended"), ({"enabled": False}, "agreement.disabled")):
        await change(shop, **state)
        for response in (await shop.order(), await shop.order(amount="wrong")):
            assert response.status_code == 403
            assert answer_of(response)["error_response"]["code"] == code
    await change(shop, suspended=False, enabled=True)
    assert (await shop.order()).status_code == 200


async def test_a_refcode_that_was_not_agreed_is_refused_where_the_agreement_says_so(shop: Shop) -> None:
    await change(shop, refcodes=("SPRING",), other_refcodes=OtherRefcodes.REFUSE)
    assert (await shop.order(refcode="SPRING")).status_code == 200
    for response in (
        await shop.order(refcode="SUMMER", amount="1"),
        await shop.post(as_xml({**GOOD, "refcode": "SUMMER", "amount": "1"}), kind=XML),
    ):
        errors = answer_of(response)["error_response"]["errors"]
        assert [(fault["field"], fault["code"]) for fault in errors] == [
            ("refcode", "refcode.not_agreed"),
            ("amount", "amount.too_small"),
        ]
        assert errors[0]["message"].endswith("Contact The Spa: owner@spa.example.")
    refused = answer_of(await shop.order_with(is_test="true", refcode="SUMMER"))["error_response"]
    assert refused["errors"][0]["code"] == "refcode.not_agreed"
    assert await shop.count("orders") == 1


async def test_a_refcode_that_was_not_agreed_is_accepted_and_reported_where_the_agreement_says_so(shop: Shop) -> None:
    await change(shop, refcodes=("SPRING",))
    for refcode in ("SPRING", "SUMMER", "SUMMER"):
        assert (await shop.order(refcode=refcode)).status_code == 200
    partner = shop.ordering.partner
    async with shop.application.database.connection() as connection:
        used = await refcodes_of_partner(connection, partner.merchant_id, partner.partner_id, also=["SPRING"])
    assert used == [RefcodeUse(refcode="SUMMER", currency="USD", orders=2, total=50_00)]


async def test_a_refusal_names_whom_to_ask_at_the_merchants_in_both_formats(shop: Shop) -> None:
    whom = "Contact The Spa: owner@spa.example."
    for kind, euros in (
        (XML, as_xml({**GOOD, "currencyCode": "EUR"})),
        (JSON, as_json({**GOOD, "currencyCode": "EUR"})),
    ):
        refused = answer_of(await shop.post(euros, kind=kind))["error_response"]
        assert refused["errors"][0]["message"].endswith(whom)
    for state in ({"suspended": True}, {"enabled": False}):
        await change(shop, **state)
        for kind, body in ((XML, as_xml(GOOD)), (JSON, as_json(GOOD))):
            assert answer_of(await shop.post(body, kind=kind))["error_response"]["message"].endswith(whom)


async def test_orders_stop_where_the_credit_ends(shop: Shop) -> None:
    await set_credit(shop, 50_00)
    assert [(await shop.order()).status_code for _ in range(3)] == [200, 200, 403]
    refused = await shop.order(amount="1.01")
    assert answer_of(refused)["error_response"]["code"] == "agreement.credit_exhausted"
    assert await credit_used(shop) == 50_00


async def test_many_at_once_never_overdraw_the_credit(shop: Shop) -> None:
    await set_credit(shop, 10 * 25_00 + 24_99)
    responses = await asyncio.gather(*(shop.order() for _ in range(40)))
    assert sorted(response.status_code for response in responses) == [200] * 10 + [403] * 30
    assert await credit_used(shop) == 250_00
    assert await shop.count("certificates") == await shop.count("orders") == 10


async def test_each_order_is_told_of_without_its_number(shop: Shop) -> None:
    number = answer_of(await shop.order(refcode="R1"))["giftCertificate_detail"]["giftCertificateNumber"]
    async with shop.application.database.connection() as connection:
        [event] = await connection.fetch("SELECT kind, payload FROM events")
    assert event["kind"] == "order.issued"
    payload = msgspec.json.decode(event["payload"])
    assert payload["order"]["refcode"] == "R1"
    assert payload["order"]["total"] == "25.00"
    assert number not in event["payload"]
