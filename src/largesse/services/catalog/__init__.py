"""What is on sale, saved offering by offering or loaded from a file, and judged by the law profile."""

from largesse.services.catalog.dependencies import CatalogDependencies
from largesse.services.catalog.drafting import (
    DraftedShop,
    as_change,
    as_offering,
    draft_offering,
    draft_theme,
    drafted_shop,
    logo_of,
    may_preview,
    preview_token,
    publish_offering,
    publish_theme,
)
from largesse.services.catalog.dressing import (
    add_picture,
    add_promo,
    change_promo,
    change_theme,
    crop_picture,
    remove_picture,
    stop_promo,
)
from largesse.services.catalog.loading import Loaded, load_catalogue
from largesse.services.catalog.saving import (
    SavedOffering,
    add_offering,
    arrange_offerings,
    change_offering,
    law_warnings,
    set_status,
)
