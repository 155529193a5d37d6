import re
from collections.abc import Sequence

import zxingcpp
from barcode.charsets import code128
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree
from PIL import Image, ImageDraw

from largesse.ui.codes import barcode_quiet_share, barcode_svg, qr_quiet_share, qr_svg

PRINTABLE = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=40)


def modules_of(drawing: str) -> str:
    """What is drawn between the quiet zones, a dark module as 1."""
    bars = [(int(x), int(width)) for x, width in re.findall(r"M(\d+) 0h(\d+)", drawing)]
    modules = [0] * (sum(bars[-1]) - bars[0][0])
    for x, width in bars:
        modules[x - 10 : x - 10 + width] = [1] * width
    return "".join(map(str, modules))


def scanned(modules: str) -> str:
    """Read Code 128 with the table of another library, as a scanner does: start, symbols, check symbol, stop."""
    *symbols, stop = [modules[start : start + 11] for start in range(0, len(modules) - 2, 11)]
    start, *values, check = [[*code128.CODES].index(symbol) for symbol in symbols]
    assert (stop, modules[-2:]) == (code128.STOP, "11")
    assert check == (start + sum(place * value for place, value in enumerate(values, start=1))) % 103
    charset = {value: name for name, value in code128.START_CODES.items()}[start]
    text = ""
    for value in values:
        if (charset, value) in SHIFTS:
            charset = SHIFTS[charset, value]
        elif charset == "C":
            text += f"{value:02}"
        else:
            text += {place: sign for sign, place in getattr(code128, charset).items()}[value]
    return text


SHIFTS = {("A", 99): "C", ("A", 100): "B", ("B", 99): "C", ("B", 101): "A", ("C", 100): "B", ("C", 101): "A"}


@given(PRINTABLE)
@example("99A57DG0YX9CHA5K40")  # its first pair of digits has the value of a change of character set
@example("1234567")
@example("GL7K2M9QXR4T8WHB3C")
def test_a_barcode_is_read_as_what_was_written(text: str) -> None:
    assert scanned(modules_of(barcode_svg(text))) == text


@given(PRINTABLE)
def test_a_barcode_keeps_ten_modules_free_on_both_sides(text: str) -> None:
    drawing = etree.fromstring(barcode_svg(text).encode())
    width = int(drawing.get("viewBox", "").split()[2])
    bars = [(int(x), int(w)) for x, w in re.findall(r"M(\d+) 0h(\d+)", etree.tostring(drawing).decode())]
    assert bars[0][0] == 10
    assert width - sum(bars[-1]) == 10
    assert all(1 <= w <= 4 for _, w in bars)
    assert barcode_quiet_share(text) * (width - 20) == 10


def read_again(drawing: str) -> Sequence[zxingcpp.Barcode]:
    """What a reader sees in a QR code that is drawn four pixels to a module."""
    side = int(etree.fromstring(drawing.encode()).get("viewBox", "").split()[2])
    picture = Image.new("L", (side * 4, side * 4), 255)
    pen = ImageDraw.Draw(picture)
    for x, y, width in re.findall(r"M(\d+) (\d+)\.5h(\d+)", drawing):
        left, top = int(x) * 4, int(y) * 4
        pen.rectangle((left, top, left + int(width) * 4 - 1, top + 3), fill=0)
    return zxingcpp.read_barcodes(picture)


@given(PRINTABLE)
def test_a_qr_code_is_read_as_what_was_written(text: str) -> None:
    [found] = read_again(qr_svg(text))
    assert found.text == text
    assert found.format == zxingcpp.BarcodeFormat.QRCode
    assert found.ec_level == "M"


def test_a_qr_code_keeps_four_modules_free() -> None:
    url = "https://gifts.example.com/gifts/redeem.html?code=GL7K2M9QXR4T8WHB3C"
    drawing = etree.fromstring(qr_svg(url).encode())
    side = int(drawing.get("viewBox", "").split()[2])
    assert round(qr_quiet_share(url) * (side - 8), 6) == 4
    drawn = [tuple(map(int, bar)) for bar in re.findall(r"M(\d+) (\d+)\.5h(\d+)", qr_svg(url))]
    assert min(x for x, _, _ in drawn) == min(y for _, y, _ in drawn) == 4
    assert max(x + width for x, _, width in drawn) == max(y for _, y, _ in drawn) + 1 == side - 4
