"""The programs of the quick starts do what their pages say, against the product: one installation for all languages."""

import asyncio
import json
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs
from uuid import UUID

import httpx
import pytest

from largesse import outbox
from largesse.adapters.http_sender import HttpSender
from largesse.app.application import Application
from largesse.app.web import make_app
from largesse.db import Database
from largesse.domain.programs import KeyScope
from largesse.domain.staff import ByWhom
from largesse.interfaces import partner_api, rest_api
from largesse.outbox import Relay
from largesse.outbox.signing import new_secret, signed_headers
from largesse.services import endpoints
from largesse.services.endpoints import AddEndpoint, Format
from tests.builders.application import an_application
from tests.builders.gifts import a_relay
from tests.builders.outbox import LOOPBACK
from tests.builders.partners import EMAIL, PASSWORD, Ordering, an_ordering_partner
from tests.builders.programs import a_program_key
from tests.fakes.senders import KeepingSender
from tests.support.quick_starts import LANGUAGES, command, environment, lacking, programs
from tests.support.serving import served

FORM = "application/x-www-form-urlencoded; charset=UTF-8"
ORDER_POST, ORDERS, REST, WEBHOOKS = "receive-orders.md", "order-certificates.md", "rest-api.md", "webhooks.md"
ISSUE = {"amount": "100.00", "currency": "USD", "paid_by": "cash"}
EVERY = [(page, name) for page in (ORDER_POST, ORDERS, REST, WEBHOOKS) for name in programs(page)]


class Product(NamedTuple):
    """An installation that is served, on the clock that the programs have."""

    application: Application
    base_url: str
    ordering: Ordering

    async def run(self, page: str, folder: Path, argument: str, **environ: str) -> dict[str, str]:
        """Run every program of a page that can be run here, one beside the other; return what each said.

        They ask for the same with the same key: whoever is told that another is at it asks again.
        """
        given = runnable(page)
        said = await asyncio.gather(
            *(
                run_one(folder, name, text, argument, LARGESSE_URL=self.base_url, **environ)
                for name, text in given.items()
            )
        )
        return dict(zip(given, said, strict=True))

    async def key(self, *scopes: KeyScope, live: bool) -> str:
        """Return a key of a program, as the command of a page makes it."""
        made = await a_program_key(self.application, self.ordering.merchant, scopes=scopes, live=live)
        return made.text

    @property
    def partner(self) -> dict[str, str]:
        """What the partner's program is told."""
        return {"LARGESSE_EMAIL": EMAIL, "LARGESSE_PASSWORD": PASSWORD, "LARGESSE_KEY": self.ordering.api_key}

    async def deliver(self) -> int:
        """Let the relay post what waits."""
        async with HttpSender(reach=LOOPBACK, timeout_s=60.0) as http:
            relay: Relay = a_relay(self.application, KeepingSender(), http=http)
            return await relay.run_once(self.application.clock.now())


@pytest.fixture
async def product(database: Database) -> AsyncIterator[Product]:
    async with an_application(database, reach=LOOPBACK) as application:
        ordering = await an_ordering_partner(application)
        app = make_app([*partner_api.routes(application), *rest_api.routes(application)])
        async with served(app) as base_url:
            yield Product(application, base_url, ordering)


def runnable(page: str) -> dict[str, str]:
    return {name: text for name, text in programs(page).items() if lacking(name, text) is None}


async def run_one(folder: Path, name: str, text: str, *arguments: str, **environ: str) -> str:
    """Run a program to its end; return what it said."""
    process = await asyncio.create_subprocess_exec(
        *command(folder, name, text, *arguments),
        cwd=folder,
        env=environment(**environ),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complaint = await process.communicate()
    assert process.returncode == 0, (name, complaint.decode())
    return said.decode()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class Listening(NamedTuple):
    """A receiver of a quick start that listens."""

    name: str
    folder: Path
    secret: str
    endpoint_id: UUID
    url: str
    process: "subprocess.Popen[bytes]"

    async def until_it_listens(self) -> None:
        """Wait as long as it takes to start, and no longer than it lives."""
        while not listens(int(self.url.rpartition(":")[2].partition("/")[0])):
            assert self.process.poll() is None, (self.name, self.said())
            await asyncio.sleep(0.05)

    def kept(self) -> dict[str, bytes]:
        """What lies in its inbox, by name."""
        return {file.name: file.read_bytes() for file in (self.folder / "inbox").iterdir()}

    def said(self) -> list[str]:
        return (self.folder / "said").read_text(encoding="utf-8").splitlines()


@contextmanager
def running(folder: Path, name: str, text: str, *, secret: str, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a receiver beside the test."""
    started = command(folder, name, text, str(port))
    environ = environment(LARGESSE_SECRET=secret)
    with (
        (folder / "said").open("wb") as said,
        subprocess.Popen(started, cwd=folder, env=environ, stdout=said, stderr=subprocess.STDOUT) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def an_endpoint(product: Product, url: str) -> tuple[UUID, str]:
    """Add an endpoint that is posted orders, as the page's command does."""
    application, merchant = product.application, product.ordering.merchant
    wanted = AddEndpoint(
        merchant_id=merchant.merchant_id, format=Format.ORDER_FORM, url=url, notify="owner@example.com"
    )
    async with application.database.transaction() as connection:
        added, secret = await endpoints.add_endpoint(
            connection, application.keyring, wanted, reach=LOOPBACK, now=application.clock.now()
        )
    return added.endpoint_id, secret


@asynccontextmanager
async def listening(product: Product, folder: Path, given: dict[str, str]) -> AsyncIterator[Sequence[Listening]]:
    """Run receivers, each with an endpoint of its own; they start beside each other."""
    with ExitStack() as stack:
        found = []
        for name, text in given.items():
            port, own = free_port(), folder / name
            url = f"http://127.0.0.1:{port}/orders"
            endpoint_id, secret = await an_endpoint(product, url)
            process = stack.enter_context(running(own, name, text, secret=secret, port=port))
            found.append(Listening(name, own, secret, endpoint_id, url, process))
        for one in found:
            await one.until_it_listens()
        yield found


@pytest.mark.parametrize("page, name", EVERY)
def test_the_language_of_a_quick_start_is_here(page: str, name: str) -> None:
    missing = lacking(name, programs(page)[name])
    if missing:
        pytest.skip(missing)


def test_every_page_shows_its_languages() -> None:
    shown = {page: [LANGUAGES[Path(name).suffix].name for of, name in EVERY if of == page] for page, _ in EVERY}
    assert shown == {
        ORDER_POST: ["PHP", "Node", "Python", "Ruby", "Java", "C#"],
        ORDERS: ["curl", "Python", "Node"],
        REST: ["curl", "Python", "Node"],
        WEBHOOKS: ["curl", "curl", "Python", "Node"],
    }


async def test_a_receiver_keeps_an_order_once_and_takes_nothing_that_is_forged(
    product: Product, tmp_path: Path
) -> None:
    text = programs(ORDERS)["order.py"]
    async with listening(product, tmp_path, runnable(ORDER_POST)) as receivers:
        ordered = await run_one(tmp_path, "order.py", text, "PO-1", LARGESSE_URL=product.base_url, **product.partner)
        assert ordered.split()[1:3] == ["25.00", "USD"]
        assert await product.deliver() == len(receivers)
        first = [await holds_an_order_and_is_sent_it_again(product, one) for one in receivers]
        assert await product.deliver() == len(receivers)
        for one, (event_id, body, number) in zip(receivers, first, strict=True):
            assert one.kept() == {event_id: body}, one.name
            assert sum(number in line for line in one.said()) == 1, (one.name, one.said())
            await holds_against_forgeries(one, event_id, body, product.application.clock.now())


async def holds_an_order_and_is_sent_it_again(product: Product, one: Listening) -> tuple[str, bytes, str]:
    """Look into an inbox, and queue what is there once more; return its id, its bytes and the order's number."""
    [(event_id, body)] = one.kept().items()
    fields = {name: values[0] for name, values in parse_qs(body.decode(), keep_blank_values=True).items()}
    assert len(fields) == 26, one.name
    assert (fields["gift_total"], fields["billing_last_name"]) == ("25.00", product.ordering.partner.name)
    async with product.application.database.transaction() as connection:
        by, now = ByWhom(actor="test", why="once more"), product.application.clock.now()
        await endpoints.send_again(connection, one.endpoint_id, UUID(event_id), by=by, now=now)
    return event_id, body, fields["order_number"]


async def holds_against_forgeries(one: Listening, event_id: str, body: bytes, now: datetime) -> None:
    """Post what is not ours; then what two secrets have signed, as while one is changed for another."""
    other, secrets = "0190a5b2-0000-7000-8000-000000000001", [new_secret(), one.secret]
    good = signed_headers(body, message_id=other, signing_secrets=secrets, now=now)
    stale = signed_headers(body, message_id=other, signing_secrets=secrets, now=now - timedelta(minutes=6))
    forged: Sequence[tuple[bytes, Mapping[str, str]]] = [
        (body + b"x", good),
        (body, stale),
        (body, signed_headers(body, message_id=other, signing_secrets=[new_secret()], now=now)),
        (body, {**good, "webhook-id": event_id}),
        (body, {**good, "webhook-signature": "v1, v1,x x"}),
        (body, {name: value for name, value in good.items() if name != "webhook-signature"}),
        (b"", {}),
    ]
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        for sent, headers in forged:
            answer = await client.post(one.url, content=sent, headers={"content-type": FORM, **headers})
            assert answer.status_code == 401, (one.name, answer.status_code, headers, one.said())
        assert one.kept() == {event_id: body}, one.name
        answer = await client.post(one.url, content=body, headers={"content-type": FORM, **good})
        assert answer.status_code == 204, (one.name, one.said())
        assert one.kept() == {event_id: body, other: body}, one.name


async def test_a_partner_orders_once_however_often_it_is_sent(product: Product, tmp_path: Path) -> None:
    said = await product.run(ORDERS, tmp_path, "PO-4711", **product.partner)
    assert "order.py" in said
    numbers = {text.split()[0] for name, text in said.items() if not name.endswith(".sh")}
    if "order.sh" in said:
        numbers.add(json.loads(said["order.sh"])["giftCertificate_detail"]["giftCertificateNumber"])
    assert len(numbers) == 1, said
    async with product.application.database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM orders") == 1


async def test_a_program_issues_and_redeems_once_in_every_language(product: Product, tmp_path: Path) -> None:
    scopes = (KeyScope.CERTIFICATES_ISSUE, KeyScope.CERTIFICATES_REDEEM, KeyScope.CERTIFICATES_READ)
    key = await product.key(*scopes, live=False)
    said = await product.run(REST, tmp_path, "4711", LARGESSE_KEY=key)
    assert "redeem.py" in said
    shown = {name: json.loads(text)["balance"] if name.endswith(".sh") else text.strip() for name, text in said.items()}
    assert set(shown.values()) == {"75.00"}, said
    async with product.application.database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM certificates") == 1


async def test_an_endpoint_is_added_admitted_told_and_asked_after(product: Product, tmp_path: Path) -> None:
    application, pages = product.application, runnable(WEBHOOKS)
    if "add-endpoint.sh" not in pages:
        pytest.skip("curl is not installed")
    keys = {"LARGESSE_URL": product.base_url, "LARGESSE_KEY": await product.key(*KeyScope, live=True)}
    with ExitStack() as stack:
        hearing = []
        for name in sorted(name for name in pages if name.startswith("hear")):
            port = free_port()
            url = f"http://127.0.0.1:{port}/largesse"
            # Each language hears by an endpoint of its own; the page's has one name, for one endpoint.
            text = pages["add-endpoint.sh"].replace("webhooks-of-redemptions", name)
            added = json.loads(await run_one(tmp_path, "add-endpoint.sh", text, HOOK=url, **keys))
            endpoint_id = UUID(added["endpoint"]["endpoint_id"])
            assert added["endpoint"]["status"] == "waiting"
            async with application.database.transaction() as connection:
                by, now = ByWhom(actor="person:owner"), application.clock.now()
                await endpoints.admit_endpoint(connection, application.keyring, endpoint_id, by=by, now=now)
            own = tmp_path / name
            process = stack.enter_context(running(own, name, pages[name], secret=added["secret"], port=port))
            hearing.append(Listening(name, own, added["secret"], endpoint_id, url, process))
        for one in hearing:
            await one.until_it_listens()
        api = {"Authorization": f"Bearer {keys['LARGESSE_KEY']}"}
        async with httpx.AsyncClient(trust_env=False, base_url=product.base_url, headers=api) as client:
            made = await client.post("/api/v1/certificates", json=ISSUE)
            spend = {"number": made.json()["number"], "amount": "25.00", "currency": "USD"}
            await client.post("/api/v1/certificates/redeem", json=spend)
            assert await product.deliver() == len(hearing)
            for one in hearing:
                assert f"certificate.redeemed {made.json()['certificate_id']}" in one.said(), one.said()
                answer = await client.post(one.url, content=b"{}", headers={"webhook-id": "1"})
                assert answer.status_code == 401
    await outbox.number_events(application.database)
    listed = json.loads(await run_one(tmp_path, "events.sh", pages["events.sh"], "0", **keys))
    assert [event["type"] for event in listed["data"]] == ["certificate.issued", "certificate.redeemed"]
