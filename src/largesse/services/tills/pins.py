"""PINs: set by their person alone, and compared slowly.

What is hashed is not the PIN but what a key of the installation makes of it: six digits are soon tried by whoever has
a copy of the database, and worth nothing without the key. Tries are counted by the interface, before they come here.
"""

import base64
import hmac
from datetime import datetime
from typing import Final

from largesse.db import Connection
from largesse.domain import staff, tills
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act, ActRefused, Audited, Membership, MembershipState, may
from largesse.domain.tills import (
    PIN_CODE_GOOD_FOR,
    Pin,
    PinCodeRefused,
    PinRefused,
    check_pin,
    digest_of_pin_code,
    new_pin_code,
)
from largesse.services.staff import Manager, StaffDependencies

_PURPOSE: Final = "till-pin"
_LONGEST: Final = 64


async def set_own_pin(deps: StaffDependencies, membership: Membership, pin: str, *, now: datetime) -> None:
    """Set the PIN of somebody who has just shown who they are; audited.

    Raises:
        ActRefused: they do not work at the counter.
        PinUnfit: it cannot stand.
    """
    async with deps.database.transaction() as connection:
        await set_pin_within(deps, connection, membership, pin, now=now)


async def set_pin_within(
    deps: StaffDependencies, connection: Connection, membership: Membership, pin: str, *, now: datetime
) -> None:
    """Set the same in the caller's transaction.

    Raises:
        ActRefused, PinUnfit: as `set_own_pin`.
    """
    _demand_counter(membership)
    check_pin(pin)
    hashed = await deps.passwords.hashed(_keyed(deps, membership, pin)[0])
    await tills.set_pin(connection, membership.merchant_id, membership.membership_id, hashed, digits=len(pin), now=now)
    await _record_set(connection, membership, now=now)


async def offer_pin_code(
    connection: Connection, merchant: Merchant, membership: Membership, *, by: Manager, now: datetime
) -> str:
    """Return a code with which somebody sets their PIN on a till, once, within ten minutes; audited.

    Raises:
        ActRefused: they do not work at the counter, or are not theirs to manage.
    """
    if by.person_id != membership.person_id:
        by.demand_over(membership.role)
    _demand_counter(membership)
    code = new_pin_code()
    digest = digest_of_pin_code(membership.membership_id, code)
    await tills.set_pin_code(
        connection, merchant.merchant_id, membership.membership_id, digest, expires_at=now + PIN_CODE_GOOD_FOR
    )
    await by.record(connection, merchant, Audited.PIN_CODE_MADE, membership.membership_id, None, now=now)
    return code


async def set_pin_with_code(
    deps: StaffDependencies, membership: Membership, code: str, pin: str, *, now: datetime
) -> None:
    """Set the PIN of somebody who was given a code for that; audited.

    Raises:
        PinCodeRefused: the code does not count.
        PinUnfit: the PIN cannot stand.
    """
    check_pin(pin)
    hashed = await deps.passwords.hashed(_keyed(deps, membership, pin)[0])
    async with deps.database.transaction() as connection:
        done = await tills.set_pin_by_code(
            connection,
            membership.merchant_id,
            membership.membership_id,
            digest_of_pin_code(membership.membership_id, code),
            hashed,
            digits=len(pin),
            now=now,
        )
        if not done:
            raise PinCodeRefused
        await _record_set(connection, membership, now=now)


async def demand_pin(deps: StaffDependencies, membership: Membership, pin: str) -> Pin:
    """Let somebody on who typed their PIN, and return what is known of it. It takes as long where they have none.

    Raises:
        PasswordsBusy: too many wait to be checked.
        PinRefused: it is not theirs.
    """
    async with deps.database.connection() as connection:
        known = await tills.pin_of(connection, membership.merchant_id, membership.membership_id)
    right = False
    for text in _keyed(deps, membership, pin[:_LONGEST]):
        right = await deps.passwords.matches(text, hashed=known.pin_hash) or right
    if not right:
        raise PinRefused
    return known


def _keyed(deps: StaffDependencies, membership: Membership, pin: str) -> list[str]:
    """Return what is hashed of a PIN under every live key, the current one first."""
    text = f"{membership.merchant_id}:{membership.membership_id}:{pin}".encode()
    keys = deps.keyring.signing_keys(_PURPOSE)
    return [base64.urlsafe_b64encode(hmac.digest(key, text, "sha256")).decode() for key in keys]


def _demand_counter(membership: Membership) -> None:
    if membership.state is not MembershipState.LIVE or not may(membership.role, Act.COUNTER):
        raise ActRefused(Act.COUNTER.value)


async def _record_set(connection: Connection, membership: Membership, *, now: datetime) -> None:
    await staff.record(
        connection,
        membership.merchant_id,
        Audited.PIN_SET,
        subject=str(membership.membership_id),
        actor=f"person:{membership.person_id}",
        reason=None,
        now=now,
    )
