"""A typesetter that sets nothing: for services and interfaces that only need to know what was asked for."""

from largesse.domain.catalog.certificate_face import CertificateFace, Design, Paper
from largesse.domain.invoices import InvoiceFace
from largesse.domain.receipts import ReceiptFace, Roll
from largesse.domain.reports import PrintedReport
from largesse.kernel.conventions import SheetSize

_POINT = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8ffff3f0005fe02fe"
    "dccc59e70000000049454e44ae426082"
)


class PlainTypesetter:
    """Answer with a few honest bytes and keep what was asked.

    Conforms to `domain.catalog.typesetter.Typesetter`, `domain.receipts.ReceiptPrinter`,
    `domain.reports.ReportPrinter` and `domain.invoices.InvoicePrinter`.
    """

    def __init__(self) -> None:
        self.set: list[tuple[CertificateFace, Paper]] = []
        self.previewed: list[CertificateFace] = []
        self.pictured: list[CertificateFace] = []
        self.receipts: list[tuple[ReceiptFace, Roll]] = []
        self.reports: list[PrintedReport] = []
        self.invoices: list[tuple[InvoiceFace, SheetSize]] = []

    async def typeset(self, face: CertificateFace, paper: Paper) -> bytes:
        """Return bytes that begin like a PDF."""
        self.set.append((face, paper))
        return f"%PDF-1.7\n% {face.design} on {paper}\n%%EOF\n".encode()

    async def picture_png(self, face: CertificateFace) -> bytes:
        """Return a picture of one point."""
        self.pictured.append(face)
        return _POINT

    async def preview_svg(self, face: CertificateFace) -> bytes:
        """Return an empty SVG of the right proportions."""
        self.previewed.append(face)
        return b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 210 148"/>'

    async def thumbnail_svg(self, design: Design, accent: str) -> bytes:
        """Return an SVG of the right proportions that names design and accent."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 210 148" id="{design}" color="{accent}"/>'.encode()
        )

    async def receipt(self, face: ReceiptFace, roll: Roll) -> bytes:
        """Return bytes that begin like a PDF."""
        self.receipts.append((face, roll))
        return f"%PDF-1.7\n% {face.title} on {roll.value} mm\n%%EOF\n".encode()

    async def print_report(self, report: PrintedReport) -> bytes:
        """Return bytes that begin like a PDF."""
        self.reports.append(report)
        return f"%PDF-1.7\n% {report.title} of {report.about}\n%%EOF\n".encode()

    async def print_invoice(self, face: InvoiceFace, paper: SheetSize, xml: bytes = b"") -> bytes:
        """Return bytes that begin like a PDF, and hold the XML."""
        self.invoices.append((face, paper))
        return f"%PDF-1.7\n% {face.title} on {paper}\n".encode() + xml + b"\n%%EOF\n"
