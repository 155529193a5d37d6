"""What mails to people who work for a merchant say, in the reader's language. Pure."""

import msgspec

from largesse.domain.portal import PartnerRole, PortalBatchState
from largesse.domain.staff import Role
from largesse.services.staff import StaffMailDue, StaffMailPurpose
from largesse.ui import Voice


class StaffNote(msgspec.Struct, frozen=True, kw_only=True):
    """A mail before it is laid out: `action` is what its link is called, empty where it has none."""

    subject: str
    sentences: tuple[str, ...]
    action: str = ""
    why: str = ""


_OF_BATCHES = frozenset(
    {StaffMailPurpose.PARTNER_WAITING, StaffMailPurpose.PARTNER_DECIDED, StaffMailPurpose.PARTNER_PLACED}
)


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
    if due.purpose is StaffMailPurpose.TRIAL:
        return StaffNote(
            subject=voice.t("Mails of {merchant} arrive", merchant=merchant),
            sentences=(
                voice.t("You asked for this mail, to see that what {merchant} sends arrives.", merchant=merchant),
            ),
        )
    if due.purpose is StaffMailPurpose.PARTNER_INVITATION:
        return _to_partner(due, merchant, voice)
    if due.purpose in _OF_BATCHES:
        return _of_batch(due, merchant, voice)
    if due.purpose is StaffMailPurpose.PARTNER_ANSWERED:
        return _answered(due, merchant, voice)
    if due.purpose is StaffMailPurpose.OWNER_ASKED:
        return _of_owners(due, merchant, voice)
    of_figures = due.purpose in {StaffMailPurpose.MONITOR, StaffMailPurpose.REPORT}
    return (_of_figures if of_figures else _of_work)(due, merchant, voice)


def _of_work(due: StaffMailDue, merchant: str, voice: Voice) -> StaffNote:
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
        case StaffMailPurpose.KEY_MADE:
            return StaffNote(
                subject=voice.t("A key that can move money at {merchant}", merchant=merchant),
                sentences=(
                    voice.t(
                        "A program was given a key with which it can move money or read of people at {merchant}:",
                        **names,
                    ),
                    due.about,
                ),
                why=voice.t("If that was not agreed, revoke the key in the office, under Program keys."),
            )
        case _:  # somebody waits at a till
            return StaffNote(
                subject=voice.t("{name} waits for your word: {code}", name=due.about, code=due.code),
                sentences=(
                    voice.t(
                        "{name} stands at the till of {place} and asks for something that takes a second person.",
                        name=due.about,
                        place=due.place,
                    ),
                    voice.t(
                        "Sign in on a device of your own. You see there what will happen; approve it, or refuse it."
                    ),
                    voice.t("The till shows the same code, {code}. It waits for half an hour.", code=due.code),
                ),
                action=voice.t("See what it is"),
                why=voice.t("Whoever may approve gets this mail; one of you is enough."),
            )


def partner_role_name(role: str, voice: Voice) -> str:
    """Return what a role with a partner is called."""
    return {
        PartnerRole.ORDERER.value: voice.t("orderer"),
        PartnerRole.APPROVER.value: voice.t("approver"),
        PartnerRole.FINANCE.value: voice.t("finance"),
    }.get(role, role)


def _to_partner(due: StaffMailDue, merchant: str, voice: Voice) -> StaffNote:
    return StaffNote(
        subject=voice.t("Order gift certificates of {merchant} for {partner}", merchant=merchant, partner=due.place),
        sentences=(
            voice.t(
                "You are invited to act for {partner} as {role}: it orders certificates of {merchant} on account.",
                partner=due.place,
                role=partner_role_name(due.code, voice),
                merchant=merchant,
            ),
            voice.t("The link works for three days, and once."),
        ),
        action=voice.t("Accept the invitation"),
        why=voice.t("If you do not know what this is about, leave it: nothing happens without you."),
    )


def _of_batch(due: StaffMailDue, merchant: str, voice: Voice) -> StaffNote:
    """Return a mail about what was ordered for a partner, `place`."""
    if due.purpose is StaffMailPurpose.PARTNER_WAITING:
        return StaffNote(
            subject=voice.t("An order of {partner} waits for you", partner=due.place),
            sentences=(
                voice.t(
                    "{name} ordered certificates of {merchant} for {partner}: more than one person orders alone.",
                    name=due.about,
                    merchant=merchant,
                    partner=due.place,
                ),
            ),
            action=voice.t("See what it is"),
            why=voice.t("Whoever approves for {partner} gets this mail; one of you is enough.", partner=due.place),
        )
    was = {
        PortalBatchState.PLACING.value: voice.t("It was approved, and the certificates are on their way."),
        PortalBatchState.REFUSED.value: voice.t("It was refused. Nothing was ordered."),
        PortalBatchState.DONE.value: voice.t("All its certificates are issued. The result is there as a file."),
        PortalBatchState.STOPPED.value: voice.t("It has stopped before its end. It says why, and what you can do."),
    }
    return StaffNote(
        subject=voice.t("Your order of certificates of {merchant}", merchant=merchant),
        sentences=(voice.t("You ordered for {partner}.", partner=due.place), was.get(due.about, "")),
        action=voice.t("Look at it"),
        why=voice.t("You get this mail because you ordered it."),
    )


def _answered(due: StaffMailDue, merchant: str, voice: Voice) -> StaffNote:
    """Return a mail to who asked for an agreement: what somebody of the merchant wrote, paragraph by paragraph."""
    return StaffNote(
        subject=voice.t("{merchant} answers about gift certificates on account", merchant=merchant),
        sentences=(
            voice.t("You asked for {organisation}.", organisation=due.place),
            *(line.strip() for line in due.about.splitlines() if line.strip()),
        ),
        action=voice.t("Open the portal") if due.code else "",
        why=voice.t("You get this mail because somebody asked with your address. Answer it to write back."),
    )


def _of_owners(due: StaffMailDue, merchant: str, voice: Voice) -> StaffNote:
    """Return a mail that says that another owner asks, and not what."""
    return StaffNote(
        subject=voice.t("{name} asks for your word at {merchant}", name=due.about, merchant=merchant),
        sentences=(
            voice.t(
                "{name} wants to change something that is both of yours: payment accounts, limits, or who may do what.",
                name=due.about,
            ),
            voice.t("Sign in to see exactly what; agree to it, or refuse it. It waits for seven days."),
        ),
        action=voice.t("See what it is"),
        why=voice.t("Every other owner gets this mail; one of you is enough. Nothing has changed yet."),
    )


def _of_figures(due: StaffMailDue, merchant: str, voice: Voice) -> StaffNote:
    """Return a mail that leads to figures and tells none."""
    if due.purpose is StaffMailPurpose.MONITOR:
        return StaffNote(
            subject=voice.t("Beyond its bound at {merchant}: {what}", merchant=merchant, what=due.about),
            sentences=(voice.t("A figure that is watched has just passed its bound:"), due.about),
            action=voice.t("Look at the monitors"),
            why=voice.t("You are told once, and again only when it has been within the bound since."),
        )
    return StaffNote(
        subject=f"{merchant}: {due.about}",
        sentences=(voice.t("This report is there to be looked at:"), due.about),
        action=voice.t("Open the report"),
        why=voice.t("You asked to be reminded. You end it in the office, under Reports by mail."),
    )
