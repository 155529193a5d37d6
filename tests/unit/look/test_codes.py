import re

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from largesse.look.codes import barcode_quiet_share, barcode_svg, qr_quiet_share, qr_svg

PRINTABLE = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=40)


@given(PRINTABLE)
def test_a_barcode_keeps_ten_modules_free_on_both_sides(text: str) -> None:
    drawing = etree.fromstring(barcode_svg(text).encode())
    width = int(drawing.get("viewBox", "").split()[2])
    bars = [(int(x), int(w)) for x, w in re.findall(r"M(\d+) 0h(\d+)", etree.tostring(drawing).decode())]
    assert bars[0][0] == 10
    assert width - sum(bars[-1]) == 10
    assert all(1 <= w <= 4 for _, w in bars)
    assert barcode_quiet_share(text) * (width - 20) == 10


def test_a_qr_code_keeps_four_modules_free() -> None:
    url = "https://gifts.example.com/gifts/redeem.html?code=GL7K2M9QXR4T8WHB3C"
    drawing = etree.fromstring(qr_svg(url).encode())
    side = int(drawing.get("viewBox", "").split()[2])
    assert round(qr_quiet_share(url) * (side - 8), 6) == 4
