"""The OpenAPI 3.1 document of the REST API, made from the table of routes and its message types."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any, Final

import msgspec

from largesse.domain.programs import KeyScope
from largesse.interfaces.rest_api.problems import MEDIA_TYPE, RestProblem
from largesse.interfaces.rest_api.routing import RestRoute
from largesse.interfaces.rest_api.table import ROUTES

JSON: Final = "application/json"
Object = dict[str, Any]

_ABOUT: Final = """\
For a merchant's own programs. A key goes in `Authorization: Bearer lg_…`; a test key sees a sandbox in which nothing is
real. Amounts are decimal texts beside a `currency`. Every POST takes an `Idempotency-Key`, and every command `dry_run`.
Within v1 things are added and nothing is taken away: pass over fields that you do not know.
"""
_REFUSALS: Final = {
    "400": "Something in the request is wrong; everything that is, is listed.",
    "401": "There is no key, or it works no more.",
    "403": "The key lacks the scope.",
    "404": "The merchant has no such thing.",
    "409": "The books do not allow it as things stand; nothing was done.",
    "410": "Events are kept no longer from there; the oldest that is kept is named.",
    "412": "The certificate has changed since the ETag that If-Match names.",
    "413": "The body is too large.",
    "415": "The body is no JSON, or is compressed.",
    "422": "The Idempotency-Key did something else before; `resource_id` says to what.",
    "429": "The key asks too often; Retry-After says when to go on.",
    "503": "Too busy, or restarting; nothing was done, and Retry-After says when to try again.",
}
_HEADERS: Final = {
    "Request-Id": "Name it when you ask somebody.",
    "RateLimit": "What is left of the rate (draft-ietf-httpapi-ratelimit-headers).",
    "RateLimit-Policy": "The rate.",
}

_ENDING: Final = {
    "Deprecation": "Since when it is on its way out (RFC 9745).",
    "Sunset": "When it ends (RFC 8594).",
    "Link": "What stands in for it.",
}


def document(routes: Sequence[RestRoute] = ROUTES) -> Object:
    """Return the document of a table of routes."""
    taken = [one.takes for one in routes if one.takes]
    given = [one.gives for one in routes if not one.files]
    types = list(dict.fromkeys([*taken, *given, RestProblem]))
    _, schemas = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    paths: dict[str, Object] = {}
    for one in routes:
        paths.setdefault(one.template, {})[one.method.lower()] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Largesse for merchants' programs",
            "version": version("largesse"),
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name} for name in dict.fromkeys(one.tag for one in routes)],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Scopes: " + "; ".join(f"`{one.value}`" for one in KeyScope),
                }
            },
        },
    }


def encoded() -> bytes:
    """Return the document as JSON."""
    return msgspec.json.format(msgspec.json.encode(document()), indent=2) + b"\n"


def statuses_of(route: RestRoute) -> list[str]:
    """Return how a route may refuse."""
    found = {"400", "401", "403", "404", "429", "503"}
    if route.takes is not None:
        found |= {"409", "413", "415"}
    if route.writes:
        found.add("422")
    if route.conditional:
        found.add("412")
    if route.name == "listEvents":
        found.add("410")
    return sorted(found)


def _operation(route: RestRoute) -> Object:
    told: Object = {
        "operationId": route.name,
        "summary": route.summary,
        "tags": [route.tag],
        "description": f"Needs the scope `{route.scope.value}`.",
        "security": [{"key": []}],
        "parameters": _parameters(route),
        "responses": _responses(route),
    }
    if route.ends is not None:
        told["deprecated"] = True
        told["description"] += f" It ends on {route.ends.until.isoformat()}; use `{route.ends.instead}`."
    if route.takes is not None:
        told["requestBody"] = {"required": True, "content": {JSON: {"schema": _ref(route.takes)}}}
    return told


def _parameters(route: RestRoute) -> list[Object]:
    found: list[Object] = [
        {"name": part[1:-1], "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
        for part in route.path.split("/")
        if part.startswith("{")
    ]
    _, schemas = msgspec.json.schema_components([route.parameters])
    shape = schemas[route.parameters.__name__]
    for name, schema in shape["properties"].items():
        one = {key: value for key, value in schema.items() if key != "description"}
        found.append({"name": name, "in": "query", "schema": one, "description": schema.get("description", "")})
    if route.writes:
        key = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$"}
        found.append(_header("Idempotency-Key", "The same again tells the first outcome, for ever.", key))
    if route.conditional:
        found.append(
            _header("If-Match", "The ETag that you have seen.", {"type": "string", "pattern": '^"[0-9]{1,18}"$'})
        )
    return found


def _header(name: str, about: str, schema: Object) -> Object:
    return {"name": name, "in": "header", "description": about, "schema": schema}


def _responses(route: RestRoute) -> Object:
    headers: Object = {name: {"description": about, "schema": {"type": "string"}} for name, about in _HEADERS.items()}
    if route.writes:
        about = "`true` where this is what the key did before."
        headers["Idempotent-Replayed"] = {"description": about, "schema": {"type": "string"}}
    if route.files:
        headers["Content-Disposition"] = {"description": "The name of the file.", "schema": {"type": "string"}}
    if route.ends is not None:
        for name, about in _ENDING.items():
            headers[name] = {"description": about, "schema": {"type": "string"}}
    if route.conditional or route.name == "showCertificate":
        headers["ETag"] = {"description": "The certificate's sequence.", "schema": {"type": "string"}}
    content: Object = {kind: {} for kind in route.files} or {JSON: {"schema": _ref(route.gives)}}
    told: Object = {str(route.status): {"description": "Done.", "headers": headers, "content": content}}
    if route.name == "showCertificate":
        told["304"] = {"description": "It is as If-None-Match says."}
    refused = {MEDIA_TYPE: {"schema": _ref(RestProblem)}}
    for status in statuses_of(route):
        told[status] = {"description": _REFUSALS[status], "content": refused}
    return told


def _ref(kind: type) -> Object:
    return {"$ref": f"#/components/schemas/{kind.__name__}"}
