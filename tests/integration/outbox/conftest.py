"""What the outbox's tests stand on: a merchant, a keyring, a receiver in another process, a relay that posts to it."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import pytest

from largesse.adapters.http_sender import HttpSender
from largesse.adapters.keyring import FixedKeyring
from largesse.db import Database
from largesse.kernel.clock import SystemClock
from largesse.kernel.events import Event
from largesse.outbox import (
    Attempt,
    Delivery,
    Endpoint,
    Relay,
    RelaySettings,
    Sender,
    attempts_of,
    find_delivery,
    find_endpoint,
    publish,
)
from largesse.outbox.resealing import EndpointSecrets
from largesse.services.endpoints import Format
from tests.builders.outbox import LOOPBACK, RENDERERS, a_keyring, a_merchant, an_endpoint, an_event
from tests.fakes.senders import KeepingSender
from tests.support.receiver import Receiver, receiver_process


@dataclass
class Desk:
    """Do the common steps in one line each."""

    database: Database
    keyring: FixedKeyring
    merchant_id: UUID
    http: Sender
    mail: KeepingSender = field(default_factory=KeepingSender)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def relay(
        self, *, http: Sender | None = None, mail: Sender | None = None, settings: RelaySettings | None = None
    ) -> Relay:
        """Return a relay without jitter."""
        return Relay(
            self.database,
            self.keyring,
            SystemClock(),
            http=http or self.http,
            mail=mail or self.mail,
            renderers=RENDERERS,
            settings=settings,
            jitter=lambda: 0.0,
        )

    async def endpoint(
        self, url: str, *, written: Format = Format.ORDER_FORM, ordered: bool = False, events: tuple[str, ...] = ()
    ) -> tuple[Endpoint, str]:
        """Add an endpoint; return it with its secret."""
        async with self.database.transaction() as connection:
            return await an_endpoint(
                connection, self.keyring, self.merchant_id, url, written=written, ordered=ordered, events=events
            )

    async def publish(self, *, count: int = 1, kind: str = "order.issued", now: datetime | None = None) -> list[Event]:
        """Publish events, numbered from 1."""
        moment = now or self.now
        events = [an_event(self.merchant_id, kind=kind, now=moment, number=i + 1) for i in range(count)]
        async with self.database.transaction() as connection:
            await publish(connection, events)
        return events

    async def delivery(self, endpoint: Endpoint, event: Event) -> Delivery:
        """Return what became of an event."""
        async with self.database.connection() as connection:
            found = await find_delivery(connection, self.merchant_id, endpoint.endpoint_id, event.event_id)
        assert found is not None
        return found

    async def attempts(self, endpoint: Endpoint, event: Event) -> list[Attempt]:
        """Return every attempt of an event."""
        delivery = await self.delivery(endpoint, event)
        async with self.database.connection() as connection:
            return await attempts_of(connection, delivery)

    async def seal(self) -> None:
        """Seal what an older version left in clear, as the worker does."""
        owner = EndpointSecrets()
        async with self.database.transaction() as connection:
            await owner.reseal(connection, self.keyring, after=None, limit=100)

    async def fresh(self, endpoint: Endpoint) -> Endpoint:
        """Return an endpoint as it stands now."""
        async with self.database.connection() as connection:
            return await find_endpoint(connection, endpoint.endpoint_id)


@pytest.fixture(scope="session")
def shared_receiver() -> Iterator[Receiver]:
    """One receiver for all tests of this worker; each test posts to paths of its own."""
    with receiver_process() as receiver:
        yield receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver of the test's own."""
    with receiver_process() as receiver:
        yield receiver


@pytest.fixture
async def http() -> AsyncIterator[HttpSender]:
    """The real sender, which may reach this machine."""
    async with HttpSender(reach=LOOPBACK, timeout_s=60.0) as sender:
        yield sender


@pytest.fixture
async def desk(database: Database, http: HttpSender) -> Desk:
    """A merchant with a relay that posts for real."""
    async with database.transaction() as connection:
        merchant_id = await a_merchant(connection)
    return Desk(database=database, keyring=a_keyring(), merchant_id=merchant_id, http=http)
