"""What the OpenAPI document promises, the API keeps: for requests made up from it, and for every answer it gives."""

import asyncio
from typing import Any

import msgspec
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from largesse.app.openapi import document
from largesse.interfaces.partner_api.messages import (
    AuthResponse,
    CertificateDetail,
    ErrorResponse,
    GiftCertificate,
    OrderedCertificate,
)
from tests.contract.conftest import DETAIL, Shop
from tests.contract.corpus import CORPUS, Number, as_json
from tests.contract.test_orders import with_yen

EXAMPLES = 40
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]


async def test_requests_made_up_from_the_document_are_answered_as_it_says(shop: Shop) -> None:
    schema = schemathesis.openapi.from_dict(msgspec.json.decode(document()))
    base_url = str(shop.client.base_url)

    def attack(operation: Any) -> None:
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def check(case: Any) -> None:
            if "secure" in operation.path:
                case.query = {**(case.query or {}), **shop.parameters}
            case.call_and_validate(base_url=base_url, checks=CHECKS)

        check()

    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        await asyncio.to_thread(attack, found.ok())


def held_to(kind: type[msgspec.Struct], answer: dict[str, Any]) -> None:
    """Refuse an answer that lacks something, has something more, or something of another type."""
    msgspec.convert(answer, kind)
    assert set(answer) <= {field.encode_name for field in msgspec.structs.fields(kind)}


async def test_every_answer_is_of_the_type_that_the_document_names(shop: Shop) -> None:
    await with_yen(shop)
    held_to(AuthResponse, (await shop.ask_token()).json()["auth_response"])
    for case in CORPUS:
        answer = (await shop.post(as_json(case.fields))).json()
        if case.status == 200:
            held_to(OrderedCertificate, answer["giftCertificate_detail"])
        else:
            held_to(ErrorResponse, answer["error_response"])
    number = (await shop.order()).json()["giftCertificate_detail"]["giftCertificateNumber"]
    detail = await shop.client.get(f"{DETAIL}/{number}", params=shop.parameters, headers={"Accept": "application/json"})
    held_to(CertificateDetail, detail.json()["giftCertificate_detail"])


def test_every_good_order_is_one_that_the_document_allows() -> None:
    for case in CORPUS:
        if case.status == 200 and not isinstance(case.fields["refcode"], Number) and all(case.fields.values()):
            msgspec.json.decode(as_json(case.fields, wrapper=None), type=GiftCertificate)
