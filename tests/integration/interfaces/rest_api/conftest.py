"""An installation with a merchant, and a program of it that may do everything."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.merchants import Merchant
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant
from tests.builders.programs import Api, a_program_key, speaking
from tests.fakes.clock import StillClock


class Shop(msgspec.Struct, kw_only=True):
    """What a test works with."""

    application: Application
    clock: StillClock
    merchant: Merchant
    api: Api
    key: str

    async def count(self, table: str) -> int:
        """How many rows a table has."""
        async with self.application.database.connection() as connection:
            found: int = await connection.fetchval(f"SELECT count(*) FROM {table}")
        return found


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[Shop]:
    clock = StillClock(NOW)
    async with an_application(database, clock=clock) as application:
        merchant = await a_merchant(database)
        made = await a_program_key(application, merchant)
        async with speaking(application, made.text) as api:
            yield Shop(application=application, clock=clock, merchant=merchant, api=api, key=made.text)
