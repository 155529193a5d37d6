"""The first run of an installation: its token, the first merchant with an owner, and what is left to do then."""

from largesse.services.setup.checklist import Checklist, checklist_of
from largesse.services.setup.opening import (
    SETUP_PATH,
    FirstMerchant,
    FirstOwner,
    SetUp,
    check_token,
    is_open,
    offer_first_passkey,
    offer_setup,
    set_up,
)
