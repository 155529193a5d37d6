"""What templates compile to is kept beside the modules of their package, and never taken for another text's."""

import sys
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader

from largesse.ui.pages import _Compiled


class Counting(Environment):
    """Count what is compiled."""

    compiled = 0

    def _generate(self, *given: Any, **named: Any) -> str:
        Counting.compiled += 1
        return super()._generate(*given, **named)


@pytest.fixture
def part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(Counting, "compiled", 0)
    for folder in ("templates", "__pycache__"):
        (tmp_path / folder).mkdir()
    (tmp_path / "templates" / "page.html").write_text("Hello {{ name }}")
    return tmp_path


def read(part: Path, name: str = "Ada") -> str:
    """Render the page as a process does that has only just started."""
    environment = Counting(
        loader=FileSystemLoader(part / "templates"), autoescape=True, bytecode_cache=_Compiled(), auto_reload=False
    )
    return environment.get_template("page.html").render(name=name)


def kept(part: Path) -> list[Path]:
    return list((part / "__pycache__").iterdir())


def test_the_next_process_compiles_nothing(part: Path) -> None:
    assert [read(part), read(part, "Bob"), Counting.compiled] == ["Hello Ada", "Hello Bob", 1]
    assert len(kept(part)) == 1


def test_a_text_that_was_changed_is_compiled_anew(part: Path) -> None:
    read(part)
    (part / "templates" / "page.html").write_text("Goodbye {{ name }}")
    assert [read(part), read(part), Counting.compiled] == ["Goodbye Ada", "Goodbye Ada", 2]


@pytest.mark.parametrize("left", [0, 1, 18, 30, 60])
def test_a_file_that_was_cut_off_is_not_believed(part: Path, left: int) -> None:
    read(part)
    [file] = kept(part)
    file.write_bytes(file.read_bytes()[:left])
    assert [read(part), Counting.compiled] == ["Hello Ada", 2]
    assert [read(part), Counting.compiled] == ["Hello Ada", 2]


def test_nothing_is_written_where_python_shall_write_nothing(part: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert read(part) == "Hello Ada"
    assert kept(part) == []


def test_a_package_without_such_a_folder_is_left_as_it_is(part: Path) -> None:
    (part / "__pycache__").rmdir()
    assert [read(part), read(part), Counting.compiled] == ["Hello Ada", "Hello Ada", 2]
