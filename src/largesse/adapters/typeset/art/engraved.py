"""Engraved: a frame of interlaced waves and four rosettes, as a banknote printer would turn them on a lathe."""

import math

from largesse.adapters.typeset.art.pen import (
    HEIGHT_MM,
    WIDTH_MM,
    Point,
    at,
    group,
    number,
    path,
    polar,
    rectangle,
    sheet,
    smooth,
)
from largesse.adapters.typeset.palette import Inks

_INSET_MM = 10.5
_CORNER_MM = 7.6
_THREADS = 5
_SWING_MM = 2.5


def draw(palette: Inks) -> str:
    """Return the drawing in the colours of `palette`."""
    left, right, top, bottom = _INSET_MM, WIDTH_MM - _INSET_MM, _INSET_MM, HEIGHT_MM - _INSET_MM
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    bands = [_band(corners[side], corners[(side + 1) % 4]) for side in range(4)]
    return sheet(
        group(_watermark((WIDTH_MM / 2, 50.0)), fill="none", stroke=palette.tint, stroke_width=0.16),
        group((line for band in bands for line in band), fill="none", stroke=palette.accent_ink, stroke_width=0.17),
        _rules(palette),
        group(
            (line for corner in corners for line in _rosette(corner, palette)),
            fill="none",
            stroke=palette.accent_ink,
            stroke_width=0.15,
        ),
    )


def _band(start: Point, end: Point) -> list[str]:
    """Weave threads from one corner to the next: sine waves out of step, whose swing itself swells and ebbs."""
    length = math.dist(start, end) - 2 * _CORNER_MM
    along = ((end[0] - start[0]) / math.dist(start, end), (end[1] - start[1]) / math.dist(start, end))
    waves = round(length / 8.4)
    samples = waves * 6
    lines = []
    for thread in range(_THREADS):
        points = []
        for step in range(samples + 1):
            turn = math.tau * waves * step / samples
            swing = _SWING_MM * (0.72 + 0.28 * math.cos(turn * 2))
            offset = swing * math.sin(turn + math.tau * thread / _THREADS)
            distance = _CORNER_MM + length * step / samples
            points.append(
                (start[0] + along[0] * distance - along[1] * offset, start[1] + along[1] * distance + along[0] * offset)
            )
        lines.append(path(smooth(points)))
    return lines


def _rules(palette: Inks) -> str:
    lines = []
    for inset, weight in ((6.4, 0.5), (7.3, 0.15), (13.7, 0.15), (14.5, 0.35)):
        lines.append(rectangle(inset, inset, WIDTH_MM - 2 * inset, HEIGHT_MM - 2 * inset, stroke_width=weight, rx=0.6))
    return group(lines, fill="none", stroke=palette.accent_ink)


def _rosette(centre: Point, palette: Inks) -> list[str]:
    """Turn one rosette: paper beneath it, so that the frame ends cleanly, then rings of petals out of step."""
    edge = _ring(centre, _CORNER_MM - 0.3, 0.3, 28)
    rings = [path(edge, fill=palette.paper, stroke=palette.accent_ink, stroke_width=0.25)]
    for radius, swing, petals in ((6.0, 0.95, 28), (4.3, 1.05, 18), (2.5, 1.1, 12), (1.1, 0.55, 8)):
        ring = path(_ring(centre, radius, swing, petals))
        for turn in range(2):
            angle = 360 * turn / (2 * petals)
            rings.append(f'<g transform="rotate({number(angle)} {at(centre)})">{ring}</g>' if turn else ring)
    return rings


def _watermark(centre: Point) -> list[str]:
    """Draw the pale rose behind the amount: three laces, one within the other."""
    lines = []
    for radius, swing, petals, turns in ((25.5, 3.2, 30, 3), (18.0, 4.4, 18, 3), (9.5, 4.4, 12, 3)):
        ring = path(_ring(centre, radius, swing, petals))
        for turn in range(turns):
            angle = 360 * turn / (turns * petals)
            lines.append(f'<g transform="rotate({number(angle)} {at(centre)})">{ring}</g>')
    return lines


def _ring(centre: Point, radius: float, swing: float, petals: int) -> str:
    """Return a circle whose radius swings in and out, once for each of its petals."""
    return polar(centre, lambda angle: radius + swing * math.cos(petals * angle), samples=petals * 4)
