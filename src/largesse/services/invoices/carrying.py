"""A partner's credit is one, whichever of the merchant's legal entities owe it: it is carried to where it is used.

A payment comes in where the bank account is, credit where the certificate was sold, and both may be set against an
invoice of another entity. The entity that took the money owes it to the other one from then on
(docs/decisions/0163-credit-between-entities.md).
"""

from uuid import UUID

from largesse.db import Connection, load
from largesse.kernel.ids import derived_id
from largesse.kernel.where import Where
from largesse.ledger import Across, Kind, PostEntry, SubjectKind
from largesse.services.merchants import where_of_entity

_views = load(__package__, "views.sql")


async def credit_carried(
    connection: Connection, partner_id: UUID, currency: str, *, to: Where, amount: int, operation_id: UUID, actor: str
) -> list[PostEntry]:
    """Return what carries credit to a legal entity for an operation that takes `amount` of it there.

    Nothing where that has as much; else from those that owe the partner most. The partner's agreement is locked. That
    there is as much over all entities is the caller's to know.
    """
    found = await connection.fetch(_views.credit_by_entity, to.merchant_id, partner_id, currency)
    owed: dict[UUID, int] = {row["legal_entity_id"]: row["credit"] for row in found}
    missing = amount - owed.pop(to.legal_entity_id, 0)
    commands: list[PostEntry] = []
    for entity_id, credit in sorted(owed.items(), key=lambda one: (-one[1], one[0])):
        part = min(missing, credit)
        if part <= 0:
            break
        there = await where_of_entity(connection, to.merchant_id, entity_id)
        commands.append(_carried(there, to, partner_id, currency, part, operation_id=operation_id, actor=actor))
        missing -= part
    return commands


def _carried(
    there: Where, to: Where, partner_id: UUID, currency: str, amount: int, *, operation_id: UUID, actor: str
) -> PostEntry:
    return PostEntry(
        merchant_id=to.merchant_id,
        operation_id=derived_id("credit-carried", operation_id, there.legal_entity_id),
        actor=actor,
        where=there,
        subject_kind=SubjectKind.PARTNER,
        subject_id=partner_id,
        kind=Kind.SETTLE_ENTITIES,
        reason="credit",
        currency=currency,
        amount=amount,
        across=Across(legal_entity_id=to.legal_entity_id),
    )
