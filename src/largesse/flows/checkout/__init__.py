"""From a draft to a checkout that waits for payment: read, quote, place. What a total is, is decided here."""

from largesse.flows.checkout.basket import Refused, Wish
from largesse.flows.checkout.buyer import read_buyer
from largesse.flows.checkout.drafting import change_draft, open_draft, purge
from largesse.flows.checkout.faults import FORGED, Fault, FaultKind
from largesse.flows.checkout.placing import place, place_together
from largesse.flows.checkout.plan import HOURS, LATER, NOW, OTHER, PRINT, GiftPlan, read_choice, read_gift
from largesse.flows.checkout.quote import Quote, QuotedGift, quote
from largesse.flows.checkout.reading import ReadDraft, read_draft, rules_of

__all__ = [
    "FORGED",
    "HOURS",
    "LATER",
    "NOW",
    "OTHER",
    "PRINT",
    "Fault",
    "FaultKind",
    "GiftPlan",
    "Quote",
    "QuotedGift",
    "ReadDraft",
    "Refused",
    "Wish",
    "change_draft",
    "open_draft",
    "place",
    "place_together",
    "purge",
    "quote",
    "read_buyer",
    "read_choice",
    "read_draft",
    "read_gift",
    "rules_of",
]
