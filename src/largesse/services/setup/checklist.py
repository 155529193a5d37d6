"""What is left to do after the first run: each tick is found from what there is, so nobody ticks anything off."""

from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db import load
from largesse.domain import setup, staff
from largesse.domain.merchants import Merchant
from largesse.services.capabilities import UsesDatabase

_views = load(__package__, "views.sql")


class Checklist(msgspec.Struct, frozen=True, kw_only=True):
    """How far a merchant is.

    `payment` is an account that collects, or money taken by hand: a sale over a counter, a transfer that came, a bank
    account that transfers are told of. `owner` is a second owner, or one who has a second way to sign in and recovery
    codes.
    """

    logo: bool
    offering: bool
    payment: bool
    law: bool
    mail: bool
    endpoint: bool
    owner: bool
    backup: bool

    @property
    def is_done(self) -> bool:
        """Return whether nothing is left."""
        return all(msgspec.structs.astuple(self))


async def checklist_of(
    deps: UsesDatabase, merchant: Merchant, person_id: UUID, *, connected: bool, now: datetime
) -> Checklist:
    """Return how far a merchant is, seen by one of its owners; `connected` where the installation collects for all."""
    async with deps.database.connection() as connection:
        row = await connection.fetchrow(_views.checklist, merchant.merchant_id)
        assert row is not None, "a row of sums is always there"
        trouble = await setup.backup_trouble(connection, now=now)
        passkeys = await staff.passkeys_of(connection, person_id)
        kept = await staff.secrets_of(connection, person_id)
        codes = await staff.recovery_codes_left(connection, person_id)
    ways = len(passkeys) + (kept.password_hash is not None and kept.totp is not None)
    return Checklist(
        logo=row["logo"],
        offering=row["offering"],
        payment=row["payment"] or connected,
        law=row["law"],
        mail=row["mail"],
        endpoint=row["endpoint"],
        owner=row["owners"] > 1 or (ways > 1 and codes > 0),
        backup=trouble is None,
    )
