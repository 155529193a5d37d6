"""What a merchant consists of: its legal entities, locations and devices, opened with it and known to whoever books."""

from largesse.services.merchants.changing import (
    add_entity,
    add_location,
    close_shop,
    edit_entity,
    edit_location,
    edit_merchant,
    end_entity,
    end_location,
    open_shop,
    prefer_entity,
    prefer_location,
    reopen_location,
)
from largesse.services.merchants.devices import (
    change_device,
    confirm_device,
    invite_again,
    invite_device,
    move_device,
    revoke_device,
)
from largesse.services.merchants.embedding import allow_embedding, embed_origins_of, end_embedding
from largesse.services.merchants.entities import change_entity, create_entity
from largesse.services.merchants.law_choice import choose_law
from largesse.services.merchants.legal import legal_texts_of, offers_withdrawal, withdrawal_rule, write_legal_text
from largesse.services.merchants.locating import (
    Locator,
    keep_home,
    where_of,
    where_of_entity,
    where_of_row,
    wheres_of,
)
from largesse.services.merchants.opening import change_merchant, close_location, open_merchant
from largesse.services.merchants.seller import SellerIdentity, seller_of
