"""Geometric: quarter circles on a grid, printed flat in three inks, as a mid-century tile or a theatre poster."""

from collections.abc import Callable

from largesse.adapters.typeset.art.pen import HEIGHT_MM, at, circle, number, path, rectangle, sheet
from largesse.adapters.typeset.palette import Palette

_ROWS = 7
_SIDE = HEIGHT_MM / _ROWS

# Ground and figure of each tile: p paper, t tint, m middle, a accent, i ink.
_COLOURS = ("ta ip tm", "am pa it", "pi ta am", "mt ap tp", "ia tm pa", "tp ai mt", "am ti ap")
# Figure of each tile and, for those that have a direction, the corner (0 to 3, clockwise from top left) it grows from.
_FIGURES = ("q0 o0 l1", "h1 q2 d0", "l0 r3 q1", "q3 h0 o0", "d0 l1 r2", "r1 q0 h3", "q2 o0 l0")


def draw(palette: Palette) -> str:
    """Return the drawing in the colours of `palette`."""
    inks = {"p": palette.paper, "t": palette.tint, "m": palette.mid, "a": palette.accent_ink, "i": palette.ink}
    tiles = []
    for row, (colours, figures) in enumerate(zip(_COLOURS, _FIGURES, strict=True)):
        for column, (colour, figure) in enumerate(zip(colours.split(), figures.split(), strict=True)):
            x, y = column * _SIDE, row * _SIDE
            ground, ink = inks[colour[0]], inks[colour[1]]
            # A hair of overlap, or screens show the paper between two tiles.
            tiles.append(rectangle(x - 0.02, y - 0.02, _SIDE + 0.04, _SIDE + 0.04, fill=ground))
            turn = f"rotate({90 * int(figure[1])} {number(x + _SIDE / 2)} {number(y + _SIDE / 2)})"
            tiles.append(f'<g transform="{turn}">{_DRAWN[figure[0]](x, y, ink, ground)}</g>')
    return sheet(*tiles)


def _quarter(x: float, y: float, ink: str, _ground: str) -> str:
    return path(_sector(x, y, _SIDE), fill=ink)


def _half(x: float, y: float, ink: str, _ground: str) -> str:
    radius = number(_SIDE / 2)
    return path(f"M{at((x, y))}A{radius} {radius} 0 0 0 {at((x + _SIDE, y))}Z", fill=ink)


def _leaf(x: float, y: float, ink: str, _ground: str) -> str:
    radius = number(_SIDE)
    start, end = at((x, y + _SIDE)), at((x + _SIDE, y))
    return path(f"M{start}A{radius} {radius} 0 0 1 {end}A{radius} {radius} 0 0 1 {start}Z", fill=ink)


def _disc(x: float, y: float, ink: str, ground: str) -> str:
    centre = (x + _SIDE / 2, y + _SIDE / 2)
    return circle(centre, _SIDE * 0.36, fill=ink) + circle(centre, _SIDE * 0.13, fill=ground)


def _rainbow(x: float, y: float, ink: str, ground: str) -> str:
    rings = ((1.0, ink), (0.8, ground), (0.6, ink), (0.4, ground), (0.2, ink))
    return "".join(path(_sector(x, y, _SIDE * share), fill=fill) for share, fill in rings)


def _diamond(x: float, y: float, ink: str, _ground: str) -> str:
    middle = _SIDE / 2
    points = ((x + middle, y), (x + _SIDE, y + middle), (x + middle, y + _SIDE), (x, y + middle))
    return path("M" + "L".join(at(point) for point in points) + "Z", fill=ink)


def _sector(x: float, y: float, radius: float) -> str:
    """Return the quarter disc around the top left corner of a tile."""
    r = number(radius)
    return f"M{at((x, y))}L{at((x + radius, y))}A{r} {r} 0 0 1 {at((x, y + radius))}Z"


_DRAWN: dict[str, Callable[[float, float, str, str], str]] = {
    "q": _quarter,
    "h": _half,
    "l": _leaf,
    "o": _disc,
    "r": _rainbow,
    "d": _diamond,
}
