"""Refunds: decided, booked and paid back.

`order_refund` and `taking_back` decide, by what `fillings` finds left of an order; the ledger books it, and the same
transaction owes the money, or gives it back as credit (`crediting`). `paying_back` pays it at the gateway afterwards.
What was refunded at the gateway first comes in by `outside`, and `settling` books it.
"""

from largesse.services.refunds.aftermath import taken_with, tell_refunds
from largesse.services.refunds.booking import RefundPayer, where_of_payment
from largesse.services.refunds.crediting_by_hand import CertificateCredit, credit_certificate
from largesse.services.refunds.dependencies import RefundDependencies
from largesse.services.refunds.fillings import history_of
from largesse.services.refunds.handing_back import RefundOfOtherEntity, RefundPayerMissing, settle_by_hand
from largesse.services.refunds.locking import Subject, lock_subject
from largesse.services.refunds.order_refund import OrderCredit, OrderRefund, credit_order, refund_order
from largesse.services.refunds.outside import Funds, bought_with, post_all, refuse_unsettled
from largesse.services.refunds.paying_back import (
    again_at,
    close_payment,
    owe_surplus,
    pay_back,
    reconcile,
    refund_ids,
    settle_by_dispute,
    went_back_outside,
)
from largesse.services.refunds.reload_undoing import ReloadElsewhere, undo_reload
from largesse.services.refunds.settling import OutsideSettled, settle_outside
from largesse.services.refunds.taking_back import refund, refund_everywhere, refuse_disputed
from largesse.services.refunds.voiding import void
from largesse.services.refunds.withdrawal import tell_of_gift, tell_of_payment
