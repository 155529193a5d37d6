"""The demo's pictures, drawn by the project: flat shapes in the colours of early morning, nobody's photograph.

Coordinates are those of a sheet of 1200 by 800; everything is drawn twice as large and scaled down, which smooths it.
"""

import io
import math
from collections.abc import Callable, Sequence
from typing import Final

from PIL import Image, ImageDraw

_WIDTH: Final = 1200
_HEIGHT: Final = 800
_FINE: Final = 2
_DAWN: Final = ("#f7efe2", "#f0dcc8")
_MIST: Final = ("#eef1e8", "#cfdcd0")
_DUSK: Final = ("#f4ebe3", "#e3cdbb")
_LEAF, _LEAF_DARK, _LEAF_PALE = "#2f5d50", "#234a40", "#7fa394"

Point = tuple[float, float]


class _Sheet:
    """Draw shapes on a sheet, in its coordinates."""

    def __init__(self, size: tuple[int, int], background: str | None) -> None:
        self.size = size
        fine = (size[0] * _FINE, size[1] * _FINE)
        self.image = Image.new("RGBA", fine, background or (0, 0, 0, 0))
        self._pen = ImageDraw.Draw(self.image)

    def shape(self, points: Sequence[Point], colour: str) -> None:
        """Fill a shape."""
        self._pen.polygon([(x * _FINE, y * _FINE) for x, y in points], fill=colour)

    def ellipse(self, centre: Point, across: float, down: float, colour: str) -> None:
        """Fill an ellipse of two radii."""
        (x, y) = centre
        box = ((x - across) * _FINE, (y - down) * _FINE, (x + across) * _FINE, (y + down) * _FINE)
        self._pen.ellipse(box, fill=colour)

    def ring(self, centre: Point, across: float, down: float, colour: str, width: float) -> None:
        """Draw an ellipse's line."""
        (x, y) = centre
        box = ((x - across) * _FINE, (y - down) * _FINE, (x + across) * _FINE, (y + down) * _FINE)
        self._pen.ellipse(box, outline=colour, width=round(width * _FINE))

    def line(self, points: Sequence[Point], colour: str, width: float) -> None:
        """Draw a line with round joints and ends."""
        fine = [(x * _FINE, y * _FINE) for x, y in points]
        self._pen.line(fine, fill=colour, width=round(width * _FINE), joint="curve")
        for x, y in (points[0], points[-1]):
            self.ellipse((x, y), width / 2, width / 2, colour)

    def png(self) -> bytes:
        """Return the sheet as a PNG."""
        out = io.BytesIO()
        self.image.resize(self.size, Image.Resampling.LANCZOS).save(out, "PNG", compress_level=1)
        return out.getvalue()


def drawing(name: str) -> bytes | None:
    """Return a picture of the demo as a PNG, None when there is none of that name."""
    draw = _DRAWINGS.get(name)
    return draw() if draw else None


def _sky(colours: tuple[str, str]) -> _Sheet:
    """Return a sheet whose ground changes from one colour to the other, in broad bands."""
    sheet = _Sheet((_WIDTH, _HEIGHT), colours[0])
    bands = 24
    for band in range(bands):
        top = _HEIGHT * band / bands
        colour = _mixed(*colours, band / (bands - 1))
        sheet.shape([(0, top), (_WIDTH, top), (_WIDTH, _HEIGHT), (0, _HEIGHT)], colour)
    return sheet


def _mixed(one: str, other: str, part: float) -> str:
    pairs = ((int(one[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(start + (end - start) * part):02x}" for start, end in pairs)


def _petal(foot: Point, length: float, width: float, degrees: float) -> list[Point]:
    """Return a leaf-shaped outline that stands on `foot`, leaning by `degrees` from upright."""
    lean = math.radians(degrees)
    outline = []
    steps = 40
    for step in range(2 * steps):
        part = step / steps if step < steps else 2 - step / steps
        side = width / 2 * math.sin(math.pi * part**0.8) * (1 if step < steps else -1)
        up = length * part
        x = foot[0] + up * math.sin(lean) + side * math.cos(lean)
        y = foot[1] - up * math.cos(lean) + side * math.sin(lean)
        outline.append((x, y))
    return outline


def _lotus_petals(sheet: _Sheet, foot: Point, scale: float, colours: Sequence[str]) -> None:
    rows = ((78, 0.86, 0), (52, 0.98, 1), (27, 1.06, 2), (0, 1.12, 3))
    for lean, length, shade in rows:
        for side in (-1, 1) if lean else (0,):
            sheet.shape(_petal(foot, 250 * length * scale, 120 * scale, side * lean), colours[shade])


def _lotus() -> bytes:
    sheet = _sky(_DAWN)
    sheet.ellipse((600, 330), 190, 190, "#f8d9b4")
    sheet.shape([(0, 540), (_WIDTH, 540), (_WIDTH, _HEIGHT), (0, _HEIGHT)], "#b9cfc4")
    for row, (colour, half) in enumerate((("#c9dbd1", 520), ("#a9c4b8", 420), ("#c9dbd1", 560), ("#9dbbae", 360))):
        sheet.ellipse((600 + (row % 2 * 2 - 1) * 60, 585 + row * 50), half, 7, colour)
    for centre, across in (((290, 640), 150), ((905, 668), 185), ((600, 570), 300)):
        sheet.ellipse((centre[0], centre[1] + 8), across, across * 0.21, _LEAF_DARK)
        sheet.ellipse(centre, across, across * 0.2, _LEAF)
        sheet.shape([centre, (centre[0] + across, centre[1] - 14), (centre[0] + across, centre[1] + 16)], "#b0c9bd")
    _lotus_petals(sheet, (600, 560), 1.0, ("#d99a8b", "#e5b0a0", "#efc7b8", "#f7ddd1"))
    return sheet.png()


def _stones() -> bytes:
    sheet = _sky(_MIST)
    for across, colour in ((560, "#c3d3c6"), (440, "#b7cabc"), (330, "#abc1b1")):
        sheet.ring((600, 632), across, across * 0.19, colour, 5)
    sheet.ellipse((600, 640), 290, 52, "#9fb7a8")
    stones = (
        ((600, 590), 230, 66, "#4c5a55"),
        ((612, 482), 172, 58, "#66756e"),
        ((592, 388), 118, 46, "#83928a"),
    )
    for (x, y), across, down, colour in stones:
        sheet.ellipse((x, y + 5), across, down, _mixed(colour, "#20302a", 0.35))
        sheet.ellipse((x, y), across, down, colour)
        sheet.ellipse((x - across * 0.22, y - down * 0.34), across * 0.5, down * 0.3, _mixed(colour, "#ffffff", 0.16))
    foot = (592.0, 346.0)
    for lean, length in ((-38, 150), (34, 170), (0, 205)):
        sheet.shape(_petal(foot, length, 62, lean), _LEAF if lean else _LEAF_PALE)
        tip = math.radians(lean)
        end = (foot[0] + math.sin(tip) * length * 0.82, foot[1] - math.cos(tip) * length * 0.82)
        sheet.line([foot, end], _LEAF_DARK, 3)
    return sheet.png()


def _tea() -> bytes:
    sheet = _sky(_DUSK)
    sheet.ellipse((600, 640), 470, 74, "#7b5a45")
    sheet.ellipse((600, 624), 470, 74, "#96705a")
    sheet.ellipse((600, 620), 430, 58, "#a9826a")
    _pot(sheet, (600, 500))
    for x in (345, 872):
        _cup(sheet, (x, 600))
        _steam(sheet, (x, 520))
    return sheet.png()


def _pot(sheet: _Sheet, centre: Point) -> None:
    x, y = centre
    sheet.ring((x + 168, y - 8), 78, 88, _LEAF_DARK, 24)
    sheet.shape([(x - 120, y + 30), (x - 262, y - 96), (x - 226, y - 112), (x - 90, y - 40)], _LEAF_DARK)
    sheet.ellipse((x, y + 6), 180, 128, _LEAF_DARK)
    sheet.ellipse((x, y), 180, 124, _LEAF)
    sheet.ellipse((x, y - 104), 92, 26, _LEAF_DARK)
    sheet.ellipse((x, y - 114), 92, 26, "#3c6f60")
    sheet.ellipse((x, y - 150), 20, 20, _LEAF_DARK)
    sheet.ellipse((x - 62, y - 40), 52, 30, "#4b7c6e")


def _cup(sheet: _Sheet, centre: Point) -> None:
    x, y = centre
    sheet.ellipse((x, y + 34), 128, 22, "#e9ddcd")
    sheet.shape([(x - 84, y - 60), (x + 84, y - 60), (x + 52, y + 30), (x - 52, y + 30)], "#f6eee2")
    sheet.ellipse((x, y + 28), 52, 14, "#f6eee2")
    sheet.ellipse((x, y - 60), 84, 22, "#fffaf2")
    sheet.ellipse((x, y - 57), 70, 15, "#b8763f")


def _steam(sheet: _Sheet, foot: Point) -> None:
    for shift in (-26, 14):
        points = [(foot[0] + shift + 13 * math.sin(step / 9), foot[1] - 20 - step * 3.1) for step in range(52)]
        sheet.line(points, "#fbf6ee", 7)


def _logo() -> bytes:
    sheet = _Sheet((480, 320), None)
    _lotus_petals(sheet, (240, 280), 0.92, ("#9dbbae", _LEAF_PALE, "#4b7c6e", _LEAF))
    return sheet.png()


_DRAWINGS: Final[dict[str, Callable[[], bytes]]] = {"lotus": _lotus, "stones": _stones, "tea": _tea, "logo": _logo}
