"""An independent receiver of order posts: the standard library parses, standardwebhooks verifies, and it can misbehave.

    python -m tests.support.receiver_process

prints its port. The first part of a path says how it behaves (`/ok/…`, `/hang`, `/reset`, `/redirect`, `/drip`, `/big`,
`/gone`, `/busy`, `/fail`), or the query of `/says` does: `status`, `wait` in seconds, `retry` as Retry-After, `date`
for a date so many seconds ahead, `abort`, `echo` for the body sent back. PUT /secret sets what signatures are verified
with, and GET /posts tells what was received.
"""

import base64
import json
import socket
import struct
import sys
import threading
import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

from standardwebhooks import Webhook, WebhookVerificationError

SECRETS: list[str] = []
POSTS: list[dict[str, object]] = []
LOCK = threading.Lock()


def verified(body: bytes, headers: dict[str, str]) -> list[bool]:
    """Return for each secret whether it verifies."""
    found = []
    for secret in SECRETS:
        try:
            Webhook(secret).verify(body, headers, json_parse=False)
            found.append(True)
        except WebhookVerificationError:
            found.append(False)
    return found


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        with LOCK:
            self._answer(200, json.dumps(POSTS).encode())

    def do_PUT(self) -> None:
        with LOCK:
            SECRETS.append(self._body().decode())
        self._answer(200)

    def do_POST(self) -> None:
        body = self._body()
        headers = {name.lower(): value for name, value in self.headers.items()}
        with LOCK:
            POSTS.append(
                {
                    "path": self.path,
                    "headers": headers,
                    "body": base64.b64encode(body).decode(),
                    "fields": parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=False)
                    if "form" in headers["content-type"]
                    else None,
                    "verified": verified(body, headers),
                    "peer": self.client_address[1],
                }
            )
        getattr(self, "on_" + self.path.partition("?")[0].split("/")[1])()

    def on_ok(self) -> None:
        self._answer(200, b"thank you")

    def on_hang(self) -> None:
        time.sleep(3600)

    def on_reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def on_redirect(self) -> None:
        self.send_response(302)
        self.send_header("Location", "/ok")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def on_drip(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for _ in range(600):
            self.wfile.write(b"X-Slow: very\r\n")
            time.sleep(0.1)

    def on_big(self) -> None:
        self._answer(200, b"x" * 5_000_000)

    def on_gone(self) -> None:
        self._answer(410)

    def on_busy(self) -> None:
        self._answer(503, retry_after="1200")

    def on_fail(self) -> None:
        self._answer(500, b"no")

    def on_says(self) -> None:
        asked = dict(parse_qsl(self.path.partition("?")[2]))
        time.sleep(float(asked.get("wait", "0")))
        self.send_response(int(asked.get("status", "200")))
        if "retry" in asked:
            self.send_header("Retry-After", asked["retry"])
        if "date" in asked:
            self.send_header("Retry-After", formatdate(time.time() + float(asked["date"]), usegmt=True))
        if "abort" in asked:
            self.send_header("webhook-delivery", "abort-message")
        with LOCK:
            body = base64.b64decode(str(POSTS[-1]["body"])) if "echo" in asked else b""
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers["Content-Length"]))

    def _answer(self, status: int, body: bytes = b"", retry_after: str | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if retry_after:
            self.send_header("Retry-After", retry_after)
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            self.close_connection = True


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    # Whoever started this closes our stdin by going away.
    sys.stdin.read()
