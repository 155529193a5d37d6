"""What the journal says of what a partner is charged and given back, for invoices to be written from."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.domain.invoices import Item
from largesse.kernel.tax import TaxKind

_views = load(__package__, "views.sql")
_FIELDS = Item.__struct_fields__


class GivenBack(msgspec.Struct, frozen=True, kw_only=True):
    """What one operation gave back of one filling on account; `credited` of it stood on an invoice."""

    partner_id: UUID
    operation_id: UUID
    item: Item
    uninvoiced: int
    credited: int


class PartnerStanding(msgspec.Struct, frozen=True, kw_only=True):
    """What a partner owes in a currency, and what it is owed; both from the journal."""

    receivable: int
    credit: int

    @property
    def used(self) -> int:
        """Return what of a credit limit is used: what is owed less what is owed to it."""
        return self.receivable - self.credit


async def uninvoiced(connection: Connection, merchant_id: UUID, partner_id: UUID) -> list[Item]:
    """Return what a partner was charged for that stands on no invoice and in no draft, the oldest first."""
    return await charged_items(connection, merchant_id, partner_id, None)


async def charged_items(
    connection: Connection, merchant_id: UUID, partner_id: UUID, draft_id: UUID | None
) -> list[Item]:
    """Return what is still owed of what a draft gathers; None: of what no invoice or draft has."""
    rows = await connection.fetch(_views.charged_items, merchant_id, partner_id, draft_id)
    return [_item(dict(row)) for row in rows]


async def given_back(connection: Connection, merchant_id: UUID, operation_ids: Sequence[UUID]) -> list[GivenBack]:
    """Return what some operations gave back to partners, filling by filling."""
    rows = await connection.fetch(_views.given_back, merchant_id, list(operation_ids))
    kinds = await connection.fetch(_views.tax_kinds_of, merchant_id, [row["lot_id"] for row in rows])
    known = {row["lot_id"]: row["tax_kind"] for row in kinds}
    return [
        GivenBack(
            partner_id=row["party_id"],
            operation_id=row["operation_id"],
            item=_item({**row, "amount": row["credited"], "tax_kind": known.get(row["lot_id"], row["tax_kind"])}),
            uninvoiced=row["uninvoiced"],
            credited=row["credited"],
        )
        for row in rows
    ]


async def standing_of(connection: Connection, merchant_id: UUID, partner_id: UUID, currency: str) -> PartnerStanding:
    """Return what a partner owes and is owed in a currency."""
    row = await connection.fetchrow(_views.balance_of, merchant_id, partner_id, currency)
    assert row is not None, "sums have a row"
    return PartnerStanding(receivable=row["receivable"], credit=row["credit"])


async def credit_of(connection: Connection, merchant_id: UUID, partner_id: UUID, currency: str) -> int:
    """Return what a partner is owed in a currency, without reading all that it ever ordered."""
    row = await connection.fetchrow(_views.credit_of, merchant_id, partner_id, currency)
    assert row is not None, "sums have a row"
    return int(row["credit"])


def _item(row: Mapping[str, Any]) -> Item:
    known = {name: row[name] for name in _FIELDS if name in row}
    return Item(**{**known, "tax_kind": TaxKind(row["tax_kind"])})
