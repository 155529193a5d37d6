"""Payments: the port to whoever collects the money, what was collected, what goes back, and what is disputed."""

from largesse.domain.payments.errors import (
    AmountDiffers,
    CallbackForged,
    CallbackOtherAccount,
    CallbackOtherMode,
    CheckoutPaid,
    GatewayOtherMode,
    GatewayUnavailable,
    GatewayUnknown,
    NoCallbacks,
    PaymentDisputed,
    PaymentMismatch,
    PaymentNotFound,
    PaymentRefused,
    PaymentTooSmall,
    RefundNotByHand,
    RefundNotFound,
)
from largesse.domain.payments.events import (
    PaymentReturned,
    Purchase,
    RefundFailed,
    RefundOutside,
    payment_returned_event,
    refund_failed_event,
    refund_outside_event,
)
from largesse.domain.payments.gateway import (
    Gateway,
    Gateways,
)
from largesse.domain.payments.manual import (
    MANUAL,
    ManualGateway,
)
from largesse.domain.payments.model import (
    AccountRef,
    Callback,
    Dispute,
    DisputeStatus,
    InboxNotice,
    KeptNotice,
    Notice,
    NoticeKind,
    NoticeStatus,
    Payment,
    PaymentLine,
    PaymentRefund,
    PaymentRequest,
    PaymentStarted,
    PaymentStatus,
    RefundMade,
    RefundReason,
    RefundRequest,
    RefundStatus,
)
from largesse.domain.payments.notices import (
    claim_inbox,
    claim_notices,
    close_notice,
    forget_inbox,
    forget_notices,
    keep_notices,
    leave_unclaimed,
    merchants_told,
    merchants_told_before,
    move_from_inbox,
    notices_of_payment,
    put_in_inbox,
    put_off_inbox,
    put_off_notice,
)
from largesse.domain.payments.refunds import (
    claim_refunds,
    disputes_of_payment,
    find_refund,
    insert_refund,
    put_dispute,
    put_off_refund,
    put_refund,
    refunds_of_payments,
)
from largesse.domain.payments.store import (
    change_payment,
    claim_asking,
    claim_looks,
    end_pending,
    find_by_reference,
    find_payment,
    insert_pending,
    list_payments,
    lock_payments_of_checkout,
    look_again,
    look_soon,
    merchant_of_payment,
    note_agreed,
    note_intent,
    payment_of_id,
    payments_of_checkout,
    record_payments,
    take_surplus,
)
from largesse.domain.payments.trial import (
    PAGE as TRIAL_PAGE,
)
from largesse.domain.payments.trial import (
    TEST,
    TestGateway,
    TrialChoice,
    TrialForbidden,
    TrialState,
)
