"""Several engines, each in a process of its own, on the same few certificates."""

import asyncio
import json
import sys
from collections import defaultdict
from typing import Any
from uuid import UUID

from largesse.db import Database
from largesse.ledger import Ledger
from largesse.ledger.proofs import verify
from tests.builders.ledger import KEYRING, NOW, issue
from tests.integration.ledger.till import publish

PROCESSES = 3
COMMANDS = 640


async def run_till(dsn: str, seed: int, certificates: list[UUID]) -> list[dict[str, Any]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.integration.ledger.till",
        dsn,
        str(seed),
        str(COMMANDS),
        *map(str, certificates),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, complaint = await asyncio.wait_for(process.communicate(), timeout=400)
    assert process.returncode == 0, complaint.decode()
    return [json.loads(line) for line in output.splitlines()]


async def test_tills_in_several_processes_never_overdraw_lose_or_double(dsn: str, database: Database) -> None:
    async with Ledger(database, keyring=KEYRING, publish=publish, told_time=True) as ledger:
        opened = await asyncio.gather(*(ledger.submit(issue(value=2_000, gratuity=60), now=NOW) for _ in range(4)))
    certificates = [outcome.certificate_id for outcome in opened]
    answers = await asyncio.gather(*(run_till(dsn, seed, certificates) for seed in range(PROCESSES)))

    told: dict[str, set[tuple[int, int]]] = defaultdict(set)
    refused = set()
    for answer in (line for lines in answers for line in lines):
        if "refused" in answer:
            refused.add(answer["operation"])
        else:
            told[answer["operation"]].add((answer["seq"], answer["balance"]))
    async with database.connection() as connection:
        rows = await connection.fetch(
            "SELECT operation_id::text, count(DISTINCT line) = count(*) AS once"
            " FROM journal WHERE kind <> 'issue' GROUP BY 1"
        )
    written = {row["operation_id"] for row in rows}
    assert len(told) > COMMANDS // 4
    assert written == set(told)
    assert not written & refused
    assert all(row["once"] for row in rows)
    assert all(len(outcomes) == 1 for outcomes in told.values()), "a repetition was told something else"
    async with database.dedicated() as connection:
        assert [found async for found in verify(connection)] == []


async def test_the_same_operations_asked_by_several_engines_at_once_happen_once(database: Database) -> None:
    """Each engine issues under the same operation ids: only the database's uniqueness can tell who was first."""
    commands = [issue(value=100 + number) for number in range(60)]
    async with (
        Ledger(database, keyring=KEYRING, publish=publish, told_time=True) as one,
        Ledger(database, keyring=KEYRING, publish=publish, told_time=True) as two,
        Ledger(database, keyring=KEYRING, publish=publish, told_time=True) as three,
    ):
        outcomes = await asyncio.gather(
            *(ledger.submit(command, now=NOW) for command in commands for ledger in (one, two, three))
        )
    assert len({outcome.certificate_id for outcome in outcomes}) == len(commands)
    assert sum(not outcome.replayed for outcome in outcomes) == len(commands)
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM journal") == len(commands)
