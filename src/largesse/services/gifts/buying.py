"""What a gift was bought with: a checkout with all that it bought, or one order on account, which stands alone."""

from uuid import UUID

from largesse.db import Connection
from largesse.domain import orders, partners
from largesse.domain.orders import Checkout, CheckoutStatus, Order
from largesse.services.endpoints import billing_of


async def bought_together(
    connection: Connection, merchant_id: UUID, checkout_id: UUID
) -> tuple[Checkout, tuple[Order, ...]]:
    """Return the checkout that a gift's delivery names, with its orders.

    The delivery of an order on account names the order itself: then the partner is who bought, and owes it.

    Raises:
        CheckoutNotFound: there is neither.
    """
    bought = await orders.orders_of_checkouts(connection, merchant_id, [checkout_id])
    on_account = None if bought else await orders.find_by_id(connection, merchant_id, checkout_id)
    if on_account is None or on_account.partner_id is None:
        return await orders.find_checkout(connection, merchant_id, checkout_id), tuple(bought)
    partner = await partners.find_partner(connection, merchant_id, str(on_account.partner_id))
    checkout = Checkout(
        merchant_id=merchant_id,
        checkout_id=checkout_id,
        status=CheckoutStatus.OPEN,
        currency=on_account.currency,
        total=on_account.total,
        billing=billing_of(partner),
        created_at=on_account.placed_at,
        locale=on_account.locale,
    )
    return checkout, (on_account,)
