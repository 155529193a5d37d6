"""What the document of the REST API promises, it keeps: for requests made up from it, and for every answer it gives."""

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

from largesse.app.web import make_app
from largesse.db import Database
from largesse.interfaces import rest_api
from tests.builders.application import an_application
from tests.builders.certificates import a_merchant
from tests.builders.programs import a_program_key
from tests.support.serving import served

EXAMPLES = 12
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


def test_the_document_is_current_and_says_every_scope() -> None:
    told = msgspec.json.decode(rest_api.document_text())
    operations = [one for path in told["paths"].values() for one in path.values()]
    assert len(operations) == len(rest_api.ROUTES)
    assert {one["operationId"] for one in operations} == {one.name for one in rest_api.ROUTES}
    for one in operations:
        assert "Needs the scope" in one["description"]
        assert {"400", "401", "403", "429"} <= set(one["responses"])
