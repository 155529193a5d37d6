"""Winter: a clear night above snow, fir trees in three distances, and the first flakes."""

import math

from largesse.adapters.typeset.art.pen import WIDTH_MM, Point, at, circle, group, path, rectangle, sheet, turned
from largesse.adapters.typeset.palette import Palette

_SKY_MM = 62.0


def draw(palette: Palette) -> str:
    """Return the drawing in the colours of `palette`."""
    far = [_fir(x, 51.5 + 1.5 * math.sin(x), 9 + 3 * math.sin(x * 1.7)) for x in _spread(4, 206, 7.2)]
    middle = [
        _fir(x, 54.5 + math.sin(x), 14 + 4 * math.sin(x * 2.3)) for x in (10, 19, 29, 43, 158, 170, 181, 193, 203)
    ]
    near = [
        _fir(x, y, height)
        for x, y, height in ((7, 60, 27), (22, 61, 21), (36, 60.5, 14), (176, 61, 16), (189, 61.5, 24), (203, 60, 31))
    ]
    return sheet(
        f'<defs><linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="{palette.night}"/>'
        f'<stop offset="1" stop-color="{palette.dusk}"/></linearGradient></defs>',
        rectangle(0, 0, WIDTH_MM, _SKY_MM, fill="url(#sky)"),
        _moon((178.0, 15.0), palette),
        group(_stars(), fill="#ffffff"),
        path("M0 50C30 44 62 48 96 50S160 43 210 49V63H0Z", fill=palette.mid, opacity=0.55),
        group(far, fill=palette.dusk),
        path("M0 54C42 47 74 56 112 53.5S176 48 210 54V64H0Z", fill=palette.tint),
        group(middle, fill=palette.night, opacity=0.78),
        group(near, fill=palette.night),
        path("M0 60C36 53.5 68 61.5 108 58.5S172 54.5 210 60V66H0Z", fill=palette.paper),
        group(
            [_flake(*flake) for flake in ((20.0, 14.0, 4.2), (47.0, 29.0, 2.4), (160.0, 33.0, 2.6), (66.0, 9.0, 1.7))],
            fill="none",
            stroke="#ffffff",
            stroke_width=0.28,
            stroke_linecap="round",
        ),
    )


def _spread(start: float, end: float, step: float) -> list[float]:
    return [start + step * place for place in range(int((end - start) / step) + 1)]


def _fir(x: float, foot: float, height: float) -> str:
    """Draw one fir: tiers of drooping branches on both sides, wider towards the foot."""
    tiers = 5
    right: list[Point] = []
    for tier in range(1, tiers + 1):
        y = foot - height + height * 0.92 * tier / tiers
        reach = height * 0.29 * (tier / tiers) ** 0.9
        right += [(x + reach, y + height * 0.025), (x + reach * 0.45, y - height * 0.045)]
    left = [(2 * x - px, py) for px, py in reversed(right)]
    trunk: list[Point] = [
        (x + height * 0.03, foot - height * 0.1),
        (x + height * 0.03, foot + 3),
        (x - height * 0.03, foot + 3),
        (x - height * 0.03, foot - height * 0.1),
    ]
    outline = [(x, foot - height), *right[:-1], *trunk, *left[1:]]
    return path("M" + "L".join(at(point) for point in outline) + "Z")


def _moon(centre: Point, palette: Palette) -> str:
    return circle(centre, 8.6, fill="#ffffff", opacity=0.07) + circle(centre, 5.4, fill=palette.paper)


def _stars() -> list[str]:
    """Scatter stars by the golden angle: even, and never in rows; none behind the words."""
    places = [((place * 0.618034 % 1) * 206 + 2, (place * 0.802158 % 1) * 40 + 2) for place in range(46)]
    return [
        circle((x, y), 0.16 + 0.04 * (place * 7 % 5), opacity=0.45 + 0.1 * (place % 5))
        for place, (x, y) in enumerate(places)
        if not (66 < x < 144 and 8 < y < 36)
    ]


def _flake(x: float, y: float, radius: float) -> str:
    """Draw a snow crystal: six arms, each with two pairs of barbs."""
    data = []
    for arm in range(6):
        angle = math.tau * arm / 6 + math.pi / 6
        data.append(f"M{at((x, y))}L{at(turned((radius, 0), angle, (x, y)))}")
        for share, barb in ((0.45, 0.28), (0.72, 0.2)):
            root = turned((radius * share, 0), angle, (x, y))
            tips = [turned((radius * barb, 0), angle + side * math.pi / 3, root) for side in (-1, 1)]
            data.extend(f"M{at(root)}L{at(tip)}" for tip in tips)
    return path("".join(data))
