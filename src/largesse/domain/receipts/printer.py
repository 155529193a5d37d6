"""The port of whoever can put a receipt on paper."""

from typing import Protocol

from largesse.domain.receipts.face import ReceiptFace, Roll


class ReceiptPrinter(Protocol):
    """Make pages of receipts, off the event loop."""

    async def receipt(self, face: ReceiptFace, roll: Roll) -> bytes:
        """Return the receipt as a PDF: on a roll one page, as wide as it and as high as it has to be; else a sheet."""
