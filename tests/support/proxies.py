"""The reverse proxies of docs/howto/behind-a-proxy.md, run as it says, with a certificate of our own."""

import asyncio
import re
import shutil
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.server_process import free_port

PAGE: Final = Path(__file__).parents[2] / "docs" / "howto" / "behind-a-proxy.md"
HOST: Final = "127.0.0.1"

_NGINX: Final = """\
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes 1;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{server}
}}
"""
_CADDY: Final = """\
{{
    admin off
    auto_https off
    storage file_system {folder}/caddy
}}
{site}
"""


def snippet(language: str) -> str:
    """The block of the page that is written in a language."""
    [found] = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert isinstance(found, str)
    return found


@asynccontextmanager
async def nginx(folder: Path, *, upstream: int) -> AsyncIterator[str]:
    """Run nginx as the page says in front of a port, and lend its address."""
    port, (certificate, key) = free_port(), _certificate(folder)
    server = snippet("nginx").replace("127.0.0.1:8000", f"127.0.0.1:{upstream}")
    server = server.replace("listen 443 ssl;", f"listen {HOST}:{port} ssl;")
    server = re.sub(r"# ssl_certificate .*", f"ssl_certificate {certificate}; ssl_certificate_key {key};", server)
    assert f":{upstream}" in server
    path = folder / "nginx.conf"
    path.write_text(_NGINX.format(folder=folder, server=server))
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    async with _running(program, "-c", str(path), "-p", str(folder), port=port):
        yield f"https://{HOST}:{port}"


@asynccontextmanager
async def caddy(folder: Path, *, upstream: int) -> AsyncIterator[str]:
    """Run Caddy as the page says in front of a port, and lend its address."""
    port, (certificate, key) = free_port(), _certificate(folder)
    site = snippet("caddy").replace("127.0.0.1:8000", f"127.0.0.1:{upstream}")
    site = site.replace("gifts.example.com {", f"https://{HOST}:{port} {{\n    tls {certificate} {key}")
    assert f":{upstream}" in site
    path = folder / "Caddyfile"
    path.write_text(_CADDY.format(folder=folder, site=site))
    async with _running("caddy", "run", "--config", str(path), "--adapter", "caddyfile", port=port):
        yield f"https://{HOST}:{port}"


def is_installed(program: str) -> bool:
    """Whether a proxy is there to be run."""
    return shutil.which(program) is not None or Path("/usr/sbin", program).exists()


@asynccontextmanager
async def _running(*command: str, port: int) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    try:
        await _until_it_listens(port, process)
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _until_it_listens(port: int, process: asyncio.subprocess.Process) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    async with asyncio.timeout(240):
        while process.returncode is None:
            try:
                _, writer = await asyncio.open_connection(HOST, port, ssl=context)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return
    assert process.stderr is not None
    raise RuntimeError((await process.stderr.read()).decode())


def _certificate(folder: Path) -> tuple[Path, Path]:
    """Write a certificate for this machine, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths
