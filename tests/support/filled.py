"""A database with many rows in every table that grows, for looking at plans: what its rows say means nothing.

Rows of one number belong together: the order, checkout, certificate and payment `n` of a merchant refer to each other,
because every column of type uuid holds the same value in all of them.
"""

from uuid import UUID

import asyncpg

KNOWN = UUID("01900000-0000-7000-8000-000000000001")
"""A merchant that statistics know."""
NEW = UUID("01900000-0000-7000-8000-000000000002")
"""A merchant that they do not."""

BIG = (
    *("certificates", "journal", "holds", "certificate_numbers", "checkouts", "payments", "refunds", "orders"),
    *("gifts", "mails", "events", "deliveries", "attempts", "drafts", "gateway_notices", "access_tokens", "routes"),
    "promo_uses",
)
"""The tables that grow with the business."""

_WORDS = {
    "certificates.status": "active",
    "holds.status": "open",
    "checkouts.status": "paid",
    "payments.status": "succeeded",
    "refunds.status": "made",
    "orders.status": "issued",
    "gifts.status": "sent",
    "deliveries.status": "delivered",
    "gateway_notices.status": "done",
    "journal.kind": "redeem",
    "journal.pot": "value",
    "journal.debit": "certificates_outstanding",
    "journal.credit": "tender_clearing",
}
_BY_TYPE = {
    "uuid": "uuid",
    "timestamp with time zone": "timestamptz '2026-01-01' + n * interval '25 seconds'",
    "date": "date '2027-01-01'",
    "boolean": "false",
    "numeric": "0",
    "jsonb": "'{}'::jsonb",
    "inet": "'192.0.2.1'::inet",
    "ARRAY": "'{}'",
}


async def loosen(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Take off what rows without meaning would break; plans do not depend on it. Needs a superuser."""
    await connection.execute("SET session_replication_role = replica")
    for row in await connection.fetch(
        "SELECT conrelid::regclass::text AS place, conname FROM pg_constraint WHERE contype = 'c' "
        "AND connamespace = 'public'::regnamespace AND conislocal AND coninhcount = 0"
    ):
        await connection.execute(f'ALTER TABLE {row["place"]} DROP CONSTRAINT "{row["conname"]}"')
    for row in await connection.fetch(
        "SELECT oid::regclass::text AS place FROM pg_class "
        "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    ):
        await connection.execute(f"ALTER TABLE {row['place']} SET (autovacuum_enabled = false)")


async def fill(connection: "asyncpg.Connection[asyncpg.Record]", merchant_id: UUID, *, rows: int) -> None:
    """Give a merchant as many rows in every table that grows."""
    for table in BIG:
        columns = await connection.fetch(
            "SELECT column_name AS name, data_type AS type FROM information_schema.columns "
            "WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER' AND is_identity = 'NO' "
            "ORDER BY ordinal_position",
            table,
        )
        names = ", ".join(f'"{column["name"]}"' for column in columns)
        values = ", ".join(_value(table, column["name"], column["type"], merchant_id) for column in columns)
        await connection.execute(
            f"INSERT INTO {table} ({names}) SELECT {values} FROM (SELECT n, "
            f"('{str(merchant_id)[:24]}' || lpad(to_hex(n * 16 + {merchant_id.int % 16}), 12, '0'))::uuid AS uuid "
            f"FROM generate_series(1, {rows}) n) AS given"
        )


def _value(table: str, name: str, kind: str, merchant_id: UUID) -> str:
    if name == "merchant_id":
        return f"'{merchant_id}'::uuid"
    if (word := _WORDS.get(f"{table}.{name}")) is not None:
        return f"'{word}'"
    if name == "currency":
        return "'USD'"
    if kind == "text":  # unlike those of another merchant
        return f"'{merchant_id.int % 16}-' || n"
    if kind == "bytea":
        return f"decode(lpad(to_hex(n * 16 + {merchant_id.int % 16}), 64, '0'), 'hex')"
    return _BY_TYPE.get(kind, "0" if name == "leg" else "n")
