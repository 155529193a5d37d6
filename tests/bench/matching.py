"""A statement of 10,000 lines, taken and matched against 50,000 open invoices: what each line is most likely for."""

import asyncio
import hashlib
import random
import time
from datetime import date
from typing import NamedTuple
from uuid import UUID

from largesse.app.application import Application
from largesse.db import Connection
from largesse.domain.banking import waiting_lines
from largesse.domain.merchants import Merchant, find_merchant
from largesse.kernel.bank_statements import Balance, BankLine, BankStatement
from largesse.services import banking
from largesse.services.staff import Manager
from tests.bench.instance import Instance
from tests.bench.report import Figure, bounded, compared

LINES, INVOICES, PARTNERS = 10_000, 50_000, 2_000
GOAL_S = 30.0
DAY = date(2026, 11, 20)
_IBAN = "DE89370400440532013000"

_PARTNERS = """
INSERT INTO partners (merchant_id, partner_id, name, contact_email, created_at)
SELECT $1, gen_random_uuid(), 'Partner ' || n || ' Events GmbH', 'p' || n || '@partner.example', now()
FROM generate_series(1, $2::integer) AS n
RETURNING partner_id
"""
_INVOICES = """
INSERT INTO invoices (merchant_id, invoice_id, kind, state, partner_id, entity_id, currency, grouping, group_key, taxed,
    series, number, invoice_number, total, issued_on, due_on, document, document_hash, created_at, created_by,
    issued_at)
SELECT $1, gen_random_uuid(), 'invoice', 'issued', ($2::uuid[])[1 + n % cardinality($2::uuid[])],
    (SELECT entity_id FROM legal_entities WHERE merchant_id = $1 LIMIT 1), $3, 'order', 'G' || n, false, 'INV-', n,
    'INV-2026-' || lpad(n::text, 6, '0'), 1000 + (n::bigint * 7919) % 400000, $4, $4, 'x', sha256('x'), now(), 'bench',
    now()
FROM generate_series(1, $5::integer) AS n
"""
_YARDSTICK = """
SELECT l.line_id, count(i.invoice_id) FROM bank_lines l
LEFT JOIN invoices i ON i.merchant_id = l.merchant_id AND i.currency = l.currency AND i.state IN ('issued', 'part_paid')
    AND i.total - i.paid - i.credited - i.written_off = l.remaining
WHERE l.merchant_id = $1 AND l.state = 'open'
GROUP BY l.line_id
"""


class _Times(NamedTuple):
    taking: float
    matching: float
    joining: float
    found: int


def _lines(currency: str) -> list[BankLine]:
    """Lines of four kinds: that name an invoice, whose payer is known by name, with an amount alone, and of nothing."""
    drawn = random.Random(20_261_130)
    found = []
    for place in range(1, LINES + 1):
        number = drawn.randint(1, INVOICES)
        amount = 1000 + number * 7919 % 400_000
        kind = place % 4
        text = (
            f"Rechnung INV-2026-{number:06} vom 12.11.2026, Kundennummer 4711, vielen Dank"
            if kind == 0
            else "Gutscheine"
        )
        found.append(
            BankLine(
                place=place,
                booked_on=DAY,
                amount=amount if kind < 3 else amount + 999_999,
                currency=currency,
                entry_reference=f"B{place}",
                name=f"Partner {1 + number % PARTNERS} Events" if kind == 1 else "",
                text=text,
            )
        )
    return found


async def _fill(connection: Connection, merchant: Merchant) -> None:
    partners = [row["partner_id"] for row in await connection.fetch(_PARTNERS, merchant.merchant_id, PARTNERS)]
    await connection.execute(_INVOICES, merchant.merchant_id, partners, merchant.currency, DAY, INVOICES)
    await connection.execute("ANALYZE")


async def _seconds(application: Application) -> _Times:
    now, by = application.clock.now(), Manager(actor="bench")
    async with application.database.connection() as connection:
        merchant = await find_merchant(connection, "demo")
    async with application.database.dedicated() as connection:
        await _fill(connection, merchant)
    account = await banking.add_account(
        application, merchant, name="Bench", number=_IBAN, currency=merchant.currency, by=by, now=now
    )
    lines = _lines(merchant.currency)
    closing = sum(one.amount for one in lines)
    statement = BankStatement(
        format="bench", account=_IBAN, currency=merchant.currency, opening=Balance(on=DAY, amount=0),
        closing=Balance(on=DAY, amount=closing), lines=tuple(lines),
    )  # fmt: skip
    digest = hashlib.sha256(b"bench").digest()
    began = time.perf_counter()
    await banking.take_statement(application, account, [statement], digest=digest, file_name="x", by=by, now=now)
    taken = time.perf_counter()
    async with application.database.dedicated() as connection:
        waiting = await waiting_lines(connection, merchant.merchant_id, limit=LINES)
        found = await banking.suggestions_for(connection, merchant.merchant_id, waiting)
        matched = time.perf_counter()
        await connection.fetch(_YARDSTICK, merchant.merchant_id)
    joined = time.perf_counter()
    sure: set[UUID] = {line_id for line_id, suggestions in found.items() if suggestions}
    return _Times(taken - began, matched - taken, joined - matched, len(sure))


def measure(instance: Instance) -> list[Figure]:
    """Measure on the instance's own durable database, in one process."""

    async def run() -> _Times:
        async with instance.application() as application:
            return await _seconds(application)

    times = asyncio.run(run())
    assert times.found >= LINES // 2, "half of the lines have something to find"
    what = f"{LINES:,} lines matched against {INVOICES:,} open invoices"
    return [
        bounded(f"a statement of {LINES:,} lines taken", [times.taking], unit="s"),
        bounded(what, [times.matching], unit="s", most=GOAL_S),
        compared(
            f"{what}, beside",
            [times.matching],
            [times.joining],
            unit="s",
            yardstick="PostgreSQL joining them by amount alone",
        ),
    ]
