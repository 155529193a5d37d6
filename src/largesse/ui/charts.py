"""Charts, as shares of their width and height: what a template draws without computing anything.

Every bar and every line has its number written beside it, so that a chart can be read in grey, and by whoever hears
it; a rise, a fall and a total differ in shape, not in colour alone.
"""

from collections.abc import Sequence

import msgspec

_WHOLE = 100.0


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """One bar, from `start` on and `length` long, in hundredths of the width. `kind` is rise, fall or total."""

    label: str
    told: str
    kind: str
    start: float
    length: float
    href: str = ""


class BarChart(msgspec.Struct, frozen=True, kw_only=True):
    """Bars below each other; `zero` is where nothing is."""

    title: str
    bars: tuple[Bar, ...]
    zero: float


class LineChart(msgspec.Struct, frozen=True, kw_only=True):
    """One line over time, as points in hundredths of width and height, with what is written beside it."""

    title: str
    points: str
    area: str
    first: tuple[str, str]
    last: tuple[str, str]
    top: tuple[str, str]


class BarStep(msgspec.Struct, frozen=True, kw_only=True):
    """What a bar shows. A `total` stands on zero; a change goes on from where the one before ended."""

    label: str
    told: str
    amount: int
    total: bool = False
    href: str = ""


def waterfall(title: str, steps: Sequence[BarStep]) -> BarChart:
    """Return the bars that lead from a first total over changes to a last one."""
    spans = list[tuple[int, int]]()
    at = 0
    for step in steps:
        start = 0 if step.total else at
        at = start + step.amount
        spans.append((start, at))
    low, high = min((0, *map(min, spans))), max((0, *map(max, spans)))
    return _bars(title, steps, spans, low, high)


def side_by_side(title: str, steps: Sequence[BarStep]) -> BarChart:
    """Return bars that all stand on zero."""
    spans = [(0, step.amount) for step in steps]
    return _bars(title, steps, spans, min((0, *map(min, spans))), max((0, *map(max, spans))))


def line(title: str, points: Sequence[tuple[str, str, int]]) -> LineChart:
    """Return the line through points: each is what its moment and its amount are called, and the amount."""
    amounts = [amount for _, _, amount in points]
    low, high = min(0, *amounts), max(0, *amounts)
    across = max(len(points) - 1, 1)
    placed = [
        f"{place * _WHOLE / across:.2f},{_WHOLE - _share(amount - low, high - low):.2f}"
        for place, amount in enumerate(amounts)
    ]
    top = max(points, key=lambda point: point[2])
    return LineChart(
        title=title,
        points=" ".join(placed),
        area=f"0,{_WHOLE:.2f} {' '.join(placed)} {_WHOLE:.2f},{_WHOLE:.2f}",
        first=points[0][:2],
        last=points[-1][:2],
        top=top[:2],
    )


def _bars(title: str, steps: Sequence[BarStep], spans: Sequence[tuple[int, int]], low: int, high: int) -> BarChart:
    bars = []
    for step, (start, end) in zip(steps, spans, strict=True):
        kind = "total" if step.total else "rise" if end >= start else "fall"
        left = _share(min(start, end) - low, high - low)
        bars.append(
            Bar(
                label=step.label,
                told=step.told,
                kind=kind,
                start=round(left, 2),
                length=round(max(_share(abs(end - start), high - low), 0.4 if end != start else 0.0), 2),
                href=step.href,
            )
        )
    return BarChart(title=title, bars=tuple(bars), zero=round(_share(-low, high - low), 2))


def _share(part: int, whole: int) -> float:
    return part * _WHOLE / whole if whole else 0.0
