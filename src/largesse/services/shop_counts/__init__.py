"""Count what happens in shops: in memory, and every few seconds into the database."""

from largesse.services.shop_counts.counting import ShopCounter, forget_shop_counts
