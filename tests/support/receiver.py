"""Start the independent receiver, and ask it what it received."""

import base64
import http.client
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]


class Post(NamedTuple):
    """One post as the receiver saw it."""

    path: str
    headers: dict[str, str]
    body: bytes
    fields: list[tuple[str, str]] | None
    verified: list[bool]
    peer: int


class Receiver:
    """Speak with a receiver process."""

    def __init__(self, port: int) -> None:
        self.port = port

    def url(self, path: str) -> str:
        """Return where to post; the first part of `path` says how the receiver behaves."""
        return f"http://127.0.0.1:{self.port}/{path}"

    def trust(self, secret: str) -> None:
        """Let it verify signatures with one more secret."""
        self._ask("PUT", "/secret", secret.encode())

    def posts(self) -> list[Post]:
        """Return everything it received, in order."""
        rows = json.loads(self._ask("GET", "/posts"))
        return [
            Post(
                path=row["path"],
                headers=row["headers"],
                body=base64.b64decode(row["body"]),
                fields=None if row["fields"] is None else [(name, value) for name, value in row["fields"]],
                verified=row["verified"],
                peer=row["peer"],
            )
            for row in rows
        ]

    def _ask(self, method: str, path: str, body: bytes | None = None) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body)
            return connection.getresponse().read()
        finally:
            connection.close()


@contextmanager
def receiver_process() -> Iterator[Receiver]:
    """Run a receiver in a process of its own."""
    command = [sys.executable, "-m", "tests.support.receiver_process"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield Receiver(int(process.stdout.readline()))
        finally:
            process.kill()
