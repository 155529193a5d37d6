"""What is printed, typeset with typst: PDF, and a certificate's page as SVG for the live preview."""

from largesse.adapters.typeset.errors import TypesettingFailed
from largesse.adapters.typeset.fonts import Shelf
from largesse.adapters.typeset.invoices import InvoicePress
from largesse.adapters.typeset.press import Press
from largesse.adapters.typeset.receipts import ReceiptPress
from largesse.adapters.typeset.reports import ReportPress
from largesse.adapters.typeset.typesetter import TypstTypesetter
