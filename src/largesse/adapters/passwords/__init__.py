"""Passwords by argon2id, off the event loop and a few at a time."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from largesse.kernel.passwords import PasswordsBusy

AT_ONCE = 2
WAITING_MAX = 64
# A hash takes megabytes and milliseconds; a longer password than any that is meant only buys an attacker more of them.
PASSWORD_LENGTH_MAX = 256


class Argon2Passwords:
    """Hash with argon2id, by default at the first recommendation of RFC 9106 for limited memory (64 MiB, 3 passes).

    At most two at a time, each about 50 ms of one core; more than 64 waiting are turned away.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="passwords")
        self._waiting = 0

    async def hashed(self, password: str) -> str:
        """Return the hash to keep."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._hasher.hash, password)

    async def matches(self, password: str, *, hashed: str | None) -> bool:
        """Return whether `password` is the one behind `hashed`; None stands for nobody, and takes as long.

        Raises:
            PasswordsBusy: more passwords wait to be checked than can be in good time.
        """
        if self._waiting >= WAITING_MAX:
            raise PasswordsBusy
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._verify, password, hashed)
        finally:
            self._waiting -= 1

    @cached_property
    def _dummy_hash(self) -> str:
        return self._hasher.hash("nobody has this password")

    def _verify(self, password: str, hashed: str | None) -> bool:
        dummy = self._dummy_hash  # made once, for whoever comes first, known or not
        try:
            self._hasher.verify(hashed or dummy, password[:PASSWORD_LENGTH_MAX])
        except (VerificationError, InvalidHashError):
            return False
        return hashed is not None and len(password) <= PASSWORD_LENGTH_MAX
