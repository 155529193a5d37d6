"""Letterpress: nothing but rules and one small flower. What is printed here is type."""

import math

from largesse.adapters.typeset.art.pen import HEIGHT_MM, WIDTH_MM, at, circle, group, path, sheet, turned
from largesse.adapters.typeset.palette import Palette

_NOTCH_MM = 6.0
_ORNAMENT_MM = 28.4


def draw(palette: Palette) -> str:
    """Return the drawing in the colours of `palette`."""
    frame = [path(_notched(8.0), stroke_width=0.55), path(_notched(9.5), stroke_width=0.14)]
    return sheet(
        group(frame, fill="none", stroke=palette.ink),
        group(_flower((WIDTH_MM / 2, _ORNAMENT_MM)), fill=palette.accent_ink),
        group(
            [path(f"M80 {_ORNAMENT_MM}H99.5"), path(f"M110.5 {_ORNAMENT_MM}H130")],
            fill="none",
            stroke=palette.ink,
            stroke_width=0.14,
        ),
    )


def _notched(inset: float) -> str:
    """Return a frame whose corners are scooped out, as on an old trade card."""
    left, right, top, bottom = inset, WIDTH_MM - inset, inset, HEIGHT_MM - inset
    n, arc = _NOTCH_MM, f"A{_NOTCH_MM} {_NOTCH_MM} 0 0 0 "
    return (
        f"M{at((left + n, top))}H{right - n}{arc}{at((right, top + n))}V{bottom - n}{arc}{at((right - n, bottom))}"
        f"H{left + n}{arc}{at((left, bottom - n))}V{top + n}{arc}{at((left + n, top))}Z"
    )


def _flower(centre: tuple[float, float]) -> list[str]:
    petals = []
    for quarter in range(4):
        angle = quarter * math.pi / 2
        start, tip = turned((0.5, 0), angle, centre), turned((3.4, 0), angle, centre)
        one, other = turned((1.7, -1.25), angle, centre), turned((1.7, 1.25), angle, centre)
        petals.append(path(f"M{at(start)}Q{at(one)} {at(tip)}Q{at(other)} {at(start)}Z"))
        petals.append(circle(turned((2.0, 2.0), angle, centre), 0.35))
    return petals
