"""What can go wrong with an order.

InvalidInput
└── ChargeInvalid             the amounts do not make a charge
NotFound
├── OrderNotFound
└── CheckoutNotFound
Conflict
├── OrderNumberTaken          another order has this number: draw another, or correct the file
├── OrderPlacedAlready        this operation placed an order before: find it by its operation id
├── OrderNotPlaced            only an order that waits for payment can be issued or cancelled
├── OrderNotIssued            only an issued order can be refunded or voided
└── CheckoutClosed            the checkout was given up
"""

from largesse.kernel.errors import Conflict, InvalidInput, NotFound


class ChargeInvalid(InvalidInput):
    """Amounts given for an order do not make a charge."""

    code = "order.charge.invalid"
    message = "These amounts do not make an order: the amount must be positive and the discount at most the amount."


class OrderNotFound(NotFound):
    """No order of this merchant has that number."""

    code = "order.not_found"
    message = "This merchant has no order of that number. Check it, or list the orders with `largesse order list`."


class CheckoutNotFound(NotFound):
    """This merchant has no such checkout."""

    code = "checkout.not_found"
    message = "There is no such checkout."


class OrderNumberTaken(Conflict):
    """Another order has this number already."""

    code = "order.number.taken"
    message = "Another order has this number already. Use another one."


class OrderPlacedAlready(Conflict):
    """This operation has placed its order before."""

    code = "order.placed_already"
    message = "This order was placed already. Look it up instead of placing it again."


class OrderNotPlaced(Conflict):
    """An order no longer waits for payment."""

    code = "order.not_placed"
    message = (
        "Only an order that waits for payment can be issued or cancelled. "
        "`largesse order show` tells where this one stands."
    )


class OrderNotIssued(Conflict):
    """An order has no standing certificate."""

    code = "order.not_issued"
    message = "Only an issued order can be refunded or voided. `largesse order show` tells where this one stands."


class CheckoutClosed(Conflict):
    """A checkout was given up, so a payment for it must be returned."""

    code = "checkout.closed"
    message = "This checkout was given up, and its orders were cancelled. Return the payment, or place the order anew."
