import gzip

import pytest
from lxml import etree

from largesse.adapters.typeset.art import draw, thumbnail
from largesse.adapters.typeset.palette import palette_of
from largesse.domain.catalog.certificate_face import Design

SVG = "{http://www.w3.org/2000/svg}"
SHAPES = {SVG + name for name in ("svg", "g", "path", "rect", "circle", "defs", "linearGradient", "stop")}


@pytest.mark.parametrize("design", Design)
def test_every_design_is_vector_art_without_script_link_or_word(design: Design) -> None:
    drawing = etree.fromstring(draw(design, palette_of("#2f5d50")).encode())
    assert {element.tag for element in drawing.iter()} <= SHAPES
    assert drawing.get("viewBox") == "0 0 210 148"
    assert not any("href" in str(name) or str(name).startswith("on") for part in drawing.iter() for name in part.attrib)


@pytest.mark.parametrize("design", Design)
def test_a_drawing_is_light_enough_to_travel_with_every_preview(design: Design) -> None:
    assert len(draw(design, palette_of("#2f5d50"))) < 130_000


@pytest.mark.parametrize("design", Design)
def test_a_thumbnail_is_the_drawing_on_its_paper_and_light(design: Design) -> None:
    """F25: no word, no code, and no more than 6 kB on the wire."""
    drawn, small = (
        [element.tag for element in etree.fromstring(art(design, palette_of("#2f5d50")).encode()).iter()]
        for art in (draw, thumbnail)
    )
    assert small == [drawn[0], f"{SVG}rect", *drawn[1:]]
    assert len(gzip.compress(thumbnail(design, palette_of("#2f5d50")).encode(), 6)) < 6_000


def test_beside_a_logo_stands_no_second_ornament() -> None:
    """F49."""
    inks = palette_of("#2f5d50")
    alone, beside = (draw(Design.LETTERPRESS, inks, beside_logo=known) for known in (False, True))
    assert inks.accent_ink in alone
    assert inks.accent_ink not in beside
    assert [one.tag for one in etree.fromstring(beside.encode())] == [f"{SVG}g"]  # the frame is left
    for design in set(Design) - {Design.LETTERPRESS}:
        assert draw(design, inks, beside_logo=True) == draw(design, inks)


def test_designs_differ_and_take_the_accent() -> None:
    green, red = palette_of("#2f5d50"), palette_of("#8a2f3b")
    assert len({draw(design, palette) for design in Design for palette in (green, red)}) == 2 * len(Design)
    assert all(green.accent_ink not in draw(design, red) for design in Design)
