"""No text rule and no parser takes longer than what it reads is long: strangers choose that too."""

import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import stripe
from litestar import Request

from largesse.adapters import http_sender
from largesse.adapters.keyring import FixedKeyring
from largesse.adapters.stripe_gateway import StripeGateway
from largesse.adapters.typeset import plain_text
from largesse.app import logs, masking
from largesse.domain.orders import contacts
from largesse.domain.payments import Callback
from largesse.interfaces.cli.sheets import read_order_sheet
from largesse.kernel import free_text, money, normal_form
from largesse.kernel.amounts import read_amount, read_plain_amount
from largesse.kernel.currency import currency
from largesse.kernel.domain_names import to_ascii
from largesse.kernel.errors import LargesseError
from largesse.kernel.formulas import guard, unguard
from largesse.kernel.mail.people import read_email
from largesse.kernel.numbers import read_number
from largesse.outbox import Reach
from largesse.outbox.addresses import normalise_url
from largesse.services.exports.exporting import read_moment
from largesse.services.gifts.links import read_token
from largesse.services.mails.bounces import read_bounce
from largesse.ui.visit import local_path
from largesse.web.client import TrustedProxies, read_address
from largesse.web.cookies import cookie_of
from largesse.web.forms import fields_of, whole_number
from largesse.web.negotiation import preferred_language, reader_for, reads_gzip, reads_pages, writer_for
from largesse.web.request import AnyRequest
from largesse.web.session_cookie import known_session
from largesse.wire import csv
from largesse.wire.codec import XML
from largesse.wire.json import read_json
from largesse.wire.xml import read_xml
from tests.support.worst_texts import grows_too_fast, shapes

# It runs the same few lines over and over, which a tracer makes several times as slow.
pytestmark = pytest.mark.no_cover

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
USD = currency("USD")
SHAPES_MAX = 40
KEYRING = FixedKeyring([secrets.token_bytes(32)])
GATEWAY = StripeGateway(
    secret_key="sk_test_0123456789ab", webhook_secrets=("whsec_0123456789ab",), api_base=None, origins=()
)
BOUNCE = (
    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n"
    "Content-Type: message/delivery-status\n\nAction: failed\n\n--b\nContent-Type: message/rfc822\n\n"
)


def request_with(header: str, text: str) -> AnyRequest:
    headers = [(header.encode(), text.encode("latin-1", errors="replace"))]
    scope: Any = {"type": "http", "method": "GET", "path": "/", "headers": headers, "query_string": b""}
    return Request(scope)


def forwarded(header: str) -> Callable[[str], object]:
    def read(text: str) -> object:
        headers = [(header.encode(), text.encode("latin-1", errors="replace"))]
        return TrustedProxies().client_of({"client": ("127.0.0.1", 1), "headers": headers, "scheme": "http"})

    return read


def cookies(text: str) -> object:
    request = request_with("cookie", text)
    return known_session(request), cookie_of(request, "language")


MARKS = ["\u0323", "\u0307", "\u0323\u0307", "e\u0323\u0307", "\u0315\u0300\u05ae", "가", "\u1100\u1161\u11a8"]
TEXT = [*MARKS, "a", " ", "\n", "\r", "\u200d", "\u200b", "\U0001f3f4", "\U000e0067", "\ud800", "=", "\u202e", "1-"]
HEADER = [",", ";", "=", '"', "a", " ", "*/*", "q=0.1", "text/html;", "a=b;", '"a', "\\"]
PARSERS: dict[str, tuple[Callable[[str], object], list[str]]] = {
    "free_text.one_line": (free_text.one_line, TEXT),
    "free_text.lines": (free_text.lines, TEXT),
    "normal_form.nfc": (normal_form.nfc, TEXT),
    "normal_form.nfkc": (normal_form.nfkc, [*TEXT, "\ufdfa", "½"]),
    "plain_text.one_line": (plain_text.one_line, TEXT),
    "plain_text.paragraph": (plain_text.paragraph, TEXT),
    "masking.mask_path": (masking.mask_path, ["a", "/", "a/", "/1-", "GL7K2M"]),
    "masking.mask_query": (masking.mask_query, ["a", "1+", "key=", "a://b:", "&", "a=", "x=a&", "%", "+", "code=1&"]),
    "logs.mask_event": (
        lambda text: logs.mask_event(None, "", {"event": text, "deep": {text: [text]}}),
        ["a", "key=", "1 "],
    ),
    "numbers.read_number": (read_number, ["A", "1", "-", " ", "GL-7K2M", "Ａ", "O"]),
    "money.parse": (lambda text: money.parse(text, USD), ["1", "0", ".", "-", "9.", "1.0"]),
    "amounts.read_amount": (
        lambda text: read_amount(text, USD, language="en"),
        ["1", ",", ".", "1,", "000", "$", "’", " ", "1,000"],
    ),
    "amounts.read_plain_amount": (lambda text: read_plain_amount(text, USD), ["1", ".", ",", "0", "$"]),
    "people.read_email": (
        read_email,
        ["a", "@", ".", "a@", "a.", '"', "\\", "(", "a@b.", "ß", "xn--", "[", ":"],
    ),
    "contacts.read_phone": (
        lambda text: contacts.read_phone(text, region="US"),
        ["1", "+", "(", ")", "-", " ", "ext", "x1", ";", "phone-context="],
    ),
    "addresses.normalise_url": (
        lambda text: normalise_url(text, reach=Reach()),
        ["https://", "a", ".", "a.", "/", "@", ":", "[", "%", "?", "#", "ß."],
    ),
    "exporting.read_moment": (
        lambda text: read_moment(text, in_zone=ZoneInfo("UTC")),
        ["1", "-", ":", "T", "2026-", "+"],
    ),
    "links.read_token": (lambda text: read_token(KEYRING, text, now=NOW), ["a", ".", "=", "A.", "-"]),
    "bounces.read_bounce": (
        lambda text: read_bounce((BOUNCE + text).encode(errors="surrogateescape")),
        [
            "--b\n",
            "--b",
            "\n",
            "Action: failed\n",
            "Content-Type: multipart/mixed; boundary=c\n\n--c\n",
            "a",
            ":",
            "a:",
            " ",
            "<",
            "=?",
            "Message-ID: <",
            ";",
            "; a=",
            '"',
            "(",
            "a*0*=",
            "--b--\n",
        ],
    ),
    "negotiation.preferred_language": (lambda text: preferred_language(text, ("de",)), [*HEADER, "de", "de;q=1,"]),
    "negotiation.writer_for": (lambda text: writer_for.__wrapped__(text, otherwise=XML), HEADER),
    "negotiation.reader_for": (reader_for.__wrapped__, HEADER),
    "negotiation.reads_pages": (lambda text: reads_pages(request_with("accept", text)), HEADER),
    "negotiation.reads_gzip": (lambda text: reads_gzip(request_with("accept-encoding", text)), [*HEADER, "gzip;q=1"]),
    "cookies": (cookies, [*HEADER, "session=", "\\1", '"\\', "session=a; "]),
    "client.read_address": (read_address, ["1", ".", ":", "%", "1.", "a:", "["]),
    "client.x-forwarded-for": (forwarded("x-forwarded-for"), ["1", ",", "127.0.0.1,", "[", ":", '"', " "]),
    "client.x-forwarded-proto": (forwarded("x-forwarded-proto"), ["http", ",", "http,", " "]),
    "client.forwarded": (forwarded("forwarded"), ["for=", ",", ";", "for=127.0.0.1,", '"', "=", "proto=http;", "["]),
    "visit.local_path": (local_path, ["/", "\\", "a", "%", "💥", "?"]),
    "forms.fields_of": (fields_of, ["a", "&", "=", "a=b&", "%", "%41", "+", ";"]),
    "forms.whole_number": (whole_number, ["1", "0", "-", "１"]),
    "stripe.signature": (
        lambda text: GATEWAY.read_callback(Callback(headers={"stripe-signature": text}, body=b"{}"), now=NOW),
        ["t=1", ",", "v1=", "v1=a,", "t=1,v1=a,", "=", "9", "é"],
    ),
    "stripe.event": (
        lambda text: GATEWAY.read_callback(signed(text.encode(errors="surrogateescape")), now=NOW),
        ["{", "[", '"', "\\", "1", '{"a":', "[1,", "\\u0041", "-", "1e"],
    ),
    "http_sender.retry_after": (http_sender._retry_at, ["1", "Sun, ", " ", "-", ":", "06 Nov 1994 "]),
    "parsedate": (lambda text: parsedate_to_datetime(text[: http_sender.DATE_LENGTH_MAX]), ["1", " ", ",", ":"]),
    "json": (
        lambda text: read_json(text.encode(errors="surrogateescape"), size_max=2**20),
        ["{", "[", '"', "\\", "1", " ", '{"a":', "[1,", "[[],", "\\u0041", "-", "1e", '"a":1,', "tru"],
    ),
    "xml": (
        lambda text: read_xml(text.encode(errors="surrogateescape"), size_max=2**20),
        [
            "<",
            "<a>",
            "<a/>",
            "</a>",
            "&",
            "&amp;",
            "&#65;",
            "<!--",
            "<![CDATA[",
            "<?",
            "a",
            " ",
            "]]>",
            "<a b=",
            "<a b='c' ",
            "<a:",
            " xmlns:a='b'",
            '<?xml version="1.0" encoding',
            "<a><b/>",
            "--",
        ],
    ),
    "csv": (
        lambda text: csv.read_table(text.encode(errors="surrogateescape"), columns=("a", "b"), size_max=2**20),
        ["a,b\n", ",", '"', '""', "\n", "\r", "a", ";", "\t", "1,2\n", "'", "'=", '"a",'],
    ),
    "csv.orders": (
        lambda text: read_order_sheet(text.encode(errors="surrogateescape")),
        ["order_number,", ",", '"', "\n", "a", ";", "1,2\n", "'"],
    ),
    "domain_names.to_ascii": (to_ascii, ["a", ".", "a.", "ß", "xn--", "-", "\u3002", "e\u0323", "\u200d"]),
    "formulas.guard": (lambda text: unguard(guard(text)), ["'", "=", "a", ";", "\t", "'="]),
}


def signed(body: bytes) -> Callback:
    stamp = int(datetime.now(UTC).timestamp())
    with suppress(UnicodeDecodeError):
        signature = stripe.WebhookSignature._compute_signature(f"{stamp}.{body.decode()}", "whsec_0123456789ab")
        return Callback(headers={"stripe-signature": f"t={stamp},v1={signature}"}, body=body)
    return Callback(headers={}, body=body)


@pytest.mark.parametrize("name", sorted(PARSERS))
def test_its_time_grows_no_faster_than_the_text(name: str) -> None:
    read, parts = PARSERS[name]

    def run(text: str) -> None:
        with suppress(LargesseError, ValueError, RecursionError):
            read(text)

    for shape, text_of in islice(shapes(parts), SHAPES_MAX):
        slow = grows_too_fast(run, text_of)
        assert not slow, f"{shape}: {slow}"
