"""Who is known of a certificate: whoever bought what is on it, and whom it was sent to."""

from collections.abc import Collection
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import gifts, imports, merchants, orders
from largesse.domain.gifts import Gift, GiftStatus
from largesse.services.capabilities import UsesLedger
from largesse.services.certificates import with_predecessors

_REACHED = frozenset({GiftStatus.SENDING, GiftStatus.SENT, GiftStatus.FAILED, GiftStatus.PRINT})
"""A gift that has left: of one that waits for its day its recipient knows nothing yet."""


class KnownPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody with a mail address. `knows` is whether they have heard of the certificate."""

    address: str
    name: str = ""
    locale: str = "en"
    knows: bool = True


async def people_of(
    connection: Connection,
    deps: UsesLedger,
    merchant_id: UUID,
    certificate_ids: Collection[UUID],
    *,
    order_number: str = "",
) -> list[KnownPerson]:
    """Return who bought what is on certificates and whom it is for, each address once, the buyers first."""
    numbers: set[str | None] = {order_number}
    for certificate_id in certificate_ids:
        found = await deps.ledger.find(connection, merchant_id, certificate_id)
        if found is not None:
            numbers |= {found.order_number, *(lot.order_number for lot in found.lots)}
    buyers, recipients = list[KnownPerson](), list[KnownPerson]()
    for number in sorted(filter(None, numbers)):
        order = await orders.find_by_optional_number(connection, merchant_id, number)
        if order is None:
            continue
        named = f"{order.recipient_first_name} {order.recipient_last_name}".strip()
        of_order = KnownPerson(address=order.recipient_email, name=named, locale=order.locale)
        given = tuple[Gift, ...]()
        if order.checkout_id is not None:
            bought = await orders.find_checkout(connection, merchant_id, order.checkout_id)
            who = f"{bought.billing.first_name} {bought.billing.last_name}".strip()
            buyers.append(KnownPerson(address=bought.billing.email, name=who, locale=bought.locale))
            found_gifts = await gifts.deliveries_of_checkout(connection, merchant_id, order.checkout_id)
            given = tuple(one for one in found_gifts if one.order_id == order.order_id)
        recipients += [
            KnownPerson(
                address=one.recipient_email,
                name=one.recipient_name,
                locale=one.locale,
                knows=one.status in _REACHED,
            )
            for one in given
        ] or [of_order]
        if given and order.recipient_email not in {one.recipient_email for one in given}:
            recipients.append(msgspec.structs.replace(of_order, knows=False))
    lineage = await with_predecessors(connection, deps, merchant_id, certificate_ids)
    holders = await imports.recipients_of(connection, merchant_id, lineage)
    if holders:
        merchant = await merchants.merchant_of_id(connection, merchant_id)
        recipients += [
            KnownPerson(address=one.email, name=one.name, locale=one.locale or merchant.language) for one in holders
        ]
    known = dict[str, KnownPerson]()
    for one in (*buyers, *recipients):
        if one.address:
            known.setdefault(one.address.casefold(), one)
    return list(known.values())
