"""The document for partners and receivers says what is true, and all of it."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from largesse.app.openapi import PAYLOADS, document
from largesse.services.endpoints import EventKind

PAGE = Path(__file__).parents[3] / "docs" / "openapi.json"
FOUND: dict[str, Any] = msgspec.json.decode(document())


def test_the_document_is_current() -> None:
    assert PAGE.read_bytes() == document(), "run `make docs`"


def test_every_reference_leads_somewhere() -> None:
    def references(value: Any) -> set[str]:
        if isinstance(value, dict):
            own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set[str]()
            return own.union(*map(references, value.values()))
        return set[str]().union(*map(references, value)) if isinstance(value, list) else set()

    known = {f"#/components/schemas/{name}" for name in FOUND["components"]["schemas"]}
    assert references(FOUND) == known


@pytest.mark.parametrize("kind", PAYLOADS)
def test_every_event_is_a_webhook_with_its_payload(kind: EventKind) -> None:
    content = FOUND["webhooks"][kind.value]["post"]["requestBody"]["content"]
    properties = content["application/json"]["schema"]["properties"]
    assert properties["type"] == {"const": kind.value}
    assert properties["data"]["$ref"].endswith(PAYLOADS[kind].__name__)


def test_the_order_form_has_its_26_fields_and_their_limits() -> None:
    content = FOUND["webhooks"]["order.issued"]["post"]["requestBody"]["content"]
    form = content["application/x-www-form-urlencoded"]["schema"]
    assert len(form["required"]) == 26
    assert form["properties"]["gift_message"]["maxLength"] == 200


def test_no_event_tells_a_secret() -> None:
    for schema in (FOUND["components"]["schemas"][kind.__name__] for kind in PAYLOADS.values()):
        assert not set(schema["properties"]) & {"number", "giftCertificateNumber", "code", "secret", "password"}
