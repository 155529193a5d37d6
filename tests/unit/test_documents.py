"""What the documents name is there: files of the code and of the tests, other documents, and what they link to."""

import re
from functools import cache
from pathlib import Path

import pytest

from tests.support.each import hold_for_each

# It reads files and runs none of what is measured.
pytestmark = pytest.mark.no_cover

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
CODE = re.compile(r"`([\w./-]+/[\w.-]+\.(?:py|sql|typ|toml|html|svg))(?:::[^`]*)?`")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)[^)]*\)")
PACKAGES = "app|adapters|db|domain|interfaces|kernel|ledger|outbox|services|ui|web|wire"
MODULE = re.compile(rf"`((?:{PACKAGES})(?:\.[A-Za-z_]\w*)+)")
PLACES = (ROOT, ROOT / "src" / "largesse", ROOT / "tests")


@cache
def _ends() -> frozenset[str]:
    """Return every path that leads to a file of the code or of the tests from some folder above it."""
    files = (file for place in PLACES[1:] for file in place.rglob("*") if file.suffix != ".pyc")
    parts = (file.relative_to(ROOT).parts for file in files)
    return frozenset("/".join(one[start:]) for one in parts for start in range(len(one)))


def _named(path: str) -> bool:
    """Return whether a file is there: as named, below a folder, or as a template by its part, as pages name it."""
    part, _, rest = path.partition("/")
    return (ROOT / path).exists() or path in _ends() or f"{part}/templates/{rest}" in _ends()


def _module(name: str) -> bool:
    """Return whether a dotted name leads to a module, or to something that its module or package names."""
    place = PLACES[1]
    for part in name.split("."):
        if (place / part).is_dir():
            place /= part
        elif (place / f"{part}.py").is_file():
            place /= f"{part}.py"
        else:
            face = place if place.is_file() else place / "__init__.py"
            return bool(re.search(rf"\b{part}\b", face.read_text(encoding="utf-8")))
    return True


def missing(text: str, folder: Path) -> list[str]:
    """Return what a document names and is not there."""
    found = [path for path in CODE.findall(text) if not _named(path)]
    found += [link for link in LINK.findall(text) if not (folder / link).exists()]
    return found + [name for name in MODULE.findall(text) if not _module(name)]


def test_a_document_names_only_what_is_there() -> None:
    def names_what_is_there(path: Path) -> None:
        if path.name not in {"CHANGELOG.md", "errors.md"}:  # what was, and codes, which are dotted too
            assert missing(path.read_text(encoding="utf-8"), path.parent) == []

    hold_for_each(DOCUMENTS, names_what_is_there)


@pytest.mark.parametrize(
    "text, found",
    [
        ("`services/refunds/taking_back.py`", False),
        ("`services/take_back.py`", True),
        ("`unit/ledger/test_book.py::test_x`", False),
        ("`ui/shop.html`", False),
        ("[tour](tour.md)", False),
        ("[tour](detour.md#a)", True),
        ("`services.refunds.void`", False),
        ("`services.take_back`", True),
        ("`domain.catalog.pricing.price(…)`", False),
        ("`ledger.engine.flies`", True),
    ],
)
def test_the_check_knows_what_is_there(text: str, *, found: bool) -> None:
    assert bool(missing(text, ROOT / "docs")) is found


def test_every_decision_has_a_number_of_its_own_and_none_is_left_out() -> None:
    names = sorted(path.name for path in (ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [int(name[:4]) for name in names if name[:4].isdigit()]
    assert numbers == list(range(1, len(numbers) + 1))
