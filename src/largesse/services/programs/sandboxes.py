"""Sandboxes: merchants that programs are tried in, in the same tables, chosen by the key alone."""

from datetime import datetime, timedelta
from typing import Final

from largesse.db import Connection
from largesse.db.purging import purge_merchant
from largesse.domain import locations, merchants, programs
from largesse.domain.merchants import Merchant
from largesse.domain.programs import KeyScope, KeyWanted
from largesse.kernel.errors import Unavailable
from largesse.services.merchants import keep_home
from largesse.services.programs.dependencies import ProgramDependencies
from largesse.services.programs.made import MadeKey

SANDBOX_GOOD_FOR: Final = timedelta(days=7)
"""How long a sandbox stays after it was used last."""
ANONYMOUS_MAX: Final = 2_000
ANONYMOUS: Final = "nobody"


class SandboxesFull(Unavailable):
    """There are as many sandboxes of strangers as there may be."""

    code = "sandbox.too_many"
    message = "There are too many sandboxes just now. One ends when it was not used for a week; try again later."


async def sandbox_for(connection: Connection, merchant: Merchant, *, now: datetime) -> Merchant:
    """Return a merchant's sandbox, opened where it has none. It has the merchant's currency and time zone."""
    standing = await merchants.sandbox_of(connection, merchant.merchant_id)
    if standing is not None:
        return standing
    return await open_sandbox(connection, merchant, now=now)


async def open_sandbox(
    connection: Connection, parent: Merchant | None, *, currency: str = "USD", now: datetime
) -> Merchant:
    """Open a sandbox of a merchant's, or of nobody's, with a location and books of its own."""
    parent_id = None if parent is None else parent.merchant_id
    sandbox = await merchants.create_sandbox(connection, parent, parent_id=parent_id, currency=currency, now=now)
    await locations.create_defaults(
        connection, sandbox.merchant_id, name=sandbox.name, currency=sandbox.currency, now=now
    )
    await keep_home(connection, sandbox.merchant_id)
    return sandbox


async def open_anonymous(
    deps: ProgramDependencies, *, most: int = ANONYMOUS_MAX, now: datetime
) -> tuple[Merchant, MadeKey]:
    """Open a sandbox of nobody's, with a key that may do everything there; return both.

    Raises:
        SandboxesFull: there are too many.
    """
    async with deps.database.transaction() as connection:
        if await merchants.anonymous_sandboxes(connection) >= most:
            raise SandboxesFull
        sandbox = await open_sandbox(connection, None, now=now)
        wanted = KeyWanted(name="Sandbox", scopes=[one.value for one in KeyScope])
        key, text = await programs.make_key(
            connection, sandbox.merchant_id, wanted, live=False, made_by=ANONYMOUS, now=now
        )
    return sandbox, MadeKey(key=key, text=text)


async def purge_sandboxes(deps: ProgramDependencies, *, now: datetime) -> int:
    """Delete every sandbox that was not used for a week, with all that is in it; return how many there were."""
    async with deps.database.connection() as connection:
        standing = await merchants.sandboxes(connection)
        ended = []
        for one in standing:
            used = await programs.last_use(connection, one.merchant_id)
            if now - max(used or one.created_at, one.created_at) > SANDBOX_GOOD_FOR:
                ended.append(one.merchant_id)
    for merchant_id in ended:
        await purge_merchant(deps.database, merchant_id)
    return len(ended)
