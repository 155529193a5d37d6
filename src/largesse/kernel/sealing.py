"""Sealed secrets: what the database keeps of a number or a key, and the port that seals and opens them."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from largesse.kernel.errors import Conflict, LargesseError, NotFound


class Sealed(msgspec.Struct, frozen=True):
    """A secret as authenticated ciphertext under the key `key_id`."""

    key_id: str
    cipher: bytes


class Keyring(Protocol):
    """Seal, open and look up secrets under rotating keys.

    `context` is bound to the ciphertext (the ids of the row it stands in): a ciphertext moved to
    another row does not open.
    """

    @property
    def current_key_id(self) -> str:
        """Return the id of the key that seals now."""

    def seal(self, secret: str, *, context: bytes) -> Sealed:
        """Encrypt `secret` under the current key."""

    def open(self, sealed: Sealed, *, context: bytes) -> str:
        """Decrypt a sealed secret.

        Raises:
            SecretUnreadable: its key is gone, or the ciphertext was changed or moved.
        """

    def lookup(self, secret: str) -> bytes:
        """Return the keyed HMAC of `secret` under the current key: 32 bytes that find it again."""

    def lookups(self, secret: str) -> tuple[bytes, ...]:
        """Return the keyed HMAC of `secret` under every live key, the current one first."""

    def signing_keys(self, purpose: str) -> tuple[bytes, ...]:
        """Return the key that signs for `purpose` alone, derived from every live key, the current one first."""


class SecretUnreadable(LargesseError):
    """A sealed secret cannot be opened with the keys at hand."""

    code = "secret.unreadable"
    message = (
        "A stored secret cannot be opened: its key is not in the keyring, or the stored bytes were "
        "changed. Restore the keyring that belongs to this database."
    )


class KeyUse(StrEnum):
    """What a live key is used for."""

    # seals new secrets
    CURRENT = "current"
    # opens and finds, and does not seal: on its way in, or on its way out
    ACCEPTED = "accepted"


class KeyState(msgspec.Struct, frozen=True, kw_only=True):
    """Describe one live key, never its bytes. `since` is when its use last changed, None where nobody knows."""

    key_id: str
    use: KeyUse
    since: datetime | None = None


class KeyCustody(Keyring, Protocol):
    """A keyring whose keys can be changed while other processes use it.

    A change made here is seen by every process within `spread_s` seconds; that is how long a
    rotation waits between its phases.
    """

    @property
    def spread_s(self) -> float:
        """Return after how many seconds every process works with the keys as they are now."""

    def live_keys(self) -> Sequence[KeyState]:
        """Return the live keys, the current one first."""

    def accept_new(self, *, now: datetime) -> str:
        """Make a key that is accepted and not yet used, durably, and return its id.

        Raises:
            KeysNotOurs: the keys are kept by somebody else (the environment), who has to change
            them.
        """

    def promote(self, key_id: str, *, now: datetime) -> None:
        """Make an accepted key the current one, durably.

        Raises:
            KeysNotOurs: the keys are kept by somebody else.
            MasterKeyUnknown: no live key has that id.
        """

    def forget(self, key_id: str) -> None:
        """Remove a key for good. The caller has made sure that nothing is sealed under it.

        Raises:
            KeysNotOurs: the keys are kept by somebody else.
            MasterKeyUnknown: no live key has that id.
            KeyInUse: it is the current key.
        """


class MasterKeyUnknown(NotFound):
    """No live key has that id."""

    code = "key.unknown"
    message = "No key in the keyring has that id. `largesse keys list` shows them all."


class KeyInUse(Conflict):
    """A key cannot be retired because something still needs it."""

    code = "key.in_use"


class KeysNotOurs(Conflict):
    """The keys come from the environment, so that this program cannot change them."""

    code = "key.not_ours"
    message = (
        "The keys come from LARGESSE_KEYS, which Largesse cannot change. To rotate: append a new key to it and restart "
        "every process; then move that key to the front and restart them again; then run `largesse keys reseal`; then "
        "remove the old key."
    )
