"""What mails to people who work for a merchant say, in the reader's language. Pure."""

import msgspec

from largesse.domain.staff import Role
from largesse.services.staff import StaffMailDue, StaffMailPurpose
from largesse.ui import Voice


class StaffNote(msgspec.Struct, frozen=True, kw_only=True):
    """A mail before it is laid out: `action` is what its link is called, empty where it has none."""

    subject: str
    sentences: tuple[str, ...]
    action: str = ""
    why: str = ""


def role_name(role: Role, voice: Voice) -> str:
    """Return what a role is called."""
    return {
        Role.OWNER: voice.t("owner"),
        Role.MANAGER: voice.t("manager"),
        Role.CLERK: voice.t("clerk"),
        Role.BOOKKEEPER: voice.t("bookkeeper"),
        Role.DEVELOPER: voice.t("developer"),
    }[role]


def note_of(due: StaffMailDue, merchant: str, voice: Voice) -> StaffNote:
    """Return what a mail says; `merchant` is the name of whom it leaves through."""
    names = {"merchant": merchant, "role": role_name(due.role, voice) if due.role else ""}
    match due.purpose:
        case StaffMailPurpose.INVITATION:
            by = (
                voice.t(
                    "{name} invites you to work with {merchant} as {role}.",
                    name=due.about,
                    **names,
                )
                if due.about
                else voice.t("You are invited to work with {merchant} as {role}.", **names)
            )
            return StaffNote(
                subject=voice.t("Your invitation to {merchant}", merchant=merchant),
                sentences=(by, voice.t("The link works for three days, and once.")),
                action=voice.t("Accept the invitation"),
                why=voice.t("If you do not know what this is about, leave it: nothing happens without you."),
            )
        case StaffMailPurpose.RESET:
            return StaffNote(
                subject=voice.t("Choose another password"),
                sentences=(
                    voice.t("Somebody, probably you, asked for another password for this address."),
                    voice.t("The link works for 15 minutes, and once. You also need a code of your authenticator."),
                ),
                action=voice.t("Choose another password"),
                why=voice.t("If it was not you, leave it: your password stays as it is."),
            )
        case StaffMailPurpose.PASSWORD_REPLACED:
            return StaffNote(
                subject=voice.t("Your password was replaced"),
                sentences=(
                    voice.t("The password of this address was just replaced, and you were signed out elsewhere."),
                ),
                why=voice.t("If it was not you, tell an owner at once."),
            )
        case StaffMailPurpose.NEW_BROWSER:
            return StaffNote(
                subject=voice.t("You signed in with another browser"),
                sentences=(
                    voice.t("Somebody just signed in with your address in a browser that was not used before:"),
                    due.about,
                ),
                why=voice.t("If it was not you, choose another password and tell an owner."),
            )
        case StaffMailPurpose.JOINED:
            return StaffNote(
                subject=voice.t("{name} accepted your invitation", name=due.about),
                sentences=(
                    voice.t(
                        "{name} accepted the invitation to {merchant} as {role}.",
                        name=due.about,
                        **names,
                    ),
                    voice.t("It counts once you have confirmed the device and the place that accepted it."),
                ),
            )
        case StaffMailPurpose.RECOVERED:
            return StaffNote(
                subject=voice.t("{name} is let in again", name=due.about),
                sentences=(
                    voice.t("The operator let {name} set up anew how they sign in.", name=due.about),
                    voice.t("For 24 hours some things are closed to them: payment accounts, keys, roles and limits."),
                ),
                why=voice.t("If that should not be, ask the operator."),
            )
