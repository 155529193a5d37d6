"""What gateways told us, written down before they are answered, so that nothing told is ever lost."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import structlog

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.domain.payments.model import KeptNotice, Notice, NoticeStatus

_queries = load(__package__)
_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Notice)
_UNREADABLE_AGAIN = timedelta(days=1)

_log = structlog.get_logger()


async def keep_notices(
    connection: Connection, gateway: str, notices: Sequence[Notice], *, now: datetime, due: datetime | None = None
) -> None:
    """Write down what a gateway told, to be taken up at `due` or now; what it told before stays as it is."""
    for notice in notices:
        text = _ENCODER.encode(notice).decode()
        await connection.execute(_queries.keep_notice, gateway, notice.notice_id, text, now, due or now)


async def claim_notices(
    connection: Connection,
    *,
    now: datetime,
    until: datetime,
    limit: int,
    gateway: str | None = None,
    reference: str | None = None,
) -> list[KeptNotice]:
    """Take notices whose time has come, perhaps only those of one payment; nobody else takes them before `until`.

    One that cannot be read, as another version may have written it, is put off for a day and stands in no other's way.
    """
    rows = await connection.fetch(_queries.claim_notices, now, until, limit, gateway, reference)
    read = list[KeptNotice]()
    for row in rows:
        try:
            read.append(_kept(row))
        except msgspec.DecodeError as error:
            named = {"gateway": row["gateway"], "notice_id": row["notice_id"]}
            _log.error("notice_unreadable", **named, reason=type(error).__name__)
            await connection.execute(_queries.put_off_notice, *named.values(), until + _UNREADABLE_AGAIN, "unreadable")
    return sorted(read, key=lambda one: one.received_at)


async def close_notice(
    connection: Connection,
    kept: KeptNotice,
    status: NoticeStatus,
    *,
    outcome: str,
    merchant_id: UUID | None = None,
    payment_id: UUID | None = None,
) -> None:
    """What became of a notice."""
    await connection.execute(
        _queries.close_notice, kept.gateway, kept.notice.notice_id, status.value, outcome, merchant_id, payment_id
    )


async def put_off_notice(connection: Connection, kept: KeptNotice, *, until: datetime, outcome: str) -> None:
    """Take a notice up again at `until`."""
    await connection.execute(_queries.put_off_notice, kept.gateway, kept.notice.notice_id, until, outcome)


async def notices_of_payment(connection: Connection, merchant_id: UUID, payment_id: UUID) -> list[KeptNotice]:
    """Return what gateways told of a payment, in the order in which it came."""
    return [_kept(row) for row in await connection.fetch(_queries.notices_of_payment, merchant_id, payment_id)]


async def forget_notices(connection: Connection, *, before: datetime, limit: int) -> int:
    """Forget notices that were dealt with and came before that time; return how many."""
    tag = await connection.execute(_queries.forget_notices, before, limit)
    return int(tag.rpartition(" ")[2])


def _kept(row: Row) -> KeptNotice:
    return KeptNotice(
        gateway=row["gateway"],
        notice=_DECODER.decode(row["notice"]),
        status=NoticeStatus(row["status"]),
        outcome=row["outcome"],
        attempts=row["attempts"],
        received_at=row["received_at"],
    )
