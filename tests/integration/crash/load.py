"""Work that goes on while processes are killed around it, and remembers what it was told."""

import asyncio
import itertools
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import aiohttp

from largesse.app.application import Application
from largesse.app.demo import DemoFile
from largesse.kernel.errors import LargesseError, Unavailable
from largesse.services.certificates.lookup import locate
from largesse.services.certificates.redemption import redeem
from largesse.services.certificates.requests import Request

ORDERS = "/api/secure/givingservice/giftcertificates"
TOKENS = "/api/userservice/tokens"
AMOUNTS = (5, 25, 110)
TOO_MUCH = 10_000_000
ASK_TIMEOUT_S = 10.0
PAUSE_S = 0.02
AGAIN_AFTER_S = 0.1


@dataclass
class Memory:
    """What was asked for and what was answered. Amounts in the smallest unit."""

    ordered: dict[str, tuple[int, str]] = field(default_factory=dict)
    """By refcode: the amount and the number of each order that was acknowledged."""
    refused: set[str] = field(default_factory=set)
    """The refcodes of orders that were refused."""
    redeemed: dict[UUID, tuple[str, int]] = field(default_factory=dict)
    """By operation: the certificate's number and the value of each redemption that was acknowledged."""
    denied: set[UUID] = field(default_factory=set)
    """The operations of redemptions that were refused."""

    def progress(self) -> tuple[int, int]:
        """Return how many orders and redemptions were acknowledged so far."""
        return len(self.ordered), len(self.redeemed)


class Buyer:
    """Order on account over HTTP, each order under a key of its own, asking again until there is an answer."""

    def __init__(self, demo: DemoFile, memory: Memory, *, session: aiohttp.ClientSession) -> None:
        self._demo = demo
        self._memory = memory
        self._session = session
        self._token = ""

    async def sign_in(self) -> None:
        """Fetch a token."""
        partner = self._demo.partner
        user = {"email": partner.email, "password": partner.password}
        body = {"auth_request": {"user": user, "api_key": partner.api_key}}
        _, answer = await self._ask(TOKENS, body, {}, {})
        self._token = answer["auth_response"]["access_token"]

    async def buy(self, refcode: str, amount: int) -> None:
        """Order once, and remember the answer."""
        status, answer = await self.order(refcode, amount)
        if status == 200:
            detail = answer["giftCertificate_detail"]
            self._memory.ordered[refcode] = amount * 100, detail["giftCertificateNumber"]
        else:
            self._memory.refused.add(refcode)

    async def order(self, refcode: str, amount: int) -> tuple[int, dict[str, dict[str, str]]]:
        """Return what the interface answers to an order; the refcode is its Idempotency-Key too."""
        body = {"giftCertificate": {"refcode": refcode, "amount": amount}}
        query = {"api_key": self._demo.partner.api_key, "api_token": self._token}
        return await self._ask(ORDERS, body, query, {"Idempotency-Key": refcode})

    async def _ask(
        self, path: str, body: object, query: dict[str, str], headers: dict[str, str]
    ) -> tuple[int, dict[str, dict[str, str]]]:
        while True:
            try:
                async with self._session.post(
                    self._demo.base_url + path, json=body, params=query, headers=headers
                ) as response:
                    # 409 says that the lost request of before is still under way; 401 that the database is not there
                    # to look the token up would be a mistake, and fails the test.
                    if response.status < 500 and response.status != 409:
                        return response.status, await response.json(content_type=None)
            except (aiohttp.ClientError, OSError, TimeoutError):
                pass
            await asyncio.sleep(AGAIN_AFTER_S)


class Till:
    """Redeem through an engine of its own, beside those of the web processes."""

    def __init__(self, application: Application, memory: Memory, *, chance: random.Random) -> None:
        self._deps = application
        self._memory = memory
        self._chance = chance

    async def redeem_one(self) -> None:
        """Spend some of a random certificate, now and then more than there is, and remember the answer."""
        if not self._memory.ordered:
            return
        amount, number = self._chance.choice(list(self._memory.ordered.values()))
        value = self._chance.choice([1, amount // 2, amount])
        operation = uuid4()
        try:
            await self.redeem(operation, number, value)
        except LargesseError:
            self._memory.denied.add(operation)
        else:
            self._memory.redeemed[operation] = number, value

    async def redeem(self, operation: UUID, number: str, value: int) -> None:
        """Redeem under `operation`, asking again until there is an answer."""
        request = Request(operation_id=operation, actor="test:till")
        while True:
            now = self._deps.clock.now()
            try:
                found = await locate(self._deps, number, at=None)
                await redeem(self._deps, found.place, value=value, request=request, now=now)
            except (Unavailable, OSError):
                await asyncio.sleep(AGAIN_AFTER_S)
            else:
                return


async def go_on(stop: asyncio.Event, work: Callable[[int], Awaitable[None]], *, offset: int, step: int) -> None:
    """Do `work` again and again, with `offset`, `offset + step`, … until `stop` is set; the last is finished."""
    for index in itertools.count(offset, step):
        if stop.is_set():
            return
        await work(index)
        await asyncio.sleep(PAUSE_S)
