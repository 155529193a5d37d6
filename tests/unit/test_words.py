"""The field's own words: what docs/glossary.md retired does not come back."""

import ast
import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

# It reads files and runs none of what is measured.
pytestmark = pytest.mark.no_cover

ROOT = Path(__file__).parents[2]
TEXTS = {".py", ".sql", ".html", ".css", ".js", ".toml", ".md"}
OUTSIDE = (
    "tests/node/node_modules/",
    "docs/decisions/",
    "docs/glossary.md",
    "CHANGELOG.md",
    "tests/unit/test_words.py",
)
HEADING = "## Names that must not come back"
ROW = re.compile(r"^\| (?P<names>.+?) \| .+? \| (?P<spared>.*?) *\|$", re.MULTILINE)
COMMANDED = re.compile(r"(Say|Hold|Be|Tell)\b")
CLASS = re.compile(r"^class ([A-Za-z]\w*)", re.MULTILINE)
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class Retired(msgspec.Struct, frozen=True, kw_only=True):
    """What the glossary retired: words in any text, names of the code as they stand, and phrases that are spared."""

    words: dict[str, re.Pattern[str]]
    names: frozenset[str]
    named: re.Pattern[str]
    spared: re.Pattern[str]


def retired(glossary: str) -> Retired:
    """Return what a glossary retires: `**words**` and `` `names` `` in the first column, “phrases” in the last."""
    section = glossary.partition(HEADING)[2].partition("\n## ")[0]
    rows = list(ROW.finditer(section))
    phrases = [phrase for row in rows for phrase in re.findall(r"“(.+?)”", row["spared"])]
    names = frozenset(name for row in rows for name in re.findall(r"`(.+?)`", row["names"]))
    return Retired(
        words={word: re.compile(rf"\b{word}\b") for row in rows for word in re.findall(r"\*\*(.+?)\*\*", row["names"])},
        names=names,
        named=re.compile(rf"\b_*({'|'.join(names)})\b"),
        spared=re.compile("|".join(map(re.escape, phrases)) or r"(?!)"),
    )


def words_of(text: str, known: Retired) -> Counter[str]:
    """Count the retired words of a text; the parts of a name are words too."""
    plain = known.spared.sub("", CAMEL.sub(" ", text).replace("_", " ").lower())
    return Counter({word: len(pattern.findall(plain)) for word, pattern in known.words.items()})


def names_of(code: str, known: Retired) -> Counter[str]:
    """Count the retired names of a Python module; underscores before a name do not count."""
    if not known.named.search(code):  # most modules have none, and reading them takes long
        return Counter()
    tokens = tokenize.generate_tokens(io.StringIO(code.replace("pytest.mark", "pytest")).readline)
    names = (token.string.lstrip("_") for token in tokens if token.type == tokenize.NAME)
    return Counter(name for name in names if name in known.names)


def commanded(code: str) -> int:
    """Count the docstrings that order what they describe to do something: "Say that …", "Hold one …"."""
    if not re.search(r'"""(Say|Hold|Be|Tell)\b', code):
        return 0
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docs = (ast.get_docstring(node) for node in ast.walk(ast.parse(code)) if isinstance(node, kinds))
    return sum(1 for doc in docs if doc and COMMANDED.match(doc))


def shared_classes(modules: Iterator[str]) -> Counter[str]:
    """Return the names that more than one public class has, with how many too many."""
    names = Counter(name for code in modules for name in CLASS.findall(code))
    return Counter({name: count - 1 for name, count in names.items() if count > 1})


def texts() -> Iterator[tuple[str, str]]:
    """Yield the texts of the repository by their path."""
    for folder in ("src", "tests", "docs"):
        for path in sorted((ROOT / folder).rglob("*")):
            name = path.relative_to(ROOT).as_posix()
            if path.suffix in TEXTS and not name.startswith(OUTSIDE):
                yield name, path.read_text(encoding="utf-8")
    for name in ("README.md", "CONTRIBUTING.md", "pyproject.toml"):
        yield name, (ROOT / name).read_text(encoding="utf-8")


def found() -> Counter[tuple[str, str]]:
    """Count all that is retired, by file and what it is."""
    known = retired((ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"))
    counts = Counter[tuple[str, str]]()
    sources = []
    for name, text in texts():
        counts.update({(name, f"**{word}**"): count for word, count in words_of(text, known).items()})
        if name.endswith(".py"):
            counts.update({(name, f"`{one}`"): count for one, count in names_of(text, known).items()})
            counts[name, "commanding-docstring"] += commanded(text)
        if name.startswith("src/") and name.endswith(".py"):
            sources.append(text)
    counts.update({("src", f"class:{name}"): count for name, count in shared_classes(iter(sources)).items()})
    return +counts


def test_no_retired_name_comes_back() -> None:
    back = found()
    assert back == {}, f"use the words of docs/glossary.md instead of {dict(back)}"


KNOWN = retired(
    f"{HEADING}\n\n| name | instead | but |\n|---|---|---|\n| **door**, **doors** | interface | |\n"
    "| **house**, `mark` | application | “house rule” |\n\n## Next\n| **gift** | x | |\n"
)


@pytest.mark.parametrize(
    "text, count",
    [
        ("the doors of it", 1),
        ("partner_door = 1", 1),
        ("class OpenDoor: pass", 1),
        ("indoors, adore, a house rule, House rules", 0),
        ("HouseRules and a House", 1),
        ("gift", 0),
    ],
)
def test_the_check_knows_a_word_in_prose_and_in_names(text: str, count: int) -> None:
    assert words_of(text, KNOWN).total() == count


@pytest.mark.parametrize(
    "code, count",
    [("mark = 1", 1), ("self._mark()", 1), ("pytest.mark.x", 0), ("mark_paid()", 0), ("x = 'mark'  # mark", 0)],
)
def test_the_check_knows_a_name_of_the_code(code: str, count: int) -> None:
    assert names_of(code, KNOWN).total() == count


def test_the_check_knows_a_docstring_that_commands() -> None:
    assert commanded('class A:\n    """Say that it failed."""\n\ndef f():\n    """Holders, by name."""\n') == 1


def test_the_check_knows_classes_that_share_a_name() -> None:
    assert shared_classes(iter(["class A: ...\nclass _B: ...", "class A: ...", "class _B: ...\nclass C: ..."])) == {
        "A": 1
    }
