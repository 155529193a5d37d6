"""Receipts of the counter: what they say, on which paper, and who can print them."""

from largesse.domain.receipts.face import ReceiptFace, ReceiptGroup, ReceiptLine, Roll, roll_of
from largesse.domain.receipts.printer import ReceiptPrinter
