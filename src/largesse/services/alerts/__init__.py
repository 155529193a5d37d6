"""Word to merchants of what needs their attention."""

from largesse.services.alerts.merchants import of_failed_refund, of_outside_refund, of_returned_payment, of_seal
