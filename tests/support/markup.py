"""What is wrong with the markup of the pages that tests are given: html-validate looks at each new kind of page."""

import json
import re
import subprocess
from collections import Counter
from functools import cache
from html.parser import HTMLParser

import httpx

from tests.support.quick_starts import MODULES, environment, node

VALIDATOR = MODULES.parent / "validate.js"
_ID = re.compile(r"""\sid="([^"]*)\"""")
_WITHOUT_END = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
# Attributes whose values decide where an element may stand, and what it may have.
_TELLING = frozenset({"type", "role", "rel"})

Kind = tuple[str, str, tuple[str, ...]]
"""What an element stands in, what it is, and which attributes it has."""

_seen: set[Kind] = set()


class _Reader(HTMLParser):
    """Collect which elements stand in which, and with which attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.open = [""]
        self.found: set[Kind] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = sorted(f"{name}={value}" if name in _TELLING else name for name, value in attrs)
        self.found.add((self.open[-1], tag, tuple(names)))
        if tag not in _WITHOUT_END:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while tag in self.open and self.open.pop() != tag:
            pass


def kinds_of(page: str) -> frozenset[Kind]:
    """Return the kinds of elements that a page has."""
    reader = _Reader()
    reader.feed(page)
    return frozenset(reader.found)


def is_installed() -> bool:
    """Whether npm's html-validate is here: `.ci/run` installs it."""
    return (MODULES / "html-validate").is_dir() and node() is not None


@cache
def _validator() -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [node() or "node", str(VALIDATOR)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(),
        text=True,
        encoding="utf-8",
    )


def validated(page: str) -> list[str]:
    """Return what html-validate says of a page, one line for each fault."""
    process = _validator()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(page) + "\n")
    process.stdin.flush()
    found: list[str] = json.loads(process.stdout.readline())
    return found


def faults_of(page: str) -> list[str]:
    """Return what is wrong with a page: what is seen at a glance, and what the validator says where it knows a new one.

    A page all of whose kinds of elements stood like this in pages before is not given to the validator again.
    """
    twice = [f"two elements have the id {name}" for name, count in Counter(_ID.findall(page)).items() if count > 1]
    kinds = kinds_of(page)
    if kinds <= _seen or not is_installed():
        return twice
    found = validated(page)
    if not found:
        _seen.update(kinds)
    return twice + found


async def look_at(response: httpx.Response) -> None:
    """Look at a page that a client of a test is given, as a hook of httpx does.

    Raises:
        AssertionError: its markup has faults.
    """
    if response.headers.get("content-type", "").startswith("text/html"):
        await response.aread()
        found = faults_of(response.text)
        assert not found, f"the markup of {response.request.url.path} has faults: {found}"


LOOKING = {"response": [look_at]}
"""The hooks of a client that looks at every page it is given."""
