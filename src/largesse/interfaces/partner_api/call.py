"""One request to this interface: its raw bytes read into what it asks for, never more of them than the limit."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from largesse.domain.partners import AccessDenied
from largesse.interfaces.partner_api.trial import read_is_test
from largesse.web.client import Client, client_in
from largesse.web.errors import NotAcceptable, PageUnknown, RequestCutOff, parameter_invalid, refuse_encoded
from largesse.web.negotiation import Answer, answer_in, format_of, reader_for, writer_for
from largesse.wire.codec import XML, Codec
from largesse.wire.errors import Malformed, TooLarge
from largesse.wire.plain import Plain

BODY_BYTES_MAX = 64 * 1024
# How much of a body that is too large is still taken in and thrown away: a client that is cut off while it sends does
# not get to read why.
DRAINED_BYTES_MAX = 1024 * 1024
PARAMETERS_MAX = 50
IDEMPOTENCY_KEY_MAX = 255
_DIGITS_MAX = 18
_QUERIES_REMEMBERED = 512

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Object = Mapping[str, Plain]

_REDEEM_PAGE = "/gifts/redeem.html?code="


class Call:
    """Read one request. Nothing is read before it is asked for."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._scope = scope
        self._receive = receive
        self._headers: dict[bytes, str] = {}
        self._body_names: set[str] = set()
        for name, value in scope["headers"]:
            known = self._headers.get(name)
            text = value.decode("latin-1")
            self._headers[name] = text if known is None else f"{known}, {text}"

    @property
    def client(self) -> Client:
        """Return who sends the request."""
        return client_in(self._scope)

    @property
    def number(self) -> str:
        """Return the certificate number in the path, or the redeem URL that stands there in its place.

        The URL's own `code` is a parameter of the request where the client did not encode its question mark.

        Raises:
            PageUnknown: there is more behind the number, and it is no redeem URL.
        """
        parameters = self._scope["path_params"]
        text = str(parameters["number"])
        if "rest" not in parameters:
            return text
        text = f"{text}{parameters['rest']}"
        if "?" not in text:
            text = f"{text}?code={self._query().get('code', [''])[0]}"
        if _REDEEM_PAGE not in text.lower():
            raise PageUnknown
        return text

    def preferred(self) -> Answer:
        """Return how to answer, whatever is wrong with the request: as it asks for, else in its format, else in XML."""
        try:
            return self.answer()
        except NotAcceptable:
            return answer_in(self._own_codec())

    def answer(self) -> Answer:
        """Return how to answer.

        Raises:
            NotAcceptable: it asks for a format that is not ours.
        """
        return writer_for(self._headers.get(b"accept"), otherwise=self._own_codec())

    async def read(self) -> Object:
        """Return the body's outermost object.

        Raises:
            UnsupportedMediaType: its format is not ours, or it is compressed.
            WireError: it cannot be read.
        """
        refuse_encoded(self._headers.get(b"content-encoding"))
        codec = reader_for(self._headers.get(b"content-type"))
        value = codec.read(await self._body(), size_max=BODY_BYTES_MAX, names=self._body_names)
        if not isinstance(value, Mapping):
            message = "The body must be an object with named fields."
            raise Malformed(message)
        return value

    def credentials(self, body: Object | None = None, *, wrapper: str = "") -> tuple[str, str]:
        """Return API key and token. The key may stand in the body, outside or inside the wrapper.

        Raises:
            AccessDenied: one of them is missing, or given twice.
        """
        return self.api_key(body, wrapper=wrapper), self._only("api_token")

    def api_key(self, body: Object | None, *, wrapper: str) -> str:
        """Return the API key from the query string, else from the body.

        Raises:
            AccessDenied: there is none, or there are two.
        """
        if self._query().get("api_key"):
            return self._only("api_key")
        body = body or {}
        for place in (body, body.get(wrapper)):
            found = place.get("api_key") if isinstance(place, Mapping) else None
            if isinstance(found, str) and found:
                return found.strip()
        raise AccessDenied

    def is_test(self) -> bool:
        """Return whether nothing is to be registered. The body was read before.

        Raises:
            ParametersInvalid: it cannot be told for certain; guessing could register an order that was meant as a test.
        """
        query = [(name, value) for name, values in self._query().items() for value in values]
        headers = (name.decode("latin-1") for name in self._headers)
        return read_is_test(query, [*headers, *self._body_names])

    def idempotency_key(self) -> str | None:
        """Return the Idempotency-Key header.

        Raises:
            ParametersInvalid: it is empty, too long or has characters that cannot be printed.
        """
        given = self._headers.get(b"idempotency-key")
        if given is None:
            return None
        if not 1 <= len(given) <= IDEMPOTENCY_KEY_MAX or not given.isascii() or not given.isprintable():
            message = f"Use 1 to {IDEMPOTENCY_KEY_MAX} printable ASCII characters."
            raise parameter_invalid("Idempotency-Key", "idempotency_key.invalid", message)
        return given

    def _own_codec(self) -> Codec:
        return format_of(self._headers.get(b"content-type"), otherwise=XML)

    def _only(self, name: str) -> str:
        given = self._query().get(name, ())
        if len(given) != 1:
            raise AccessDenied
        return given[0]

    def _query(self) -> Mapping[str, list[str]]:
        return _parameters(self._scope["query_string"])

    async def _body(self) -> bytes:
        announced = self._headers.get(b"content-length", "0")
        too_large = announced.isdecimal() and (len(announced) > _DIGITS_MAX or int(announced) > BODY_BYTES_MAX)
        chunks: list[bytes] = []
        size = 0
        more = True
        while more and size <= DRAINED_BYTES_MAX:
            message = await self._receive()
            if message["type"] != "http.request":
                raise RequestCutOff
            chunk = message.get("body", b"")
            size += len(chunk)
            too_large = too_large or size > BODY_BYTES_MAX
            if not too_large:
                chunks.append(chunk)
            more = message.get("more_body", False)
        if too_large:
            raise TooLarge(BODY_BYTES_MAX)
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)


@lru_cache(_QUERIES_REMEMBERED)
def _parameters(query: bytes) -> Mapping[str, list[str]]:
    """Return the parameters of a query string. Remembered, because a program sends the same one with every order."""
    found: dict[str, list[str]] = {}
    try:
        for name, value in parse_qsl(
            query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=PARAMETERS_MAX
        ):
            found.setdefault(name, []).append(value)
    except ValueError as error:
        message = "The query string is not UTF-8, or has too many parameters."
        raise parameter_invalid("query", "query.malformed", message) from error
    return found


def unwrapped(body: Object, wrapper: str) -> Object:
    """Return the fields inside `wrapper`, or the body itself where it is bare. An empty element has no fields.

    Raises:
        Malformed: the wrapper holds something other than fields.
    """
    if wrapper not in body:
        return body
    inner = body[wrapper]
    if inner == "" or inner is None:
        return {}
    if not isinstance(inner, Mapping):
        message = f"{wrapper} must hold named fields."
        raise Malformed(message)
    return inner
