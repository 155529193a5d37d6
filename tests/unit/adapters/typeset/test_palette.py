import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.adapters.typeset.palette import palette_of
from largesse.ui import contrast

CHANNEL = st.integers(0, 255)


@given(st.tuples(CHANNEL, CHANNEL, CHANNEL))
def test_words_in_any_accent_can_be_read_on_the_paper(accent: tuple[int, int, int]) -> None:
    palette = palette_of("#{:02x}{:02x}{:02x}".format(*accent))
    assert contrast(palette.accent_ink, palette.paper) >= 4.5


def test_an_accent_that_can_be_read_is_left_alone() -> None:
    assert palette_of("#2f5d50").accent_ink == "#2f5d50"
    assert palette_of("#FFE600").accent_ink != "#ffe600"


def test_white_words_can_be_read_on_the_night_of_any_accent() -> None:
    for accent in ("#ffffff", "#ffe600", "#00ffcc", "#2f5d50", "#000000"):
        palette = palette_of(accent)
        for sky in (palette.night, palette.dusk):
            assert contrast("#ffffff", sky) >= 4.5


def test_what_is_no_colour_is_refused() -> None:
    with pytest.raises(ValueError, match="#rrggbb"):
        palette_of("red")
