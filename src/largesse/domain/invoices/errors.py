"""What can go wrong with invoices.

InvalidInput
├── InvoiceInvalid           invoice.invalid
├── TaxIdInvalid             invoice.tax_id.invalid
├── IbanInvalid              invoice.iban.invalid
└── InvoiceSettlementRefused        invoice.amount.refused
NotFound
├── InvoiceUnknown           invoice.unknown
└── SettlementUnknown        invoice.settlement.unknown
Conflict
├── NothingToInvoice         invoice.nothing
├── InvoiceIssued            invoice.already_issued
├── InvoiceNotIssued         invoice.not_issued
├── InvoiceClosed            invoice.closed
├── InvoiceDisputed          invoice.disputed
├── CommissionBooked         invoice.commission.booked
├── CommissionNotAgreed      invoice.commission.not_agreed
├── CommissionNotBooked      invoice.commission.not_booked
├── CommissionUsed           invoice.commission.used
├── InvoiceNotDue            invoice.not_due
├── BuyerAddressMissing      invoice.buyer.address_missing
├── SellerIncomplete         invoice.seller.incomplete
└── SeriesTaken              invoice.series.taken
"""

from largesse.kernel.errors import Conflict, InvalidInput, NotFound


class InvoiceInvalid(InvalidInput):
    """Some of what is said of an invoice, or of whom it is between, cannot stand."""

    code = "invoice.invalid"
    message = "This cannot be saved as it is. Correct the fields listed and try again."


class TaxIdInvalid(InvalidInput):
    """A tax id does not have the form that its country gives it, or its check digit is wrong."""

    code = "invoice.tax_id.invalid"
    message = "That is no tax id: a digit is wrong, or missing. Copy it from a letter of the tax office."


class IbanInvalid(InvalidInput):
    """An account number is no IBAN, or its check digits are wrong."""

    code = "invoice.iban.invalid"
    message = "That is no IBAN: a digit is wrong, or missing. Copy it from a bank statement."


class InvoiceSettlementRefused(InvalidInput):
    """More is set against an invoice than is open of it, or than there is."""

    code = "invoice.amount.refused"
    message = "Name an amount above zero, at most what is open of the invoice and what is left to set against it."


class InvoiceUnknown(NotFound):
    """The merchant has no such invoice."""

    code = "invoice.unknown"
    message = "There is no invoice of that number or id. `largesse invoice list` shows them all."


class SettlementUnknown(NotFound):
    """Nothing was set against an invoice by that operation, or it is undone."""

    code = "invoice.settlement.unknown"
    message = "Nothing stands against an invoice by that operation. Look at the invoice: it may be undone already."


class NothingToInvoice(Conflict):
    """Nothing is left of what an invoice was to be written for."""

    code = "invoice.nothing"
    message = "Nothing is left to be invoiced: it was cancelled, or stands on another invoice."


class InvoiceIssued(Conflict):
    """An issued invoice is never changed."""

    code = "invoice.already_issued"
    message = "It is issued, and what is issued is never changed. Cancel its certificates: that gives a credit note."


class InvoiceNotIssued(Conflict):
    """A draft is not paid, disputed or reminded of."""

    code = "invoice.not_issued"
    message = "It is a draft. Issue it first."


class InvoiceClosed(Conflict):
    """Nothing of it is open."""

    code = "invoice.closed"
    message = "Nothing of this invoice is open any more."


class InvoiceDisputed(Conflict):
    """The partner disputes it, so nobody reminds of it."""

    code = "invoice.disputed"
    message = "The partner disputes this invoice. Settle that first; then it can be reminded of."


class CommissionBooked(Conflict):
    """What the partner earns for an invoice is booked once."""

    code = "invoice.commission.booked"
    message = "The commission of this invoice is booked already. Look at its journal."


class CommissionNotAgreed(Conflict):
    """The partner's agreement pays no commission, or nothing is left that it is paid for."""

    code = "invoice.commission.not_agreed"
    message = "The partner earns no commission for this invoice: its agreement pays none, or all of it was credited."


class CommissionNotBooked(Conflict):
    """There is no commission to take back."""

    code = "invoice.commission.not_booked"
    message = "No commission of this invoice is booked, or it was taken back. Look at its journal."


class CommissionUsed(Conflict):
    """The partner's credit no longer has what its commission gave it."""

    code = "invoice.commission.used"
    message = "The partner's credit is less than this commission by now. Undo what it was set against first."


class InvoiceNotDue(Conflict):
    """It is not overdue, or was reminded of as often as one does."""

    code = "invoice.not_due"
    message = "It is not overdue yet, or three reminders were sent already."


class BuyerAddressMissing(Conflict):
    """An invoice names the address of whom it is for, and the partner has none."""

    code = "invoice.buyer.address_missing"
    message = (
        "The partner has no address: an invoice needs street, city, postal code and country. Add them to the partner."
    )


class SellerIncomplete(Conflict):
    """An invoice names address and tax id of whom it is from, and one is missing."""

    code = "invoice.seller.incomplete"
    message = (
        "The seller's address, or its tax id, is missing: an invoice needs street, city, country and a VAT id or tax "
        "number. Add them to the legal entity."
    )


class SeriesTaken(Conflict):
    """A series numbers either invoices or credit notes, and none of the shop's."""

    code = "invoice.series.taken"
    message = "That series numbers documents of another kind already. Choose another prefix."


class SaleDocumentUnknown(NotFound):
    """There is no such document."""

    code = "sale_document.unknown"
    message = "There is no receipt or invoice of that number here."


class SaleDocumentMissing(NotFound):
    """An order has no document."""

    code = "sale_document.missing"
    message = "This order has no receipt or invoice of its own: it was free, not paid in the shop, or paid for earlier."


class BuyerAddressInvalid(InvalidInput):
    """Refuse an address that cannot stand on a document."""

    code = "sale_document.address"
    message = "Say the name, the street, the town and the country that are to stand on the receipt."


class ReaddressedTooOften(Conflict):
    """Refuse to replace an address once more."""

    code = "sale_document.address.often"
    message = "The address on this receipt was replaced several times already. Ask the shop."
