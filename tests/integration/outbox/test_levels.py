"""How far the relay is behind, as operators see it."""

from largesse import outbox
from tests.integration.outbox.conftest import Desk


async def test_what_waits_is_counted_no_further_than_is_cheap(desk: Desk) -> None:
    await desk.endpoint("http://127.0.0.1:1/orders")
    await desk.publish(count=5)
    async with desk.database.connection() as connection:
        assert await outbox.pending(connection, up_to=100) == 5
        assert await outbox.pending(connection, up_to=3) == 3
