"""Certificates off the event loop: a few threads, each with a press of its own.

typst lets go of Python's lock while it works, so threads are enough (measured in docs/decisions/0035): two threads make
nearly twice as many pages as one, and the loop is never held up for more than a few milliseconds.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, TypeVar

from largesse.adapters.typeset.art import thumbnail
from largesse.adapters.typeset.fonts import Shelf
from largesse.adapters.typeset.invoices import InvoicePress
from largesse.adapters.typeset.palette import palette_of
from largesse.adapters.typeset.picture import PICTURE_DPI, within
from largesse.adapters.typeset.press import Press
from largesse.adapters.typeset.receipts import ReceiptPress
from largesse.adapters.typeset.reports import ReportPress
from largesse.domain.catalog import CertificateFace, Design, Paper
from largesse.domain.invoices import InvoiceFace
from largesse.domain.receipts import ReceiptFace, Roll
from largesse.domain.reports import PrintedReport
from largesse.kernel.conventions import SheetSize
from largesse.kernel.errors import Unavailable

T = TypeVar("T")

WAITING_MAX: Final = 200  # some three seconds of work for one thread; who comes later is better told so


class TypstTypesetter:
    """Make what is printed with typst: a `Typesetter`, `ReceiptPrinter`, `ReportPrinter` and `InvoicePrinter`.

    `threads` is how many pages are made at once: one per core that may be spared. The fonts are loaded with the first
    page, not before, so that nothing is held by a process that only forks others. Close it (or use it as an async
    context manager) to let the threads go. With `waiting_max` pages not yet made, further ones are refused.
    """

    def __init__(self, *, threads: int = 2, shelf: Shelf | None = None, waiting_max: int = WAITING_MAX) -> None:
        self._shelf = shelf
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="typeset")
        self._mine = threading.local()
        self._waiting_max = waiting_max
        self._waiting = 0

    async def typeset(self, face: CertificateFace, paper: Paper) -> bytes:
        """Return the certificate as a PDF of exactly one page.

        Raises:
            TypesettingFailed: the page could not be made.
            Unavailable: too many are waiting already.
        """
        return await self._run(lambda press: press.typeset(face, paper))

    async def picture_png(self, face: CertificateFace) -> bytes:
        """Return the very page that `typeset` makes for A5, as a PNG that is small enough to go with a mail.

        Raises:
            TypesettingFailed: the page could not be made.
            Unavailable: too many are waiting already.
        """
        return await self._run(lambda press: within(press.picture_png(face, Paper.A5, dots_per_inch=PICTURE_DPI)))

    async def preview_svg(self, face: CertificateFace) -> bytes:
        """Return the very page that `typeset` makes for A5, as an SVG of 210 by 148 mm.

        Raises:
            TypesettingFailed: the page could not be made.
            Unavailable: too many are waiting already.
        """
        return await self._run(lambda press: press.preview_svg(face))

    async def thumbnail_svg(self, design: Design, accent: str) -> bytes:
        """Return a design in the colours of `accent`, with nothing written on it, as a small SVG of 210 by 148 mm.

        Raises:
            Unavailable: too many pages are waiting already.
        """
        return await self._in_turn(lambda: thumbnail(design, palette_of(accent)).encode())

    async def receipt(self, face: ReceiptFace, roll: Roll) -> bytes:
        """Return a receipt as a PDF: on a roll of one page, as high as it has to be.

        Raises:
            TypesettingFailed: the page could not be made.
            Unavailable: too many are waiting already.
        """
        return await self._in_turn(lambda: self._receipt_press().receipt(face, roll))

    async def print_report(self, report: PrintedReport) -> bytes:
        """Return a report as PDF on A4.

        Raises:
            TypesettingFailed: the pages could not be made.
            Unavailable: too many are waiting already.
        """
        return await self._in_turn(lambda: self._report_press().print_report(report))

    async def print_invoice(self, face: InvoiceFace, paper: SheetSize, xml: bytes = b"") -> bytes:
        """Return an invoice as PDF/A-3, with its XML inside where it has one.

        Raises:
            TypesettingFailed: the pages could not be made.
            Unavailable: too many are waiting already.
        """
        return await self._in_turn(lambda: self._invoice_press().print_invoice(face, paper, xml))

    async def close(self) -> None:
        """Finish what was begun and let the threads go."""
        await asyncio.to_thread(self._threads.shutdown)

    async def __aenter__(self) -> "TypstTypesetter":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _run(self, work: Callable[[Press], T]) -> T:
        return await self._in_turn(partial(self._on_press, work))

    async def _in_turn(self, work: Callable[[], T]) -> T:
        if self._waiting >= self._waiting_max:
            raise Unavailable(retry_after_s=3)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1

    def _on_press(self, work: Callable[[Press], T]) -> T:
        press: Press | None = getattr(self._mine, "press", None)
        if press is None:
            press = self._mine.press = Press(self._shelf)
        return work(press)

    def _receipt_press(self) -> ReceiptPress:
        press: ReceiptPress | None = getattr(self._mine, "receipts", None)
        if press is None:
            press = self._mine.receipts = ReceiptPress(self._shelf)
        return press

    def _invoice_press(self) -> InvoicePress:
        press: InvoicePress | None = getattr(self._mine, "invoices", None)
        if press is None:
            press = self._mine.invoices = InvoicePress(self._shelf)
        return press

    def _report_press(self) -> ReportPress:
        press: ReportPress | None = getattr(self._mine, "reports", None)
        if press is None:
            press = self._mine.reports = ReportPress(self._shelf)
        return press
