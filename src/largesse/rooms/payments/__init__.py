"""Payments: the port to whoever collects the money, and what was collected."""

from largesse.rooms.payments.errors import (
    AmountDiffers,
    CallbackForged,
    CheckoutPaid,
    GatewayUnavailable,
    NoCallbacks,
    PaymentMismatch,
    PaymentNotFound,
    PaymentRefused,
)
from largesse.rooms.payments.gateway import Gateway
from largesse.rooms.payments.manual import MANUAL, ManualGateway
from largesse.rooms.payments.model import (
    Callback,
    Notice,
    NoticeKind,
    Payment,
    PaymentLine,
    PaymentRequest,
    PaymentStarted,
    PaymentStatus,
    RefundMade,
    RefundRequest,
)
from largesse.rooms.payments.store import change_payment, find_payment, payments_of_checkout, record_payments

__all__ = [
    "MANUAL",
    "AmountDiffers",
    "Callback",
    "CallbackForged",
    "CheckoutPaid",
    "Gateway",
    "GatewayUnavailable",
    "ManualGateway",
    "NoCallbacks",
    "Notice",
    "NoticeKind",
    "Payment",
    "PaymentLine",
    "PaymentMismatch",
    "PaymentNotFound",
    "PaymentRefused",
    "PaymentRequest",
    "PaymentStarted",
    "PaymentStatus",
    "RefundMade",
    "RefundRequest",
    "change_payment",
    "find_payment",
    "payments_of_checkout",
    "record_payments",
]
