"""Work on the devices at a counter: enrol them, set a PIN, unlock and lock them."""

from largesse.services.tills.approving import TillApproval, approve_here, approvers
from largesse.services.tills.enrolling import Enrolled, enrol_here
from largesse.services.tills.forgetting import forget_sessions
from largesse.services.tills.keeping import FormOwner, KeptForm, open_form, seal_form
from largesse.services.tills.networks import change_binding, put_network, take_network
from largesse.services.tills.people import Colleague, colleagues, find_colleague
from largesse.services.tills.pins import demand_pin, offer_pin_code, set_own_pin, set_pin_with_code, set_pin_within
from largesse.services.tills.unlocking import (
    Unlocked,
    demand_signature,
    form_of_seat,
    offer_challenge,
    session_at,
    unlock,
)
