"""Erase one person, known by an e-mail address, from all that a merchant keeps: all of it, or nothing.

The journal, the orders and their money stay as they are: only who they were for, who paid, and what was said beside
the operations on their certificates is gone.
"""

from datetime import datetime

import msgspec

from largesse import ledger, outbox
from largesse.db import Connection, load
from largesse.domain import catalog, drafts, gifts, imports, offline, orders, partners, portal, staff, withdrawals
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Audited
from largesse.kernel.errors import NotFound
from largesse.kernel.mail import read_email
from largesse.outbox import MAIL_DUE, About
from largesse.services.privacy.dependencies import PrivacyDependencies

_views = load(__package__, "views.sql")
_TELL_OF_PEOPLE = (orders.ORDER_ISSUED, gifts.DELIVERED, gifts.DELIVERY_FAILED, gifts.RECIPIENT_CHANGED, MAIL_DUE)


class NobodyKnown(NotFound):
    """Nothing is kept of such a person."""

    code = "person.unknown"
    message = "This merchant keeps nothing of anybody by that e-mail address."


class ErasedPerson(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody was taken out of, counted."""

    orders: int
    checkouts: int
    gifts: int
    mails: int
    drafts: int
    promo_uses: int
    partner_users: int
    askings: int
    withdrawals: int
    memos: int
    events: int
    imported: int

    @property
    def is_nothing(self) -> bool:
        """Return whether nothing was kept of them."""
        return not any(msgspec.structs.astuple(self))


class _Rehearsed(Exception):
    """Roll a rehearsal back."""


async def erase_person(
    deps: PrivacyDependencies,
    merchant: Merchant,
    email: str,
    *,
    actor: str,
    reason: str,
    dry_run: bool = False,
    now: datetime,
) -> ErasedPerson:
    """Erase the person of an address, in one transaction, audited without naming them; `dry_run` only counts.

    Raises:
        EmailInvalid: it is no address.
        NobodyKnown: nothing is kept of them.
    """
    address = read_email(email).lower()
    found: list[ErasedPerson] = []
    try:
        async with deps.database.dedicated() as connection, connection.transaction():
            found.append(await _erase(connection, merchant, address, now=now))
            if found[0].is_nothing:
                raise NobodyKnown
            await staff.record(
                connection,
                merchant.merchant_id,
                Audited.PERSON_ERASED,
                subject=deps.keyring.lookup(address).hex()[:32],
                actor=actor,
                reason=reason,
                now=now,
            )
            if dry_run:
                raise _Rehearsed
    except _Rehearsed:
        pass
    return found[0]


async def _erase(connection: Connection, merchant: Merchant, address: str, *, now: datetime) -> ErasedPerson:
    merchant_id = merchant.merchant_id
    erased = await orders.erase_person(connection, merchant_id, address)
    delivered, mails = await gifts.erase_person(connection, merchant_id, address, now=now)
    imported = await imports.erase_person(connection, merchant_id, address)
    named = (*erased.certificate_ids, *imported)
    certificate_ids = await ledger.followed(connection, merchant_id, named)
    about = About(
        event_ids=mails,
        texts=[f'"{address}"'],
        narrow_texts=[f'"order_id":"{order_id}"' for order_id in erased.order_ids],
        narrow_kinds=_TELL_OF_PEOPLE,
        memo_texts=[f'"certificate_id":"{certificate_id}"' for certificate_id in certificate_ids],
    )
    rows = await connection.fetch(_views.taken_without_a_line, merchant_id, list(certificate_ids))
    operation_ids = [row["operation_id"] for row in rows]
    await offline.erase_said(connection, merchant_id, operation_ids=operation_ids, certificate_ids=certificate_ids)
    return ErasedPerson(
        orders=len(erased.order_ids),
        checkouts=len(erased.checkout_ids),
        gifts=delivered,
        mails=len(mails),
        drafts=await drafts.erase_person(connection, merchant_id, address),
        promo_uses=await catalog.erase_person(connection, merchant_id, address),
        partner_users=await partners.erase_person(connection, merchant_id, address, now=now),
        askings=await portal.erase_askings(connection, merchant_id, address),
        withdrawals=await withdrawals.erase_person(connection, merchant_id, address),
        memos=await ledger.erase_memos(connection, merchant_id, named),
        events=await outbox.erase(connection, merchant_id, about, now=now),
        imported=len(imported),
    )
