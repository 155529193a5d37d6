"""`largesse receiver`: a small receiver for trying the order post on one's own machine. It keeps nothing."""

from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl

import click
from standardwebhooks import Webhook, WebhookVerificationError
from standardwebhooks.webhooks import EmptyWebhookSecretError

from largesse.kernel import free_text

BODY_BYTES_MAX = 1024 * 1024
TIMEOUT_S = 10.0
_SHOWN = ("webhook-id", "webhook-timestamp", "content-type", "largesse-sample")


def make_server(port: int, *, webhook: Webhook | None) -> ThreadingHTTPServer:
    """Listen on a port of loopback, 0 for a free one, and check signatures where a secret is known.

    Raises:
        OSError: the port cannot be listened on.
    """
    server = ThreadingHTTPServer(("127.0.0.1", port), partial(_Handler, webhook))
    server.daemon_threads = True
    return server


class _Handler(BaseHTTPRequestHandler):
    """Print each post: its fields or its JSON, and whether the signature is valid."""

    timeout: ClassVar[float | None] = TIMEOUT_S
    protocol_version = "HTTP/1.1"

    def __init__(self, webhook: Webhook | None, *given: Any) -> None:
        self._webhook = webhook
        super().__init__(*given)

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > BODY_BYTES_MAX:
            self._answer(413, b"Send at most 1 MiB, with a Content-Length.\n")
            self.close_connection = True
            return
        body = self.rfile.read(int(length))
        headers = {name.lower(): value for name, value in self.headers.items()}
        click.echo("\n".join(post_lines(self.path, headers, body, webhook=self._webhook)) + "\n")
        self._answer(200, b"received\n")

    def log_message(self, *_: object) -> None:
        """Print nothing: the post itself is printed."""

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def post_lines(path: str, headers: dict[str, str], body: bytes, *, webhook: Webhook | None) -> list[str]:
    """Return what a post says, line by line; what does not print is shown escaped."""
    lines = [f"POST {path}", f"signature: {_signature(headers, body, webhook)}"]
    lines += [f"{name}: {headers[name]}" for name in _SHOWN if name in headers]
    text = body.decode("utf-8", "replace")
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        lines += [f"  {name:<22} {value}" for name, value in parse_qsl(text, keep_blank_values=True)]
    else:
        lines.append(f"  {text}")
    return [repr(line)[1:-1] if free_text.holds_unseen(line) else line for line in lines]


def _signature(headers: dict[str, str], body: bytes, webhook: Webhook | None) -> str:
    if webhook is None:
        return "not checked (give --secret)"
    try:
        webhook.verify(body, headers, json_parse=False)
    except (WebhookVerificationError, ValueError) as error:
        return f"NOT VALID: {error}"
    return "valid"


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=9000, show_default=True, help="0 takes a free one.")
@click.option("--secret", envvar="LARGESSE_RECEIVER_SECRET", help="The whsec_… of the endpoint, to check signatures.")
def receiver(*, port: int, secret: str | None) -> None:
    """Listen on this machine and print every order post that comes in. For trying things; stop it with Ctrl-C."""
    try:
        webhook = Webhook(secret) if secret else None
    except (ValueError, RuntimeError, EmptyWebhookSecretError):
        raise click.BadParameter("this is not a signing secret; it looks like whsec_…", param_hint="--secret") from None
    try:
        server = make_server(port, webhook=webhook)
    except OSError as error:
        message = f"Port {port} cannot be listened on ({error.strerror}); choose another with --port."
        raise click.ClickException(message) from None
    with server:
        click.echo(f"Listening on http://127.0.0.1:{server.server_address[1]}/ - Ctrl-C stops.")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo("Stopped.")
