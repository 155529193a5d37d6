"""The signing secrets of endpoints follow the keys, the previous secret too."""

from datetime import timedelta

from largesse.adapters.keyring import FixedKeyring
from largesse.db import Database
from largesse.outbox import Reach, find_endpoint, open_secrets, rotate_secret
from largesse.services.endpoints import AddEndpoint, Format, add_endpoint
from largesse.services.keys.rotation import reseal, usage
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant

OLD, NEW = bytes(32), bytes(range(32))


async def test_both_secrets_of_an_endpoint_are_put_under_the_new_key(database: Database) -> None:
    merchant = await a_merchant(database)
    old = FixedKeyring([OLD])
    wanted = AddEndpoint(
        merchant_id=merchant.merchant_id,
        format=Format.JSON,
        url="https://receiver.example.com/hook",
        notify="owner@example.com",
    )
    async with database.transaction() as connection:
        endpoint, first = await add_endpoint(connection, old, wanted, reach=Reach(), now=NOW)
        second = await rotate_secret(connection, old, endpoint.endpoint_id, now=NOW)
    both = FixedKeyring([NEW, OLD])
    async with an_application(database, keyring=both) as application:
        assert (await usage(application))[old.current_key_id] == {"endpoint secrets": 2}
        assert await reseal(application) == 1
        assert await usage(application) == {both.current_key_id: {"endpoint secrets": 2}}
    async with database.connection() as connection:
        found = await find_endpoint(connection, endpoint.endpoint_id)
    secrets = open_secrets(FixedKeyring([NEW]), found, now=NOW + timedelta(seconds=1))
    assert secrets == (second, first)
