"""Who works here, how they are recognised, what each role may do, and the audit log of what was done."""

from largesse.domain.staff.actions import REASON_LENGTH_MAX, ByWhom, ReasonInvalid, record
from largesse.domain.staff.errors import (
    ActRefused,
    AlreadyMember,
    ClosedAfterRecovery,
    FactorRefused,
    InvitationUnknown,
    LastOwner,
    LinkGone,
    MembershipEnded,
    MembershipNotWaiting,
    MembershipUnknown,
    PasskeyRefused,
    PasswordUnfit,
    PersonInvalid,
    PersonUnknown,
    SignedOut,
    SignInFirst,
    SignInRefused,
    StepUpNeeded,
)
from largesse.domain.staff.joining import (
    change_role,
    confirm,
    create_person,
    email_fault,
    end,
    find_invitation,
    find_member,
    invite,
    join,
    members,
    read_address,
    short_agent,
    withdraw,
)
from largesse.domain.staff.model import Audited, AuditEntry, AuditReason
from largesse.domain.staff.passkeys import (
    CHALLENGE_GOOD_FOR,
    PASSKEY_NAME_MAX,
    PASSKEYS_MAX,
    Passkey,
    insert_passkey,
    passkey_of,
    passkeys_elsewhere,
    passkeys_of,
    remove_passkey,
    remove_passkeys,
    spend_challenge,
    use_passkey,
)
from largesse.domain.staff.passwords import LENGTH_MAX as PASSWORD_LENGTH_MAX
from largesse.domain.staff.passwords import LENGTH_MIN as PASSWORD_LENGTH_MIN
from largesse.domain.staff.passwords import check_password
from largesse.domain.staff.people import (
    LINK_GOOD_FOR,
    Invitation,
    LinkPurpose,
    Membership,
    MembershipState,
    Person,
    SignInSecrets,
    StaffLink,
)
from largesse.domain.staff.permissions import (
    RULES,
    Act,
    ActRule,
    Authority,
    Role,
    acts_of,
    demand,
    demand_unrecovered,
    has_stepped_up,
    may,
    may_manage,
    stepped_up,
)
from largesse.domain.staff.recognising import (
    Factor,
    begin_session,
    find_link,
    make_link,
    renew_recovery_codes,
    session_of_token,
    set_authenticator,
    sign_in,
    spend_link,
    step_up,
    take_factor,
)
from largesse.domain.staff.resealing import AuthenticatorSecrets
from largesse.domain.staff.second_factors import new_totp_secret, totp_uri
from largesse.domain.staff.sessions import OLD_TOKEN_FOR, TOKEN_LENGTH, StaffSession, digest_of_token, new_token
from largesse.domain.staff.store import (
    close_links,
    end_session,
    end_sessions,
    entries_about,
    find_entry,
    forget_sessions,
    has_signed_in_with,
    latest_entries,
    membership_with,
    memberships_of_person,
    open_invitations,
    person_of_email,
    person_of_id,
    persons_of_ids,
    recovery_codes_left,
    secrets_of,
    sessions_of,
    set_language,
    set_password,
    set_recovered,
    sign_in_row,
    take_reset_requests,
    write_reset_request,
)
