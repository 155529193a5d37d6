"""The programs of the quick starts, read from the page they stand on, and run as it says."""

import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import NamedTuple

import playwright

PAGES = Path(__file__).parents[2] / "docs" / "quickstarts"
MODULES = Path(__file__).parents[1] / "node" / "node_modules"
_BLOCK = re.compile(r"^```\w+ (?P<name>\S+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


class Language(NamedTuple):
    """What a language is called, and which commands of the machine it takes."""

    name: str
    needs: tuple[str, ...]


LANGUAGES = {
    ".php": Language("PHP", ("php",)),
    ".js": Language("Node", ("node",)),
    ".py": Language("Python", ()),
    ".rb": Language("Ruby", ("ruby",)),
    ".java": Language("Java", ("javac", "java")),
    ".cs": Language("C#", ("mcs", "mono")),
    ".sh": Language("curl", ("curl",)),
}


def programs(page: str) -> dict[str, str]:
    """Return the programs of a page by the names of their files."""
    text = (PAGES / page).read_text(encoding="utf-8")
    return {found["name"]: found["text"] for found in _BLOCK.finditer(text)}


def node() -> str | None:
    """Return a Node: this machine's, else the one that Playwright brings for itself."""
    brought = Path(playwright.__path__[0]) / "driver" / "node"
    return shutil.which("node") or (str(brought) if brought.exists() else None)


@cache
def lacking(name: str, text: str) -> str | None:
    """Return what a program would need and this machine does not have."""
    for command in LANGUAGES[Path(name).suffix].needs:
        if not (node() if command == "node" else shutil.which(command)):
            return f"{command} is not installed"
    if name.endswith(".js") and '"standardwebhooks"' in text and not has_standardwebhooks():
        return "npm's standardwebhooks is not installed: run `npm ci` in tests/node"
    if name.endswith(".rb") and subprocess.run(["ruby", "-e", "require 'webrick'"], check=False).returncode:
        return "Ruby's webrick is not installed"
    return None


@cache
def has_standardwebhooks() -> bool:
    """Whether npm's package is where the tests or NODE_PATH have it; it is never fetched from a test."""
    command = [node() or "node", "-e", 'require.resolve("standardwebhooks")']
    return subprocess.run(command, capture_output=True, check=False, env=environment()).returncode == 0


def environment(**more: str) -> dict[str, str]:
    """Return what a program finds in its environment: no proxy stands between it and this machine."""
    places = os.pathsep.join(filter(None, (str(MODULES), os.environ.get("NODE_PATH"))))
    own = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return {**own, "NODE_PATH": places, **more}


def command(folder: Path, name: str, text: str, *arguments: str) -> list[str]:
    """Write a program into a folder, build it where that is needed, and return how it is run."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(text, encoding="utf-8")
    match file.suffix:
        case ".php":
            return ["php", "-S", f"127.0.0.1:{arguments[0]}", str(file)]
        case ".cs":
            subprocess.run(["mcs", str(file)], check=True)
            return ["mono", str(file.with_suffix(".exe")), *arguments]
        case ".java":
            # Once, and never optimised further: it lives for a few requests.
            return ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", str(file), *arguments]
        case ".js":
            return [node() or "node", str(file), *arguments]
        case ".py":
            return [sys.executable, str(file), *arguments]
        case ".rb":
            return ["ruby", str(file), *arguments]
        case _:
            return ["sh", "-eu", str(file), *arguments]
