"""What can go wrong with the key of a program.

InvalidInput
└── ProgramKeyInvalid     its name, its scopes or its end cannot stand
NotFound
└── ProgramKeyUnknown     the merchant has none of that id or ending
Conflict
├── ProgramKeyEnded       it is revoked, over, or another one stands in for it already
├── ProgramKeyKnown       it was made a moment ago, and shown once
├── ProgramKeysMany       the merchant has as many as anybody can keep an eye on
└── RequestClaimed        the same request is being done just now
Unauthenticated
└── ProgramDenied         one sentence, whatever is wrong with what a program sent
Forbidden
└── ScopeMissing          the key is good, and not for that
"""

from largesse.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound, Unauthenticated


class ProgramKeyInvalid(InvalidInput):
    """Refuse a key that is asked for with what cannot stand."""

    code = "program_key.invalid"
    message = "This key cannot be made. Correct the fields listed and try again."


class ProgramKeyUnknown(NotFound):
    """The merchant has no such key."""

    code = "program_key.not_found"
    message = "This merchant has no such key. `largesse api-key list` shows those it has."


class ProgramKeyEnded(Conflict):
    """A key cannot be rotated any more."""

    code = "program_key.ended"
    message = "This key has ended, or another one stands in for it already. Rotate that one, or make a new key."


class ProgramKeyKnown(Conflict):
    """What asks for a key came twice."""

    code = "program_key.made"
    message = "This key was made a moment ago, and shown once. Where its text is lost, revoke it and make another one."


class ProgramKeysMany(Conflict):
    """A merchant has too many keys that work."""

    code = "program_key.too_many"
    message = "This merchant has 50 keys that work. Revoke one that nobody uses, and try again."


class RequestClaimed(Conflict):
    """The same request is being done just now."""

    code = "idempotency.in_progress"
    message = "The same request is being done just now. Ask again in a second with the same key to be told its outcome."


class ProgramDenied(Unauthenticated):
    """A program sent no key, or none that works."""

    code = "program_key.denied"
    message = "Send a key that works as `Authorization: Bearer lg_…`. It may have been revoked, or have ended."


class ScopeMissing(Forbidden):
    """A key is good, and may not do what was asked for."""

    code = "program_key.scope"

    def __init__(self, scope: str) -> None:
        super().__init__(f"This key may not do that: it lacks the scope {scope}. Make one that has it.")
