"""Change the keys that secrets are sealed under, while the installation is open (docs/decisions/0012-key-rotation.md).

accepted everywhere ──► current everywhere ──► everything re-sealed ──► the old key retired

Every arrow is safe to die on: a rotation that is started again goes on where the last one stopped.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from largesse.db import Connection
from largesse.domain.certificates import CertificateNumbers
from largesse.domain.imports import ImportTables
from largesse.domain.payment_accounts import PaymentAccountSecrets
from largesse.domain.programs import ProgramAnswers
from largesse.domain.staff import AuthenticatorSecrets
from largesse.domain.wallets import WalletSecrets
from largesse.kernel.sealing import KeyInUse, Keyring, KeyState, KeyUse, MasterKeyUnknown
from largesse.outbox import EndpointSecrets
from largesse.services.keys.dependencies import KeyDependencies

BATCH = 500
PASSES_MAX = 5

# A process that took the old key just before it was superseded, and stood still, has long given up by then: no
# statement of ours may run longer than 30 seconds.
RETIRE_AFTER = timedelta(minutes=10)

Cursor = tuple[UUID, ...] | None
Progress = Callable[[str, int], None]
Pause = Callable[[float], Awaitable[None]]


class Resealable(Protocol):
    """Own secrets that are sealed under the keyring, and put them under another key.

    `after` is the row to go on after, as the call before returned it; None begins, and None is returned at the end.
    Each call runs in a transaction of its own.
    """

    @property
    def name(self) -> str:
        """Return what they are, for people: `certificate numbers`."""

    async def holds_any(self, connection: Connection) -> bool:
        """Return whether there are any."""

    async def by_key(self, connection: Connection) -> Mapping[str, int]:
        """Return how many of them are sealed under each key."""

    async def reseal(
        self, connection: Connection, keyring: Keyring, *, after: Cursor, limit: int
    ) -> tuple[int, Cursor]:
        """Put up to `limit` of those under other keys under the current one; return how many, and where to go on."""


OWNERS: tuple[Resealable, ...] = (
    CertificateNumbers(),
    EndpointSecrets(),
    PaymentAccountSecrets(),
    AuthenticatorSecrets(),
    ImportTables(),
    ProgramAnswers(),
    WalletSecrets(),
)
"""Whoever keeps sealed secrets."""


def _silent(_name: str, _done: int) -> None:
    """Report progress to nobody."""


async def seals_anything(connection: Connection, owners: Sequence[Resealable] = OWNERS) -> bool:
    """Return whether the database holds secrets, so that keys must be there to open them."""
    for owner in owners:
        if await owner.holds_any(connection):
            return True
    return False


async def usage(deps: KeyDependencies, owners: Sequence[Resealable] = OWNERS) -> dict[str, dict[str, int]]:
    """Return how many secrets of each owner are sealed under each key: `{key_id: {owner: count}}`."""
    found: dict[str, dict[str, int]] = {}
    async with deps.database.dedicated() as connection:
        for owner in owners:
            for key_id, count in (await owner.by_key(connection)).items():
                found.setdefault(key_id, {})[owner.name] = count
    return found


async def rotate(
    deps: KeyDependencies,
    *,
    now: datetime,
    owners: Sequence[Resealable] = OWNERS,
    progress: Progress = _silent,
    pause: Pause = asyncio.sleep,
) -> str:
    """Make a new key the current one, put every secret under it, and return its id.

    `progress` is told how many secrets of an owner were re-sealed so far. `pause` waits between the phases, for as long
    as it takes until every process knows the keys.

    Raises:
        KeysNotOurs: the keys come from the environment; its message says how to rotate those.
    """
    custody = deps.keyring
    key_id = incoming_key(custody.live_keys()) or custody.accept_new(now=now)
    await pause(custody.spread_s)
    custody.promote(key_id, now=now)
    await pause(custody.spread_s)
    await reseal(deps, owners=owners, progress=progress)
    return key_id


async def reseal(deps: KeyDependencies, *, owners: Sequence[Resealable] = OWNERS, progress: Progress = _silent) -> int:
    """Put every secret that is not under the current key under it, and return how many there were.

    Runs in small transactions beside everybody else; each can be the last one.
    """
    total = 0
    for owner in owners:
        done = 0
        for _ in range(PASSES_MAX):
            before = done
            async for count in _one_pass(deps, owner):
                done += count
                progress(owner.name, done)
            if done == before:
                break
        total += done
    return total


async def retire(deps: KeyDependencies, key_id: str, *, now: datetime, owners: Sequence[Resealable] = OWNERS) -> None:
    """Remove a key for good, once nothing needs it.

    Raises:
        MasterKeyUnknown: there is no such key.
        KeyInUse: it is current, something is still sealed under it, or it was superseded less than ten minutes ago.
        KeysNotOurs: the keys come from the environment.
    """
    live = {key.key_id: key for key in deps.keyring.live_keys()}
    state = live.get(key_id)
    if state is None:
        raise MasterKeyUnknown
    if state.use is KeyUse.CURRENT:
        message = f"{key_id} seals new secrets just now. Run `largesse keys rotate` first."
        raise KeyInUse(message)
    if held := (await usage(deps, owners)).get(key_id):
        sealed = " and ".join(f"{count} {name}" for name, count in held.items())
        message = f"{sealed} are still sealed under {key_id}. Run `largesse keys reseal`, then retire it."
        raise KeyInUse(message)
    if state.since is not None and now < state.since + RETIRE_AFTER:
        message = (
            f"{key_id} changed its use less than ten minutes ago. Retire it later, when nobody can still be using it."
        )
        raise KeyInUse(message)
    deps.keyring.forget(key_id)


def incoming_key(keys: Sequence[KeyState]) -> str | None:
    """Return the key that a rotation accepted and did not come to promote; None when there is none."""
    since = keys[0].since
    newer = [key for key in keys[1:] if since is not None and key.since is not None and key.since > since]
    return newer[-1].key_id if newer else None


async def _one_pass(deps: KeyDependencies, owner: Resealable) -> AsyncIterator[int]:
    after: Cursor = None
    while True:
        async with deps.database.transaction() as connection:
            count, after = await owner.reseal(connection, deps.keyring, after=after, limit=BATCH)
        yield count
        if after is None:
            return
