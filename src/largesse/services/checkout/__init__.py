"""From a draft to a checkout that waits for payment: read, quote, place. What a total is, is decided here."""

from largesse.services.checkout.basket import Alone, CheckoutRequest, PlaceCheckout, Refused
from largesse.services.checkout.buyer import AskedDetails, read_buyer
from largesse.services.checkout.by_hand import is_told_by_mail
from largesse.services.checkout.dependencies import CheckoutDependencies
from largesse.services.checkout.drafting import change_draft, find_draft, open_draft, placed_email, purge
from largesse.services.checkout.faults import FORGED, Fault, FaultKind
from largesse.services.checkout.handover import (
    Handover,
    HandoverExpired,
    HandoverSpent,
    handover_token,
    spend_handover,
)
from largesse.services.checkout.placing import open_checkouts, place
from largesse.services.checkout.plan import (
    HOURS,
    LATER,
    NOW,
    OTHER,
    PRINT,
    GiftPlan,
    email_doubts,
    read_choice,
    read_delivery,
    read_gift,
)
from largesse.services.checkout.planned import Planned, PlannedText, change_planned, planned_gift
from largesse.services.checkout.preview import Sketch, preview_face
from largesse.services.checkout.promo import knows_promo
from largesse.services.checkout.quote import Quote, quote
from largesse.services.checkout.reading import ReadDraft, read_against, read_draft, rules_of
