"""The tables of payouts of gateways, and of what they are made of."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.domain.payouts.model import Payout, PayoutLine, PayoutPart

_queries = load(__package__)
_ENCODER = msgspec.json.Encoder()
_INSERTED = "INSERT 0 1"


async def find_payout(connection: Connection, merchant_id: UUID, gateway: str, reference: str) -> Payout | None:
    """Return a payout by the gateway's own name of it."""
    row = await connection.fetchrow(_queries.find_payout, merchant_id, gateway, reference)
    return None if row is None else Payout(**row)


async def list_payouts(connection: Connection, merchant_id: UUID, *, limit: int = 50) -> list[Payout]:
    """Return a merchant's payouts, the newest first."""
    return [Payout(**row) for row in await connection.fetch(_queries.list_payouts, merchant_id, limit)]


async def insert_payout(connection: Connection, one: Payout, lines: Sequence[PayoutLine]) -> bool:
    """Write a payout with what it is made of; False where one of that name stands."""
    tag = await connection.execute(
        _queries.insert_payout, one.merchant_id, one.payout_id, one.gateway, one.subject_id, one.reference,
        one.currency, one.amount, one.fees, one.arrives_on, one.lines, one.taken_by, one.taken_at,
    )  # fmt: skip
    if tag != _INSERTED:
        return False
    await connection.execute(
        _queries.insert_lines, one.merchant_id, one.payout_id, _ENCODER.encode(list(lines)).decode()
    )
    return True


async def lines_of(connection: Connection, merchant_id: UUID, payout_id: UUID) -> list[PayoutLine]:
    """Return what a payout is made of."""
    return [_line(row) for row in await connection.fetch(_queries.lines_of, merchant_id, payout_id)]


def _line(row: Row) -> PayoutLine:
    return PayoutLine(**{**row, "what": PayoutPart(row["what"])})
