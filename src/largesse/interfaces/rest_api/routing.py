"""The routes of the REST API as one table: what the router, the documentation and the matrix of tests are made from."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from largesse.domain.merchants import Merchant
from largesse.domain.programs import KeyScope
from largesse.interfaces.rest_api.dependencies import ActDependencies
from largesse.outbox import Reach
from largesse.services.certificates import Request
from largesse.services.invoices import InvoicePrinting
from largesse.services.programs import Program
from largesse.web.errors import MethodRefused, PageUnknown
from largesse.web.forms import an_id

PREFIX: Final = "/api/v1"
ENDS_AFTER: Final = timedelta(days=365)
BODY_BYTES_MAX: Final = 8 * 1024
BULK_BYTES_MAX: Final = 1024 * 1024


class RestAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a route answers: a message, and the sequence of the certificate that it shows, which is its ETag."""

    value: Any
    sequence: int | None = None
    replayed: bool = False
    status: int | None = None
    resource_id: UUID | None = None
    headers: Mapping[str, str] = {}


class RestFile(msgspec.Struct, frozen=True, kw_only=True):
    """What a route answers that is no message: a file, as it is."""

    content: bytes
    media_type: str


class RestCaller(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, and for what. `deps` are those of a rehearsal where `dry_run` is asked for; `papers` print invoices."""

    deps: ActDependencies
    program: Program
    request: Request
    body: Any = None
    parameters: Any = None
    ids: Mapping[str, UUID] = {}
    dry_run: bool = False
    reach: Reach
    papers: InvoicePrinting
    now: datetime

    @property
    def merchant(self) -> Merchant:
        """Whose program it is."""
        return self.program.merchant


Work = Callable[[RestCaller], Awaitable[RestAnswer]]


class NoParameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A route that is asked nothing in the query."""


class DryRun(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be asked of a command in the query: with `dry_run` all is decided, and nothing written."""

    dry_run: bool = False


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """That a route is on its way out: since when that is said, when it ends, and the name of what stands in for it.

    Within v1 nothing ends sooner than twelve months after it was said.
    """

    since: date
    until: date
    instead: str

    def __post_init__(self) -> None:
        assert self.until >= self.since + ENDS_AFTER, "whoever uses it has twelve months"

    def headers(self) -> Mapping[str, str]:
        """Return how each answer says so (RFC 9745, RFC 8594)."""
        since, until = (datetime.combine(day, time(), UTC) for day in (self.since, self.until))
        return {
            "Deprecation": f"@{int(since.timestamp())}",
            "Sunset": format_datetime(until, usegmt=True),
            "Link": f'<{PREFIX}/reference#{self.instead}>; rel="successor-version"',
        }


class RestRoute(msgspec.Struct, frozen=True, kw_only=True):
    """One route. `scope` is what a key needs; `takes` is its body, `gives` its answer."""

    method: str
    path: str
    name: str
    summary: str
    scope: KeyScope
    work: Work
    gives: type[msgspec.Struct]
    takes: type[msgspec.Struct] | None = None
    parameters: type[msgspec.Struct] = NoParameters
    tag: str = "Certificates"
    status: int = 200
    body_max: int = BODY_BYTES_MAX
    files: tuple[str, ...] = ()
    """The media types of the files that it answers with, where that is no message."""
    conditional: bool = False
    """Whether If-Match holds it to what the caller has seen."""
    ends: Ending | None = None
    keeps: bool = False
    """Whether its answer is kept under the Idempotency-Key: what moves no money has no journal to tell it from."""

    @property
    def template(self) -> str:
        """Return the whole path."""
        return PREFIX + self.path

    @property
    def writes(self) -> bool:
        """Return whether it does something, under an Idempotency-Key."""
        return self.parameters is DryRun


def reading(path: str, name: str, summary: str, *, scope: KeyScope, work: Work, gives: type, **more: Any) -> RestRoute:
    """Return a route that only reads."""
    return RestRoute(method="GET", path=path, name=name, summary=summary, scope=scope, work=work, gives=gives, **more)


def command(
    path: str, name: str, summary: str, *, scope: KeyScope, work: Work, takes: type, gives: type, **more: Any
) -> RestRoute:
    """Return a route that does something once, or says what would come of it."""
    return RestRoute(
        method="POST",
        path=path,
        name=name,
        summary=summary,
        scope=scope,
        work=work,
        takes=takes,
        gives=gives,
        parameters=DryRun,
        **more,
    )


class RestRouter:
    """Find the route of a request: at once where its path has no parameter, else by its parts."""

    def __init__(self, routes: Iterable[RestRoute]) -> None:
        self.routes = tuple(routes)
        self._plain: dict[str, dict[str, RestRoute]] = {}
        self._shaped: list[tuple[tuple[str, ...], RestRoute]] = []
        for one in self.routes:
            if "{" in one.path:
                self._shaped.append((tuple(one.template.split("/")), one))
            else:
                self._plain.setdefault(one.template, {})[one.method] = one

    def find(self, method: str, path: str) -> tuple[RestRoute, Mapping[str, UUID]]:
        """Return the route of a request, and the ids in its path.

        Raises:
            MethodRefused: the address takes other methods.
            PageUnknown: there is nothing there.
        """
        plain = self._plain.get(path)
        if plain is not None and (found := plain.get(method)) is not None:
            return found, {}
        allowed = set(plain or ())
        parts = path.split("/")
        for shape, one in self._shaped:
            ids = _ids(shape, parts)
            if ids is None:
                continue
            if one.method == method:
                return one, ids
            allowed.add(one.method)
        if allowed:
            raise MethodRefused(", ".join(sorted(allowed)))
        raise PageUnknown


def _ids(shape: tuple[str, ...], parts: list[str]) -> dict[str, UUID] | None:
    """Return the ids that stand in a path, where it has a shape."""
    if len(shape) != len(parts):
        return None
    ids = dict[str, UUID]()
    for wanted, part in zip(shape, parts, strict=True):
        if wanted.startswith("{"):
            found = an_id(part)
            if found is None:
                return None
            ids[wanted[1:-1]] = found
        elif wanted != part:
            return None
    return ids
