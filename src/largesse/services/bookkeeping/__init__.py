"""What a bookkeeper does with money that is no certificate's: pay out what is owed, close a till's day."""

from largesse.services.bookkeeping.breakage import BREAKS, approve_rule, refuse_rule, request_rule
from largesse.services.bookkeeping.dependencies import BookkeepingDependencies
from largesse.services.bookkeeping.manual import BY_HAND, approve_entry, refuse_entry, request_entry
from largesse.services.bookkeeping.payables import (
    GratuityPayer,
    Paid,
    PayableExceeded,
    gratuities_owed,
    pay_out_gratuities,
    pay_unclaimed_property,
)
from largesse.services.bookkeeping.tender import TenderClosed, TenderNegative, TenderNotOpen, close_tender, location_day
