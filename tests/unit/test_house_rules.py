"""Rules of the installation that ruff and import-linter cannot see: what is only written down, drifts."""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

# It reads files and runs none of what is measured.
pytestmark = pytest.mark.no_cover

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "largesse"
MODULES = sorted(SOURCE.rglob("*.py"))
TEST_MODULES = sorted((ROOT / "tests").rglob("*.py"))
LINES_MAX = 400
TIMED = re.compile(r"\b(assert|return)\b.*(monotonic|perf_counter|time)\(\) - ")

SQL = re.compile(
    r"^\s*(select\s.+\sfrom\s|insert\s+into\s|update\s+\S+(\s+(as\s+)?\w+)?\s+set\s|delete\s+from\s"
    r"|with\s+(recursive\s+)?\w+\s*(\([^)]*\)\s*)?as\s+(materialized\s+)?\("
    r"|(create|alter|drop)\s+(unique\s+)?(table|index|view|function|trigger|schema)\s"
    r"|truncate\s+table\s|lock\s+table\s|copy\s*\()",
    re.IGNORECASE | re.DOTALL,
)
CLOCK_READINGS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("time", "time_ns"),
}
SUPPRESSION = re.compile(r"#\s*(noqa|type:\s*ignore|pragma:\s*no\s*(cover|branch))(?P<rest>.*)")


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _within(path: Path, *folders: str) -> bool:
    return any(path.is_relative_to(SOURCE / folder) for folder in folders)


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(_text(path), filename=str(path))


@cache
def _nodes(tree: ast.Module) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(tree))


def _broken(paths: Iterable[Path], faults: Callable[[Path], Collection[object]]) -> dict[str, Collection[object]]:
    """Return what is wrong with each file that breaks a rule. A test for each file took ten times as long."""
    return {_name(path): found for path in paths if (found := faults(path))}


def _texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield each string that is a value; `?` stands for what an f-string fills in."""
    skipped = set[int]()
    for node in _nodes(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.add(id(node.value))
        if isinstance(node, ast.JoinedStr):
            skipped.update(id(part) for part in node.values)
            parts = (p.value if isinstance(p, ast.Constant) else "?" for p in node.values)
            yield node.lineno, "".join(str(part) for part in parts)
    for node in _nodes(tree):
        if isinstance(node, ast.Constant) and id(node) not in skipped:
            yield node.lineno, str(node.value)


def sql_outside_its_place(tree: ast.Module) -> list[int]:
    """Return the lines on which a string is an SQL statement."""
    return [line for line, text in _texts(tree) if SQL.match(text)]


def clock_readings(tree: ast.Module) -> list[int]:
    """Return the lines on which the time of day is read."""
    return [
        node.lineno
        for node in _nodes(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (ast.unparse(node.func.value).rpartition(".")[2], node.func.attr) in CLOCK_READINGS
    ]


def forwarding(tree: ast.Module) -> list[str]:
    """Return the functions that hand their arguments, and nothing else, to a function of another module."""
    found = []
    for function in _nodes(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and not function.decorator_list:
            last = function.body[-1]
            said_first = [
                one for one in function.body[:-1] if not isinstance(getattr(one, "value", None), ast.Constant)
            ]
            call = last.value if isinstance(last, ast.Return | ast.Expr) else None
            call = call.value if isinstance(call, ast.Await) else call
            if (
                said_first
                or not isinstance(call, ast.Call)
                or not re.fullmatch(r"[a-z]\w*\.[a-z]\w*", ast.unparse(call.func))
            ):
                continue
            taken = function.args.posonlyargs + function.args.args + function.args.kwonlyargs
            handed = [*call.args, *(keyword.value for keyword in call.keywords)]
            if taken and [one.arg for one in taken] == [ast.unparse(one) for one in handed]:
                found.append(function.name)
    return found


def untold_commits(text: str) -> bool:
    """Whether a service that publishes events commits them without waking the relay."""
    publishes = re.search(r"\boutbox\.(publish|add_events)\(|\.ledger\.post(_fresh)?\(|\bfulfil_all\(", text)
    commits = re.search(r"\bdeps\.database\.(transaction|retrying|dedicated)\(", text)
    return bool(publishes and commits)


def unexplained_suppressions(text: str) -> list[int]:
    """Return the lines whose suppressed warning has no reason behind it or in the comment above."""
    if not SUPPRESSION.search(text):
        return []
    tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    comments = {t.start[0]: t.string for t in tokens if t.type == tokenize.COMMENT}
    found = []
    for line, comment in comments.items():
        match = SUPPRESSION.search(comment)
        if match is None:
            continue
        reason = re.sub(r"^[:\s]*([A-Z]+[0-9]+[,\s]*)*(\[[^\]]*\])?", "", match["rest"])
        if not re.search(r"\w{2,}", reason) and (line - 1) not in comments:
            found.append(line)
    return found


def test_the_migrations_are_one_chain_and_named_by_their_place_in_it() -> None:
    files = sorted((SOURCE / "db" / "migrations" / "versions").glob("v*.py"))
    given = [
        re.findall(r'^(?:down_)?revision(?:: .+)? = (?:"(\w+)"|None)', _text(path), re.MULTILINE) for path in files
    ]
    numbers = [f"{place:04}" for place in range(len(files) + 1)]
    assert [path.name[1:5] for path in files] == numbers[1:]
    assert given == [[now, before if before != "0000" else ""] for before, now in pairwise(numbers)]


def test_there_are_files_to_be_looked_at() -> None:
    assert len(MODULES) > 500
    assert len(TEST_MODULES) > 300
    assert set(_broken([MODULES[0]], lambda path: [path])) == {_name(MODULES[0])}


def test_sql_stands_only_in_stores_and_in_db() -> None:
    elsewhere = [path for path in MODULES if path.name != "store.py" and not _within(path, "db")]
    assert _broken(elsewhere, lambda path: sql_outside_its_place(_tree(path))) == {}, "move the SQL to a queries.sql"


def test_the_clock_is_read_only_at_the_rim() -> None:
    rim = [path for path in MODULES if _within(path, "app", "interfaces", "adapters", "web")]
    inside = set(MODULES) - {*rim, SOURCE / "kernel" / "clock.py"}
    assert _broken(inside, lambda path: clock_readings(_tree(path))) == {}, "take `now` as an argument"


def test_a_flow_that_publishes_wakes_the_relay() -> None:
    services = [path for path in MODULES if _within(path, "services")]
    untold = [_name(path) for path in services if untold_commits(_text(path))]
    assert untold == [], "commit with deps.transaction() or deps.retrying(), which wake the relay"


FACES = re.compile(r"largesse\.((?:domain|services)\.\w+|ledger|outbox|ui(?!\.web))(\.\w+)+")
"""A module inside a package that has a public face. `ui.web` is the one part of `ui` that touches HTTP, and apart."""


def imports_past_a_face(tree: ast.Module, within: str) -> list[int]:
    """Return the lines on which a module inside another package than `within` is imported."""
    found = []
    for node in _nodes(tree):
        if isinstance(node, ast.ImportFrom):
            match = FACES.fullmatch(node.module or "")
            if match is not None and not f"{within}.".startswith(f"largesse.{match[1]}."):
                found.append(node.lineno)
    return found


def test_packages_are_imported_through_their_public_face() -> None:
    def past_a_face(path: Path) -> list[int]:
        within = path.relative_to(SOURCE.parent).with_suffix("").as_posix().replace("/", ".")
        return imports_past_a_face(_tree(path), within)

    assert _broken(MODULES, past_a_face) == {}, "import from the package, not from inside it"


@pytest.mark.parametrize(
    "code, found",
    [
        ("from largesse.services.refunds.taking_back import void", True),
        ("from largesse.domain.gifts.store import insert_gifts", True),
        ("from largesse.ledger.book import decide", True),
        ("from largesse.services.refunds import void", False),
        ("from largesse.services.gifts.sheet import typeset", False),
        ("from largesse.services.capabilities import UsesLedger", False),
        ("from largesse.ledger import Ledger", False),
        ("from largesse.db.database import Database", False),
    ],
)
def test_the_check_knows_what_is_inside(code: str, *, found: bool) -> None:
    assert bool(imports_past_a_face(ast.parse(code), "largesse.services.gifts.care")) is found


def borrowed_names(tree: ast.Module, defined_in: Callable[[str], set[str] | None]) -> list[str]:
    """Return what is imported from a module that only imports it itself; `defined_in` is None for a face."""
    found = []
    for node in _nodes(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("largesse."):
            defined = defined_in(node.module or "")
            found += [f"{node.module}.{one.name}" for one in node.names if defined and one.name not in defined]
    return found


@cache
def names_defined(module: str) -> set[str] | None:
    """Return the names that a module defines or exports by name; None for a package, which exports what it imports."""
    path = SOURCE.parent / (module.replace(".", "/") + ".py")
    if not path.exists():
        return None
    tree = _tree(path)
    stored = {node.id for node in _nodes(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    made = {node.name for node in _nodes(tree) if isinstance(node, kinds)}
    exported = re.search(r"^__all__ = (\[.*?\])", _text(path), re.MULTILINE | re.DOTALL)
    return stored | made | set(ast.literal_eval(exported[1]) if exported else ())


def test_names_are_imported_from_where_they_are_defined_or_from_a_face() -> None:
    assert _broken(MODULES + TEST_MODULES, lambda path: borrowed_names(_tree(path), names_defined)) == {}


def test_the_check_knows_a_borrowed_name() -> None:
    code = "from largesse.kernel.paging import UUID, Page\nfrom largesse.domain.catalog import Offering"
    defined = {"largesse.kernel.paging": {"Page"}}.get
    assert borrowed_names(ast.parse(code), defined) == ["largesse.kernel.paging.UUID"]


def closures_in_closures(tree: ast.AST, depth: int = 0) -> list[int]:
    """Return the lines on which a function is defined inside one that is itself inside another."""
    found = []
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found += [node.lineno] * (depth >= 2) + closures_in_closures(node, depth + 1)
        else:
            found += closures_in_closures(node, 0 if isinstance(node, ast.ClassDef) else depth)
    return found


def test_no_closure_stands_in_a_closure() -> None:
    assert _broken(MODULES, lambda path: closures_in_closures(_tree(path))) == {}


def test_the_check_knows_a_closure_in_a_closure() -> None:
    assert closures_in_closures(ast.parse("def a():\n def b():\n  def c(): pass")) == [3]
    assert closures_in_closures(ast.parse("class A:\n def a(self):\n  def b(): pass")) == []


def test_no_action_only_forwards() -> None:
    packages = [path for path in MODULES if _within(path, "domain", "services", "outbox")]
    found = _broken(packages, lambda path: forwarding(_tree(path)))
    assert found == {}, "let the package's face export the function that does it"


@pytest.mark.parametrize(
    "code, found",
    [
        ('async def f(c, *, n):\n    """Find."""\n    return await store.f(c, n=n)', ["f"]),
        ("def f(c): store.g(c)", ["f"]),
        ("def f(c): return store.f(c, 1)", []),
        ("def f(c, d): return store.f(d, c)", []),
        ("def f(c): return _DECODER.decode(c)", []),
        ("def f(c):\n    check(c)\n    return store.f(c)", []),
    ],
)
def test_the_check_knows_an_action_that_only_forwards(code: str, found: list[str]) -> None:
    assert forwarding(ast.parse(code)) == found


def test_texts_are_normalized_in_one_place_that_takes_linear_time() -> None:
    found = {_name(path) for path in MODULES if "unicodedata.normalize(" in _text(path)}
    assert found == {"src/largesse/kernel/normal_form.py"}, "use largesse.kernel.normal_form"


def test_every_suppressed_warning_carries_its_reason() -> None:
    assert _broken(MODULES + TEST_MODULES, lambda path: unexplained_suppressions(_text(path))) == {}


def test_no_file_grows_beyond_one_thought() -> None:
    assert _broken(MODULES, lambda path: _text(path).splitlines()[LINES_MAX:]) == {}


def test_no_test_asserts_how_long_something_took() -> None:
    timed = _broken(
        [path for path in TEST_MODULES if "bench" not in path.parts],
        lambda path: [line for line in _text(path).splitlines() if TIMED.search(line)],
    )
    assert timed == {}, "wait for a condition, or order what happens by gates; count work or processor time instead"


def mocks(tree: ast.Module) -> set[str]:
    """Return the libraries of mocks that a module imports."""
    imported = {
        alias.name if isinstance(node, ast.Import) else node.module or ""
        for node in _nodes(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    return imported & {"unittest.mock", "mock", "pytest_mock"}


def test_tests_use_real_fakes_instead_of_mocks() -> None:
    assert _broken(TEST_MODULES, lambda path: mocks(_tree(path))) == {}


def test_the_check_knows_a_mock() -> None:
    assert mocks(ast.parse("from unittest.mock import patch")) == {"unittest.mock"}
    assert mocks(ast.parse("from tests.fakes.clock import StillClock")) == set()


@pytest.mark.parametrize(
    "code, found",
    [
        ("x = 'SELECT a FROM b'", True),
        ("x = f'UPDATE {table} SET a = 1'", True),
        ("x = '''WITH due AS (SELECT 1) DELETE FROM due'''", True),
        ("x = 'INSERT INTO a VALUES (1)'", True),
        ("'''SELECT a FROM b'''", False),
        ("x = 'Select an offering, then pay.'", False),
        ("x = 'Update the address.'", False),
    ],
)
def test_the_check_knows_sql_from_prose(code: str, *, found: bool) -> None:
    assert bool(sql_outside_its_place(ast.parse(code))) is found


@pytest.mark.parametrize(
    "code, found",
    [
        ("datetime.now(UTC)", True),
        ("dt.datetime.utcnow()", True),
        ("time.time()", True),
        ("date.today()", True),
        ("clock.now()", False),
        ("time.monotonic()", False),
    ],
)
def test_the_check_knows_the_time_of_day_from_other_clocks(code: str, *, found: bool) -> None:
    assert bool(clock_readings(ast.parse(code))) is found


@pytest.mark.parametrize(
    "code, found",
    [
        ("async with deps.database.transaction() as c: await outbox.publish(c, events)", True),
        ("async with deps.database.transaction() as c: outbox.add_events(writes, events)", True),
        ("await deps.database.retrying(work); await deps.ledger.post(c, commands)", True),
        ("await deps.database.retrying(work); deps.ledger.post_fresh(writes, commands)", True),
        ("async with deps.transaction() as c: await outbox.publish(c, events)", False),
        ("async with deps.database.transaction() as c: orders.insert_orders(writes, rows)", False),
    ],
)
def test_the_check_knows_a_commit_that_nobody_hears_of(code: str, *, found: bool) -> None:
    assert untold_commits(code) is found


@pytest.mark.parametrize(
    "code, found",
    [
        ("x = 1  # no" + "qa: E501", True),
        ("x = 1  # type: " + "ignore[misc]", True),
        ("x = 1  # no" + "qa: E501 - a table reads better in one line", False),
        ("x = 1  # type: " + "ignore[misc]  # the stub is wrong", False),
        ("# the stub is wrong\nx = 1  # type: " + "ignore[misc]", False),
    ],
)
def test_the_check_knows_a_reason(code: str, *, found: bool) -> None:
    assert bool(unexplained_suppressions(code)) is found
