"""The pen that the designs are drawn with: points in millimetres become the paths of an SVG.

Numbers are written with two decimals (a hundredth of a millimetre) and without needless characters, because the same
drawing travels with every preview and every PDF.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

Point: TypeAlias = tuple[float, float]

WIDTH_MM = 210
HEIGHT_MM = 148


def sheet(*parts: str) -> str:
    """Return an A5 landscape drawing made of `parts`."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH_MM} {HEIGHT_MM}" '
        f'width="{WIDTH_MM}mm" height="{HEIGHT_MM}mm">{"".join(parts)}</svg>'
    )


def number(value: float) -> str:
    """Write a length in millimetres, to a hundredth."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def at(point: Point) -> str:
    """Write a point."""
    return f"{number(point[0])} {number(point[1])}"


def path(data: str, **attributes: str | float) -> str:
    """Return a path element; `stroke_width=0.3` becomes `stroke-width="0.3"`."""
    return f'<path d="{data}"{_written(attributes)}/>'


def group(parts: Iterable[str], **attributes: str | float) -> str:
    """Return `parts` with `attributes` in common."""
    return f"<g{_written(attributes)}>{''.join(parts)}</g>"


def rectangle(x: float, y: float, width: float, height: float, **attributes: str | float) -> str:
    """Return a rectangle element."""
    place = f'x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}"'
    return f"<rect {place}{_written(attributes)}/>"


def smooth(points: Sequence[Point], *, closed: bool = False) -> str:
    """Return path data of a soft line through `points`: a Catmull-Rom spline written as Béziers.

    Neighbouring pieces of such a spline mirror each other's handles, which is what SVG's `s` leaves out; with relative
    coordinates that halves the text. Every piece starts from where rounding really left the pen.
    """
    count = len(points)
    steps = count if closed else count - 1
    pen = (round(points[0][0], 2), round(points[0][1], 2))
    data = [f"M{at(pen)}"]
    for place in range(steps):
        here, there = points[place], points[(place + 1) % count]
        before = points[(place - 1) % count] if closed or place else here
        after = points[(place + 2) % count] if closed or place + 2 < count else there
        into = (there[0] - (after[0] - here[0]) / 6, there[1] - (after[1] - here[1]) / 6)
        if place == 0:
            out = (here[0] + (there[0] - before[0]) / 6, here[1] + (there[1] - before[1]) / 6)
            data.append("c" + _compact(_from(pen, out) + _from(pen, into) + _from(pen, there)))
        else:
            data.append("s" + _compact(_from(pen, into) + _from(pen, there)))
        pen = (round(pen[0] + round(there[0] - pen[0], 2), 2), round(pen[1] + round(there[1] - pen[1], 2), 2))
    return "".join(data) + ("Z" if closed else "")


def _from(pen: Point, point: Point) -> tuple[float, float]:
    return point[0] - pen[0], point[1] - pen[1]


def _compact(values: Iterable[float]) -> str:
    """Write numbers with only the separators that SVG needs."""
    written = ""
    for value in values:
        text = number(value).replace("0.", ".", 1) if abs(value) < 1 else number(value)
        written += text if not written or text.startswith("-") else f" {text}"
    return written


def polar(centre: Point, radius_at: Callable[[float], float], *, samples: int) -> str:
    """Return path data of the closed curve whose radius is `radius_at(angle)`, angles in radians."""
    points = []
    for step in range(samples):
        angle = math.tau * step / samples
        radius = radius_at(angle)
        points.append((centre[0] + radius * math.cos(angle), centre[1] + radius * math.sin(angle)))
    return smooth(points, closed=True)


def _written(attributes: dict[str, str | float]) -> str:
    return "".join(
        f' {name.replace("_", "-")}="{number(value) if isinstance(value, float) else value}"'
        for name, value in attributes.items()
    )
