"""The how-to's checks of a signature are run as they stand there, on both formats of a post, good and forged."""

import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from svix.webhooks import Webhook, WebhookVerificationError

from largesse.outbox.signing import new_secret, signed_headers
from tests.support.quick_starts import environment, lacking, node

HOW_TO = Path(__file__).parents[3] / "docs" / "howto" / "order-post.md"
BLOCK = re.compile(r"^```(?P<language>python|javascript)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = [(found["language"], found["code"]) for found in BLOCK.finditer(HOW_TO.read_text(encoding="utf-8"))]
CHECKS = [(language, code) for language, code in BLOCKS if re.search(r"\bis_?ours\b", code, re.IGNORECASE)]

FORM = b"giftcafe_vendornum=1001&order_number=GL-1&gift_message=Happy+birthday%2C+%C3%89va%21"
EVENT = '{"type":"order.issued","data":{"message":"Éva"}}'.encode()
PYTHON = """
import json, sys
asked = json.loads(sys.stdin.read())
is_ours(asked["secret"], asked["headers"], asked["body"].encode())
print("ours")
"""
NODE = """
const asked = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
isOurs(asked.secret, asked.headers, Buffer.from(asked.body));
console.log("ours");
"""


def program(language: str, code: str) -> list[str]:
    """Return how to run a block of the how-to; skip where what it needs is not installed."""
    if language == "python":
        return [sys.executable, "-c", code + PYTHON]
    missing = lacking("check.js", code)
    if missing:
        pytest.skip(missing)
    return [node() or "node", "-e", code + NODE]


def says(language: str, code: str, secret: str, headers: dict[str, str], body: bytes) -> str:
    asked = json.dumps({"secret": secret, "headers": headers, "body": body.decode()})
    done = subprocess.run(
        program(language, code), input=asked, capture_output=True, text=True, check=False, env=environment()
    )
    return done.stdout.strip()


def test_the_how_to_shows_a_check_for_each_library_and_one_without() -> None:
    assert [language for language, _ in CHECKS] == ["python", "javascript", "javascript"]
    text = HOW_TO.read_text(encoding="utf-8")
    assert "json_parse=False" in text
    assert "jsonParse: false" in text


@pytest.mark.parametrize("language, code", CHECKS, ids=["Python", "Node with the library", "Node without one"])
@pytest.mark.parametrize("body", [FORM, EVENT], ids=["order-form", "json"])
def test_a_documented_check_takes_what_we_signed_and_nothing_else(language: str, code: str, body: bytes) -> None:
    secret, now = new_secret(), datetime.now(UTC)
    headers = signed_headers(body, message_id="019", signing_secrets=[new_secret(), secret], now=now)
    assert says(language, code, secret, headers, body) == "ours"
    assert says(language, code, secret, headers, body + b"x") == ""
    assert says(language, code, new_secret(), headers, body) == ""
    stale = signed_headers(body, message_id="019", signing_secrets=[secret], now=now - timedelta(hours=1))
    assert says(language, code, secret, stale, body) == ""


@pytest.mark.parametrize("body", [FORM, EVENT], ids=["order-form", "json"])
def test_the_library_of_svix_takes_what_we_signed_and_nothing_else(body: bytes) -> None:
    secret, now = new_secret(), datetime.now(UTC)
    headers = signed_headers(body, message_id="019", signing_secrets=[new_secret(), secret], now=now)
    Webhook(secret).verify(body, headers)
    stale = signed_headers(body, message_id="019", signing_secrets=[secret], now=now - timedelta(hours=1))
    for key, told, sent in ((secret, headers, body + b"x"), (new_secret(), headers, body), (secret, stale, body)):
        with pytest.raises(WebhookVerificationError):
            Webhook(key).verify(sent, told)
