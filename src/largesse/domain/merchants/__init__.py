"""Who sells: the directory of merchants."""

from largesse.domain.merchants.actions import (
    change_merchant,
    create_merchant,
    find_merchant,
    merchant_of_id,
)
from largesse.domain.merchants.checks import could_be_slug
from largesse.domain.merchants.errors import InvalidMerchant, MerchantTaken, MerchantUnknown
from largesse.domain.merchants.model import (
    REDEMPTIONS_PER_HOUR_MAX,
    Asking,
    ExpiredGratuity,
    Merchant,
    MerchantChange,
    MerchantDraft,
)
from largesse.domain.merchants.store import has_others, list_merchants, merchant_ids, merchant_of_prefix
