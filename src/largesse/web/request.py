"""The framework's request, with nothing assumed of users, sessions or state."""

from typing import Any
from urllib.parse import quote

from litestar import Request

AnyRequest = Request[Any, Any, Any]


def named_in(request: AnyRequest) -> dict[str, str]:
    """Return what the address of a page names, written as an address has it: names of legal entities have spaces."""
    return {name: quote(str(value), safe="") for name, value in request.path_params.items()}
