"""One request to the REST API: its head and its body, never more of it than the limit."""

import re
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from largesse.domain.programs import ProgramDenied
from largesse.interfaces.rest_api.reading import INVALID, RequestInvalid
from largesse.kernel.errors import FieldError
from largesse.services.programs import Program
from largesse.web.client import Client, client_in
from largesse.web.errors import RequestCutOff, UnsupportedMediaType, refuse_encoded
from largesse.web.negotiation import media_type_of
from largesse.wire.errors import TooLarge

IDEMPOTENCY_KEY_MAX: Final = 255
PARAMETERS_MAX: Final = 30
# How much of a body that is too large is still taken in and thrown away: a client that is cut off while it sends does
# not get to read why.
_DRAINED_BYTES_MAX: Final = 4 * 1024 * 1024
_ETAG: Final = re.compile(r'"(?P<sequence>[0-9]{1,18})"')
_SANE_ID: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{7,63}")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]


class Exchange:
    """Read one request. Nothing is read before it is asked for."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self._receive = receive
        self.taken = b""
        """What was read of the body, once it is whole."""
        self.program: Program | None = None
        """Whose request it is, once that is known."""
        self.began_at = time.perf_counter()
        self._headers: dict[bytes, str] = {}
        for name, value in scope["headers"]:
            known, text = self._headers.get(name), value.decode("latin-1")
            self._headers[name] = text if known is None else f"{known}, {text}"

    @property
    def client(self) -> Client:
        """Return who sends the request."""
        return client_in(self.scope)

    @property
    def method(self) -> str:
        """Return the method."""
        return str(self.scope["method"])

    @property
    def path(self) -> str:
        """Return the path."""
        return str(self.scope["path"])

    @property
    def request_id(self) -> str:
        """Return the request's id: the one that the log has, else the caller's, else a fresh one."""
        known = self.scope.get("request_id")
        if known is None:
            given = self._headers.get(b"request-id", "")
            known = given if _SANE_ID.fullmatch(given) else secrets.token_hex(8)
            self.scope["request_id"] = known
        return str(known)

    def bearer(self) -> str:
        """Return the key that was sent.

        Raises:
            ProgramDenied: none was.
        """
        scheme, _, given = self._headers.get(b"authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not given:
            raise ProgramDenied
        return given.strip()

    def parameters(self) -> Mapping[str, str]:
        """Return the parameters of the query.

        Raises:
            RequestInvalid: one is given twice, or they cannot be read.
        """
        query = self.scope["query_string"]
        if not query:
            return {}
        try:
            pairs = parse_qsl(
                query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=PARAMETERS_MAX
            )
        except ValueError as error:
            message = "The query string is not UTF-8, or has too many parameters."
            raise RequestInvalid(fields=[FieldError("?query", "query.malformed", message)]) from error
        found = dict(pairs)
        if len(found) != len(pairs):
            message = "Give each parameter once."
            raise RequestInvalid(fields=[FieldError("?query", "parameter.twice", message)])
        return found

    def idempotency_key(self) -> str | None:
        """Return the Idempotency-Key header.

        Raises:
            RequestInvalid: it is empty, too long or has characters that cannot be printed.
        """
        given = self._headers.get(b"idempotency-key")
        if given is None:
            return None
        if not 1 <= len(given) <= IDEMPOTENCY_KEY_MAX or not given.isascii() or not given.isprintable():
            message = f"Use 1 to {IDEMPOTENCY_KEY_MAX} printable ASCII characters."
            raise RequestInvalid(fields=[FieldError("?Idempotency-Key", "idempotency_key.invalid", message)])
        return given

    def expected_sequence(self) -> int | msgspec.UnsetType:
        """Return the sequence that If-Match names.

        Raises:
            RequestInvalid: it is no ETag of ours.
        """
        given = self._headers.get(b"if-match", "*").strip()
        if given == "*":
            return msgspec.UNSET
        found = _ETAG.fullmatch(given)
        if found is None:
            message = 'Send the ETag that you were given, such as "7".'
            raise RequestInvalid(fields=[FieldError("?If-Match", INVALID, message)])
        return int(found["sequence"])

    def knows(self, sequence: int) -> bool:
        """Return whether If-None-Match names the ETag of a sequence."""
        given = self._headers.get(b"if-none-match", "")
        return bool(given) and f'"{sequence}"' in {one.strip().removeprefix("W/") for one in given.split(",")}

    async def body(self, size_max: int) -> bytes:
        """Return the body.

        Raises:
            TooLarge: it is larger than `size_max` bytes.
            UnsupportedMediaType: it is no JSON, or compressed.
            RequestCutOff: it ended before it was whole.
        """
        refuse_encoded(self._headers.get(b"content-encoding"))
        chunks, size, more = list[bytes](), 0, True
        while more and size <= _DRAINED_BYTES_MAX:
            message = await self._receive()
            if message["type"] != "http.request":
                raise RequestCutOff
            chunk = message.get("body", b"")
            size += len(chunk)
            if size <= size_max:
                chunks.append(chunk)
            more = message.get("more_body", False)
        if size > size_max:
            raise TooLarge(size_max)
        kind = media_type_of(self._headers.get(b"content-type", "application/json"))
        if size and kind != "application/json":
            message = "Send the body as application/json, in UTF-8."
            raise UnsupportedMediaType(message)
        self.taken = b"".join(chunks)
        return self.taken
