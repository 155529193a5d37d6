"""The document for partners and receivers says what is true, and all of it."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from largesse.app.openapi import PAYLOADS, document
from largesse.app.partner_fields import with_tables
from largesse.services.endpoints import EventKind

PAGE = Path(__file__).parents[3] / "docs" / "openapi.json"
HOW_TO = PAGE.parent / "howto" / "partner-api.md"
FOUND: dict[str, Any] = msgspec.json.decode(document())


def test_the_document_is_current() -> None:
    assert PAGE.read_bytes() == document(), "run `make docs`"


def test_the_how_to_has_a_table_of_every_field_made_from_the_code() -> None:
    page = HOW_TO.read_text(encoding="utf-8")
    assert page == with_tables(page), "run `make docs`"
    for name in ("giftCertificate", "giftCertificate_detail", "auth_request", "auth_response", "error_response"):
        assert f"**`{name}`" in page
    for schema in ("AuthRequest", "AuthResponse", "GiftCertificate", "OrderedCertificate", "CertificateDetail"):
        for name, field in FOUND["components"]["schemas"][schema]["properties"].items():
            assert f"| `{name}` |" in page
            variants = [field, *field.get("anyOf", ())]
            assert any("description" in one for one in variants) or "$ref" in field, (schema, name)


def test_amounts_are_numbers_above_one_when_ordered_and_numbers_in_answers() -> None:
    schemas = FOUND["components"]["schemas"]
    amount = schemas["GiftCertificate"]["properties"]["amount"]["anyOf"]
    assert [one["exclusiveMinimum"] for one in amount if one["type"] in {"integer", "number"}] == [1, 1]
    [text] = [one["pattern"] for one in amount if one["type"] == "string"]
    for good in ("1.01", "2", "25.00", "10", "001.5", "1.0000001"):
        assert re.search(text, good), good
    for bad in ("1", "1.00", "0", "0.99", "-2", "1e3", "", "01.0"):
        assert not re.search(text, bad), bad
    for schema in ("OrderedCertificate", "CertificateDetail"):
        assert schemas[schema]["properties"]["remainingAmount"]["type"] == "number"


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
