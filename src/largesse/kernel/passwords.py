"""The port that hashes and checks passwords, slowly on purpose."""

from typing import Protocol

from largesse.kernel.errors import Unavailable


class Passwords(Protocol):
    """Hash passwords so that a stolen database does not give them away."""

    async def hashed(self, password: str) -> str:
        """Return the hash to keep."""

    async def matches(self, password: str, *, hashed: str | None) -> bool:
        """Return whether `password` is the one behind `hashed`; None stands for nobody, and takes as long.

        Raises:
            PasswordsBusy: more passwords wait to be checked than can be in good time.
        """


class PasswordsBusy(Unavailable):
    """Too many passwords wait to be checked."""

    code = "passwords.busy"
    message = "Too many people are signing in just now. Try again in a moment."
