"""The client against a server that loses requests and answers: what is sent happens once, refusals are told."""

import asyncio
import random
from decimal import Decimal
from typing import Any, cast

import httpx
import pytest

from largesse import client as sdk
from largesse.app.web import make_app
from largesse.client import ApiRefusal, ApiUnreachable, AsyncLargesseClient, LargesseClient, Retrying
from largesse.interfaces import rest_api
from tests.builders.application import BASE_URL
from tests.integration.interfaces.rest_api.conftest import Shop
from tests.support.serving import served

QUICK = Retrying(attempts=12, first_s=0.0, longest_s=0.0)


class Flaky(httpx.AsyncBaseTransport):
    """A line that loses requests before they are read, answers after they were given, and is too busy now and then."""

    def __init__(self, inner: httpx.AsyncBaseTransport, *, seed: int, lost: float = 0.6) -> None:
        self._inner = inner
        self._chance = random.Random(seed)
        self._lost = lost
        self.sent = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Do it, or lose it."""
        self.sent += 1
        fate = self._chance.random() / self._lost
        if fate < 0.3:
            message = "lost on the way"
            raise httpx.ConnectError(message, request=request)
        answer = await self._inner.handle_async_request(request)
        if fate < 0.7:
            message = "the answer was lost"
            raise httpx.ReadError(message, request=request)
        if fate < 1:
            return httpx.Response(503, headers={"retry-after": "0"}, json={"code": "unavailable", "detail": "busy"})
        return answer


def flaky(shop: Shop, *, seed: int, lost: float = 0.6) -> Flaky:
    app = make_app(rest_api.routes(shop.application, rates=(10_000, 10_000)))
    return Flaky(httpx.ASGITransport(app=cast("Any", app)), seed=seed, lost=lost)


async def test_whatever_is_lost_nothing_happens_twice(shop: Shop) -> None:
    line = flaky(shop, seed=7)
    async with AsyncLargesseClient(shop.key, base_url=BASE_URL, retrying=QUICK, transport=line) as client:
        made = await client.send(sdk.issue("100.00", "USD", paid_by="cash"))
        calls = [sdk.redeem("1.00", "USD", number=made.number) for _ in range(40)]
        done = await asyncio.gather(*(client.send(one) for one in calls))
        left = await client.send(sdk.show_certificate(made.certificate_id))
    assert left.balance == Decimal("60.00")
    assert len({one.operation_id for one in done}) == 40
    assert line.sent > 60
    assert sum(one.replayed for one in done) > 5
    assert await shop.count("journal") == 41


async def test_where_nobody_answers_the_key_is_told_for_another_try(shop: Shop) -> None:
    line = flaky(shop, seed=1, lost=1_000.0)
    few = Retrying(attempts=3, first_s=0.0)
    call = sdk.issue("5.00", "USD", paid_by="cash")
    async with AsyncLargesseClient(shop.key, base_url=BASE_URL, retrying=few, transport=line) as client:
        with pytest.raises(ApiUnreachable) as unreachable:
            await client.send(call)
    assert (unreachable.value.key, unreachable.value.attempts, line.sent) == (call.key, 3, 3)


async def test_refusals_are_told_with_all_that_is_wrong(shop: Shop) -> None:
    async with AsyncLargesseClient(shop.key, base_url=BASE_URL, transport=flaky(shop, seed=1, lost=1e-9)) as client:
        with pytest.raises(ApiRefusal) as wrong:
            await client.send(sdk.issue("1,50", "usd", paid_by="cash"))
        assert (wrong.value.status, [one.where for one in wrong.value.fields]) == (400, ["/amount", "/currency"])
        made = await client.send(sdk.issue("5.00", "USD", paid_by="cash", key="once"))
        with pytest.raises(ApiRefusal) as other:
            await client.send(sdk.issue("6.00", "USD", paid_by="cash", key="once"))
        assert (other.value.code, other.value.resource_id) == ("idempotency.mismatch", made.certificate_id)
        again = await client.send(sdk.issue("5.00", "USD", paid_by="cash", key="once"))
        assert (again.replayed, again.number) == (True, made.number)
        stale = sdk.block(made.certificate_id, expected=9)
        with pytest.raises(ApiRefusal, match=r"certificate\.changed"):
            await client.send(stale)
    assert str(made.number) not in repr(made)
    with pytest.raises(TypeError):
        sdk.redeem(cast("Any", 1.5), "USD", number="x")


async def test_every_call_of_the_client_is_understood(shop: Shop) -> None:
    async with AsyncLargesseClient(shop.key, base_url=BASE_URL, transport=flaky(shop, seed=1, lost=1e-9)) as client:
        one = await client.send(sdk.issue("100.00", "USD", paid_by="cash"))
        two = await client.send(sdk.issue("100.00", "USD", paid_by="cash"))
        about = one.certificate_id
        held = await client.send(sdk.hold("10", "USD", certificate_id=about))
        await client.send(sdk.release(held.operation_id, certificate_id=about))
        held = await client.send(sdk.hold("10", "USD", number=one.number))
        taken = await client.send(sdk.capture(held.operation_id, "10", "USD", certificate_id=about))
        await client.send(sdk.reverse(taken.operation_id, certificate_id=about))
        await client.send(sdk.reload("5.00", "USD", certificate_id=about, paid_by="terminal"))
        await client.send(sdk.adjust("-5.00", "USD", certificate_id=about, memo="counted twice"))
        await client.send(sdk.block(about))
        await client.send(sdk.unblock(about))
        await client.send(sdk.transfer("50.00", "USD", certificate_id=about, to=two.certificate_id))
        bill = await client.send(sdk.pay_bill([({"number": one.number or ""}, "25.00")], "USD"))
        assert [part.balance for part in bill.parts] == [Decimal("25.00")]
        tried = await client.send(sdk.refund(about, dry_run=True))
        assert tried.balance == 0
        await client.send(sdk.refund(about))
        await client.send(sdk.void(about))
        many = await client.send(sdk.issue_many(["1.00", "2.005"], "USD", paid_by="given", mode="each"))
        assert (many.issued, many.refused, many.lines[1].code) == (1, 1, "request.invalid")
        assert (await client.send(sdk.look_up(two.number or ""))).available == 150
        out = await client.send(sdk.cash_out(two.certificate_id))
        assert out.kind == "cash_out"
        assert len([one async for one in client.certificates()]) == 3
        assert (await client.send(sdk.list_events())).has_more is False


async def test_the_blocking_client_does_the_same(shop: Shop) -> None:
    def work(base_url: str) -> Decimal:
        with LargesseClient(shop.key, base_url=base_url, timeout_s=60) as client:
            made = client.send(sdk.issue("100.00", "USD", paid_by="cash"))
            client.send(sdk.redeem("25.00", "USD", number=made.number))
            [found] = list(client.certificates())
            return found.balance

    async with served(make_app(rest_api.routes(shop.application))) as base_url:
        assert await asyncio.to_thread(work, base_url) == Decimal("75.00")


def test_waiting_is_as_long_as_the_server_says_and_grows_by_itself() -> None:
    patient = Retrying(first_s=1.0, longest_s=8.0)
    told = httpx.Response(429, headers={"retry-after": "3"})
    assert patient.wait_s(1, told) == 3
    assert [0.5 * 2**n <= patient.wait_s(n + 1, None) <= 2**n for n in range(3)] == [True] * 3
    assert patient.wait_s(9, None) <= 8
