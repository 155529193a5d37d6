"""From a frozen event to the exact bytes that leave, signed, and to what the attempt keeps of them.

Pure: the same event, endpoint, keys and moment give the same parcel.
"""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote, quote_plus

import msgspec

from largesse.kernel.errors import LargesseError
from largesse.kernel.sealing import Keyring
from largesse.outbox.endpoints import open_private, open_secrets
from largesse.outbox.model import EMAIL, Claimed, Endpoint, Parcel, Rendered, Renderer, Target
from largesse.outbox.signing import signed_headers

MASK = "***"
JSON = "application/json"
PHRASE_MIN = 3
"""The shortest key phrase that is looked for in what a receiver answers: shorter ones stand in every text."""


class Unrenderable(LargesseError):
    """An event cannot be written in an endpoint's format; no attempt will ever succeed."""

    code = "delivery.unrenderable"
    message = "This event cannot be written in the format of its endpoint. Add a json endpoint for it."


class Packed(msgspec.Struct, frozen=True, kw_only=True):
    """A parcel, and `record`: what the attempt keeps of its body. `phrases` are the receiver's own secrets."""

    parcel: Parcel
    record: bytes
    phrases: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Packed({self.parcel!r})"

    def masked(self, text: bytes) -> bytes:
        """Return what a receiver answered without its own key phrases, should it have sent them back."""
        return masked(text, self.phrases)


def pack(
    claimed: Claimed, endpoint: Endpoint, *, keyring: Keyring, renderers: Mapping[str, Renderer], now: datetime
) -> Packed:
    """Return what is to be sent to `endpoint` for the delivery `claimed`.

    Raises:
        Unrenderable: the event is not one that the endpoint's format has a form for.
        SecretUnreadable: the keyring does not belong to this database.
    """
    private = open_private(keyring, endpoint)
    target = Target(url=endpoint.url, options=endpoint.options, constants=private.constants)
    rendered = _rendered(claimed, target, renderers.get(endpoint.format), now=now)
    url = f"{endpoint.url}?{private.query}" if private.query else endpoint.url
    if endpoint.format == EMAIL:
        return Packed(parcel=Parcel(url=url, body=rendered.body), record=rendered.record)
    secrets = open_secrets(keyring, endpoint, now=now)
    headers = signed_headers(rendered.body, message_id=str(claimed.event_id), signing_secrets=secrets, now=now)
    headers["content-type"] = rendered.content_type
    return Packed(
        parcel=Parcel(url=url, body=rendered.body, headers=headers), record=rendered.record, phrases=private.phrases
    )


def json_webhook(claimed: Claimed, target: Target, *, now: datetime) -> Rendered:
    """Write an event of any kind as a JSON webhook. The payload goes in as it was frozen, byte for byte."""
    del target, now
    head = msgspec.json.encode(
        {"id": claimed.event_id, "type": claimed.kind, "version": claimed.version, "timestamp": claimed.occurred_at}
    )
    body = head[:-1] + b',"data":' + claimed.payload.encode() + b"}"
    return Rendered(body=body, content_type=JSON, record=body)


def masked(text: bytes, phrases: tuple[str, ...]) -> bytes:
    """Return a text with every phrase in it masked, as it is and as URLs and forms write it."""
    for phrase in sorted(phrases, key=len, reverse=True):  # one may hold another
        if len(phrase) < PHRASE_MIN:
            continue
        for form in {phrase, quote(phrase), quote(phrase, safe=""), quote_plus(phrase)}:
            text = text.replace(form.encode(), MASK.encode())
    return text


def _rendered(claimed: Claimed, target: Target, renderer: Renderer | None, *, now: datetime) -> Rendered:
    if renderer is None:
        raise Unrenderable
    try:
        return renderer(claimed, target, now=now)
    except (msgspec.MsgspecError, LargesseError) as error:
        raise Unrenderable(f"{Unrenderable.message} ({type(error).__name__})") from error
