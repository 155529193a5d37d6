"""Botanical: a branch drawn with a fine pen, each leaf with a lit and a shaded half, as in an old herbal."""

import math
from typing import Final, TypeAlias

from largesse.adapters.typeset.art.pen import Point, at, bezier, circle, group, path, sheet, turned
from largesse.adapters.typeset.palette import Palette

_Branch: TypeAlias = tuple[Point, Point, Point, Point]

_STEM: Final[_Branch] = ((17.0, 152.0), (42.0, 116.0), (9.0, 62.0), (43.0, 9.0))
_TWIG_ROOT: Final = bezier(*_STEM, 0.33)[0]
_SPRIG_ROOT: Final = bezier(*_STEM, 0.16)[0]
_TWIG: Final[_Branch] = (_TWIG_ROOT, (33.0, 101.0), (43.0, 95.0), (54.0, 76.0))
_SPRIG: Final[_Branch] = (_SPRIG_ROOT, (18.0, 127.0), (11.0, 116.0), (9.5, 98.0))


def draw(palette: Palette) -> str:
    """Return the drawing in the colours of `palette`."""
    stems = [path(f"M{at(b[0])}C{at(b[1])} {at(b[2])} {at(b[3])}") for b in (_STEM, _TWIG, _SPRIG)]
    leaves = [
        leaf
        for branch, count, size, first in ((_SPRIG, 6, 11.0, 0.3), (_TWIG, 6, 12.5, 0.34), (_STEM, 18, 17.0, 0.1))
        for leaf in _leaves(branch, count, size, first, palette)
    ]
    return sheet(
        group(
            [*stems, *_berries(palette), *leaves],
            fill="none",
            stroke=palette.accent_ink,
            stroke_width=0.28,
            stroke_linecap="round",
            stroke_linejoin="round",
        )
    )


def _leaves(branch: _Branch, count: int, size: float, first: float, palette: Palette) -> list[str]:
    """Grow `count` leaves along a branch from `first` (0 to 1) on, smaller towards its tip, and one at the end."""
    grown = []
    for place in range(count):
        t = first + (1 - first) * place / (count - 1)
        root, direction = bezier(*branch, t)
        side = 0.0 if place == count - 1 else (1 if place % 2 else -1)
        wobble = 0.13 * math.sin(place * 2.4)
        length = size * (1 - 0.48 * t) * (0.94 + 0.12 * math.sin(place * 1.7))
        grown.append(_leaf(root, direction + side * (0.88 - 0.22 * t) + wobble, length, side * 0.1, palette))
    return grown


def _leaf(root: Point, angle: float, length: float, bend: float, palette: Palette) -> str:
    """Draw one leaf, hiding what lies behind it: a pale lit half, a darker shaded half, midrib and veins."""
    width = length * 0.21
    stalk = length * 0.12

    def place(x: float, y: float) -> str:
        return at(turned((stalk + x * length, y * width + bend * length * x * x), angle, root))

    rib = f"M{at(root)}L{place(0, 0)}Q{place(0.5, 0)} {place(0.97, 0)}"
    lit = f"M{place(0, 0)}C{place(0.18, -1.25)} {place(0.62, -1.35)} {place(1, 0)}Q{place(0.5, 0)} {place(0, 0)}Z"
    shaded = f"M{place(0, 0)}C{place(0.18, 1.25)} {place(0.62, 1.35)} {place(1, 0)}Q{place(0.5, 0)} {place(0, 0)}Z"
    veins = "".join(
        f"M{place(t, 0)}Q{place(t + 0.09, 0.32 * side)} {place(t + 0.17, reach * side)}"
        for t, reach in ((0.16, 0.6), (0.31, 0.72), (0.46, 0.68), (0.61, 0.5))
        for side in (-1, 1)
    )
    return path(lit, fill=palette.faint) + path(shaded, fill=palette.tint) + path(rib) + path(veins, stroke_width=0.13)


def _berries(palette: Palette) -> list[str]:
    """Hang a few berries where the twigs leave the stem."""
    drawn = []
    for t, angle, length in (
        (0.26, 0.12, 12.0),
        (0.265, 0.4, 10.0),
        (0.46, -2.75, 10.0),
        (0.465, -2.4, 8.5),
        (0.7, 0.15, 9.5),
    ):
        root, _ = bezier(*_STEM, t)
        end = turned((length, 0), angle, root)
        middle = turned((length * 0.6, -1.2), angle, root)
        drawn.append(path(f"M{at(root)}Q{at(middle)} {at(end)}", stroke_width=0.22))
        drawn.append(circle(turned((1.2, 0), angle, end), 1.25, fill=palette.mid))
        drawn.append(circle(turned((1.55, -0.35), angle, end), 0.3, fill=palette.paper, stroke="none"))
    return drawn
