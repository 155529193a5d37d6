"""Whether a promo code is one at all: asked before it is kept, by who counts how often strangers are wrong."""

from largesse.domain import catalog
from largesse.domain.catalog import PromoUnknown
from largesse.domain.merchants import Merchant
from largesse.services.checkout.dependencies import CheckoutDependencies


async def knows_promo(deps: CheckoutDependencies, merchant: Merchant, code: str) -> bool:
    """Return whether a merchant has a promo code of that name, whether or not it holds now."""
    async with deps.database.connection() as connection:
        try:
            await catalog.find_promo(connection, merchant.merchant_id, code)
        except PromoUnknown:
            return False
    return True
