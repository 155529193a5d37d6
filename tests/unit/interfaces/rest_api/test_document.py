"""The document that stands in the repository is the one that is served, and says what is on its way out."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from largesse.interfaces.rest_api import ROUTES, RestRoute, document_text
from largesse.interfaces.rest_api.document import document
from largesse.interfaces.rest_api.routing import Ending

DOCS = Path(__file__).parents[4] / "docs"
ENDING = Ending(since=date(2026, 12, 1), until=date(2027, 12, 1), instead="lookUpCertificate")


def ending(routes: tuple[RestRoute, ...] = ROUTES) -> tuple[RestRoute, ...]:
    """The table, with one route that is on its way out."""
    return tuple(replace(one, ends=ENDING) if one.name == "listSeals" else one for one in routes)


def test_the_document_in_the_repository_is_current() -> None:
    assert (DOCS / "api-v1.json").read_bytes() == document_text(), "run `make docs`"


def test_what_is_on_its_way_out_is_said_in_the_document() -> None:
    paths: dict[str, Any] = document(ending())["paths"]
    told = paths["/api/v1/seals"]["get"]
    assert told["deprecated"] is True
    assert "2027-12-01" in told["description"]
    assert {"Deprecation", "Sunset", "Link"} <= set(told["responses"]["200"]["headers"])
    assert "deprecated" not in paths["/api/v1/events"]["get"]


def test_it_is_said_in_each_answer_as_the_standards_have_it() -> None:
    assert ENDING.headers() == {
        "Deprecation": "@1796083200",
        "Sunset": "Wed, 01 Dec 2027 00:00:00 GMT",
        "Link": '</api/v1/reference#lookUpCertificate>; rel="successor-version"',
    }


def test_whoever_uses_it_has_twelve_months() -> None:
    with pytest.raises(AssertionError, match="twelve months"):
        Ending(since=date(2026, 12, 1), until=date(2027, 11, 30), instead="listEvents")


def test_what_stands_in_for_a_route_is_a_route() -> None:
    names = {one.name for one in ROUTES}
    assert {one.ends.instead for one in ROUTES if one.ends is not None} <= names
