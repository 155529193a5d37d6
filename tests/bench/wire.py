"""PostgreSQL's own protocol, as little of it as a load needs: messages that were made before, sent as they are.

A driver would spend more on encoding the rows than PostgreSQL spends on writing them, on the same two cores.
"""

import base64
import hashlib
import hmac
import secrets
import socket
import struct
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

_PROTOCOL = 196608
_SIGNATURE = b"PGCOPY\n\xff\r\n\0"
_HEADER_LENGTH = len(_SIGNATURE) + 8
_BINARY = struct.pack("!hh", 1, 1)
_NO_RESULTS = struct.pack("!h", 0)
SYNC = b"S\x00\x00\x00\x04"


class ServerRefused(RuntimeError):
    """What PostgreSQL said."""


class Wire:
    """One session over a Unix socket, in which one message is sent and answered at a time."""

    def __init__(self, dsn: str) -> None:
        url = urlsplit(dsn)
        where = parse_qs(url.query)
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(Path(where["host"][0]) / f".s.PGSQL.{where['port'][0]}"))
        self._unread = b""
        user, database = url.username or "", url.path.lstrip("/")
        start = struct.pack("!i", _PROTOCOL) + f"user\0{user}\0database\0{database}\0\0".encode()
        self._socket.sendall(struct.pack("!i", len(start) + 4) + start)
        self._sign_in(url.password or "")
        self._until_ready()

    def close(self) -> None:
        """End the session."""
        self._socket.sendall(message(b"X", b""))
        self._socket.close()

    def run(self, messages: bytes) -> None:
        """Send messages that end with SYNC: they are one transaction, committed when this returns."""
        self._socket.sendall(messages)
        self._until_ready()

    def _until_ready(self) -> None:
        refused = None
        while True:
            kind, body = self._read()
            if kind == b"E":
                refused = body.replace(b"\0", b" ").decode(errors="replace")
            if kind == b"Z":
                break
        if refused is not None:
            raise ServerRefused(refused)

    def _read(self) -> tuple[bytes, bytes]:
        while len(self._unread) < 5 or len(self._unread) < 1 + struct.unpack_from("!i", self._unread, 1)[0]:
            received = self._socket.recv(65536)
            if not received:
                raise ServerRefused("it closed the connection")
            self._unread += received
        end = 1 + struct.unpack_from("!i", self._unread, 1)[0]
        kind, body = self._unread[:1], self._unread[5:end]
        self._unread = self._unread[end:]
        return kind, body

    def _sign_in(self, password: str) -> None:
        """SCRAM-SHA-256 without channel binding (RFC 7677); the server's proof is not looked at: it is our own."""
        kind, body = self._read()
        if kind != b"R" or b"SCRAM-SHA-256" not in body:
            raise ServerRefused(body.decode(errors="replace"))
        first = f"n=,r={secrets.token_urlsafe(18)}"
        greeting = f"n,,{first}".encode()
        self._socket.sendall(message(b"p", b"SCRAM-SHA-256\0" + struct.pack("!i", len(greeting)) + greeting))
        challenge = self._read()[1][4:].decode()
        given = dict(part.split("=", 1) for part in challenge.split(","))
        salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(given["s"]), int(given["i"]))
        key = hmac.digest(salted, b"Client Key", "sha256")
        unproven = f"c=biws,r={given['r']}"
        said = f"{first},{challenge},{unproven}".encode()
        signature = hmac.digest(hashlib.sha256(key).digest(), said, "sha256")
        proof = base64.b64encode(bytes(a ^ b for a, b in zip(key, signature, strict=True))).decode()
        self._socket.sendall(message(b"p", f"{unproven},p={proof}".encode()))
        kind, body = self._read()
        if kind != b"R":
            raise ServerRefused(body.replace(b"\0", b" ").decode(errors="replace"))
        self._read()


def message(kind: bytes, body: bytes) -> bytes:
    """Return one message of the protocol."""
    return kind + struct.pack("!i", len(body) + 4) + body


def parse(name: str, statement: str, types: Sequence[int]) -> bytes:
    """Return the message that prepares a statement under a name."""
    body = f"{name}\0{statement}\0".encode() + struct.pack(f"!h{len(types)}I", len(types), *types)
    return message(b"P", body)


def bind_and_execute(name: str, rows: Sequence[bytes], columns: int) -> bytes:
    """Return the messages that run a prepared multi-row INSERT with `rows` as `split_copy` gives them."""
    body = b"".join((b"\0", name.encode(), b"\0", _BINARY, struct.pack("!H", len(rows) * columns), *rows, _NO_RESULTS))
    return message(b"B", body) + message(b"E", b"\0" + struct.pack("!i", 0))


def split_copy(data: bytes) -> list[bytes]:
    """Return the rows of a COPY in binary format: their values are laid out as those of a Bind message."""
    assert data.startswith(_SIGNATURE)
    rows, at = [], _HEADER_LENGTH
    while (fields := struct.unpack_from("!h", data, at)[0]) >= 0:
        start = at = at + 2
        for _ in range(fields):
            at += 4 + max(0, struct.unpack_from("!i", data, at)[0])
        rows.append(data[start:at])
    return rows
