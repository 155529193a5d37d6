"""What the operator decides, read once from the environment and checked before anything starts."""

import ipaddress
import os
import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from largesse.kernel import free_text
from largesse.kernel.domain_names import NotADomain, host_to_ascii, to_ascii
from largesse.kernel.errors import FieldError, InvalidInput
from largesse.kernel.mail import NotAMailbox, read_mailbox

_HOST_NAME = re.compile(r"^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_-]{1,63})*\.?$")
_SECRET = re.compile(r"[A-Za-z0-9_+/=-]{12,255}")
_ACCOUNT = re.compile(r"acct_[A-Za-z0-9]{6,64}")
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?")
_SECRET_SETTINGS = ("stripe_secret_key", "stripe_webhook_secrets", "metrics_token")
_PASSWORD = re.compile(r"(?<=://)([^/@:]*):[^/@]*@")

DEFAULT_MAIL_FROM = "Largesse <largesse@localhost>"


class Environment(StrEnum):
    """What this installation is for: real money, building Largesse, or showing it."""

    PRODUCTION = "production"
    DEVELOPMENT = "development"
    DEMO = "demo"


class LogLevel(StrEnum):
    """How much is written to the log."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class SettingsInvalid(InvalidInput):
    """Name every environment variable whose value cannot be used."""

    code = "settings.invalid"

    def __init__(self, fields: list[FieldError]) -> None:
        lines = "\n".join(f"  {field.field}: {field.message}" for field in fields)
        super().__init__(f"Some settings cannot be used. Correct them and start again:\n{lines}", fields=fields)


class Way(StrEnum):
    """Whether something is offered."""

    YES = "yes"
    NO = "no"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one process. `database_url` is None when the embedded PostgreSQL is to run.

    `port` 0 lets `largesse serve` choose a free one. `allow_endpoints` names hosts and networks that order posts may
    reach although they are not public. Pool sizes are sessions per process; `prepared_statements` is False behind
    poolers that do not follow them. `expiring_days` before its last good day a
    certificate is told of; 0 never. With a Stripe key come all the secrets that Stripe's callbacks may be signed with;
    `pay_by_hand` offers buyers to pay at the counter or by transfer. A body must be whole within `body_s` seconds,
    and come at `body_rate_min` bytes a second; a web process holds `connections_max` connections, and
    `connections_per_address` of one address.
    `trusted_proxies` are networks of reverse proxies
    whose word on the client counts, None where the operator says nothing.
    `metrics_token` opens `/metrics`, which nobody may see without.
    """

    home: Path
    host: str
    port: int
    database_url: str | None
    base_url: str
    environment: Environment
    web_workers: int
    log_level: LogLevel
    smtp_url: str | None
    mail_from: str
    allow_endpoints: tuple[str, ...]
    pool_size_min: int
    pool_size_max: int
    expiring_days: int
    keep_bodies_days: int = 90
    keep_events_days: int = 400
    stripe_secret_key: str | None = None
    stripe_webhook_secrets: tuple[str, ...] = ()
    stripe_account: str | None = None
    stripe_api_base: str | None = None
    stripe_page_origins: tuple[str, ...] = ()
    pay_by_hand: bool = True
    prepared_statements: bool = True
    body_s: int = 60
    body_rate_min: int = 1024
    connections_max: int = 4096
    connections_per_address: int = 256
    trusted_proxies: tuple[str, ...] | None = None
    metrics_token: str | None = None

    def __repr__(self) -> str:
        shown = {name: _masked(getattr(self, name)) for name in self.__struct_fields__}
        shown |= {name: "…" for name in _SECRET_SETTINGS if shown[name]}
        values = (f"{name}={value!r}" for name, value in shown.items())
        return f"Settings({', '.join(values)})"

    @property
    def is_demo(self) -> bool:
        """Return whether demo data and the test gateway may stand here."""
        return self.environment is Environment.DEMO


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings, with their defaults for what is not set.

    Raises:
        SettingsInvalid: naming every variable that is wrong, never only the first.
    """
    reader = _Reader(environ)
    host = reader.text("LARGESSE_HOST", default="127.0.0.1")
    port = reader.integer("PORT", default=8000, least=0, most=65535)
    settings = Settings(
        home=Path(reader.text("LARGESSE_HOME", default="./var")).expanduser().absolute(),
        host=host,
        port=port,
        database_url=reader.url("LARGESSE_DATABASE_URL", schemes=("postgresql", "postgres")),
        base_url=(reader.url("LARGESSE_BASE_URL", schemes=("https", "http")) or base_url_of(host, port)).rstrip("/"),
        environment=Environment(reader.choice("LARGESSE_ENV", Environment, default="production")),
        web_workers=reader.integer("LARGESSE_WEB_WORKERS", default=1, least=1, most=64),
        log_level=LogLevel(reader.choice("LARGESSE_LOG_LEVEL", LogLevel, default="info")),
        smtp_url=reader.url("LARGESSE_SMTP_URL", schemes=("smtp", "smtps", "smtp+starttls")),
        mail_from=reader.mailbox("LARGESSE_MAIL_FROM", default=DEFAULT_MAIL_FROM),
        allow_endpoints=reader.hosts("LARGESSE_ALLOW_ENDPOINTS"),
        pool_size_min=reader.integer("LARGESSE_POOL_MIN", default=2, least=1, most=500),
        pool_size_max=reader.integer("LARGESSE_POOL_MAX", default=16, least=2, most=500),
        expiring_days=reader.integer("LARGESSE_EXPIRING_DAYS", default=30, least=0, most=730),
        keep_bodies_days=reader.integer("LARGESSE_KEEP_BODIES_DAYS", default=90, least=0, most=36_500),
        keep_events_days=reader.integer("LARGESSE_KEEP_EVENTS_DAYS", default=400, least=0, most=36_500),
        stripe_secret_key=reader.secret("LARGESSE_STRIPE_SECRET_KEY"),
        stripe_webhook_secrets=reader.secrets("LARGESSE_STRIPE_WEBHOOK_SECRET"),
        stripe_account=reader.shaped(
            "LARGESSE_STRIPE_ACCOUNT", _ACCOUNT, "must be an account's id such as acct_1AbCdEfGhIjKlMnO"
        ),
        stripe_api_base=reader.url("LARGESSE_STRIPE_API_BASE", schemes=("https", "http")),
        stripe_page_origins=reader.origins("LARGESSE_STRIPE_PAGE_ORIGINS"),
        pay_by_hand=reader.choice("LARGESSE_PAY_BY_HAND", Way, default=Way.YES) == Way.YES,
        prepared_statements=reader.choice("LARGESSE_PREPARED_STATEMENTS", Way, default=Way.YES) == Way.YES,
        body_s=reader.integer("LARGESSE_BODY_SECONDS", default=60, least=1, most=3600),
        body_rate_min=reader.integer("LARGESSE_BODY_RATE_MIN", default=1024, least=0, most=1_000_000),
        connections_max=reader.integer("LARGESSE_CONNECTIONS_MAX", default=4096, least=16, most=100_000),
        connections_per_address=reader.integer("LARGESSE_CONNECTIONS_PER_ADDRESS", default=256, least=1, most=100_000),
        trusted_proxies=reader.networks("LARGESSE_TRUSTED_PROXIES"),
        metrics_token=reader.secret("LARGESSE_METRICS_TOKEN"),
    )
    if (settings.stripe_secret_key is None) != (not settings.stripe_webhook_secrets):
        missing = "LARGESSE_STRIPE_WEBHOOK_SECRET" if settings.stripe_secret_key else "LARGESSE_STRIPE_SECRET_KEY"
        reader.refuse(missing, "is missing: Stripe's key and the signing secret of its callbacks come together")
    if settings.environment is Environment.PRODUCTION and not _is_private(settings.base_url):
        message = "must begin with https:// where certificates are sold for real; http:// is for this machine alone"
        reader.refuse("LARGESSE_BASE_URL", message, why="not_https")
    if settings.pool_size_min > settings.pool_size_max:
        reader.refuse("LARGESSE_POOL_MIN", "is greater than LARGESSE_POOL_MAX; make it smaller")
    if reader.wrong:
        raise SettingsInvalid(reader.wrong)
    return settings


def base_url_of(host: str, port: int) -> str:
    """Return how a browser on this machine reaches a server that listens on `host` and `port`."""
    return f"http://{reachable(host)}:{port}"


def reachable(host: str) -> str:
    """Return an address by which this machine reaches a listener on `host`, in brackets where a URL needs them."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"[{host}]" if ":" in host else host


class _Reader:
    """Read variables one by one, and remember what is wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.wrong: list[FieldError] = []

    def refuse(self, name: str, message: str, *, why: str = "invalid") -> None:
        code = name.removeprefix("LARGESSE_").lower()
        self.wrong.append(FieldError(field=name, code=f"settings.{code}.{why}", message=message))

    def text(self, name: str, *, default: str) -> str:
        value = self._environ.get(name, "").strip() or default
        if free_text.holds_unseen(value):
            self.refuse(name, "holds a control character; write it anew")
            return default
        return value

    def integer(self, name: str, *, default: int, least: int, most: int) -> int:
        text = self._environ.get(name, "").strip()
        if not text:
            return default
        if re.fullmatch(r"[0-9]{1,9}", text) and least <= int(text) <= most:
            return int(text)
        self.refuse(name, f"must be a whole number from {least} to {most}, and is {text[:40]!r}")
        return default

    def choice(self, name: str, choices: type[StrEnum], *, default: str) -> str:
        value = self.text(name, default=default).lower()
        if value in set(choices):
            return value
        self.refuse(name, f"must be one of {', '.join(choices)}, and is {value[:40]!r}")
        return default

    def url(self, name: str, *, schemes: tuple[str, ...]) -> str | None:
        value = self.text(name, default="")
        if not value:
            return None
        try:
            scheme = urlsplit(value).scheme
            if scheme in schemes and value.lower().startswith(f"{scheme}://"):
                return host_to_ascii(scheme + value[len(scheme) :])
        except ValueError:
            pass
        # The value may hold a password, so it is not repeated.
        self.refuse(name, f"must be an address that begins with {' or '.join(f'{s}://' for s in schemes)}")
        return None

    def mailbox(self, name: str, *, default: str) -> str:
        """Return a name and address as they are sent; every mail holds them, so every server must carry them."""
        try:
            found = read_mailbox(self.text(name, default=default))
        except NotAMailbox:
            self.refuse(name, "must be one address, such as Gifts <gifts@example.com>")
            return default
        if not found.is_ascii:
            self.refuse(name, "has letters before the @ that many mail servers cannot carry; use unaccented ones")
            return default
        return str(found)

    def secret(self, name: str) -> str | None:
        value = self._environ.get(name, "").strip()
        if not value:
            return None
        if _SECRET.fullmatch(value):
            return value
        # Never repeated, whatever it is.
        self.refuse(name, "is not a key: it has letters, digits and underscores only, and at least 12 of them")
        return None

    def shaped(self, name: str, pattern: re.Pattern[str], message: str) -> str | None:
        value = self.text(name, default="")
        if not value or pattern.fullmatch(value):
            return value or None
        self.refuse(name, message)
        return None

    def secrets(self, name: str) -> tuple[str, ...]:
        values = tuple(value.strip() for value in self._environ.get(name, "").split(",") if value.strip())
        if all(map(_SECRET.fullmatch, values)):
            return values
        self.refuse(name, "must list signing secrets with commas between them, such as whsec_… of Stripe's dashboard")
        return ()

    def origins(self, name: str) -> tuple[str, ...]:
        parts = tuple(part.strip() for part in self.text(name, default="").split(",") if part.strip())
        for part in parts:
            if not _ORIGIN.fullmatch(part):
                self.refuse(name, f"must list origins such as https://pay.example.com, not {part[:40]!r}")
        return parts

    def networks(self, name: str) -> tuple[str, ...] | None:
        """Return the networks of a list, none of them for `none`; None where nothing is set."""
        parts = tuple(part.strip() for part in self.text(name, default="").split(",") if part.strip())
        if not parts:
            return None
        if parts == ("none",):
            return ()
        for part in parts:
            if not _is_network(part):
                self.refuse(name, f"must list networks such as 10.0.0.0/8, or be `none`, and has {part[:40]!r}")
        return parts

    def hosts(self, name: str) -> tuple[str, ...]:
        parts = tuple(part.strip() for part in self.text(name, default="").split(",") if part.strip())
        return tuple(filter(None, (self._host(name, part) for part in parts)))

    def _host(self, name: str, part: str) -> str:
        try:
            host = part if _is_network(part) else to_ascii(part)
        except NotADomain:
            host = ""
        if not host or not (_is_network(host) or _HOST_NAME.match(host)):
            self.refuse(name, f"must list host names or networks such as 127.0.0.0/8, not {part[:40]!r}")
        return host


def _is_private(base_url: str) -> bool:
    """Return whether nobody can read what goes to an address: it has TLS, or never leaves this machine."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if parts.scheme == "https" or host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _masked(value: object) -> object:
    return _PASSWORD.sub(r"\1:…@", value) if isinstance(value, str) else value
