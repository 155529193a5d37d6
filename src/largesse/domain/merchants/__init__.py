"""Who sells: the directory of merchants."""

from largesse.domain.merchants.actions import (
    change_merchant,
    close_shop,
    create_merchant,
    create_sandbox,
    find_merchant,
    merchant_of_id,
    open_shop,
)
from largesse.domain.merchants.checks import could_be_slug
from largesse.domain.merchants.errors import InvalidMerchant, MerchantTaken, MerchantUnknown
from largesse.domain.merchants.model import (
    REDEMPTIONS_PER_HOUR_MAX,
    UNDO_MINUTES_MAX,
    Asking,
    ExpiredGratuity,
    Merchant,
    MerchantChange,
    MerchantDraft,
    MerchantKind,
    Reminding,
)
from largesse.domain.merchants.store import (
    anonymous_sandboxes,
    has_others,
    list_merchants,
    merchant_ids,
    merchant_of_prefix,
    sandbox_of,
    sandboxes,
)
