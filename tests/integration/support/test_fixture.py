"""The fixtures that other tests stand on."""

from largesse.db import Database, migrate, revisions


async def test_a_test_gets_a_migrated_database(database: Database, dsn: str) -> None:
    assert await migrate.current(dsn) == revisions.head()
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT 1") == 1


async def test_a_test_sees_nothing_of_another(database: Database) -> None:
    async with database.connection() as connection:
        await connection.execute("CREATE TABLE only_here (id int)")


async def test_another_test_sees_nothing_of_the_first(database: Database) -> None:
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT to_regclass('only_here')") is None


async def test_the_role_of_the_tests_is_no_superuser(database: Database) -> None:
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT usesuper FROM pg_user WHERE usename = current_user") is False
