"""Reports as PDF, read back."""

import io
from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace
from pypdf import PdfReader

from largesse.adapters.typeset import TypstTypesetter
from largesse.domain.reports import PrintedColumn, PrintedReport

REPORT = PrintedReport(
    language="en",
    merchant="Corner Spa #1 <b>",
    title="Trial balance",
    about="November 2026",
    columns=(PrintedColumn(title="Account", numeric=False), PrintedColumn(title="Closing", numeric=True)),
    rows=tuple((f"Account {place}", f"${place:,}.00") for place in range(120)),
    notes=("Seal 3: abc", "\u4e2d \U000f0000"),
    page_words="Page {page} of {pages}",
)


@pytest.fixture
async def printer() -> AsyncIterator[TypstTypesetter]:
    async with TypstTypesetter(threads=1) as opened:
        yield opened


async def test_a_report_says_everything_on_as_many_pages_as_it_needs(printer: TypstTypesetter) -> None:
    pages = PdfReader(io.BytesIO(await printer.print_report(REPORT))).pages
    texts = [page.extract_text() for page in pages]
    assert len(pages) > 2
    assert all(f"Page {place} of {len(pages)}" in text for place, text in enumerate(texts, 1))
    assert all("Closing" in text for text in texts)
    whole = " ".join(texts)
    assert all(f"Account {place}" in whole and f"${place:,}.00" in whole for place in range(120))
    assert "Corner Spa #1 <b>" in whole
    assert "Seal 3: abc" in whole


async def test_the_same_report_gives_the_same_bytes(printer: TypstTypesetter) -> None:
    assert await printer.print_report(REPORT) == await printer.print_report(REPORT)


async def test_many_columns_lie_across(printer: TypstTypesetter) -> None:
    wide = replace(
        REPORT,
        columns=tuple(PrintedColumn(title=f"C{place}", numeric=True) for place in range(11)),
        rows=(tuple(str(place) for place in range(11)),),
    )
    [page] = PdfReader(io.BytesIO(await printer.print_report(wide))).pages
    assert page.mediabox.width > page.mediabox.height


async def test_a_report_of_nothing_can_be_printed(printer: TypstTypesetter) -> None:
    [page] = PdfReader(io.BytesIO(await printer.print_report(replace(REPORT, rows=())))).pages
    assert "Trial balance" in page.extract_text()
