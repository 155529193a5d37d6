"""What is said beside a field that was refused, in the reader's language."""

from collections.abc import Mapping

from largesse.domain.staff import PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN, Role
from largesse.kernel.errors import InvalidInput
from largesse.ui import Voice

Errors = Mapping[str, str]


def sentences(error: InvalidInput, voice: Voice) -> dict[str, str]:
    """Return what is said beside each field that an error names."""
    return {fault.field: _sentence(fault.code, fault.message, voice) for fault in error.fields}


def _sentence(code: str, otherwise: str, voice: Voice) -> str:
    known = {
        "staff.password.too_short": voice.t(
            "Use at least {count} characters. Several words are fine.", count=PASSWORD_LENGTH_MIN
        ),
        "staff.password.too_long": voice.t("Use at most {count} characters.", count=PASSWORD_LENGTH_MAX),
        "staff.password.common": voice.t("This is one of the passwords that are tried first. Choose another."),
        "staff.password.personal": voice.t("This is little more than your name or address. Choose another."),
        "staff.person.name": voice.t("Write your name in 1 to {count} characters.", count=80),
        "email.invalid": voice.t("That is not an e-mail address. Write it like name@example.com."),
    }
    return known.get(code, otherwise)


def wrong_code(voice: Voice) -> str:
    """Return what is said of a code that does not count."""
    return voice.t("This code does not count. Wait for the next one: each works once.")


def role_names(voice: Voice) -> dict[str, str]:
    """Return what each role is called."""
    return {
        Role.OWNER.value: voice.t("Owner"),
        Role.MANAGER.value: voice.t("Manager"),
        Role.CLERK.value: voice.t("Clerk"),
        Role.BOOKKEEPER.value: voice.t("Bookkeeper"),
        Role.DEVELOPER.value: voice.t("Developer"),
    }


def audit_sentence(action: str, voice: Voice) -> str:
    """Return what somebody did, as people say it; what has no sentence yet is told by its stable word."""
    known = {
        "staff.invited": voice.t("Somebody was invited"),
        "staff.uninvited": voice.t("An invitation was withdrawn"),
        "staff.joined": voice.t("An invitation was accepted"),
        "staff.confirmed": voice.t("Somebody was confirmed"),
        "staff.role_changed": voice.t("Somebody has another role"),
        "staff.ended": voice.t("Somebody left"),
        "staff.recovered": voice.t("The operator let somebody in again"),
        "staff.refused": voice.t("Somebody tried what their role does not allow"),
    }
    return known.get(action, action)
