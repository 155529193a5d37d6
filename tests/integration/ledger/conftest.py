"""What the tests of the ledger stand on: open books of the merchants that they are about."""

from uuid import UUID

import pytest

from largesse.db import Database
from largesse.ledger import keep_home
from tests.builders.ledger import MERCHANT, a_where


@pytest.fixture(autouse=True)
async def open_books(database: Database) -> None:
    """Open the merchants' books."""
    async with database.transaction() as connection:
        for merchant_id in (MERCHANT, UUID(int=77)):
            await keep_home(connection, a_where(merchant_id))
