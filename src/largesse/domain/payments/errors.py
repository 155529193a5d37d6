"""What can go wrong with a payment.

NotFound
├── PaymentNotFound           nothing was paid under that reference
├── RefundNotFound            nothing goes back under that id
└── GatewayUnknown            no gateway of that name is connected
Conflict
├── RefundNotByHand           a gateway pays this back, not staff
├── PaymentDisputed           the buyer's bank wants it back already
├── PaymentMismatch           the reference is known, and was for something else
└── PaymentRefused            the gateway will not do it
    └── PaymentTooSmall       the amount is less than it collects
Unauthenticated
└── CallbackForged            the signature of a callback is not the gateway's
    ├── CallbackOtherMode     it is of test mode where payments are real, or the other way round
    └── CallbackOtherAccount  it is of another account at the gateway
Unavailable
└── GatewayUnavailable        the gateway does not answer
    └── GatewayOtherMode      it answers about a payment of the other mode
InvalidInput
├── NoCallbacks               this gateway never calls back
├── InvalidInstructions       how to pay by hand cannot be told like that
└── NoticeRefused             what a gateway tells cannot be: an amount below zero
"""

from largesse.kernel.errors import Conflict, InvalidInput, NotFound, Unauthenticated, Unavailable


class PaymentNotFound(NotFound):
    """No payment has that reference."""

    code = "payment.not_found"
    message = "There is no payment of that reference."


class RefundNotFound(NotFound):
    """No refund has that id."""

    code = "refund.not_found"
    message = "There is no refund of that id. `largesse payment show` lists those of a payment."


class GatewayUnknown(NotFound):
    """No gateway of that name is connected here."""

    code = "payment.gateway.unknown"
    message = "Nobody can pay that way here. Choose one of the ways that are shown."


class RefundNotByHand(Conflict):
    """It is not for staff to say that a refund was paid."""

    code = "refund.not_by_hand"
    message = (
        "The payment provider pays this back and tells us when it has. Only money that you hand back is confirmed."
    )


class PaymentDisputed(Conflict):
    """A payment is disputed, so that paying it back would pay twice."""

    code = "payment.disputed"
    message = (
        "The buyer's bank disputes this payment and has the money already. Wait until the dispute is closed, or accept "
        "it at the payment provider."
    )


class PaymentMismatch(Conflict):
    """A payment of that reference was for another checkout or amount."""

    code = "payment.mismatch"
    message = "This reference belongs to a payment for another order or amount. Give each payment its own."


class AmountDiffers(Conflict):
    """A payment is not what its checkout costs."""

    code = "payment.amount.differs"
    message = "The payment is not what the order costs. Nothing was issued; return it, or collect the right amount."


class CheckoutPaid(Conflict):
    """Another payment has paid for the checkout."""

    code = "checkout.paid"
    message = "This was paid for already, by another payment, and is issued. Return the second one."


class PaymentRefused(Conflict):
    """The gateway refused."""

    code = "payment.refused"
    message = "The payment provider refused this. Try another way to pay."


class PaymentTooSmall(PaymentRefused):
    """The amount is less than the gateway collects."""

    code = "payment.amount.too_small"
    message = "This is less than the least amount that can be paid this way. Choose another way to pay."


class CallbackForged(Unauthenticated):
    """A callback was not signed by the gateway. One sentence for all reasons."""

    code = "payment.callback.forged"
    message = (
        "This callback is not signed with the shared secret, or too old. Check the signing secret of the endpoint."
    )


class CallbackOtherMode(CallbackForged):
    """A callback is signed, and is about payments of test mode where real ones are taken, or the other way round."""

    code = "payment.callback.mode"
    message = (
        "This event is of the other mode than the key that Largesse has: test events buy nothing here. Give this "
        "address to the endpoint of the same mode as the key, and to no other."
    )


class CallbackOtherAccount(CallbackForged):
    """A callback is signed, and is about payments of another account."""

    code = "payment.callback.account"
    message = (
        "This event is of another account at the payment provider. Take this address out of its endpoints, or name the "
        "account in LARGESSE_STRIPE_ACCOUNT."
    )


class GatewayUnavailable(Unavailable):
    """The gateway does not answer; asking again with the same idempotency key is safe."""

    code = "payment.gateway.unavailable"
    message = "The payment provider does not answer just now. Nothing was charged twice; try again in a moment."


class GatewayOtherMode(GatewayUnavailable):
    """The gateway answers about a payment of test mode where real ones are taken, or the other way round."""

    code = "payment.gateway.mode"
    message = "The payment provider answers in the other mode than that of our key. Nothing was changed; check the key."


class InvalidInstructions(InvalidInput):
    """Refuse instructions that cannot stand, naming every field that is wrong."""

    code = "payment_instructions.invalid"
    message = "Nobody could pay by these instructions. Correct the fields listed and try again."


class NoCallbacks(InvalidInput):
    """A gateway has no callbacks."""

    code = "payment.callback.unexpected"
    message = "Payments of this kind are confirmed by staff; nothing calls back for them."


class NoticeRefused(InvalidInput):
    """What a gateway told names an amount that there cannot be."""

    code = "payment.notice.refused"
    message = (
        "This tells of an amount that no payment or dispute can have. Nothing was changed; look at the event at the "
        "payment provider."
    )


class CreditRefused(Conflict):
    """A refund cannot be given as credit: no buyer has paid for what would be taken back."""

    code = "refund.credit.refused"
    message = (
        "Only what a buyer paid for is given back as credit: what was given away has no price, and what was ordered on "
        "account goes back to the partner. Of what a gateway took, credit is given by the order."
    )


class CreditUnreachable(Conflict):
    """A refund cannot be given as credit: the buyer cannot be told its number."""

    code = "refund.credit.unreachable"
    message = "The buyer of this order has given no mail address, so nobody could be told the number of the credit."
