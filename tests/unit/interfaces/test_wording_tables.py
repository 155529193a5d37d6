"""Tables of what pages say for a code: a code that nothing ever has is a sentence that nobody ever reads."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from largesse.app.error_catalogue import all_errors

# It reads files and runs none of what is measured.
pytestmark = pytest.mark.no_cover

SOURCE = Path(__file__).parents[3] / "src" / "largesse"
CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
SPEAKING = (".t", ".n", "choose_one")
RENAMED = {"law.agreement.": "law.validity."}
"""Codes that are made of others by another beginning."""
MAKERS = {"FieldError", "_Fault"}


class Spoken(NamedTuple):
    """A code that a table has words for, and where."""

    code: str
    place: str


@cache
def _trees() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(SOURCE.rglob("*.py"))}


def _speaks(value: ast.expr) -> bool:
    calls = (one for one in ast.walk(value) if isinstance(one, ast.Call))
    return any(ast.unparse(one.func).endswith(SPEAKING) for one in calls)


def _spoken_keys(tree: ast.Module) -> Iterator[ast.Constant]:
    for table in (one for one in ast.walk(tree) if isinstance(one, ast.Dict)):
        if any(_speaks(value) for value in table.values):
            for key in table.keys:
                if isinstance(key, ast.Constant) and isinstance(key.value, str) and CODE.fullmatch(key.value):
                    yield key


def spoken() -> list[Spoken]:
    """Every code that a table has words for."""
    return [
        Spoken(str(key.value), f"{path.relative_to(SOURCE)}:{key.lineno}")
        for path, tree in _trees().items()
        for key in _spoken_keys(tree)
    ]


def _written(tree: ast.Module) -> Iterator[str]:
    """Every text of a module but the keys of such tables: a code is written where it is raised."""
    keys = {id(key) for key in _spoken_keys(tree)}
    for one in ast.walk(tree):
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and id(one) not in keys:
            yield one.value


def _put_together(tree: ast.Module, codes: dict[str, str]) -> Iterator[re.Pattern[str]]:
    """What codes look like that are put together of a field's name or an error's code, and something fixed."""
    for call in (one for one in ast.walk(tree) if isinstance(one, ast.Call)):
        if ast.unparse(call.func).rpartition(".")[2] not in MAKERS:
            continue
        for given in (*call.args[1:2], *(one.value for one in call.keywords if one.arg == "code")):
            if isinstance(given, ast.JoinedStr):
                yield re.compile("".join(_part(one, codes) for one in given.values))


def _part(one: ast.expr, codes: dict[str, str]) -> str:
    if isinstance(one, ast.Constant):
        return re.escape(str(one.value))
    named = ast.unparse(one.value) if isinstance(one, ast.FormattedValue) else ""
    return re.escape(codes[named]) if named in codes else "[a-z_.]+"


def test_every_code_that_a_page_has_words_for_exists() -> None:
    errors = all_errors()
    by_name = {f"{error.__name__}.code": error.code for error in errors}
    exact = {error.code for error in errors}.union(*(_written(tree) for tree in _trees().values()))
    patterns = [pattern for tree in _trees().values() for pattern in _put_together(tree, by_name)]

    def exists(code: str) -> bool:
        for begins, original in RENAMED.items():
            if code.startswith(begins) and exists(code.replace(begins, original, 1)):
                return True
        return code in exact or any(pattern.fullmatch(code) for pattern in patterns)

    tables = spoken()
    assert len(tables) > 400
    assert [f"{one.place} {one.code}" for one in tables if not exists(one.code)] == []
    assert not exists("gift.sent.too_often"), "a code that is put together otherwise is none"
