"""An order that was meant as a trial is never registered: `is_test` is read from one place, or the order refused."""

from typing import Any

import pytest

from tests.contract.conftest import JSON, ORDERS, XML, Shop
from tests.contract.corpus import GOOD, as_json, as_xml
from tests.contract.test_protocol import code_of, error_of

INSIDE = as_json(GOOD, wrapper=None)[1:-1].decode()
REGISTERS = b"<giftCertificate><refcode>A</refcode><amount>25</amount></giftCertificate>"


async def refused(shop: Shop, response: Any, code: str) -> None:
    assert (response.status_code, code_of(response)) == (400, "parameters.invalid"), response.text
    assert [(fault["field"], fault["code"]) for fault in error_of(response)["errors"]] == [("is_test", code)]
    assert await shop.count("orders") == 0


@pytest.mark.parametrize("value", ["true", "True", "TRUE", "tRuE"])
async def test_true_is_read_in_any_case(shop: Shop, value: str) -> None:
    assert (await shop.order_with(is_test=value)).status_code == 200
    assert await shop.count("orders") == 0


@pytest.mark.parametrize("value", ["false", "False", "FALSE"])
async def test_false_is_read_in_any_case(shop: Shop, value: str) -> None:
    assert (await shop.order_with(is_test=value)).status_code == 200
    assert await shop.count("orders") == 1


@pytest.mark.parametrize("value", ["", "1", "0", "yes", "on", "null", "truе", " true", "true ", "true,true", '"true"'])
async def test_any_other_value_is_refused(shop: Shop, value: str) -> None:
    await refused(shop, await shop.order_with(is_test=value), "is_test.invalid")


@pytest.mark.parametrize("query", ["is_test=true&is_test=true", "is_test=true&is_test=false", "is_test&is_test=true"])
async def test_it_stands_once(shop: Shop, query: str) -> None:
    await refused(shop, await post_with(shop, query), "is_test.invalid")


@pytest.mark.parametrize(
    "query",
    [
        "IS_TEST=true",
        "Is_Test=true",
        "isTest=true",
        "istest=true",
        "is-test=true",
        "is.test=true",
        "is_test[]=true",
        "is_test%5B%5D=true",
        "is_test[0]=true",
        "giftCertificate[is_test]=true",
        "giftCertificate.is_test=true",
        "is_test%20=true",
        "+is_test=true",
        "amp;is_test=true",
        "x=1;is_test=true",
        "x=1%26is_test%3Dtrue",
        "%ef%bd%89s_test=true",
        "is_test=true&IS_TEST=true",
    ],
)
async def test_another_spelling_of_its_name_is_refused(shop: Shop, query: str) -> None:
    await refused(shop, await post_with(shop, query), "is_test.misplaced")


@pytest.mark.parametrize("header", ["is_test", "Is-Test", "X-Is-Test"])
async def test_it_is_not_a_header(shop: Shop, header: str) -> None:
    response = await shop.post(as_json(GOOD), headers={header: "true"})
    await refused(shop, response, "is_test.misplaced")


@pytest.mark.parametrize(
    "body",
    [
        f'{{"is_test":true,"giftCertificate":{{{INSIDE}}}}}',
        f'{{"giftCertificate":{{{INSIDE},"is_test":true}}}}',
        f'{{"is_test":"false",{INSIDE}}}',
        f'{{"IS_TEST":null,{INSIDE}}}',
        f'{{"isTest":true,{INSIDE}}}',
        f'{{"is\\u005ftest":true,{INSIDE}}}',
        f'{{{INSIDE},"options":{{"flags":[{{"is_test":1}}]}}}}',
    ],
)
async def test_in_json_it_does_not_stand_in_the_body(shop: Shop, body: str) -> None:
    await refused(shop, await shop.post(body, kind=JSON), "is_test.misplaced")
    await refused(shop, await shop.post(body, kind=JSON, params={"is_test": "true"}), "is_test.misplaced")


@pytest.mark.parametrize(
    "body",
    [
        as_xml({**GOOD, "is_test": "true"}),
        as_xml({**GOOD, "isTest": "true"}),
        as_xml({**GOOD, "options": {"is_test": "true"}}),
        REGISTERS.replace(b"<giftCertificate>", b'<giftCertificate is_test="true">'),
        REGISTERS.replace(b"<amount>", b'<amount IS_TEST="1">'),
        REGISTERS.replace(b"<giftCertificate>", b'<giftCertificate xmlns:o="urn:o" o:is_test="true">'),
        b"<request><is_test>true</is_test>" + REGISTERS + b"</request>",
    ],
)
async def test_in_xml_it_is_neither_element_nor_attribute(shop: Shop, body: bytes) -> None:
    await refused(shop, await shop.post(body, kind=XML, accept=JSON), "is_test.misplaced")


@pytest.mark.parametrize("query", ["this_test=true", "test=true", "artist_est=x", "note=a+test"])
async def test_what_only_looks_like_it_is_passed_over_like_every_unknown_field(shop: Shop, query: str) -> None:
    assert (await post_with(shop, query)).status_code == 200


async def post_with(shop: Shop, query: str) -> Any:
    url = f"{ORDERS}?api_key={shop.ordering.api_key}&api_token={shop.token}&{query}"
    return await shop.client.post(url, content=as_json(GOOD), headers={"Content-Type": JSON, "Accept": JSON})
