"""Requests as an attacker's generator writes them: every route, with bytes that nobody means well by, from a seed."""

import ast
import random
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_from_bytes, urlencode

import msgspec
from litestar import Litestar

import largesse

VALUES: Sequence[bytes] = (
    b"",
    b" ",
    b"a",
    b"0",
    b"-1",
    b"1",
    b"25",
    b"0.5",
    b"1e400",
    b"NaN",
    b"Infinity",
    b"1,5",
    b"9" * 16,
    b"9" * 400,
    b"9" * 5000,
    b"\x00",
    b"a\x00b",
    b"\r\n",
    b"a\r\nSet-Cookie: x=y",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\xc3\xa9",
    b"\xe9",
    "💥".encode(),
    "²".encode(),
    "٣".encode(),
    "１２".encode(),
    "\u202e\u200d\u0301".encode(),
    ("e" + "\u0323\u0307" * 500).encode(),
    b"a" * 2_000,
    b"a" * 60_000,
    b"%00",
    b"%",
    b"%zz",
    b"%F0%9F%92%A5",
    b"%ED%A0%80",
    b"..",
    b"../../etc/passwd",
    b"//evil.example",
    b"\\\\evil.example",
    b"/x",
    b"'",
    b'"',
    b"<b>",
    b"{{7*7}}",
    b"${x}",
    b"' OR 1=1 --",
    b"true",
    b"false",
    b"null",
    b"[]",
    b"{}",
    b"0000-00-00",
    b"2026-11-31",
    b"9999-12-31",
    b"0001-01-01",
    b"24:00",
    b"25",
    b"00000000-0000-0000-0000-000000000000",
    b"ffffffff-ffff-ffff-ffff-ffffffffffff",
    b"018f3c1e-7b6a-7c3e-9a43-1b2c3d4e5f60",
    b"de",
    b"en",
    b"xx-\xff",
    b"a@b.example",
    b"a@xn--.example",
    "ä@ß.example".encode(),
    b"a@" + b"b." * 200,
    b"+12125550100",
    b"other",
    b"add",
    b"pay",
    b"later",
    b"email",
    b"print",
)
TYPES = (
    b"application/x-www-form-urlencoded",
    b"application/x-www-form-urlencoded; charset=utf-16",
    b"application/json",
    b"application/xml",
    b"text/xml; charset=latin-1",
    b"multipart/form-data; boundary=b",
    b"multipart/form-data",
    b"text/plain",
    b"\xff/\xff; charset=\x00",
    b"application/json; charset=\xf0\x9f",
    b"",
)
HEADERS = (
    b"accept",
    b"accept-language",
    b"accept-encoding",
    b"cookie",
    b"referer",
    b"origin",
    b"host",
    b"sec-fetch-site",
    b"if-none-match",
    b"x-request-id",
    b"x-forwarded-for",
    b"x-forwarded-proto",
    b"forwarded",
    b"idempotency-key",
    b"stripe-signature",
    b"authorization",
    b"content-length",
    b"content-encoding",
    b"range",
    b"x-http-method-override",
    b"user-agent",
    b"transfer-encoding",
    b"expect",
)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW")
_ROOT = Path(largesse.__file__).parent


@cache
def names() -> tuple[str, ...]:
    """Return every short word in the interfaces' texts: what fields, parameters and elements are called."""
    found = set[str]()
    for folder in ("interfaces", "web", "ui", "domain/drafts"):
        for path in sorted((_ROOT / folder).rglob("*.py")):
            if "cli" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and 1 < len(node.value) < 24:
                    if node.value.replace("_", "").isalnum() and node.value.isascii():
                        found.add(node.value)
                elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                    found |= {node.target.id, f"buyer_{node.target.id}"}
    return tuple(sorted(found))


class Hostile:
    """A generator of requests to an application, the same for the same seed. `known` are values that lead far in."""

    def __init__(self, seed: int, *, known: dict[str, list[str]]) -> None:
        self._random = random.Random(seed)
        self._known = known

    def requests(self, app: Litestar, *, each: int) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
        """Yield `each` requests to every route, as ASGI scope and what is received."""
        for route in sorted(app.routes, key=lambda route: route.path):
            taken = sorted(getattr(route, "methods", ()) or METHODS[:3])
            for _ in range(each):
                method = self._random.choice([*taken, *taken, *taken, *METHODS])
                kind, body = (b"", b"") if method in {"GET", "HEAD"} and self._random.random() < 0.8 else self._body()
                kind = kind if self._random.random() < 0.7 else self._random.choice(TYPES)
                yield self._scope(method, self._path(route.path_components), body, kind), self._received(body)

    def _value(self, name: str = "") -> bytes:
        known = self._known.get(name)
        if known and self._random.random() < 0.8:
            return self._random.choice(known).encode()
        return self._random.choice(VALUES)

    def _path(self, components: Sequence[Any]) -> str:
        parts = list[str]()
        for one in components:
            given = one if isinstance(one, str) else self._value(one.name).decode("utf-8", errors="replace")[:3_000]
            parts.append(given)
        return "/" + "/".join(parts)

    def _pairs(self) -> list[tuple[bytes, bytes]]:
        chosen = self._random.sample(names(), self._random.randint(0, 8))
        known = [name for name in self._known if self._random.random() < 0.7]
        return [(name.encode(), self._value(name)) for name in (*known, *chosen)]

    def _body(self) -> tuple[bytes, bytes]:
        kind = self._random.randrange(7)
        pairs = self._pairs()
        texts = {name.decode(): value.decode("utf-8", errors="replace") for name, value in pairs}
        if kind <= 2:
            return TYPES[0], urlencode(pairs).encode()
        if kind == 3:
            wrapper = self._random.choice(["giftCertificate", "auth_request", "user", "data"])
            shapes = [texts, {wrapper: texts}, [texts], {wrapper: {"user": texts}}]
            return TYPES[2], msgspec.json.encode(self._random.choice(shapes))
        if kind == 4:
            inner = b"".join(b"<" + name + b">" + value + b"</" + name + b">" for name, value in pairs)
            return TYPES[3], b"<giftCertificate>" + inner + b"</giftCertificate>"
        if kind == 5:
            part = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
            return TYPES[5], b"".join(part % pair for pair in pairs) + b"--b--"
        return b"", self._random.choice(VALUES) * self._random.choice([1, 1, 3])

    def _scope(self, method: str, path: str, body: bytes, kind: bytes) -> dict[str, Any]:
        headers = [(name, self._value(name.decode())) for name in HEADERS if self._random.random() < 0.15]
        kept = [name for name in ("session", "language", "theme") if self._random.random() < 0.7]
        cookies = [name.encode() + b"=" + self._value(name) for name in kept]
        if cookies:
            headers.append((b"cookie", b"; ".join(cookies)))
        if kind:
            headers.append((b"content-type", kind))
        if self._random.random() < 0.5:
            headers.append((b"accept", self._random.choice([b"text/html", b"application/json", b"*/*"])))
        if self._random.random() < 0.6:
            headers.append((b"content-length", str(len(body)).encode()))
        query = self._random.choice([urlencode(self._pairs()).encode(), self._random.choice(VALUES)[:8_000], b""])
        if self._random.random() < 0.8:  # as a server passes it on; bytes beyond ASCII reach us from few
            query = quote_from_bytes(query, safe="%=&+;/?:").encode()
        address = f"10.{self._random.randrange(256)}.{self._random.randrange(256)}.7"  # so that no rate limit is met
        return {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": quote(path, errors="replace").encode(),
            "query_string": query,
            "headers": headers,
            "client": (address, 1),
            "server": ("127.0.0.1", 80),
            "scheme": "http",
            "http_version": "1.1",
            "root_path": "",
            "state": {},
            "asgi": {"version": "3.0"},
            "extensions": {},
        }

    def _received(self, body: bytes) -> list[dict[str, Any]]:
        ending = self._random.random()
        if ending < 0.1:  # cut off in the middle
            half = body[: len(body) // 2]
            return [{"type": "http.request", "body": half, "more_body": True}, {"type": "http.disconnect"}]
        if ending < 0.3:
            middle = self._random.randint(0, len(body))
            return [
                {"type": "http.request", "body": body[:middle], "more_body": True},
                {"type": "http.request", "body": body[middle:], "more_body": False},
            ]
        return [{"type": "http.request", "body": body, "more_body": False}]
