"""`/api/v1/reference` and `/api/v1/openapi.json`: what a program can do, for people and for generators."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
from litestar import Response, get
from litestar.types import ControllerRouterHandler

from largesse.interfaces.rest_api.document import document, encoded, statuses_of
from largesse.interfaces.rest_api.routing import PREFIX, RestRoute
from largesse.interfaces.rest_api.table import ROUTES
from largesse.kernel.errors import LargesseError
from largesse.ui import Templates
from largesse.web.pages import page
from largesse.web.request import AnyRequest
from largesse.web.statuses import status_of

_REF: Final = "#/components/schemas/"


class ShownField(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a message, as the page lists it."""

    name: str
    kind: str
    needed: bool
    about: str


class ShownRoute(msgspec.Struct, frozen=True, kw_only=True):
    """One route, as the page shows it."""

    name: str
    method: str
    path: str
    summary: str
    scope: str
    takes: Sequence[ShownField]
    asks: Sequence[ShownField]
    gives: Sequence[ShownField]
    refuses: Sequence[str]
    writes: bool
    conditional: bool


class ShownError(msgspec.Struct, frozen=True, kw_only=True):
    """One code, as the page explains it."""

    code: str
    status: int
    sentence: str


def reference_routes(templates: Templates) -> list[ControllerRouterHandler]:
    """Return the handlers of the page and of the document; neither asks for a key."""

    @get(f"{PREFIX}/openapi.json", sync_to_thread=False)
    def show_document() -> Response[bytes]:
        return Response(content=encoded(), media_type="application/json", headers={"Cache-Control": "no-cache"})

    @get(f"{PREFIX}/reference", sync_to_thread=False)
    def show_reference(request: AnyRequest) -> Response[str]:
        values = {"groups": _groups(), "errors": list(_errors()), "prefix": PREFIX}
        return page(templates, "rest_api/reference.html", request, values, keep=True)

    return [show_document, show_reference]


def _groups() -> list[tuple[str, list[ShownRoute]]]:
    """Return the routes by what they are about."""
    schemas = document()["components"]["schemas"]
    found: dict[str, list[ShownRoute]] = {}
    for one in ROUTES:
        found.setdefault(one.tag, []).append(_shown(one, schemas))
    return list(found.items())


def _shown(route: RestRoute, schemas: dict[str, Any]) -> ShownRoute:
    _, asked = msgspec.json.schema_components([route.parameters], ref_template=f"{_REF}{{name}}")
    return ShownRoute(
        name=route.name,
        method=route.method,
        path=route.template,
        summary=route.summary,
        scope=route.scope.value,
        takes=list(_fields(schemas[route.takes.__name__])) if route.takes else (),
        asks=list(_fields(asked[route.parameters.__name__])),
        gives=() if route.files else list(_fields(schemas[route.gives.__name__])),
        refuses=statuses_of(route),
        writes=route.writes,
        conditional=route.conditional,
    )


def _fields(schema: dict[str, Any]) -> Iterator[ShownField]:
    needed = set(schema.get("required", ()))
    for name, one in schema.get("properties", {}).items():
        yield ShownField(name=name, kind=_kind(one), needed=name in needed, about=one.get("description", ""))


def _kind(schema: dict[str, Any]) -> str:
    """Return in words what a field holds."""
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(_REF)
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_kind(one) for one in schema["anyOf"]))
    if "enum" in schema:
        return " | ".join(str(one) for one in schema["enum"])
    if schema.get("type") == "array":
        return f"[{_kind(schema.get('items', {}))}]"
    return str(schema.get("format") or schema.get("type") or "any")


def _errors() -> Iterator[ShownError]:
    """Yield every code that there is."""
    seen = dict[str, type[LargesseError]]()
    waiting: list[type[LargesseError]] = [LargesseError]
    while waiting:
        one = waiting.pop()
        waiting += one.__subclasses__()
        if one.__module__.startswith("largesse."):
            seen.setdefault(one.code, one)
    for code in sorted(seen):
        yield ShownError(code=code, status=status_of(seen[code]), sentence=seen[code].message)
