"""What happened in a shop, as sums of days: nothing of who it was, or in which order."""

from largesse.domain.shop_counts.model import (
    CAMPAIGNS_A_DAY,
    KEPT_DAYS,
    OTHER_CAMPAIGNS,
    SHOP_PAGE,
    ShopCount,
    ShopStep,
    bounded,
)
from largesse.domain.shop_counts.store import add_counts, counts_to_forget, forget_counts
