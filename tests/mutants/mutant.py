"""One changed place of one file."""

import difflib

import msgspec


class Mutant(msgspec.Struct, frozen=True, kw_only=True):
    """A file with one change: `before` at offset `start` of its `text` gives way to `after`."""

    file: str
    inside: str
    kind: str
    text: str
    start: int
    before: str
    after: str

    @property
    def mutated(self) -> str:
        """Return the whole file with the change in it."""
        return self.text[: self.start] + self.after + self.text[self.start + len(self.before) :]

    @property
    def line(self) -> int:
        """Return the line on which the change begins, counted from 1."""
        return self.text.count("\n", 0, self.start) + 1

    @property
    def place(self) -> str:
        """Return where it is, in words that outlive other changes of the file."""
        return f"{self.file}:{self.inside}"

    @property
    def change(self) -> str:
        """Return what it does, on one line."""
        return f"{_on_one_line(self.before)} -> {_on_one_line(self.after)}"

    def diff(self) -> str:
        """Return the lines that differ."""
        lines = difflib.unified_diff(self.text.splitlines(), self.mutated.splitlines(), n=0, lineterm="")
        return "\n".join(line for line in lines if not line.startswith(("---", "+++", "@@")))


def _on_one_line(text: str) -> str:
    return " ".join(text.split())
