"""Start the independent receiver, and ask it what it received."""

import base64
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]


class Post(NamedTuple):
    """Hold one post as the receiver saw it."""

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
        request = urllib.request.Request(self.url("secret"), data=secret.encode(), method="PUT")
        urllib.request.urlopen(request, timeout=5).close()

    def posts(self) -> list[Post]:
        """Return everything it received, in order."""
        with urllib.request.urlopen(self.url("posts"), timeout=5) as answer:
            rows = json.load(answer)
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
