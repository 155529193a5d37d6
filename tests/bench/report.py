"""One table for people, JSON lines for machines: each figure beside its yardstick of the same run."""

import json
import statistics
import sys
from collections.abc import Sequence
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One measured figure, what it was aimed at and whether that was reached; None where nothing was."""

    name: str
    value: float
    unit: str
    yardstick: str | None = None
    ratio: float | None = None
    goal: str | None = None
    met: bool | None = None
    note: str = ""


def compared(
    name: str,
    values: Sequence[float],
    yardsticks: Sequence[float],
    *,
    unit: str,
    yardstick: str,
    goal: float | None = None,
    most: float | None = None,
    note: str = "",
) -> Figure:
    """Return the median of `values` and of its ratio to the yardstick measured beside it in each round.

    The ratio is to reach `goal`, or to stay at `most` (of latencies and processor time).
    """
    ratio = statistics.median(value / beside for value, beside in zip(values, yardsticks, strict=True))
    return Figure(
        name=name,
        value=statistics.median(values),
        unit=unit,
        yardstick=f"{yardstick} {rounded(statistics.median(yardsticks))} {unit}",
        ratio=ratio,
        goal=f">= {goal:g} x" if goal is not None else f"<= {most:g} x" if most is not None else None,
        met=ratio >= goal if goal is not None else ratio <= most if most is not None else None,
        note=note,
    )


def bounded(
    name: str,
    values: Sequence[float],
    *,
    unit: str,
    most: float | None = None,
    least: float | None = None,
    note: str = "",
) -> Figure:
    """Return the median of `values` against a bound that it must stay under or reach."""
    value = statistics.median(values)
    goal = f"< {most:g} {unit}" if most is not None else f">= {least:g} {unit}" if least is not None else None
    met = value < most if most is not None else value >= least if least is not None else None
    return Figure(name=name, value=value, unit=unit, goal=goal, met=met, note=note)


def show(figures: Sequence[Figure]) -> None:
    """Print the table on standard error and the JSON lines on standard output."""
    table = Table(title="Largesse, measured", title_justify="left")
    for heading in ("figure", "measured", "yardstick of the same run", "ratio", "goal", ""):
        table.add_column(heading, justify="right" if heading in {"measured", "ratio"} else "left")
    for figure in figures:
        table.add_row(
            figure.name + (f" ({figure.note})" if figure.note else ""),
            f"{rounded(figure.value)} {figure.unit}",
            figure.yardstick or "",
            f"{figure.ratio:.2f}" if figure.ratio is not None else "",
            figure.goal or "",
            {True: "met", False: "missed", None: ""}[figure.met],
        )
    Console(stderr=True, width=170).print(table)
    for figure in figures:
        sys.stdout.write(
            json.dumps({key: value for key, value in _plain(figure).items() if value not in (None, "")}) + "\n"
        )


def _plain(figure: Figure) -> dict[str, Any]:
    return {name: getattr(figure, name) for name in figure.__struct_fields__}


def rounded(value: float) -> str:
    """Return a figure as people read it."""
    return f"{value:,.0f}" if value >= 100 else f"{value:,.2f}"
