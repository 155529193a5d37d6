"""The source's own example, to the letter, and its JSON twin, with curl."""

import asyncio
import json
import re
import shutil

import pytest
from lxml import etree

from tests.contract.conftest import ORDERS, Shop

# As printed in sources/partner-order-api.txt, line breaks included; the day is one that has not passed.
BODY = """<?xml version='1.0' encoding='UTF-8' standalone='yes'?>
<giftCertificate>
<refcode>123456789</refcode>
<amount>25</amount>
<thirdPartyIdentifier>{D21A1915-E024-4B9C-8345-62BECAE048EF}</thirdPartyIdentifier>
<currencyCode>USD</currencyCode>
<expirationDate>2027-12-31</expirationDate>
</giftCertificate>"""
IDENTIFIER = "{D21A1915-E024-4B9C-8345-62BECAE048EF}"
NUMBER = r"GL[0-9A-HJKMNP-TV-Z]{16}"

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


def address(shop: Shop) -> str:
    base_url = str(shop.client.base_url).rstrip("/")
    return f"{base_url}{ORDERS}?api_key={shop.ordering.api_key}&api_token={shop.token}"


async def curl(*arguments: str) -> str:
    process = await asyncio.create_subprocess_exec(
        "curl", "-sS", "--noproxy", "*", *arguments, stdout=asyncio.subprocess.PIPE
    )
    answer, _ = await process.communicate()
    return answer.decode()


@needs_curl
async def test_the_curl_example_of_the_source_issues_a_certificate(shop: Shop) -> None:
    url = address(shop)
    headers = ("-H", "Accept: application/xml", "-H", "Content-Type: application/xml")
    answer = await curl(*headers, "-d", BODY, "-X", "POST", url)

    assert answer.startswith('<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n<giftCertificate_detail>')
    root = etree.fromstring(answer.encode())
    values = {child.tag: child.text for child in root}
    assert list(values) == [
        "giftCertificateNumber",
        "remainingAmount",
        "thirdPartyIdentifier",
        "currencyCode",
        "redeemUrl",
        "expirationDate",
    ]
    number = values["giftCertificateNumber"] or ""
    assert re.fullmatch(NUMBER, number)
    assert values == {
        "giftCertificateNumber": number,
        "remainingAmount": "25.00",
        "thirdPartyIdentifier": IDENTIFIER,
        "currencyCode": "USD",
        "redeemUrl": f"https://gifts.example.com/gifts/redeem.html?code={number}",
        "expirationDate": "2027-12-31T23:59:59-05:00",
    }


@needs_curl
async def test_so_does_its_json_twin(shop: Shop) -> None:
    url = address(shop)
    body = json.dumps(
        {
            "giftCertificate": {
                "refcode": 123456789,
                "amount": 25,
                "thirdPartyIdentifier": IDENTIFIER,
                "currencyCode": "USD",
                "expirationDate": "2027-12-31",
            }
        }
    )
    headers = ("-H", "Accept: application/json", "-H", "Content-Type: application/json")
    answer = json.loads(await curl(*headers, "-d", body, "-X", "POST", url))

    number = answer["giftCertificate_detail"]["giftCertificateNumber"]
    assert answer == {
        "giftCertificate_detail": {
            "giftCertificateNumber": number,
            "remainingAmount": 25.00,
            "thirdPartyIdentifier": IDENTIFIER,
            "currencyCode": "USD",
            "redeemUrl": f"https://gifts.example.com/gifts/redeem.html?code={number}",
            "expirationDate": "2027-12-31T23:59:59-05:00",
        }
    }
    assert await shop.count("orders") == await shop.count("certificates") == 1
