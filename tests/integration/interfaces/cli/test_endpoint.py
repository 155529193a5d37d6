"""`largesse endpoint` as an operator uses it, against a receiver in another process."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

import click
import pytest
from click.testing import CliRunner, Result

from largesse import outbox
from largesse.adapters.http_sender import HttpSender
from largesse.adapters.keyring import FixedKeyring
from largesse.app.application import Application
from largesse.db import Database
from largesse.interfaces.cli import COMMANDS
from largesse.interfaces.cli.runtime import Runtime
from tests.builders.application import an_application
from tests.builders.outbox import LOOPBACK, RENDERERS, a_merchant, an_event
from tests.support.receiver import Receiver, receiver_process


class Till:
    """Run commands in an installation on one database."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self.keyring = FixedKeyring([secrets.token_bytes(32)])

    @asynccontextmanager
    async def open_application(self) -> AsyncIterator[Application]:
        """Open an installation whose sender really posts, to this machine."""
        async with (
            await Database.open(self.dsn) as database,
            HttpSender(reach=LOOPBACK, timeout_s=60.0) as sender,
            an_application(database, keyring=self.keyring, sender=sender, reach=LOOPBACK) as application,
        ):
            yield application

    def run(self, *words: str, code: int = 0) -> Result:
        """Run `largesse WORDS` and hold it to its exit status."""
        group = click.Group(commands=list(COMMANDS))
        result = CliRunner().invoke(group, list(words), obj=Runtime(self.open_application))
        assert result.exit_code == code, result.output
        return result

    def add(self, url: str, *options: str) -> dict[str, str]:
        """Add an endpoint and return what the command printed."""
        facts: dict[str, str] = json.loads(self.run("endpoint", "add", "spa", url, "--json", *options).stdout)
        return facts

    def send(self) -> outbox.Delivery:
        """Publish an order and let a relay send what is due; return one delivery."""

        async def work() -> outbox.Delivery:
            async with self.open_application() as application:
                now = datetime.now(UTC)
                async with application.database.transaction() as connection:
                    (endpoint,) = (one for one in await outbox.list_endpoints(connection) if one.format != outbox.EMAIL)
                    await outbox.publish(connection, [an_event(endpoint.merchant_id, now=now)])
                relay = outbox.Relay(
                    application.database,
                    application.keyring,
                    application.clock,
                    http=application.sender,
                    mail=application.sender,
                    renderers=RENDERERS,
                )
                await relay.run_once(now)
                async with application.database.connection() as connection:
                    return (await outbox.list_deliveries(connection, endpoint))[0]

        return asyncio.run(work())


@pytest.fixture
def till(dsn: str) -> Till:
    """A merchant called spa, and commands."""
    made = Till(dsn)

    async def prepare() -> UUID:
        async with made.open_application() as application, application.database.transaction() as connection:
            return await a_merchant(connection)

    asyncio.run(prepare())
    return made


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    """A receiver in a process of its own."""
    with receiver_process() as process:
        yield process


def test_an_endpoint_is_added_with_a_secret_that_is_shown_once(till: Till, receiver: Receiver) -> None:
    added = till.add(receiver.url("ok") + "?key=phrase", "--custom1", "pass word")

    assert added["secret"].startswith("whsec_")
    for shown in (till.run("endpoint", "list"), till.run("endpoint", "list", "spa", "--json")):
        assert added["endpoint_id"] in shown.output
        assert not any(hidden in shown.output for hidden in (added["secret"], "phrase", "pass word"))


def test_every_wrong_field_of_an_endpoint_is_named(till: Till) -> None:
    words = ("--custom1", "x" * 60, "--event", "order.eaten", "--format", "json")
    said = till.run("endpoint", "add", "spa", "http://example.com/", *words, code=1).output

    assert "[endpoint.invalid]" in said
    assert "endpoint.url.not_https" in said
    assert "take out 5" in said
    assert "order.eaten" in said


def test_a_sample_is_sent_plainly_marked_and_registers_nothing(till: Till, receiver: Receiver) -> None:
    added = till.add(receiver.url("ok"))
    receiver.trust(added["secret"])

    said = till.run("endpoint", "test", added["endpoint_id"]).output

    post = receiver.posts()[-1]
    assert post.verified[-1]
    assert post.headers["largesse-sample"] == "true"
    assert post.fields is not None
    assert len(post.fields) == 26
    assert dict(post.fields)["order_number"] == "SAMPLE-000001"
    assert "SAMPLE" in dict(post.fields)["gift_description"]
    assert "Received: 200" in said
    assert "Nothing yet" in till.run("endpoint", "deliveries", added["endpoint_id"]).output


def test_a_sample_that_is_not_received_leaves_with_status_1(till: Till, receiver: Receiver) -> None:
    added = till.add(receiver.url("fail"))

    assert "answered 500" in till.run("endpoint", "test", added["endpoint_id"], code=1).output


def test_a_sample_order_is_not_mailed_to_people_and_the_refusal_says_where_to_look(
    till: Till, receiver: Receiver
) -> None:
    till.add(receiver.url("ok"))
    posts = len(receiver.posts())
    [notices] = [
        one for one in json.loads(till.run("endpoint", "list", "spa", "--json").output) if one["format"] == "email"
    ]

    said = till.run("endpoint", "test", notices["endpoint_id"], code=1).output

    assert "This endpoint sends mail to people" in said
    assert "[endpoint.not_posted]" in said
    assert "secret" not in said
    assert len(receiver.posts()) == posts
    assert till.run("endpoint", "deliveries", notices["endpoint_id"]).output == "Nothing yet.\n"


def test_a_delivery_is_shown_with_the_body_that_was_sent_and_can_be_sent_again(till: Till, receiver: Receiver) -> None:
    endpoint_id = till.add(receiver.url("fail"))["endpoint_id"]
    event_id = str(till.send().event_id)

    assert event_id in till.run("endpoint", "deliveries", endpoint_id, "--status", "pending").output
    for narrower in (("--status", "delivered"), ("--before", event_id)):
        assert "Nothing more" in till.run("endpoint", "deliveries", endpoint_id, *narrower).output
    shown = json.loads(till.run("endpoint", "show", endpoint_id, event_id, "--json").stdout)
    assert shown["tries"][0]["status_code"] == 500
    assert shown["tries"][0]["body"].encode() == receiver.posts()[-1].body
    assert "giftcafe_vendornum=12345" in till.run("endpoint", "show", endpoint_id, event_id).output
    till.run("endpoint", "resend", endpoint_id, event_id, "--reason", "lost there")
    assert (
        "0 queued"
        in till.run("endpoint", "resend-failed", endpoint_id, "--since", "2026-01-01", "--reason", "mended").output
    )
    for since in ("yesterday", "0001-01-01T00:00:00+14:00"):
        assert (
            "write a day"
            in till.run("endpoint", "resend-failed", endpoint_id, "--since", since, "--reason", "mended", code=2).output
        )
    assert "[delivery.not_found]" in till.run("endpoint", "show", endpoint_id, endpoint_id, code=1).output


def test_an_endpoint_is_paused_resumed_and_given_a_new_secret(till: Till, receiver: Receiver) -> None:
    added = till.add(receiver.url("ok"), "--ordered")
    endpoint_id = added["endpoint_id"]

    assert "paused" in till.run("endpoint", "pause", endpoint_id).output
    assert "active" in till.run("endpoint", "resume", endpoint_id).output
    rotated = till.run("endpoint", "rotate-secret", endpoint_id, "--overlap", "2d").stdout.strip()
    assert rotated.startswith("whsec_")
    assert rotated != added["secret"]
    unknown = "00000000-0000-0000-0000-000000000000"
    assert "[endpoint.not_found]" in till.run("endpoint", "pause", unknown, code=1).output


def test_an_endpoint_is_changed_looked_into_and_removed(till: Till, receiver: Receiver) -> None:
    added = till.add(receiver.url("ok") + "?key=phrase", "--custom1", "pass word")
    key = added["endpoint_id"]

    facts = json.loads(
        till.run(
            "endpoint",
            "set",
            key,
            "--url",
            receiver.url("ok/new"),
            "--custom2",
            "two",
            "--phone",
            "national",
            "--ordered",
            "--json",
        ).stdout
    )
    assert facts["address"] == receiver.url("ok/new")
    assert (facts["phone"], facts["ordered"], facts["sealed"]) == ("national", True, "set")

    till.run("endpoint", "reveal", key, code=2)
    shown = till.run("endpoint", "reveal", key, "--reason", "moving offices").output
    assert "pass word" in shown
    assert "two" in shown
    assert "phrase" not in shown, "the new URL has no query"
    assert "Say what to change" in till.run("endpoint", "set", key, code=2).output

    assert "removed" in till.run("endpoint", "remove", key).output
    assert key not in till.run("endpoint", "list").output
    assert "[endpoint.not_found]" in till.run("endpoint", "resume", key, code=1).output


def test_orders_are_posted_by_filter_and_a_filter_that_cannot_be_read_is_refused(
    till: Till, receiver: Receiver
) -> None:
    key = till.add(receiver.url("ok"))["endpoint_id"]
    words = ("--since", "2026-01-01", "--until", "2027-01-01", "--by", "issued", "--status", "issued", "--refcode", "A")

    assert "0 queued; 0 it had been told of" in till.run("endpoint", "post-orders", key, *words).output
    assert "[moment.invalid]" in till.run("endpoint", "post-orders", key, "--since", "soon", code=1).output
    assert "[partner.unknown]" in till.run("endpoint", "post-orders", key, "--partner", "nobody", code=1).output


def test_what_buyers_are_asked_for_and_who_a_partner_is_are_set(till: Till) -> None:
    words = ("--ask-phone", "require", "--ask-address", "ask", "--language", "de", "--json")
    facts = json.loads(till.run("merchant", "set", "spa", *words).stdout)
    assert (facts["ask_phone"], facts["ask_address"], facts["language"]) == ("require", "ask", "de")
    assert "[language.unknown]" in till.run("merchant", "set", "spa", "--language", "xx", code=1).output

    till.run("partner", "add", "spa", "Acme", "--contact-email", "a@example.com")
    details = ("--phone", "(212) 555-0123", "--address", "1 Main Street", "--country", "US", "--name", "Acme Rewards")
    partner = json.loads(till.run("partner", "set", "spa", "Acme", *details, "--json").stdout)["partner"]
    assert (partner["phone"], partner["address"], partner["country"]) == ("+12125550123", "1 Main Street", "US")
    assert partner["name"] == "Acme Rewards"
    refused = till.run("partner", "set", "spa", "Acme Rewards", "--country", "usa", code=1).output
    assert "[country.invalid]" in refused
    assert "[phone.invalid]" in till.run("partner", "set", "spa", "Acme Rewards", "--phone", "x", code=1).output


def test_who_is_not_known_cannot_be_erased(till: Till) -> None:
    assert "[person.unknown]" in till.run("person", "erase", "ada@example.org", "--reason", "asked for", code=1).output


def test_a_person_is_counted_first_and_then_erased(till: Till, receiver: Receiver) -> None:
    till.add(receiver.url("ok"))
    till.send()  # its event tells of this recipient
    words = ("person", "erase", "ADA@recipient.example", "--merchant", "spa", "--reason", "asked for by letter")

    counted = till.run(*words, "--dry-run").output
    assert "nothing was changed" in counted
    found = json.loads(till.run(*words, "--json").stdout)
    assert found["spa"]["events"] == 1
    assert "[person.unknown]" in till.run(*words, code=1).output
