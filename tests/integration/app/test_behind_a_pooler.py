"""The installation behind a pooler in transaction mode (docs/decisions/0008-poolers.md)."""

import asyncio
from uuid import uuid4

import pytest

from largesse.db import Database
from largesse.ledger.proofs import verify
from largesse.outbox import Reach, Relay
from largesse.services.certificates.expiry import expire_certificates
from largesse.services.certificates.redemption import redeem
from largesse.services.certificates.requests import Place, Request
from largesse.services.endpoints import AddEndpoint, Format, add_endpoint
from largesse.services.exports.exporting import DatasetName, ExportRequest, export
from largesse.services.partners.ordering import order_on_account
from tests.builders.application import an_application
from tests.builders.outbox import RENDERERS
from tests.builders.partners import admitted, an_order, an_ordering_partner
from tests.fakes.senders import KeepingSender
from tests.support.pooler import pooler_before

# The pooler of the tests knows the socket of their own server, and no passwords.
pytestmark = pytest.mark.own_server


async def test_a_certificate_is_ordered_spent_told_of_and_exported_behind_a_pooler(dsn: str) -> None:
    async with (
        pooler_before(dsn) as (address, _),
        await Database.open(address, size_max=4, prepared=False) as database,
        an_application(database) as application,
    ):
        now = application.clock.now()
        ordering = await an_ordering_partner(application)
        partner = await admitted(application, ordering)
        wanted = AddEndpoint(
            merchant_id=ordering.merchant.merchant_id,
            format=Format.ORDER_FORM,
            url="https://till.example.com/orders",
            notify="till@example.com",
        )
        async with database.transaction() as connection:
            await add_endpoint(connection, application.keyring, wanted, reach=Reach(), now=now)
        given = an_order({"refcode": "A", "amount": "25"})
        placed = await asyncio.gather(*(order_on_account(application, partner, given, now=now) for _ in range(10)))
        for one in placed:
            assert one.order.certificate_id is not None
            place = Place(merchant_id=one.order.merchant_id, certificate_id=one.order.certificate_id)
            await redeem(
                application, place, value=500, request=Request(operation_id=uuid4(), actor="cli:test"), now=now
            )
        await expire_certificates(application, now=now)
        http = KeepingSender()
        relay = Relay(
            database, application.keyring, application.clock, http=http, mail=KeepingSender(), renderers=RENDERERS
        )
        assert await relay.run_once(now) == len(http.parcels) == 10
        sink = bytearray()

        async def keep(chunk: bytes) -> None:
            sink.extend(chunk)

        assert await export(application, ordering.merchant, ExportRequest(dataset=DatasetName.JOURNAL), sink=keep) == 20
        async with database.dedicated() as connection:
            assert [difference async for difference in verify(connection)] == []
