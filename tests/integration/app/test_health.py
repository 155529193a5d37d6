"""Is this installation fit to be sent visitors?"""

from datetime import timedelta

import pytest

from largesse.app.health import RELAY_LAG_MAX, NotReady, check_database, check_lag, examine
from largesse.db import Database
from largesse.db.database import DatabaseUnavailable


async def _fine() -> None:
    return None


async def test_a_migrated_database_is_fit(database: Database) -> None:
    await check_database(database)


async def _at_revision(database: Database, revision: str) -> None:
    async with database.connection() as connection:
        await connection.execute("UPDATE alembic_version SET version_num = $1", revision)


async def test_a_database_that_is_not_migrated_yet_is_not(database: Database) -> None:
    await _at_revision(database, "0000")
    with pytest.raises(NotReady, match="0000"):
        await check_database(database)


async def test_old_processes_stay_fit_while_newer_ones_have_migrated(database: Database) -> None:
    await _at_revision(database, "9999")
    await check_database(database)


async def test_a_relay_that_is_far_behind_is_not_fit() -> None:
    check_lag(RELAY_LAG_MAX)
    with pytest.raises(NotReady, match="worker"):
        check_lag(RELAY_LAG_MAX + timedelta(seconds=1))


async def test_one_failing_check_says_why_and_the_others_are_told_too() -> None:
    async def away() -> None:
        raise DatabaseUnavailable

    async def broken() -> None:
        raise RuntimeError("secret insides")

    readiness = await examine({"fine": _fine, "away": away, "broken": broken})
    assert not readiness.ready
    assert readiness.checks["fine"].ok
    assert readiness.checks["away"].detail == DatabaseUnavailable.message
    assert "secret" not in str(readiness.checks["broken"].detail)
    assert (await examine({"fine": _fine})).ready
