"""What a promo code lets off a sale at a counter or from the office, by the same rules as in the shop."""

from datetime import datetime
from uuid import UUID

from largesse.db import Connection
from largesse.domain import catalog
from largesse.domain.catalog import Line, PromoRefused, PromoUnknown
from largesse.kernel.errors import FieldError
from largesse.services.counter_sales.errors import SaleInvalid


async def let_off(
    connection: Connection, merchant_id: UUID, code: str, line: Line, *, buyer: str, now: datetime
) -> int:
    """Return what a promo code lets off; its uses are counted when the stock is taken. In smallest units.

    Raises:
        SaleInvalid: it does not exist or does not hold, or nothing would be left to pay.
    """
    try:
        [off] = await catalog.try_promo(connection, merchant_id, code, [line], buyer=buyer, now=now)
    except (PromoUnknown, PromoRefused) as error:
        raise SaleInvalid(fields=[FieldError("promo_code", error.code, error.message)]) from None
    if off >= line.amount:
        message = "This lets off all of it. Give it away from the office instead, or take the code out."
        raise SaleInvalid(fields=[FieldError("promo_code", "promo.everything", message)])
    return off
