"""What a merchant consists of: its legal entities and its locations, opened with it and known to whoever books."""

from largesse.services.merchants.locating import Locator, where_of, wheres_of
from largesse.services.merchants.opening import open_merchant

__all__ = ["Locator", "open_merchant", "where_of", "wheres_of"]
