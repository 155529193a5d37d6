"""Catalogue: what is on sale, what it costs, and how it looks.

What a certificate itself shows stands in `certificate_face`, `face_words` and `typesetter`.
"""

from largesse.domain.catalog.actions import (
    add_offering,
    add_promo,
    arrange,
    change_offering,
    change_promo,
    draft_of,
    find_offering,
    find_promo,
    hold_again,
    offerings_of,
    offerings_of_many,
    prepare_swap,
    release,
    reserve,
    set_status,
    stop_promo,
    try_promo,
)
from largesse.domain.catalog.certificate_face import (
    DESCRIPTION_MAX,
    HOW_TO_USE_MAX,
    MERCHANT_NAME_MAX,
    MESSAGE_MAX,
    NAME_MAX,
    CertificateFace,
    Design,
    Paper,
    logo_type,
)
from largesse.domain.catalog.drafting import keep_draft, take_draft
from largesse.domain.catalog.drafts import NEW, CatalogueDraft, DraftedKind, is_same, revision_of
from largesse.domain.catalog.errors import (
    CatalogueChanged,
    CatalogueDraftUnknown,
    InvalidCatalogue,
    InvalidChoice,
    InvalidOffering,
    InvalidPromoCode,
    InvalidTheme,
    OfferingTaken,
    OfferingUnknown,
    PictureUnknown,
    PromoTaken,
    PromoUnknown,
    SoldOut,
)
from largesse.domain.catalog.face_words import (
    good_through_sentence,
    gratuity_sentence,
    language_of,
    order_sentence,
    receipt_sentence,
    tax_sentence,
    words_for,
)
from largesse.domain.catalog.icons import ICON_SIDES, icon_ico, icon_png
from largesse.domain.catalog.model import (
    Availability,
    BonusRule,
    Gratuity,
    Offering,
    OfferingDraft,
    OfferingKind,
    OfferingStatus,
    Words,
)
from largesse.domain.catalog.pages import (
    add_picture,
    change_theme,
    changed_theme,
    crop_id_of,
    picture,
    picture_id_of,
    pictures_of,
    printable_logo,
    remove_picture,
    theme_of,
)
from largesse.domain.catalog.pictures import (
    ALT_MAX,
    UPLOAD_BYTES_MAX,
    Crop,
    EncodedPicture,
    HungPicture,
    Picture,
    PictureFormat,
    PictureRefused,
    cut_out,
    encode,
)
from largesse.domain.catalog.post_words import bonus_description, gift_description, usual_gift_description
from largesse.domain.catalog.pricing import (
    Bonus,
    Choice,
    Priced,
    bonus_for,
    choice_faults,
    price,
    priced,
    taxed_together,
    tip_of,
)
from largesse.domain.catalog.promos import Line, PromoCode, PromoDraft, PromoRefused, check_promo, fold_code
from largesse.domain.catalog.seed import Seed, SeedOffering, SeedPicture, SeedPromo, read_seed
from largesse.domain.catalog.store import (
    draft_with,
    erase_person,
    find_offerings,
    held_by,
    list_drafts,
    list_offerings,
    list_pictures,
    list_promos,
)
from largesse.domain.catalog.taxes import tax_warnings
from largesse.domain.catalog.theme import Theme, ThemeChange, ThemeWords
from largesse.domain.catalog.typesetter import PICTURE_BYTES_MAX, Typesetter
from largesse.kernel.validity import FOREVER, Validity
