"""The framework's request, with nothing assumed of users, sessions or state."""

from typing import Any

from litestar import Request

AnyRequest = Request[Any, Any, Any]
