"""Errors as Problem Details (RFC 9457).

Every interface answers so that has no error shape of its own, and so does all that is outside interfaces.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException

from largesse.app.logs import request_id_of_this_task
from largesse.kernel.errors import FieldError, InvalidInput, LargesseError, Unavailable
from largesse.web.bearer import CHALLENGE, TokenMissing
from largesse.web.statuses import status_of

MEDIA_TYPE = "application/problem+json"

# What the framework refuses before an interface sees it: a stable code, and a sentence that says what to do.
_FRAMEWORK: Mapping[int, tuple[str, str]] = {
    400: ("request.malformed", "The request could not be read. Check its syntax and send it again."),
    404: ("page.not_found", "There is nothing at this address. Check it for a typing error."),
    405: ("method.not_allowed", "This address does not take that method. The Allow header says which it takes."),
    408: ("request.too_slow", "The request did not arrive in time. Send it again, all at once."),
    413: ("body.too_large", "The request is too large. Send less at a time."),
    415: (
        "media_type.unsupported",
        "This format cannot be read here. See the Content-Type that the documentation names.",
    ),
    429: ("throttled", "Too many requests came from you. Wait for the time that Retry-After names, then go on."),
}

_log = structlog.get_logger()


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Describe a failure: RFC 9457's members, then our stable code, the fields that are wrong, and the request's id."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    fields: Sequence[FieldError] = ()
    request_id: str | None = None


def problem_of(error: LargesseError) -> Problem:
    """Return how `error` is told to a stranger."""
    status = status_of(type(error))
    return Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=error.message,
        code=error.code,
        fields=error.fields if isinstance(error, InvalidInput) else (),
        request_id=request_id_of_this_task.get(),
    )


def plain_problem(status: int) -> Problem:
    """Return the problem that stands for a bare HTTP status."""
    code, detail = _FRAMEWORK.get(
        status, (LargesseError.code, LargesseError.message) if status >= 500 else _FRAMEWORK[400]
    )
    return Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        request_id=request_id_of_this_task.get(),
    )


def encode(problem: Problem) -> bytes:
    """Return the JSON of a problem; `type` and `status` are always written."""
    return msgspec.json.encode({"type": problem.type} | msgspec.to_builtins(problem))


def answer_refusal(_request: Request[Any, Any, Any], error: LargesseError) -> Response[bytes]:
    """Answer an error of ours; one that is our fault is logged with its stack."""
    problem = problem_of(error)
    if problem.status == 500:
        _log.error("failed", exc_info=error, error_code=error.code)
    headers = {"Retry-After": str(error.retry_after_s)} if isinstance(error, Unavailable) else {}
    if isinstance(error, TokenMissing):
        headers["WWW-Authenticate"] = CHALLENGE
    return _respond(problem, headers)


def answer_framework(_request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """Answer what the framework refused: no such page, wrong method, too large."""
    headers = {name: value for name, value in (error.headers or {}).items() if name.lower() in {"allow", "retry-after"}}
    return _respond(plain_problem(error.status_code), headers)


def answer_fault(_request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Answer a fault of ours without a word about its insides; the log has the stack."""
    _log.error("failed", exc_info=error)
    return _respond(plain_problem(500), {})


def _respond(problem: Problem, headers: Mapping[str, str]) -> Response[bytes]:
    return Response(content=encode(problem), status_code=problem.status, media_type=MEDIA_TYPE, headers=dict(headers))
