"""`largesse receiver`: what it prints of a post."""

import asyncio
import subprocess
import sys
import urllib.parse
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from largesse.adapters.http_sender import HttpSender
from largesse.interfaces.cli.receiver import receiver
from largesse.outbox import Parcel, ReceiverAnswer
from largesse.outbox.signing import new_secret, signed_headers
from tests.builders.outbox import LOOPBACK


@pytest.mark.parametrize("known, verdict", [(True, "signature: valid"), (False, "signature: NOT VALID")])
def test_it_prints_every_field_and_whether_the_signature_is_valid(verdict: str, *, known: bool) -> None:
    secret = new_secret()
    given = secret if known else new_secret()
    program = "from largesse.interfaces.cli.receiver import receiver; receiver()"
    command = [sys.executable, "-u", "-c", program, "--port", "0", "--secret", given]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[2]
        body = urllib.parse.urlencode({"gift_message": "Grüße\x1b[31m", "billing_address2": ""}).encode()
        headers = signed_headers(body, message_id="m1", signing_secrets=(secret,), now=datetime.now(UTC))
        headers["content-type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        answer = asyncio.run(_send(Parcel(url=url, body=body, headers=headers)))
        process.terminate()
        said = process.stdout.read()

    assert answer.received
    assert verdict in said
    assert "Grüße" in said
    assert "\x1b" not in said
    assert "billing_address2" in said
    assert secret not in said


def test_what_is_no_secret_is_refused() -> None:
    result = CliRunner().invoke(receiver, ["--secret", "whsec_"])
    assert result.exit_code == 2
    assert "whsec_" in result.output


async def _send(parcel: Parcel) -> ReceiverAnswer:
    async with HttpSender(reach=LOOPBACK, timeout_s=60.0) as sender:
        return await sender.send(parcel)
