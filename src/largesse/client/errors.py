"""What goes wrong.

ApiError
├── ApiRefusal        the API said no, and why: nothing was done
└── ApiUnreachable    nobody knows what became of it: ask again under the same key
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class ApiError(Exception):
    """Something went wrong; `key` is the Idempotency-Key that it was asked under."""

    key: str | None = None


@dataclass(frozen=True)
class RefusedField:
    """One thing that was wrong with what was sent."""

    where: str
    code: str
    detail: str


class ApiRefusal(ApiError):
    """The API refused: `code` is stable, `fields` names all that is wrong, `resource_id` what the key did before."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(problem.get("code", "unknown"))
        self.detail = str(problem.get("detail", ""))
        self.request_id = str(problem.get("request_id", ""))
        self.resource_id: str | None = problem.get("resource_id")
        self.index: int | None = problem.get("index")
        self.fields = tuple(
            RefusedField(str(one.get("pointer") or one.get("parameter") or ""), str(one["code"]), str(one["detail"]))
            for one in problem.get("errors") or ()
        )
        super().__init__(f"{status} {self.code}: {self.detail}")


class ApiUnreachable(ApiError):
    """No answer came, however often it was tried. A command may have been done: send it again under the same `key`."""

    def __init__(self, attempts: int, key: str | None) -> None:
        self.attempts = attempts
        self.key = key
        super().__init__(f"no answer after {attempts} attempts")
