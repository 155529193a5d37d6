"""Payments: begun, confirmed by notice or by asking, given up."""

from largesse.services.payments.dependencies import PaymentDependencies
from largesse.services.payments.instructions import change_instructions
from largesse.services.payments.paying import (
    PaymentStanding,
    Progress,
    confirm,
    merchant_of,
    receive,
    receive_of,
    start,
    try_out,
)
from largesse.services.payments.sweeper import forget, look_at, sweep
from largesse.services.payments.unpaid import give_up_unpaid, release_held_by_hand
