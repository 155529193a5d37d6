"""Botanical: a branch drawn with a fine pen, its leaves tinted a little beside the line, as in an old herbal."""

import math

from largesse.adapters.typeset.art.pen import Point, at, bezier, circle, group, path, sheet, turned
from largesse.adapters.typeset.palette import Palette

_STEM: tuple[Point, Point, Point, Point] = ((14.0, 152.0), (40.0, 118.0), (8.0, 62.0), (43.0, 9.0))
_TWIG: tuple[Point, Point, Point, Point] = ((23.5, 108.0), (34.0, 96.0), (42.0, 88.0), (55.0, 80.0))
_SPRIG: tuple[Point, Point, Point, Point] = ((20.5, 132.0), (12.0, 122.0), (8.0, 112.0), (7.0, 98.0))
_REGISTER_MM = 0.9  # how far the tint was printed beside the line


def draw(palette: Palette) -> str:
    """Return the drawing in the colours of `palette`."""
    washes, lines = [], []
    for branch, leaves, size in ((_STEM, 17, 17.0), (_TWIG, 6, 11.5), (_SPRIG, 6, 10.0)):
        for wash, line in _leaves(branch, leaves, size):
            washes.append(wash)
            lines.append(line)
    stems = [path(f"M{at(b[0])}C{at(b[1])} {at(b[2])} {at(b[3])}") for b in (_STEM, _TWIG, _SPRIG)]
    return sheet(
        group(washes, fill=palette.tint, transform=f"translate({_REGISTER_MM} {_REGISTER_MM})"),
        group(
            [*stems, *lines, *_berries(palette)],
            fill="none",
            stroke=palette.accent_ink,
            stroke_width=0.3,
            stroke_linecap="round",
            stroke_linejoin="round",
        ),
    )


def _leaves(branch: tuple[Point, Point, Point, Point], count: int, size: float) -> list[tuple[str, str]]:
    """Grow `count` leaves along a branch, smaller towards its tip, in turn left and right, and one at the end."""
    grown = []
    for place in range(count):
        t = 0.1 + 0.86 * place / (count - 1)
        root, direction = bezier(*branch, t)
        last = place == count - 1
        side = 0.0 if last else (1 if place % 2 else -1)
        wobble = 0.16 * math.sin(place * 2.4)
        length = size * (1 - 0.5 * t) * (0.92 + 0.12 * math.sin(place * 1.7))
        grown.append(_leaf(root, direction + side * (0.92 - 0.25 * t) + wobble, length, bend=side * 0.1))
    return grown


def _leaf(root: Point, angle: float, length: float, *, bend: float) -> tuple[str, str]:
    """Draw one leaf: the shape to be tinted, and the line with its midrib and veins."""
    width = length * 0.21
    stalk = length * 0.12

    def place(x: float, y: float) -> str:
        return at(turned((stalk + x * length, y * width + bend * length * x * x), angle, root))

    shape = (
        f"M{place(0, 0)}C{place(0.18, -1.25)} {place(0.62, -1.35)} {place(1, 0)}"
        f"C{place(0.62, 1.35)} {place(0.18, 1.25)} {place(0, 0)}Z"
    )
    rib = f"M{at(root)}L{place(0, 0)}Q{place(0.5, 0)} {place(0.93, 0)}"
    veins = "".join(
        f"M{place(t, 0)}Q{place(t + 0.09, 0.32 * side)} {place(t + 0.17, reach * side)}"
        for t, reach in ((0.16, 0.6), (0.31, 0.72), (0.46, 0.68), (0.61, 0.5))
        for side in (-1, 1)
    )
    return path(shape), path(shape + rib) + path(veins, stroke_width=0.14)


def _berries(palette: Palette) -> list[str]:
    """Hang a few berries where the twigs leave the stem."""
    drawn = []
    for root_t, angle, length in ((0.24, 0.25, 9.0), (0.245, 0.75, 7.0), (0.5, -2.6, 8.0), (0.505, -2.1, 7.0), (0.74, 0.55, 6.5)):
        root, _ = bezier(*_STEM, root_t)
        end = turned((length, 0), angle, root)
        middle = turned((length * 0.6, -1.2), angle, root)
        drawn.append(path(f"M{at(root)}Q{at(middle)} {at(end)}", stroke_width=0.22))
        drawn.append(circle(turned((1.2, 0), angle, end), 1.25, fill=palette.mid))
        drawn.append(circle(turned((1.55, -0.35), angle, end), 0.3, fill=palette.paper, stroke="none"))
    return drawn
