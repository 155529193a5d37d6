"""Refusals as Problem Details (RFC 9457): our code, a link to what it means, and everything that is wrong."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from largesse.domain.programs import RequestClaimed
from largesse.kernel.errors import FieldError, InvalidInput, LargesseError, Unauthenticated, Unavailable
from largesse.ledger import OperationConflict
from largesse.outbox import EventsExpired
from largesse.services.partners import OperationReused
from largesse.web.errors import BodyEncoded, MethodRefused
from largesse.web.statuses import status_of

MEDIA_TYPE: Final = "application/problem+json"
REFERENCE: Final = "/api/v1/reference"
_CHALLENGE: Final = 'Bearer realm="largesse"'


class ProblemDetail(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is wrong: in the body, where `pointer` leads (RFC 6901), or `parameter` of the query or head."""

    pointer: Annotated[str, Meta(description="Where in the body (RFC 6901).", examples=["/amount"])] | None = None
    parameter: Annotated[str, Meta(description="Which parameter or header.", examples=["limit"])] | None = None
    code: Annotated[str, Meta(description="Stable.", examples=["amount.decimals"])]
    detail: Annotated[str, Meta(description="What to do, for people.")]


class RestProblem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a request was refused. Nothing of it was done."""

    type: Annotated[str, Meta(description="Where the code is explained.")]
    title: Annotated[str, Meta(description="What the status is called.", examples=["Conflict"])]
    status: Annotated[int, Meta(description="The HTTP status.", examples=[409])]
    code: Annotated[str, Meta(description="Stable.", examples=["certificate.balance.insufficient"])]
    detail: Annotated[str, Meta(description="What to do, for people.")]
    errors: Annotated[
        Sequence[ProblemDetail], Meta(description="Everything that is wrong with what was sent; empty where it is not.")
    ] = ()
    request_id: Annotated[str, Meta(description="Name it when you ask somebody.")] = ""
    resource_id: (
        Annotated[UUID, Meta(description="What the Idempotency-Key did before: the certificate or order.")] | None
    ) = None
    oldest: Annotated[int, Meta(description="The oldest event that is kept.")] | None = None
    index: Annotated[int, Meta(description="Which of several lines was refused, from 0.")] | None = None


def problem_of(error: LargesseError, *, base_url: str, request_id: str, resource_id: UUID | None = None) -> RestProblem:
    """Return how a refusal is told."""
    kind = OperationReused if isinstance(error, OperationConflict) else type(error)
    status = status_of(kind)
    told = OperationReused.message if isinstance(error, OperationConflict) else error.message
    fields = error.fields if isinstance(error, InvalidInput) else ()
    return RestProblem(
        type=f"{base_url}{REFERENCE}#{kind.code}",
        title=HTTPStatus(status).phrase,
        status=status,
        code=kind.code,
        detail=told,
        errors=[_detail(one) for one in fields],
        request_id=request_id,
        resource_id=resource_id,
        index=error.index,
        oldest=error.oldest if isinstance(error, EventsExpired) else None,
    )


def headers_of(error: LargesseError) -> Mapping[str, str]:
    """Return the headers that go with a refusal."""
    headers = dict[str, str]()
    if isinstance(error, RequestClaimed):
        headers["Retry-After"] = "1"
    elif isinstance(error, Unavailable):
        headers["Retry-After"] = str(error.retry_after_s)
    elif isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = _CHALLENGE
    elif isinstance(error, MethodRefused):
        headers["Allow"] = error.allow
    elif isinstance(error, BodyEncoded):
        headers["Accept-Encoding"] = "identity"
    return headers


def _detail(one: FieldError) -> ProblemDetail:
    if one.field.startswith("?"):
        return ProblemDetail(parameter=one.field[1:], code=one.code, detail=one.message)
    if one.field.startswith("/") or not one.field:
        return ProblemDetail(pointer=one.field, code=one.code, detail=one.message)
    return ProblemDetail(pointer=f"/{_POINTERS.get(one.field, one.field)}", code=one.code, detail=one.message)


_POINTERS: Final = {"value": "amount", "lasting": "expires_in_s", "tax": "tax/rate", "tax_country": "tax/country"}
"""What the domain calls a field that has another name here."""
