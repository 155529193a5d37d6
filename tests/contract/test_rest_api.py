"""What the document of the REST API promises, it keeps: for requests made up from it, and for every answer it gives."""

import asyncio
from collections import Counter
from contextlib import suppress
from typing import Any

import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import FlakyStrategyDefinition
from hypothesis.stateful import run_state_machine_as_test
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation.modes import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from largesse.app.web import make_app
from largesse.db import Database
from largesse.interfaces import rest_api
from tests.builders.application import an_application
from tests.builders.certificates import a_merchant
from tests.builders.programs import a_program_key
from tests.support.serving import served

EXAMPLES = 12
WALKS, STEPS = 25, 12
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]


async def test_requests_made_up_from_the_document_are_answered_as_it_says(database: Database) -> None:
    schema = schemathesis.openapi.from_dict(msgspec.json.decode(rest_api.document_text()))
    async with an_application(database) as application:
        merchant = await a_merchant(database)
        key = await a_program_key(application, merchant)
        async with served(make_app(rest_api.routes(application, rates=(10_000, 10_000)))) as base_url:

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
                    case.headers = {**(case.headers or {}), "Authorization": f"Bearer {key.text}"}
                    case.call_and_validate(base_url=base_url, checks=CHECKS)

                check()

            for found in schema.get_all_operations():
                assert isinstance(found, Ok), found
                await asyncio.to_thread(attack, found.ok())


ABOUT = {
    "certificate_id": "$response.body#/certificate_id",
    "hold_id": "$response.body#/operation_id",
    "redemption_id": "$response.body#/operation_id",
    "reload_id": "$response.body#/operation_id",
    "amount": "1.00",
    "currency": "USD",
    "paid_by": "cash",
    "memo": "a walk",
}
MADE = {"amount": {"enum": ["5.00", "80.00"]}, "currency": {"const": "USD"}, "paid_by": {"enum": ["cash", "transfer"]}}
GO_ON = ("issueCertificate", "redeemCertificate", "holdCertificate", "reloadCertificate", "blockCertificate")


def linked(document: Any) -> Any:
    """The document, with what is issued narrowed to what can be, and links from there to all that is done to one."""
    routes = {one.name: one for one in rest_api.ROUTES}
    links = {
        name: {
            "operationId": name,
            "requestBody": {field: ABOUT[field] for field in one.takes.__struct_fields__ if field in ABOUT},
            "x-schemathesis": {"merge_body": False},
        }
        for name, one in routes.items()
        if one.takes and "certificate_id" in one.takes.__struct_fields__
    }
    for one in map(routes.__getitem__, GO_ON):
        told = document["paths"][one.template]["post"]
        told["responses"][str(one.status)]["links"] = links
        if one.name == "issueCertificate":
            schema = {"type": "object", "properties": MADE, "required": [*MADE], "additionalProperties": False}
            told["requestBody"]["content"]["application/json"]["schema"] = schema
    return document


@pytest.mark.parametrize("part", ["/api/v1/certificates", "/api/v1/"])
async def test_what_was_made_is_gone_on_with_as_the_document_says(database: Database, part: str) -> None:
    document = linked(msgspec.json.decode(rest_api.document_text()))
    schema = schemathesis.openapi.from_dict(document).include(path_regex=part)
    done, faults = Counter[str](), list[str]()
    async with an_application(database) as application:
        key = await a_program_key(application, await a_merchant(database))
        async with served(make_app(rest_api.routes(application, rates=(10_000, 10_000)))) as base_url:
            schema.config.update(base_url=base_url, headers={"Authorization": f"Bearer {key.text}"})
            schema.config.generation.update(modes=[GenerationMode.POSITIVE])

            class Walk(schema.as_state_machine()):  # type: ignore[misc]  # it is made from the document
                def validate_response(self, response: Any, case: Any, **_: Any) -> None:
                    try:
                        assert response.status_code not in {401, 429}
                        case.validate_response(response, checks=CHECKS)
                    except BaseException as broken:
                        faults.append(f"{case.operation.label}: {broken}")
                        raise
                    done[case.operation.definition.raw["operationId"]] += response.status_code < 300

            def walk(number: int) -> None:
                # The product remembers earlier walks, and answers differently: then hypothesis, which compares them,
                # ends this one early. What a walk has found wrong by then stands in `faults`.
                with suppress(FlakyStrategyDefinition):
                    run_state_machine_as_test(seed(number)(Walk), settings=each_walk)

            each_walk = settings(
                max_examples=2,  # the first is always the shortest
                stateful_step_count=STEPS,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            for number in range(WALKS):
                await asyncio.to_thread(walk, number)
    assert faults == []
    # Which of them is chance; that much of a walk leads on is not.
    assert done["issueCertificate"], done
    assert sum(count > 0 for count in done.values()) >= 5, done


def test_the_document_is_current_and_says_every_scope() -> None:
    told = msgspec.json.decode(rest_api.document_text())
    operations = [one for path in told["paths"].values() for one in path.values()]
    assert len(operations) == len(rest_api.ROUTES)
    assert {one["operationId"] for one in operations} == {one.name for one in rest_api.ROUTES}
    for one in operations:
        assert "Needs the scope" in one["description"]
        assert {"400", "401", "403", "429"} <= set(one["responses"])
