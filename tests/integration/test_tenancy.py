"""Every table of a tenant begins its keys with merchant_id (ARCHITECTURE §4): read from the database itself."""

from largesse.db import Database

# The directory of tenants, what leads a stranger to one, and what belongs to the installation: what a gateway tells its
# own account does not always say whose it is (docs/decisions/0049), and people who sign in belong to themselves.
OF_THE_INSTALLATION = {
    "merchants",
    "routes",
    "alembic_version",
    "duty_clock",
    "gateway_inbox",
    "limit_counts",
    "operator_notes",
    "setup_tokens",
}
PEOPLE = {
    "persons",
    "recovery_codes",
    "staff_sessions",
    "staff_links",
    "reset_requests",
    "passkeys",
    "spent_challenges",
}
KINDS = {b"p": "primary key", b"u": "unique", b"f": "foreign key"}

COLUMNS = """
SELECT t.relname AS table, c.contype AS kind, pg_get_constraintdef(c.oid) AS definition,
    (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = c.conrelid AND a.attnum = c.conkey[1]) AS first
FROM pg_constraint c
JOIN pg_class t ON t.oid = c.conrelid
JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = 'public'
WHERE c.contype IN ('p', 'u', 'f')
"""
UNIQUE_INDEXES = """
SELECT t.relname AS table, i.indexrelid::regclass::text AS name,
    (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum = i.indkey[0]) AS first
FROM pg_index i
JOIN pg_class t ON t.oid = i.indrelid
JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = 'public'
WHERE i.indisunique
"""


async def test_every_key_of_every_tenant_table_begins_with_merchant_id(database: Database) -> None:
    async with database.connection() as connection:
        constraints = await connection.fetch(COLUMNS)
        indexes = await connection.fetch(UNIQUE_INDEXES)
    wrong = {
        f"{row['table']}: {KINDS[row['kind']]} {row['definition']}"
        for row in constraints
        if row["table"] not in OF_THE_INSTALLATION | PEOPLE and row["first"] != "merchant_id"
    }
    wrong |= {
        f"{row['table']}: index {row['name']}"
        for row in indexes
        if row["table"] not in OF_THE_INSTALLATION | PEOPLE and row["first"] != "merchant_id"
    }
    assert wrong == set()
    assert {"offerings", "pictures", "promo_codes", "promo_uses"} <= {row["table"] for row in constraints}


async def test_every_tenant_table_has_a_primary_key(database: Database) -> None:
    async with database.connection() as connection:
        with_key = {row["table"] for row in await connection.fetch(COLUMNS) if row["kind"] == b"p"}
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    assert {row["tablename"] for row in tables} == with_key
