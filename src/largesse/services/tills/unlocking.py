"""Unlock a device: its key signs a fresh challenge, a person types their PIN. Lock it again."""

import hashlib
from datetime import datetime, timedelta
from typing import Final

import msgspec

from largesse.db import Connection
from largesse.domain import networks, tills
from largesse.domain.devices import Device, DeviceChallenge, DeviceRefused, signed_by
from largesse.domain.staff import OLD_TOKEN_FOR, digest_of_token, new_token
from largesse.domain.tills import TillSession
from largesse.kernel.ids import new_id
from largesse.kernel.sealing import Keyring
from largesse.kernel.tokens import SigningKeys, TokenKind, TokenRefused
from largesse.services.staff import StaffDependencies
from largesse.services.tills.keeping import FormOwner, KeptForm, open_form
from largesse.services.tills.people import Colleague
from largesse.services.tills.pins import demand_pin

TOUCHED_EVERY: Final = timedelta(seconds=15)
"""How exactly it is known when a device was last touched: it is written that often at most."""
BEGUN_FOR: Final = timedelta(hours=12)
_CHALLENGES: Final = TokenKind("device-challenge", DeviceChallenge, length_max=200)


class Unlocked(msgspec.Struct, frozen=True, kw_only=True):
    """A session on a device, the token that the browser has from now on, and the page to go on with.

    `typed` is whether more was left than a page: what was typed on it, which `form_of_seat` opens.
    """

    session: TillSession
    token: str
    begun: str = ""
    typed: bool = False

    def __repr__(self) -> str:
        return f"Unlocked({self.session.session_id})"


def offer_challenge(keys: SigningKeys, device: Device, *, now: datetime) -> str:
    """Return what a device signs to be unlocked."""
    return _CHALLENGES.sign(keys, DeviceChallenge.fresh(now), bound_to=device.device_id.bytes)


def demand_signature(keys: SigningKeys, device: Device, challenge: str, signature: str, *, now: datetime) -> None:
    """Let a device on that signs a challenge with its own key, also while nobody has unlocked it.

    Raises:
        DeviceRefused: it did not, or has no key of its own.
    """
    if _answered(keys, device, challenge, signature, now=now) is None:
        raise DeviceRefused


async def unlock(
    deps: StaffDependencies,
    device: Device,
    colleague: Colleague,
    pin: str,
    *,
    challenge: str,
    signature: str,
    address: str,
    now: datetime,
) -> Unlocked:
    """Let somebody work on a device who typed their PIN on it; whoever worked there before has to type theirs again.

    Raises:
        DeviceRefused: it did not sign what it was asked to, or did before.
        OutsideNetworks: it works in the merchant's networks alone, and is elsewhere.
        PinRefused: the PIN is not theirs.
    """
    async with deps.database.connection() as connection:
        bound = await networks.work_networks(connection, device.merchant_id)
    bound.demand_till(address, has_key=device.public_key is not None)
    answered = _answered(deps.keyring, device, challenge, signature, now=now)
    await demand_pin(deps, colleague.membership, pin)
    membership = colleague.membership
    session = TillSession(
        merchant_id=device.merchant_id,
        session_id=new_id(now),
        device_id=device.device_id,
        membership_id=membership.membership_id,
        person_id=membership.person_id,
        unlocked_at=now,
        seen_at=now,
    )
    token = new_token()
    async with deps.database.transaction() as connection:
        begun = await tills.take_begun(
            connection, device.merchant_id, device.device_id, membership.membership_id, since=now - BEGUN_FOR
        )
        written = await tills.insert_session(connection, session, digest_of_token(token), challenge_digest=answered)
        if not written:
            raise DeviceRefused
        if begun.form is not None:
            await tills.put_form(connection, session, begun.form)
        await tills.end_sessions_on(connection, session, now=now, until=now + OLD_TOKEN_FOR)
    return Unlocked(session=session, token=token, begun=begun.page, typed=begun.form is not None)


async def form_of_seat(connection: Connection, keyring: Keyring, session: TillSession) -> KeptForm | None:
    """Return what somebody had typed on a device when it locked before this session; None where there is nothing."""
    owner = FormOwner(merchant_id=session.merchant_id, person_id=session.person_id, device_id=session.device_id)
    return open_form(keyring, await tills.form_of(connection, session), owner)


async def session_at(
    connection: Connection, device: Device, token: str | None, *, now: datetime, touches: bool
) -> tuple[TillSession | None, bool]:
    """Return the session that a browser has on a device, and whether it is unlocked.

    `touches` is whether somebody did something, which keeps it from locking; a page that only waits does not.
    """
    if token is None:
        return None, False
    session = await tills.find_session(connection, device.merchant_id, device.device_id, digest_of_token(token), now)
    if session is None:
        return None, False
    unlocked = session.is_unlocked(now, lock_minutes=device.lock_minutes)
    if unlocked and touches and session.seen_at <= now - TOUCHED_EVERY:
        await tills.see_session(connection, session, now)
    return session, unlocked


def _answered(keys: SigningKeys, device: Device, challenge: str, signature: str, *, now: datetime) -> bytes | None:
    """Return what is kept of the challenge that a device answered; None of one that has no key of its own."""
    if device.public_key is None:
        return None
    try:
        asked = _CHALLENGES.read(keys, challenge, bound_to=device.device_id.bytes)
    except TokenRefused:
        raise DeviceRefused from None
    if asked.ends_at <= now or not signed_by(device.public_key, challenge, signature):
        raise DeviceRefused
    return hashlib.sha256(asked.nonce).digest()
