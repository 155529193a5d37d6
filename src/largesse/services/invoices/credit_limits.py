"""What a partner has used of its credit limit: what it owes less what it is owed, in each currency."""

from uuid import UUID

from largesse.db import Connection, gathering
from largesse.domain import partners


async def lower_credit(connection: Connection, merchant_id: UUID, partner_id: UUID, code: str, amount: int) -> None:
    """Lower what a partner has used of its credit in a currency; below zero where more is owed to it than it owes.

    Every row that lowers what is owed, or raises what is owed to it, passes here: `ledger verify` compares.
    """
    ref = merchant_id, partner_id
    agreement = (await partners.lock_agreements(connection, [ref])).get(ref)
    if amount and agreement is not None and code in agreement.terms:
        async with gathering(connection) as writes:
            partners.use_credit(writes, {(*ref, code): -amount})
