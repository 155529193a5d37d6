"""The plan for distributing covers the catalogue that there is; without Citus it is told and nothing is done."""

import asyncio
import os
import re
import sys
from pathlib import Path

import asyncpg
import pytest
from pglast import parse_sql

from largesse.db import Database
from largesse.db.distribution import REFERENCE, CannotDistribute, Catalogue, distribute, plan_of, read

ROOT = Path(__file__).parents[3]
ON_THE_COORDINATOR = {
    "duty_clock",
    "gateway_inbox",
    "limit_counts",
    "persons",
    "recovery_codes",
    "staff_sessions",
    "staff_links",
    "reset_requests",
    "passkeys",
    "spent_challenges",
    "operator_notes",
    "setup_tokens",
}


async def foreign_keys(dsn: str) -> set[str]:
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch("SELECT conrelid::regclass::text || conname AS key FROM pg_constraint")
    finally:
        await connection.close()
    return {row["key"] for row in rows}


def spread(catalogue: Catalogue) -> list[str]:
    steps = plan_of(catalogue).steps
    return [found[1] for step in steps if (found := re.search(r"create_distributed_table\('(\w+)'", step.sql))]


async def test_every_tenant_table_is_in_the_plan_exactly_once(dsn: str) -> None:
    catalogue = await read(dsn)
    names = {table.name for table in catalogue.tables}
    assert sorted(spread(catalogue)) == sorted(names - set(REFERENCE) - ON_THE_COORDINATOR)
    assert {"orders", "journal", "events", "gateway_notices"} <= set(spread(catalogue))
    assert not any(re.search(r"_(before|default|\d{4}_\d\d)$", name) for name in names), "partitions go along"


async def test_only_what_is_missing_here_stands_in_the_way_and_each_step_is_sql(dsn: str) -> None:
    plan = plan_of(await read(dsn))
    [obstacle] = plan.obstacles
    assert "Citus is not installed" in obstacle
    for step in plan.steps:
        [_] = parse_sql(step.sql)


async def test_each_foreign_key_between_tenants_comes_off_before_and_back_as_it_was(dsn: str) -> None:
    before = await foreign_keys(dsn)
    plan = plan_of(await read(dsn))
    own = [step.sql for step in plan.steps if "CONSTRAINT" in step.sql]
    off = {sql.split('"')[3] for sql in own if "DROP" in sql}
    back = {sql.split('"')[3] for sql in own if "ADD" in sql}
    assert off == back
    assert "holds_merchant_id_certificate_id_fkey" in off
    connection = await asyncpg.connect(dsn)
    try:
        for sql in own:
            await connection.execute(sql)
    finally:
        await connection.close()
    assert await foreign_keys(dsn) == before


async def test_it_refuses_without_citus_and_changes_nothing(dsn: str) -> None:
    before = await read(dsn)
    with pytest.raises(CannotDistribute, match="Citus is not installed") as raised:
        await distribute(dsn)
    assert raised.value.code == "database.cannot_distribute"
    assert await read(dsn) == before


@pytest.mark.own_session
async def test_sessions_of_the_service_stand_in_the_way(dsn: str) -> None:
    async with await Database.open(dsn, size_min=2):
        obstacles = plan_of(await read(dsn)).obstacles
    assert any("2 of largesse" in obstacle for obstacle in obstacles)


@pytest.mark.parametrize("check", [True, False])
async def test_the_command_says_what_it_would_do_and_what_is_missing(dsn: str, tmp_path: Path, *, check: bool) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "largesse", "db", "distribute", *(["--check"] if check else [])),
        cwd=ROOT,
        env=os.environ
        | {
            "LARGESSE_HOME": str(tmp_path),
            "LARGESSE_BASE_URL": "https://gifts.example.com",
            "LARGESSE_DATABASE_URL": dsn,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = (part.decode() for part in await process.communicate())
    assert process.returncode == 1
    assert "Citus is not installed" in out + err
    if check:
        assert "Spread orders by merchant" in out
        assert "SELECT create_reference_table('merchants')" in out
    else:
        assert "[database.cannot_distribute]" in err
