"""What gateways told us, written down before they are answered, so that nothing told is ever lost.

A notice belongs to the merchant whose account it came from. Where merchants share the account of the installation, a
notice that does not say whose it is waits in an inbox until that is known.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import structlog

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.domain.payments.model import AccountRef, InboxNotice, KeptNotice, Notice, NoticeStatus

_queries = load(__package__)
_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Notice)
_UNREADABLE_AGAIN = timedelta(days=1)
_NO_ACCOUNT = UUID(int=0)
"""What stands for the installation's own account in a key, where null cannot."""

_log = structlog.get_logger()


async def keep_notices(
    connection: Connection,
    account: AccountRef,
    notices: Sequence[Notice],
    *,
    now: datetime,
    due: datetime | None = None,
) -> None:
    """Write down what a gateway told, to be taken up at `due` or now; what it told before stays as it is."""
    for notice in notices:
        text = _ENCODER.encode(notice).decode()
        await connection.execute(_queries.keep_notice, *_key(account), notice.notice_id, text, now, due or now)


async def merchants_told(connection: Connection, *, now: datetime, limit: int) -> list[UUID]:
    """Return merchants that notices wait for, the one that has waited longest first."""
    return [row["merchant_id"] for row in await connection.fetch(_queries.merchants_told, now, limit)]


async def claim_notices(
    connection: Connection,
    merchant_id: UUID,
    *,
    now: datetime,
    until: datetime,
    limit: int,
    gateway: str | None = None,
    reference: str | None = None,
) -> list[KeptNotice]:
    """Take a merchant's notices whose time has come, perhaps only those of one payment; nobody else does till `until`.

    One that cannot be read, as another version may have written it, is put off for a day and stands in no other's way.
    """
    rows = await connection.fetch(_queries.claim_notices, merchant_id, now, until, limit, gateway, reference)
    read = list[KeptNotice]()
    for row in rows:
        try:
            read.append(_kept(row))
        except msgspec.DecodeError as error:
            _log.error(
                "notice_unreadable", gateway=row["gateway"], notice_id=row["notice_id"], reason=type(error).__name__
            )
            key = row["merchant_id"], row["account_id"], row["gateway"], row["notice_id"]
            await connection.execute(_queries.put_off_notice, *key, until + _UNREADABLE_AGAIN, "unreadable")
    return sorted(read, key=lambda one: one.received_at)


async def close_notice(
    connection: Connection, kept: KeptNotice, status: NoticeStatus, *, outcome: str, payment_id: UUID | None = None
) -> None:
    """What became of a notice."""
    key = *_key(kept.account), kept.notice.notice_id
    await connection.execute(_queries.close_notice, *key, status.value, outcome, payment_id)


async def put_off_notice(connection: Connection, kept: KeptNotice, *, until: datetime, outcome: str) -> None:
    """Take a notice up again at `until`."""
    await connection.execute(_queries.put_off_notice, *_key(kept.account), kept.notice.notice_id, until, outcome)


async def notices_of_payment(connection: Connection, merchant_id: UUID, payment_id: UUID) -> list[KeptNotice]:
    """Return what gateways told of a payment, in the order in which it came."""
    return [_kept(row) for row in await connection.fetch(_queries.notices_of_payment, merchant_id, payment_id)]


async def merchants_told_before(connection: Connection, before: datetime) -> list[UUID]:
    """Return the merchants that have notices which were dealt with and came before that time."""
    return [row["merchant_id"] for row in await connection.fetch(_queries.merchants_told_before, before)]


async def forget_notices(connection: Connection, merchant_id: UUID, *, before: datetime, limit: int) -> int:
    """Forget a merchant's notices that were dealt with and came before that time; return how many."""
    tag = await connection.execute(_queries.forget_notices, merchant_id, before, limit)
    return int(tag.rpartition(" ")[2])


async def put_in_inbox(connection: Connection, gateway: str, notice: Notice, *, now: datetime) -> None:
    """Write down a notice whose merchant is not known; what was told before stays as it is."""
    text = _ENCODER.encode(notice).decode()
    await connection.execute(_queries.put_in_inbox, gateway, notice.notice_id, text, now)


async def claim_inbox(connection: Connection, *, now: datetime, until: datetime, limit: int) -> list[InboxNotice]:
    """Take notices out of the inbox whose time has come to be asked about; nobody else takes them before `until`."""
    read = list[InboxNotice]()
    for row in await connection.fetch(_queries.claim_inbox, now, until, limit):
        try:
            read.append(
                InboxNotice(
                    gateway=row["gateway"],
                    notice=_DECODER.decode(row["notice"]),
                    attempts=row["attempts"],
                    received_at=row["received_at"],
                )
            )
        except msgspec.DecodeError as error:
            named = {"gateway": row["gateway"], "notice_id": row["notice_id"]}
            _log.error("notice_unreadable", **named, reason=type(error).__name__)
            await connection.execute(_queries.put_off_inbox, *named.values(), until + _UNREADABLE_AGAIN)
    return sorted(read, key=lambda one: one.received_at)


async def move_from_inbox(connection: Connection, account: AccountRef, found: InboxNotice, *, now: datetime) -> None:
    """Give a notice of the inbox to the merchant whose it is, to be taken up now."""
    text = _ENCODER.encode(found.notice).decode()
    key = *_key(account), found.notice.notice_id
    await connection.execute(_queries.keep_notice, *key, text, found.received_at, now)
    await connection.execute(_queries.take_from_inbox, found.gateway, found.notice.notice_id)


async def put_off_inbox(connection: Connection, found: InboxNotice, *, until: datetime) -> None:
    """Ask again at `until` whose a notice is."""
    await connection.execute(_queries.put_off_inbox, found.gateway, found.notice.notice_id, until)


async def leave_unclaimed(connection: Connection, found: InboxNotice) -> None:
    """Note that a notice is about nobody here."""
    await connection.execute(_queries.leave_unclaimed, found.gateway, found.notice.notice_id)


async def forget_inbox(connection: Connection, *, before: datetime, limit: int) -> int:
    """Forget notices that were about nobody here and came before that time; return how many."""
    tag = await connection.execute(_queries.forget_inbox, before, limit)
    return int(tag.rpartition(" ")[2])


def _key(account: AccountRef) -> tuple[UUID, UUID, str]:
    return account.merchant_id, account.account_id or _NO_ACCOUNT, account.gateway


def _kept(row: Row) -> KeptNotice:
    account_id: UUID = row["account_id"]
    return KeptNotice(
        account=AccountRef(
            merchant_id=row["merchant_id"],
            gateway=row["gateway"],
            account_id=None if account_id == _NO_ACCOUNT else account_id,
        ),
        notice=_DECODER.decode(row["notice"]),
        status=NoticeStatus(row["status"]),
        outcome=row["outcome"],
        attempts=row["attempts"],
        received_at=row["received_at"],
    )
