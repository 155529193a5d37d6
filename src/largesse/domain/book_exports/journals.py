"""Lines gathered into journals, which programs that know no pairs want balanced: of one day, and not too long."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from largesse.domain.book_exports.lines import BookLine


class BookJournal(NamedTuple):
    """Some lines of one day that came for the same reason: in time, or late for one day. `part` counts from 1."""

    day: date
    late_for: date | None
    part: int
    lines: tuple[BookLine, ...]


class Journals:
    """Gather lines into journals of at most `most` lines."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._waiting: list[BookLine] = []
        self._parts: dict[tuple[date, date | None], int] = {}
        self._day: date | None = None

    def add(self, lines: Iterable[BookLine]) -> Iterator[BookJournal]:
        """Yield the journals that are complete."""
        for line in lines:
            if not line.moves:
                continue
            if self._waiting and (
                len(self._waiting) == self._most
                or (line.day, line.late_for) != (self._waiting[0].day, self._waiting[0].late_for)
            ):
                yield self._journal()
            if line.day != self._day:
                self._day, self._parts = line.day, {}
            self._waiting.append(line)

    def end(self) -> Iterator[BookJournal]:
        """Yield what waits."""
        if self._waiting:
            yield self._journal()

    def _journal(self) -> BookJournal:
        first, lines = self._waiting[0], tuple(self._waiting)
        self._waiting = []
        key = first.day, first.late_for
        self._parts[key] = part = self._parts.get(key, 0) + 1
        return BookJournal(first.day, first.late_for, part, lines)
