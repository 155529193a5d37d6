"""Payouts of gateways: what comes to the bank of what buyers paid, and what each is made of."""

from largesse.domain.payouts.errors import PayoutDiffers, PayoutFileInvalid
from largesse.domain.payouts.model import Payout, PayoutLine, PayoutPart, PayoutTold
from largesse.domain.payouts.reading import read_payouts
from largesse.domain.payouts.store import find_payout, insert_payout, lines_of, list_payouts
