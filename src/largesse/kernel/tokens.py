"""Signed tokens: what we hand out and believe when it comes back, in one format, with one derived key per purpose.

    base64url(body) "." base64url(signature)

The body is MessagePack of a frozen struct; the signature is the first 24 bytes of HMAC-SHA-256 over it, under a key
that the keyring derives for the purpose alone. So no token of one purpose passes for one of another, and none has
anything to do with the key that finds certificate numbers. A token counts under every live key, so that it outlives a
rotation, and in its one canonical form only. What is in it can be read by whoever holds it.
"""

import base64
import binascii
import hmac
from typing import Final, Generic, Protocol, TypeVar

import msgspec

from largesse.kernel.errors import Forbidden

SIGNATURE_BYTES: Final = 24
LENGTH_MAX: Final = 8192

Content = TypeVar("Content", bound=msgspec.Struct)


class SigningKeys(Protocol):
    """Keys for one purpose each, derived from every live key."""

    def signing_keys(self, purpose: str) -> tuple[bytes, ...]:
        """Return the keys of a purpose, the current one first."""


class TokenRefused(Forbidden):
    """A token that is not one of ours, or not for this purpose, or not for whoever brings it."""

    code = "token.refused"
    message = "This address or form is not one of ours, or was changed on its way. Begin again from the page before it."


class TokenKind(Generic[Content]):
    """The tokens of one purpose. `length_max` bounds what is looked at of one that comes back."""

    def __init__(self, purpose: str, content: type[Content], *, length_max: int = LENGTH_MAX) -> None:
        self._purpose = purpose
        self._length_max = length_max
        self._encoder = msgspec.msgpack.Encoder(uuid_format="bytes")
        self._decoder = msgspec.msgpack.Decoder(content)

    def sign(self, keys: SigningKeys, content: Content, *, bound_to: bytes = b"") -> str:
        """Return the token of `content`. It counts only together with `bound_to`, which does not stand in it."""
        body = self._encoder.encode(content)
        current = keys.signing_keys(self._purpose)[0]
        return f"{_written(body)}.{_written(_signature(current, body, bound_to))}"

    def read(self, keys: SigningKeys, text: str, *, bound_to: bytes = b"") -> Content:
        """Return the content of a token.

        Raises:
            TokenRefused: we did not sign it, for this purpose and together with `bound_to`.
        """
        if len(text) > self._length_max:
            raise TokenRefused
        written_body, _, written_signature = text.partition(".")
        body, given = _read(written_body), _read(written_signature)
        live = [_signature(key, body, bound_to) for key in keys.signing_keys(self._purpose)]
        genuine = [hmac.compare_digest(given, one) for one in live]  # all of them, always
        if not any(genuine):
            raise TokenRefused
        try:
            return self._decoder.decode(body)
        except msgspec.DecodeError as error:  # signed by a version of ours whose tokens held something else
            raise TokenRefused from error


def _signature(key: bytes, body: bytes, bound_to: bytes) -> bytes:
    # The length keeps a body and what it is bound to apart.
    return hmac.digest(key, len(bound_to).to_bytes(4, "big") + bound_to + body, "sha256")[:SIGNATURE_BYTES]


def _written(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _read(text: str) -> bytes:
    """Return the bytes of a text in base64url without padding, in its one and only form."""
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):  # the second for what is not ASCII
        raise TokenRefused from None
    if _written(content) != text:
        raise TokenRefused
    return content
