"""Drafts: what somebody has put together in the shop and not paid yet, as it was typed."""

from largesse.domain.drafts.model import (
    BuyerText,
    Content,
    Draft,
    DraftFull,
    DraftGift,
    GiftText,
    digest_of,
    fresh_token,
    new_draft,
    typed_max,
)
from largesse.domain.drafts.store import (
    erase_person,
    find_draft,
    lock_draft,
    lock_unplaced,
    merchants_with_old,
    open_draft,
    place_drafts,
    purge_drafts,
    put_draft,
)
