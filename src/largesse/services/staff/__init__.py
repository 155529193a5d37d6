"""People who work here: how they are invited, recognised, let in again, and leave; and what they may do just now."""

from largesse.services.staff.dependencies import StaffDependencies
from largesse.services.staff.forgetting import forget_sessions
from largesse.services.staff.inviting import (
    Accepted,
    Browser,
    Invited,
    NewSignIn,
    accept_signed_in,
    accept_with_new_sign_in,
    confirm,
    invite,
    look_at_invitation,
    withdraw,
)
from largesse.services.staff.links import (
    INVITATION_PATH,
    RECOVERY_PATH,
    RESET_PATH,
    invitation_address,
    person_address,
    read_offer,
    write_offer,
)
from largesse.services.staff.mailing import StaffMailDue, StaffMailPurpose, is_to_staff, read_staff_mail
from largesse.services.staff.managers import Manager, as_member
from largesse.services.staff.managing import change_role, end_membership
from largesse.services.staff.passkeys import (
    PasskeyOffer,
    offer_registration,
    offer_sign_in,
    offers_passkeys,
    origins_of,
    passkeys_that_stop_working,
    register,
    rp_id_of,
    sign_in_with_passkey,
    step_up_with_passkey,
)
from largesse.services.staff.replacing import (
    Opened,
    ask_for_reset,
    change_password,
    open_link,
    recover,
    renew_recovery_codes,
    reset_password,
    send_resets,
    set_up_anew,
)
from largesse.services.staff.signing_in import SignedIn, authority_of, begin, finish, person_of, step_up
