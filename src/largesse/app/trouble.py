"""What a reader in a browser gets instead of a problem: a calm page in their language that says what to do.

Programs get problems (`largesse.app.problems`): whoever does not ask for HTML by name, and everything below `/api/`.
The page asks nothing of the database, which may be what is out of reach.
"""

from collections.abc import Callable
from typing import Any

import msgspec
from litestar import Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from largesse.app import problems
from largesse.app.logs import request_id_of_this_task
from largesse.kernel.errors import LargesseError
from largesse.ui import Templates
from largesse.web.negotiation import reads_pages
from largesse.web.pages import page
from largesse.web.preferences import visit_of
from largesse.web.request import AnyRequest

Answer = Callable[[AnyRequest, Any], Response[bytes]]

_ALIKE = {404: "missing", 405: "method", 413: "too_large", 429: "busy", 503: "busy"}


def handlers(templates: Templates | None, *, demo: bool = False) -> ExceptionHandlersMap:
    """Return how failures are answered; without a `templates` there are no pages, and everybody gets problems."""
    plain: dict[int | type[Exception], Answer] = {
        LargesseError: problems.answer_refusal,
        HTTPException: problems.answer_framework,
        Exception: problems.answer_fault,
    }
    if templates is None:
        return {**plain}
    return {error: _calmly(answer, templates, demo=demo) for error, answer in plain.items()}


def _calmly(answer: Answer, templates: Templates, *, demo: bool) -> Callable[[AnyRequest, Any], Response[Any]]:
    def handle(request: AnyRequest, error: Any) -> Response[Any]:
        told = answer(request, error)
        return _page(templates, request, told, demo=demo) if reads_pages(request) else told

    return handle


def _page(templates: Templates, request: AnyRequest, told: Response[bytes], *, demo: bool) -> Response[str]:
    status = told.status_code or 500
    visit = visit_of(request)
    if request.scope["method"] != "GET":  # a change of language comes back by GET, which such an address may not take
        visit = msgspec.structs.replace(visit, here="/")
    values = {
        "kind": _ALIKE.get(status, "broken" if status >= 500 else "unread"),
        "reference": request_id_of_this_task.get() if status >= 500 else None,
    }
    headers = {**told.headers, "Vary": "Accept, Accept-Language, Cookie"}
    return page(
        templates, "ui/trouble.html", request, values, visit=visit, demo=demo, status_code=status, headers=headers
    )
