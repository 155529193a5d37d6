"""What gateways told before revision 0027 goes to the merchant whose it is; the rest stays in the inbox."""

import asyncpg
import pytest

from largesse.db import migrate

MERCHANT = "0190a0a0-0000-7000-8000-000000000001"
PAYMENT = "0190a0a0-0000-7000-8000-000000000002"
ROWS = f"""
INSERT INTO merchants (
    merchant_id, slug, number, prefix, prefix_folded, name, currency, time_zone, contact_email, is_demo, created_at
) VALUES ('{MERCHANT}', 'spa', '1', 'GL', 'GL', 'Spa', 'USD', 'UTC', 'a@example.com', false, now());
INSERT INTO checkouts (merchant_id, checkout_id, status, currency, total, created_at)
VALUES ('{MERCHANT}', '{PAYMENT}', 'open', 'USD', 5, now());
INSERT INTO payments (
    merchant_id, payment_id, checkout_id, gateway, reference, status, currency, amount, created_at, intent
) VALUES ('{MERCHANT}', '{PAYMENT}', '{PAYMENT}', 'stripe', 'cs_1', 'succeeded', 'USD', 5, now(), 'pi_1');
"""
NOTICES = {
    "closed": ("{}", "done", f"'{MERCHANT}'"),
    "named": (f'{{"merchant_id": "{MERCHANT}"}}', "waiting", "NULL"),
    "of-a-payment": ('{"reference": "cs_1"}', "waiting", "NULL"),
    "of-money": ('{"intent": "pi_1"}', "waiting", "NULL"),
    "early": ('{"intent": "pi_2"}', "waiting", "NULL"),
    "foreign": (f'{{"merchant_id": "{PAYMENT}"}}', "unclaimed", "NULL"),
}


@pytest.mark.parametrize("name", NOTICES)
async def test_each_notice_is_where_it_belongs(dsn: str, name: str) -> None:
    notice, status, merchant_id = NOTICES[name]
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("DROP SCHEMA public CASCADE")
        await connection.execute("CREATE SCHEMA public")
        await migrate.upgrade(dsn, to="0026")
        await connection.execute(ROWS)
        await connection.execute(
            "INSERT INTO gateway_notices "
            " (gateway, notice_id, notice, status, merchant_id, received_at, next_attempt_at)"
            f" VALUES ('stripe', '{name}', '{notice}', '{status}', {merchant_id}, now(), now())"
        )
        await migrate.upgrade(dsn)
        kept = await connection.fetch("SELECT merchant_id::text, status FROM gateway_notices")
        inbox = await connection.fetch("SELECT notice_id, status FROM gateway_inbox")
    finally:
        await connection.close()
    if name in {"early", "foreign"}:
        assert ([tuple(row) for row in inbox], kept) == ([(name, status)], [])
    else:
        assert ([tuple(row) for row in kept], inbox) == ([(MERCHANT, status)], [])
