"""People who work here: how they are invited, recognised, let in again, and leave; and what they may do just now."""

from largesse.services.staff.agreeing import agrees_alone
from largesse.services.staff.dependencies import StaffDependencies
from largesse.services.staff.forgetting import forget_sessions
from largesse.services.staff.inviting import (
    Accepted,
    BegunPerson,
    Browser,
    Invited,
    NewSignIn,
    PreparedSignIn,
    accept_signed_in,
    accept_with_new_sign_in,
    begin_person,
    confirm,
    invite,
    look_at_invitation,
    prepare_sign_in,
    withdraw,
)
from largesse.services.staff.links import (
    INVITATION_PATH,
    PARTNER_BASE,
    STAFF_BASE,
    invitation_address,
    partner_invitation_address,
    person_address,
    read_invitation,
    read_offer,
    write_offer,
)
from largesse.services.staff.mailing import (
    StaffMailDue,
    StaffMailPurpose,
    is_to_staff,
    mail_person,
    queue_mail,
    read_staff_mail,
)
from largesse.services.staff.managers import Manager, as_member
from largesse.services.staff.managing import acts_anywhere, change_role, end_membership
from largesse.services.staff.passkeys import (
    PasskeyOffer,
    keep_first_passkey,
    offer_registration,
    offer_sign_in,
    offers_passkeys,
    origins_of,
    passkeys_that_stop_working,
    person_of_offer,
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
