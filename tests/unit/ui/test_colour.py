"""Any colour a merchant picks can be read, in light and in dark."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from largesse.ui import DARK, DEFAULT_ACCENT, LIGHT, InvalidAccent, contrast, palette, parse_accent, theme_css
from largesse.ui.colour import Neutrals

COLOURS = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")
TEXT, SHAPE = 4.5, 3.0


def test_black_on_white_has_the_contrast_that_wcag_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#123456", "#123456") == pytest.approx(1.0)


@given(accent=COLOURS, dark=st.booleans())
@example(accent="#ffffff", dark=False)
@example(accent="#000000", dark=True)
@example(accent="#ffff00", dark=False)
@example(accent="#777777", dark=False)
@example(accent="#0000ff", dark=True)
def test_every_accent_can_be_read(accent: str, *, dark: bool) -> None:
    made = palette(accent, dark=dark)
    ground = made.neutrals
    for back in (ground.paper, ground.surface, ground.sunk, made.tint):
        assert contrast(made.accent_ink, back) >= TEXT
        assert contrast(ground.ink, back) >= TEXT
        assert contrast(ground.ink_soft, back) >= TEXT
        assert contrast(made.accent_edge, back) >= SHAPE
    assert made.accent == accent  # F35: the merchant's own, with words that can be read on it and an edge that is seen
    assert contrast(made.on_accent, made.accent) >= TEXT
    assert contrast(made.on_accent, made.accent_deep) >= TEXT


@pytest.mark.parametrize("ground", [LIGHT, DARK], ids=["light", "dark"])
def test_the_words_of_success_warning_and_error_can_be_read(ground: Neutrals) -> None:
    for ink, tint in ((ground.good, ground.good_tint), (ground.warn, ground.warn_tint), (ground.bad, ground.bad_tint)):
        for back in (ground.paper, ground.surface, ground.sunk, tint):
            assert contrast(ink, back) >= TEXT
            assert contrast(ground.ink, back) >= TEXT
    for back in (ground.paper, ground.surface, ground.sunk):
        assert contrast(ground.edge, back) >= SHAPE


@given(accent=COLOURS)
def test_an_accent_that_can_be_read_as_it_is_stays_as_it_is(accent: str) -> None:
    if contrast(accent, LIGHT.sunk) >= 8 and contrast(accent, LIGHT.surface) >= 8:
        assert palette(accent, dark=False).accent_ink == accent


@pytest.mark.parametrize("text", ["", "7a2e3b", "#7a2e3", "#7a2e3bb", "red", "#7a2e3g", "#7a2e3b;}"])
def test_what_is_not_a_colour_is_refused(text: str) -> None:
    with pytest.raises(InvalidAccent):
        parse_accent(text)


def test_the_theme_follows_the_system_and_the_reader_can_overrule_it() -> None:
    css = theme_css(DEFAULT_ACCENT)
    assert (
        css.index(":root,[data-theme=light]")
        < css.index("@media (prefers-color-scheme:dark)")
        < css.index("[data-theme=dark]{")
    )
    assert css.count("--paper:") == 3
    assert f"--accent:{DEFAULT_ACCENT}" in css
