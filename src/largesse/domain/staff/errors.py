"""What can go wrong with people who work here, and with how they sign in.

InvalidInput    ├── PasswordUnfit, PersonInvalid
NotFound        ├── PersonUnknown, MembershipUnknown, InvitationUnknown
Forbidden       ├── ActRefused, StepUpNeeded, ClosedAfterRecovery, LinkGone
Conflict        ├── AlreadyMember, LastOwner, MembershipNotWaiting, MembershipEnded, SignInFirst
Unauthenticated └── SignInRefused, FactorRefused, PasskeyRefused, SignedOut
"""

from largesse.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound, Unauthenticated


class PasswordUnfit(InvalidInput):
    """A password that is too short, too long, or one of those that are tried first."""

    code = "staff.password.unfit"
    message = "Choose another password: at least 12 characters that nobody would guess. Several words are fine."


class PersonInvalid(InvalidInput):
    """Refuse a person whose details cannot stand, naming every field that is wrong."""

    code = "staff.person.invalid"
    message = "This person cannot be saved like that. Correct the fields listed and try again."


class PersonUnknown(NotFound):
    """Nobody signs in with that address."""

    code = "staff.person.unknown"
    message = "Nobody signs in with that address. `largesse staff list` shows who works for a merchant."


class MembershipUnknown(NotFound):
    """The merchant has nobody by that address or id."""

    code = "staff.membership.unknown"
    message = "Nobody by that address works for this merchant. `largesse staff list` shows who does."


class InvitationUnknown(NotFound):
    """The merchant has no open invitation to that address."""

    code = "staff.invitation.unknown"
    message = "There is no open invitation to that address. `largesse staff list` shows those that are open."


class LinkGone(Forbidden):
    """A link was used, withdrawn, is too old, or was never ours; never which of them."""

    code = "staff.link_gone"
    message = "This link does not count, or not any more: each works once, and not for long. Ask for a new one."


class AlreadyMember(Conflict):
    """The person works for the merchant."""

    code = "staff.already_member"
    message = "This person already works for this merchant. Change the role instead."


class LastOwner(Conflict):
    """A merchant without an owner could not be helped by anybody but the operator."""

    code = "staff.last_owner"
    message = "This is the only owner. Make another person owner first."


class MembershipNotWaiting(Conflict):
    """Nobody waits to be confirmed there."""

    code = "staff.membership.not_waiting"
    message = "Nobody waits for this to be confirmed: the invitation was not accepted, or was confirmed already."


class MembershipEnded(Conflict):
    """The person does not work for the merchant any more."""

    code = "staff.membership.ended"
    message = "This person does not work for this merchant any more. Invite them again."


class SignInFirst(Conflict):
    """An invitation to an address that is known is accepted by who signs in with it, and in no other way."""

    code = "staff.sign_in_first"
    message = "You already sign in with this address. Sign in first, then open the invitation again."


class ActRefused(Forbidden):
    """A role may not do something; `act` says what."""

    code = "staff.not_allowed"
    message = "Your role does not allow this. Ask a manager or an owner."

    def __init__(self, act: str) -> None:
        super().__init__()
        self.act = act


class StepUpNeeded(Forbidden):
    """Somebody has to show again who they are."""

    code = "staff.step_up_needed"
    message = "Show that it is you: type your password or a code of your authenticator. It counts for five minutes."


class ClosedAfterRecovery(Forbidden):
    """Somebody's sign-in was recovered within the last day."""

    code = "staff.closed_after_recovery"
    message = "Your sign-in was recovered less than 24 hours ago. Until then another owner has to do this."


class SignInRefused(Unauthenticated):
    """Address and password do not belong together; never which of them is wrong."""

    code = "staff.sign_in_refused"
    message = "Address or password is wrong. Try again, or ask for a new password."


class FactorRefused(Unauthenticated):
    """A code that is wrong, too old, or was used; never which of them."""

    code = "staff.factor_refused"
    message = "This code does not count. Wait for the next one, or use a recovery code; each works once."


class PasskeyRefused(Unauthenticated):
    """A passkey that is unknown, or did not sign what it was asked to; never which of them."""

    code = "staff.passkey_refused"
    message = "This passkey does not count here. Try again, or sign in with your password and a code."


class SignedOut(Unauthenticated):
    """No session, or one that has ended."""

    code = "staff.signed_out"
    message = "You are not signed in, or not any more. Sign in again."
