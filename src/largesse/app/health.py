"""Whether this installation lives, and whether it is fit to be sent visitors.

`/healthz` says that the process answers; `/readyz` asks the database and compares its schema; `/metrics` is for
Prometheus, also how far the relay is behind: a web process serves all the same. None of them says anything that a
stranger must not know.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import msgspec
import structlog
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from largesse.app.metrics import CONTENT_TYPE, Metrics
from largesse.db import Database, revisions
from largesse.kernel.errors import LargesseError
from largesse.kernel.time_limits import limit
from largesse.web.bearer import OperatorToken
from largesse.web.request import AnyRequest

CHECK_TIMEOUT_S = 3.0

_log = structlog.get_logger()


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """How one check went; `detail` says why it failed."""

    ok: bool
    detail: str | None = None


class Readiness(msgspec.Struct, frozen=True):
    """Sum up all checks."""

    ready: bool
    checks: Mapping[str, Finding]


class SchemaBehind(Exception):
    """Why a check fails."""


async def check_database(database: Database) -> None:
    """Ask the database for the revision of its schema.

    A newer one is fine: migrations only add, and a process that serves must not be turned away while others are
    upgraded. A start is what refuses a newer database.

    Raises:
        SchemaBehind: it is older than this code expects.
        LargesseError: there is no answer.
    """
    async with database.connection() as connection:
        revision = await revisions.seen_by(connection)
    if revision is None or revision < revisions.head():
        message = f"the database is at {revision}, this code expects {revisions.head()}; run `largesse migrate`"
        raise SchemaBehind(message)


async def examine(checks: Mapping[str, Callable[[], Awaitable[None]]]) -> Readiness:
    """Run all checks at once, each bounded, and sum them up."""
    findings = await asyncio.gather(*(_find(name, check) for name, check in checks.items()))
    return Readiness(ready=all(finding.ok for finding in findings), checks=dict(zip(checks, findings, strict=True)))


async def _find(name: str, check: Callable[[], Awaitable[None]]) -> Finding:
    try:
        async with asyncio.timeout(limit(CHECK_TIMEOUT_S)):
            await check()
    except SchemaBehind as error:
        return Finding(ok=False, detail=str(error))
    except LargesseError as error:
        return Finding(ok=False, detail=error.message)
    except TimeoutError:
        return Finding(ok=False, detail=f"no answer within {limit(CHECK_TIMEOUT_S):.0f} s")
    except Exception as error:  # noqa: BLE001 - whatever broke, the answer is "not ready", and the log says why
        _log.error("check_failed", check=name, exc_info=error)
        return Finding(ok=False, detail="the check itself failed; see the log")
    return Finding(ok=True)


def routes(database: Database, metrics: Metrics, *, operator: OperatorToken | None = None) -> list[HTTPRouteHandler]:
    """Return the handlers. Numbers, and why a check fails, are told to who carries the operator's token alone."""
    token = operator or OperatorToken(None)

    @get("/healthz", sync_to_thread=False)
    def alive() -> Response[bytes]:
        """Answer that this process is alive."""
        return _json(b'{"status":"ok"}', 200)

    @get("/readyz")
    async def ready(request: AnyRequest) -> Response[bytes]:
        """Answer whether visitors may be sent here, and what each check found."""
        readiness = await examine({"database": lambda: check_database(database)})
        if not token.is_carried_by(request):
            readiness = _for_strangers(readiness)
        return _json(msgspec.json.encode(readiness), 200 if readiness.ready else 503)

    @get("/metrics", sync_to_thread=True)
    def numbers(request: AnyRequest) -> Response[bytes]:
        """Give the numbers of all processes, for Prometheus."""
        token.require(request)
        return Response(
            content=metrics.exposition(), headers={"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"}
        )

    return [alive, ready, numbers]


def _for_strangers(readiness: Readiness) -> Readiness:
    """Return the same without why a check fails, which the log tells."""
    for name, finding in readiness.checks.items():
        if finding.detail:
            _log.warning("not_ready", check=name, detail=finding.detail)
    return Readiness(ready=readiness.ready, checks={name: Finding(ok=one.ok) for name, one in readiness.checks.items()})


def _json(body: bytes, status: int) -> Response[bytes]:
    headers = {"Cache-Control": "no-store"}
    return Response(content=body, status_code=status, media_type="application/json", headers=headers)
