"""No pattern of the code takes longer than its text is long: strangers choose the text."""

import ast
import importlib
import pkgutil
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import largesse
from tests.support.each import hold_for_each
from tests.support.worst_texts import grows_too_fast, parts_of, shapes

# It runs the same few lines over and over, which a tracer makes several times as slow.
pytestmark = pytest.mark.no_cover

_ROOT = Path(largesse.__file__).parent
_FUNCTIONS = frozenset({"compile", "findall", "finditer", "fullmatch", "match", "search", "split", "sub", "subn"})

# The patterns are looked for when the first of these runs, and not by everybody who lists the tests.
PARTS = 8

Pattern = re.Pattern[Any]


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def patterns() -> dict[str, Pattern]:
    """Every pattern of the code, by where it stands."""
    found = dict[str, Pattern]()
    for info in pkgutil.walk_packages(largesse.__path__, "largesse."):
        if info.name.endswith("__main__") or ".migrations.env" in info.name:
            continue
        module = importlib.import_module(info.name)
        if not module.__file__:
            continue
        held = dict(_held(vars(module)))
        for name, value in held.items():
            found.setdefault(f"{info.name}.{name}", value)
        for line, text, flags in _written(_tree(Path(module.__file__))):
            # What a name holds is asked under its name, which tells whether it is ever searched for. Compiling again
            # gives an equal pattern, and the same one only while the cache of `re` has not been filled by others.
            if (written := re.compile(text, flags)) not in held.values():
                found.setdefault(f"{info.name}:{line}", written)
    return {name: value for name, value in found.items() if _is_first(name, value, found)}


def _is_first(name: str, value: Pattern, found: dict[str, Pattern]) -> bool:
    return next(other for other, same in found.items() if same is value) == name


def _held(values: dict[str, Any]) -> Iterator[tuple[str, Pattern]]:
    """Yield the compiled patterns that a module holds, in tables and classes too."""
    for name, value in values.items():
        if isinstance(value, re.Pattern):
            yield name, value
        elif isinstance(value, dict):
            yield from ((f"{name}[{key!r}]", one) for key, one in value.items() if isinstance(one, re.Pattern))
        elif isinstance(value, list | tuple | set | frozenset):
            for place, inner in enumerate(value):
                for one in inner if isinstance(inner, list | tuple) else (inner,):
                    if isinstance(one, re.Pattern):
                        yield f"{name}[{place}]", one
        elif isinstance(value, type) and value.__module__.startswith("largesse."):
            yield from ((f"{name}.{key}", one) for key, one in vars(value).items() if isinstance(one, re.Pattern))


def _written(tree: ast.AST) -> Iterator[tuple[int, str | bytes, int]]:
    """Yield the patterns that stand as text in a call of `re`, or as `pattern=` of a type, wherever in a module."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        given = list[ast.expr]()
        if _of_re(node) and node.args:
            given.append(node.args[0])
        given += [keyword.value for keyword in node.keywords if keyword.arg in {"pattern", "regex"}]
        for one in given:
            if isinstance(one, ast.Constant) and isinstance(one.value, str | bytes):
                yield node.lineno, one.value, _flags(node)


def _of_re(node: ast.Call) -> bool:
    called = node.func
    return (
        isinstance(called, ast.Attribute)
        and called.attr in _FUNCTIONS
        and isinstance(called.value, ast.Name)
        and called.value.id == "re"
    )


def _flags(node: ast.Call) -> int:
    named = [one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute) and one.attr.isupper()]
    flags = 0
    for name in named:
        flags |= getattr(re, name, 0)
    return flags


@cache
def _only_matched() -> frozenset[str]:
    """The names of patterns that are only ever asked about the beginning or the whole of a text, never searched for."""
    uses = defaultdict[str, set[str]](set)
    for path in _ROOT.rglob("*.py"):
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr in _FUNCTIONS:
                uses[node.value.id].add(node.attr)
    return frozenset(name for name, found in uses.items() if found <= {"match", "fullmatch"})


def _calls() -> Iterator[tuple[str, int, bool]]:
    """Yield where `re` is called, and whether the pattern stands there as text or is put together."""
    for path in sorted(_ROOT.rglob("*.py")):
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.Call) and _of_re(node):
                yield str(path.relative_to(_ROOT)), node.lineno, isinstance(node.args[0], ast.Constant)


def test_every_pattern_that_is_put_together_is_made_once_where_it_is_found() -> None:
    inside = set[tuple[str, int]]()
    for path in _ROOT.rglob("*.py"):
        for outer in ast.walk(_tree(path)):
            if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                lines = range(outer.lineno, (outer.end_lineno or outer.lineno) + 1)
                inside |= {(str(path.relative_to(_ROOT)), line) for line in lines}
    hidden = [(path, line) for path, line, is_text in _calls() if not is_text and (path, line) in inside]
    assert hidden == []


def test_they_are_found() -> None:
    assert len(patterns()) > 50
    assert any(name.startswith("largesse.app.masking") for name in patterns())


@pytest.mark.parametrize("part", range(PARTS))
def test_its_time_grows_no_faster_than_the_text(part: int) -> None:
    hold_for_each(sorted(patterns())[part::PARTS], grows_no_faster_than_the_text)


def grows_no_faster_than_the_text(name: str) -> None:
    """Assert that a pattern takes no longer than its text is long, whatever the text."""
    pattern = patterns()[name]

    def search(text: str) -> None:
        given: Any = text if isinstance(pattern.pattern, str) else text.encode("latin-1", errors="replace")
        for _ in pattern.finditer(given):
            pass

    def match(text: str) -> None:
        given: Any = text if isinstance(pattern.pattern, str) else text.encode("latin-1", errors="replace")
        pattern.match(given)
        pattern.fullmatch(given)

    runs = (match,) if name.rpartition(".")[2] in _only_matched() else (match, search)
    for shape, text_of in shapes(parts_of(pattern)):
        for run in runs:
            slow = grows_too_fast(run, text_of)
            assert not slow, f"{pattern.pattern!r} on {shape}: {slow}"


def test_a_pattern_that_is_quadratic_is_found_out() -> None:
    for text in (r"[a-z]+://", r"\d+\.\d{3}", r"/\*.*?\*/", r"https?://[^\s/]+\.[^\s/]+[^\s]*$"):
        pattern = re.compile(text)
        assert any(grows_too_fast(pattern.findall, text_of) for _, text_of in shapes(parts_of(pattern))), text
