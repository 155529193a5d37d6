"""Receipts read back: as wide as their roll, as high as their words, and all of these on them."""

import io
import re
from typing import Any

import pytest
from msgspec.structs import replace
from pypdf import PdfReader

from largesse.adapters.typeset import ReceiptPress, TypstTypesetter
from largesse.domain.receipts import ReceiptFace, ReceiptGroup, ReceiptLine, Roll

PRESS = ReceiptPress()
MM = 72 / 25.4
FACE = ReceiptFace(
    language="en",
    merchant="Corner Spa",
    address=("1 High Street", "Springfield"),
    title="Gift certificate redeemed",
    groups=(
        ReceiptGroup(
            heading="Certificate …HB3C",
            lines=(
                ReceiptLine(words="Value", amount="$80.00", strong=True),
                ReceiptLine(words="Remains", amount="$20.00"),
            ),
        ),
        ReceiptGroup(lines=(ReceiptLine(words="Table 7"),)),
    ),
    notes=("Keep this receipt.",),
    closing="Thank you",
)


def page(document: bytes) -> Any:
    pages = PdfReader(io.BytesIO(document)).pages
    assert len(pages) == 1
    return pages[0]


def words_of(document: bytes) -> str:
    return re.sub(r"\s+", " ", page(document).extract_text().replace("\u200b", ""))


@pytest.mark.parametrize("roll", Roll)
def test_a_receipt_is_as_wide_as_its_roll_and_says_everything(roll: Roll) -> None:
    document = PRESS.receipt(FACE, roll)
    assert float(page(document).mediabox.width) == pytest.approx(roll.width_mm * MM, abs=0.5)
    words = words_of(document)
    for said in (
        "Corner Spa",
        "1 High Street",
        "Certificate …HB3C",
        "$80.00",
        "$20.00",
        "Table 7",
        "Keep",
        "Thank you",
    ):
        assert said in words


@pytest.mark.parametrize("sheet, size", [(Roll.A4, (210, 297)), (Roll.LETTER, (216, 279))])
def test_a_receipt_on_a_sheet_is_of_its_size(sheet: Roll, size: tuple[int, int]) -> None:
    box = page(PRESS.receipt(FACE, sheet)).mediabox
    assert (float(box.width), float(box.height)) == pytest.approx((size[0] * MM, size[1] * MM), abs=0.5)


def test_a_receipt_is_as_high_as_its_words() -> None:
    long = replace(FACE, notes=tuple(f"Note {number}" for number in range(40)))
    short_page, long_page = page(PRESS.receipt(FACE, Roll.WIDE)), page(PRESS.receipt(long, Roll.WIDE))
    assert float(short_page.mediabox.height) < 120 * MM
    assert float(long_page.mediabox.height) > float(short_page.mediabox.height) + 100 * MM


def test_a_copy_says_so_and_a_code_is_drawn() -> None:
    marked = replace(FACE, stamp="COPY", code="https://gifts.example.com/x", code_words="Scan to see what is left")
    words = words_of(PRESS.receipt(marked, Roll.NARROW))
    assert "COPY" in words
    assert "Scan to see what is left" in words


@pytest.mark.parametrize("typed", ['#panic("no") $x$', "\ue000 private", "W" * 300, "漢字かな", "\x00\x1b[31m"])
def test_whatever_was_typed_is_shown_as_text(typed: str) -> None:
    hostile = replace(FACE, groups=(ReceiptGroup(lines=(ReceiptLine(words=typed, amount=typed),)),), notes=(typed,))
    assert page(PRESS.receipt(hostile, Roll.NARROW)) is not None


async def test_the_typesetter_prints_receipts_off_the_loop() -> None:
    async with TypstTypesetter(threads=1) as typesetter:
        assert await typesetter.receipt(FACE, Roll.WIDE) == PRESS.receipt(FACE, Roll.WIDE)


def test_a_face_does_not_tell_its_number() -> None:
    assert "7K2M" not in repr(replace(FACE, number="GL-7K2M-9QXR-4T8W-HB3C"))
