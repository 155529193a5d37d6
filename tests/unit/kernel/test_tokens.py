"""Signed tokens: believed only as they were signed, for their purpose, by a key that lives."""

import base64
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest

from largesse.adapters.keyring import FixedKeyring
from largesse.kernel.tokens import TokenKind, TokenRefused

OLD, NEW = bytes(32), bytes([1]) * 32
RING = FixedKeyring([NEW])


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    place: UUID
    until: datetime
    words: str = ""


class Seat(msgspec.Struct, frozen=True, array_like=True):
    row: int


TICKETS = TokenKind("ticket", Ticket)
TICKET = Ticket(place=UUID(int=7), until=datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC), words="Käthe 🌿")


def test_what_was_signed_comes_back_as_it_was() -> None:
    token = TICKETS.sign(RING, TICKET)
    assert TICKETS.read(RING, token) == TICKET
    assert TICKETS.sign(RING, TICKET) == token, "a link is the same however often it is made"
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


def test_a_token_outlives_a_rotation_until_its_key_is_retired() -> None:
    token = TICKETS.sign(FixedKeyring([OLD]), TICKET)
    assert TICKETS.read(FixedKeyring([NEW, OLD]), token) == TICKET
    with pytest.raises(TokenRefused):
        TICKETS.read(RING, token)


def test_a_token_counts_for_its_own_purpose_and_whom_it_is_bound_to() -> None:
    token = TICKETS.sign(RING, TICKET, bound_to=b"grace")
    assert TICKETS.read(RING, token, bound_to=b"grace") == TICKET
    for bound_to in (b"", b"ada", b"graceful"):
        with pytest.raises(TokenRefused):
            TICKETS.read(RING, token, bound_to=bound_to)
    with pytest.raises(TokenRefused):
        TokenKind("voucher", Ticket).read(RING, token, bound_to=b"grace")
    with pytest.raises(TokenRefused, match="Begin again"):
        TokenKind("ticket", Seat).read(RING, token, bound_to=b"grace")


def test_a_token_is_read_in_its_one_form_only() -> None:
    token = TICKETS.sign(RING, TICKET)
    body, _, signature = token.partition(".")
    loose = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    assert len(loose) == 24
    twin = body[:-1] + chr(ord(body[-1]) + 1)  # may decode to the same bytes
    for forged in (
        *("", ".", "x", "é" * 80, "A" * 9000, body, f"{body}.", f".{signature}", f"{token}=", f"{token}.", f" {token}"),
        *(f"{token}A", token[:-1], token + "\n", token.replace(".", ".."), f"{twin}.{signature}", token.swapcase()),
        *(body[:20] + "+" + body[21:] + "." + signature, token + "\x00"),
    ):
        with pytest.raises(TokenRefused):
            TICKETS.read(RING, forged)


def test_every_bit_of_a_token_is_held_by_its_signature() -> None:
    token = TICKETS.sign(RING, TICKET)
    for place, letter in enumerate(token):
        other = "A" if letter != "A" else "B"
        with pytest.raises(TokenRefused):
            TICKETS.read(RING, token[:place] + other + token[place + 1 :])


def test_each_purpose_has_a_key_of_its_own_that_finds_nothing() -> None:
    keys = {RING.signing_keys(purpose) for purpose in ("ticket", "voucher", "")}
    assert len(keys) == 3
    assert all(RING.lookup(purpose) not in found for purpose in ("ticket", "") for found in keys)
    assert len(FixedKeyring([NEW, OLD]).signing_keys("ticket")) == 2
