"""Every kind of event there is, with a sentence for those who choose what their endpoint is told (PRODUCT "Events")."""

from enum import StrEnum


class EventKind(StrEnum):
    """A kind of event; `description` says when it happens."""

    ORDER_ISSUED = "order.issued"
    ORDER_REFUNDED = "order.refunded"
    ORDER_RECIPIENT_CHANGED = "order.recipient_changed"
    CERTIFICATE_ISSUED = "certificate.issued"
    CERTIFICATES_ISSUED = "certificates.issued"
    CERTIFICATE_ACTIVATED = "certificate.activated"
    CERTIFICATE_CREDITED = "certificate.credited"
    CERTIFICATE_REDEEMED = "certificate.redeemed"
    CERTIFICATE_RELOADED = "certificate.reloaded"
    CERTIFICATE_HELD = "certificate.held"
    CERTIFICATE_RELEASED = "certificate.released"
    CERTIFICATE_REFUNDED = "certificate.refunded"
    CERTIFICATE_REVERSED = "certificate.reversed"
    CERTIFICATE_ADJUSTED = "certificate.adjusted"
    CERTIFICATE_EXPIRED = "certificate.expired"
    CERTIFICATE_EXPIRING = "certificate.expiring"
    CERTIFICATE_REINSTATED = "certificate.reinstated"
    CERTIFICATE_RELOAD_UNDONE = "certificate.reload_undone"
    CERTIFICATE_CASHED_OUT = "certificate.cashed_out"
    CERTIFICATE_HANDED_OVER = "certificate.handed_over"
    CERTIFICATE_EXTENDED = "certificate.extended"
    CERTIFICATE_VOIDED = "certificate.voided"
    CERTIFICATE_BLOCKED = "certificate.blocked"
    CERTIFICATE_UNBLOCKED = "certificate.unblocked"
    CERTIFICATE_TRANSFERRED = "certificate.transferred"
    CERTIFICATE_DELIVERED = "certificate.delivered"
    CERTIFICATE_DELIVERY_FAILED = "certificate.delivery_failed"
    INVOICE_ISSUED = "invoice.issued"
    INVOICE_PAID = "invoice.paid"
    PAYMENT_RETURNED = "payment.returned"
    REFUND_FAILED = "refund.failed"
    REFUND_OUTSIDE = "refund.outside"
    LEDGER_SEALED = "ledger.sealed"
    ENDPOINT_DISABLED = "endpoint.disabled"

    @property
    def description(self) -> str:
        """Return the sentence that tells when it happens."""
        return _DESCRIPTIONS[self]


NOTICES: tuple[str, ...] = (
    EventKind.ENDPOINT_DISABLED.value,
    EventKind.PAYMENT_RETURNED.value,
    EventKind.REFUND_FAILED.value,
    EventKind.REFUND_OUTSIDE.value,
    EventKind.LEDGER_SEALED.value,
)
"""What a merchant is told by mail."""


_DESCRIPTIONS: dict[EventKind, str] = {
    EventKind.ORDER_ISSUED: "An order, retail or partner, became a certificate.",
    EventKind.ORDER_REFUNDED: "The buyer was given money, or credit, back for an order.",
    EventKind.ORDER_RECIPIENT_CHANGED: "The buyer corrected whom a gift is for, or where it is sent.",
    EventKind.CERTIFICATE_ISSUED: "A program of the merchant's issued a certificate.",
    EventKind.CERTIFICATES_ISSUED: "A program of the merchant's issued many certificates at once.",
    EventKind.CERTIFICATE_ACTIVATED: "A certificate that was prepared was loaded: its card was sold.",
    EventKind.CERTIFICATE_CREDITED: "A certificate of credit was given instead of money.",
    EventKind.CERTIFICATE_REDEEMED: "Value or gratuity was spent, at once or by capturing a hold.",
    EventKind.CERTIFICATE_RELOADED: "Value or gratuity was added to a certificate.",
    EventKind.CERTIFICATE_HELD: "An amount was set aside for a tab.",
    EventKind.CERTIFICATE_RELEASED: "A hold ended without being captured.",
    EventKind.CERTIFICATE_REFUNDED: "Unspent value was taken off a certificate for its purchaser.",
    EventKind.CERTIFICATE_REVERSED: "One redemption was undone.",
    EventKind.CERTIFICATE_ADJUSTED: "Staff corrected a balance.",
    EventKind.CERTIFICATE_EXPIRED: "The last good day passed, and what remained was booked as breakage.",
    EventKind.CERTIFICATE_EXPIRING: "A certificate with value left will expire soon.",
    EventKind.CERTIFICATE_REINSTATED: "An expiry was undone: the certificate holds again what it held before.",
    EventKind.CERTIFICATE_RELOAD_UNDONE: "What was left of a reload went back to where it came from.",
    EventKind.CERTIFICATE_CASHED_OUT: "What was left of a certificate was paid out, and the certificate ended.",
    EventKind.CERTIFICATE_HANDED_OVER: "A certificate went to the state as unclaimed property.",
    EventKind.CERTIFICATE_EXTENDED: "The last good day was moved.",
    EventKind.CERTIFICATE_VOIDED: "A certificate was made worthless.",
    EventKind.CERTIFICATE_BLOCKED: "A certificate was blocked until further notice.",
    EventKind.CERTIFICATE_UNBLOCKED: "A blocked certificate may be used again.",
    EventKind.CERTIFICATE_TRANSFERRED: "Value left a certificate for another, or came to it; both are told of.",
    EventKind.CERTIFICATE_DELIVERED: "The recipient's mail server took the certificate.",
    EventKind.CERTIFICATE_DELIVERY_FAILED: "The certificate could not be delivered to its recipient.",
    EventKind.INVOICE_ISSUED: "A partner was invoiced.",
    EventKind.INVOICE_PAID: "A partner's invoice is paid in full.",
    EventKind.PAYMENT_RETURNED: "A payment bought nothing, and goes back to its buyer.",
    EventKind.REFUND_FAILED: "A refund could not be paid; somebody must hand the money back.",
    EventKind.REFUND_OUTSIDE: "A payment was refunded at its gateway and not here; somebody must say what for.",
    EventKind.LEDGER_SEALED: "All that was booked was sealed: keep the hash where nobody of the installation comes.",
    EventKind.ENDPOINT_DISABLED: "An endpoint failed for days, or is gone, and is told nothing more.",
}
