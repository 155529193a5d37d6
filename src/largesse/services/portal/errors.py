"""What can go wrong with one order in the portal.

Conflict └── OrderUsed
"""

from largesse.kernel.errors import Conflict


class OrderUsed(Conflict):
    """The certificate of an order was used, or has ended."""

    code = "portal.order.used"
    message = "Something of this certificate was used already, or it has ended. Ask the merchant."
