"""What the operator decides, read once from the environment and checked before anything starts."""

import ipaddress
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final, get_args, get_type_hints
from urllib.parse import urlsplit

import msgspec

from largesse.kernel import free_text
from largesse.kernel.domain_names import NotADomain, host_to_ascii, to_ascii
from largesse.kernel.errors import FieldError, InvalidInput
from largesse.kernel.mail import NotAMailbox, read_mailbox

_HOST_NAME: Final = re.compile(r"^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_-]{1,63})*\.?$")
_KEY: Final = re.compile(r"[A-Za-z0-9_+/=-]{12,255}")
_ORIGIN: Final = re.compile(r"https?://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?")
_SECRET_SETTINGS: Final = ("stripe_secret_key", "stripe_webhook_secrets", "metrics_token")
_PASSWORD: Final = re.compile(r"(?<=://)([^/@:]*):[^/@]*@")

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


class VariableRefused(Exception):
    """What is wrong with the text of a variable, in words that repeat no secret."""


class Variable(msgspec.Struct, frozen=True):
    """The environment variable that a setting is read from; `read` raises `VariableRefused`."""

    name: str
    read: Callable[[str], object] = str


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if re.fullmatch(r"[0-9]{1,9}", text) and least <= int(text) <= most:
            return int(text)
        raise VariableRefused(f"must be a whole number from {least} to {most}, and is {text[:40]!r}")

    return read


def _one_of(choices: Mapping[str, object]) -> Callable[[str], object]:
    def read(text: str) -> object:
        if text.lower() in choices:
            return choices[text.lower()]
        raise VariableRefused(f"must be one of {', '.join(choices)}, and is {text[:40]!r}")

    return read


def _url(*schemes: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        with suppress(ValueError):
            scheme = urlsplit(text).scheme
            if scheme in schemes and text.lower().startswith(f"{scheme}://"):
                return host_to_ascii(scheme + text[len(scheme) :])
        # The text may hold a password, so it is not repeated.
        raise VariableRefused(f"must be an address that begins with {' or '.join(f'{one}://' for one in schemes)}")

    return read


def _shaped(pattern: re.Pattern[str], otherwise: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if pattern.fullmatch(text):
            return text
        raise VariableRefused(otherwise)

    return read


def _listed(kept: Callable[[str], str | None], otherwise: str) -> Callable[[str], tuple[str, ...]]:
    """Return a reader of what stands between commas; `{}` in `otherwise` is what of it is not `kept`."""

    def read(text: str) -> tuple[str, ...]:
        parts = [part.strip() for part in text.split(",") if part.strip()]
        if wrong := [repr(part[:40]) for part in parts if not kept(part)]:
            raise VariableRefused(otherwise.format(", ".join(wrong)))
        return tuple(filter(None, map(kept, parts)))

    return read


def _domain(text: str) -> str:
    host = _host(text)
    if host is None or _network(host):
        raise VariableRefused("must be a domain name such as gifts.example.com, without http:// and without a port")
    return host.lower()


def _mailbox(text: str) -> str:
    try:
        found = read_mailbox(text)
    except NotAMailbox:
        raise VariableRefused("must be one address, such as Gifts <gifts@example.com>") from None
    if not found.is_ascii:  # every mail holds it, so every server must carry it
        raise VariableRefused("has letters before the @ that many mail servers cannot carry; use unaccented ones")
    return str(found)


def _host(text: str) -> str | None:
    with suppress(NotADomain):
        host = _network(text) or to_ascii(text)
        return host if _network(host) or _HOST_NAME.match(host) else None
    return None


def _network(text: str) -> str | None:
    with suppress(ValueError):
        ipaddress.ip_network(text, strict=False)
        return text
    return None


def _proxies(text: str) -> tuple[str, ...] | None:
    read = _listed(_network, "must list networks such as 10.0.0.0/8, or be `none`, and has {}")
    return () if text == "none" else read(text) or None


def _folder(text: str) -> Path:
    return Path(text).expanduser().absolute()


_key = _shaped(_KEY, "is not a key: it has letters, digits and underscores only, and at least 12 of them")
_keys = _listed(
    lambda part: part if _KEY.fullmatch(part) else None,
    "must list signing secrets with commas between them, such as whsec_… of Stripe's dashboard",
)
_account = _shaped(re.compile(r"acct_[A-Za-z0-9]{6,64}"), "must be an account's id such as acct_1AbCdEfGhIjKlMnO")
_origins = _listed(
    lambda part: part if _ORIGIN.fullmatch(part) else None, "must list origins such as https://pay.example.com, not {}"
)
_hosts = _listed(_host, "must list host names or networks such as 127.0.0.0/8, not {}")
_yes_or_no = _one_of({"yes": True, "no": False})
_environment = _one_of({one.value: one for one in Environment})
_log_level = _one_of({one.value: one for one in LogLevel})


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one process, each with the environment variable that it is read from.

    Without `database_url`, the embedded PostgreSQL runs; `migrate_url` is the server's own address, where the other is
    a pooler's. `port` 0 lets `largesse serve` choose a free one. Order posts may reach `allow_endpoints` although they
    are not public. Pool sizes are sessions per process. `one_merchant_batches` is for a database whose merchants are
    distributed. `trusted_proxies` is None where the operator says nothing.
    Nobody sees `/metrics` without `metrics_token`. `time_limits` is how many times as long as written every limit of
    waiting is, on a slow machine.
    """

    home: Annotated[Path, Variable("LARGESSE_HOME", _folder)] = msgspec.field(default_factory=partial(_folder, "./var"))
    host: Annotated[str, Variable("LARGESSE_HOST")] = "127.0.0.1"
    port: Annotated[int, Variable("PORT", _whole(0, 65535))] = 8000
    database_url: Annotated[str | None, Variable("LARGESSE_DATABASE_URL", _url("postgresql", "postgres"))] = None
    migrate_url: Annotated[str | None, Variable("LARGESSE_MIGRATE_URL", _url("postgresql", "postgres"))] = None
    base_url: Annotated[str, Variable("LARGESSE_BASE_URL", _url("https", "http"))] = ""
    rp_id: Annotated[str | None, Variable("LARGESSE_RP_ID", _domain)] = None
    environment: Annotated[Environment, Variable("LARGESSE_ENV", _environment)] = Environment.PRODUCTION
    web_workers: Annotated[int, Variable("LARGESSE_WEB_WORKERS", _whole(1, 64))] = 1
    log_level: Annotated[LogLevel, Variable("LARGESSE_LOG_LEVEL", _log_level)] = LogLevel.INFO
    smtp_url: Annotated[str | None, Variable("LARGESSE_SMTP_URL", _url("smtp", "smtps", "smtp+starttls"))] = None
    mail_from: Annotated[str, Variable("LARGESSE_MAIL_FROM", _mailbox)] = DEFAULT_MAIL_FROM
    allow_endpoints: Annotated[tuple[str, ...], Variable("LARGESSE_ALLOW_ENDPOINTS", _hosts)] = ()
    pool_size_min: Annotated[int, Variable("LARGESSE_POOL_MIN", _whole(1, 500))] = 2
    pool_size_max: Annotated[int, Variable("LARGESSE_POOL_MAX", _whole(2, 500))] = 16
    expiring_days: Annotated[int, Variable("LARGESSE_EXPIRING_DAYS", _whole(0, 730))] = 30
    keep_bodies_days: Annotated[int, Variable("LARGESSE_KEEP_BODIES_DAYS", _whole(0, 36_500))] = 90
    keep_events_days: Annotated[int, Variable("LARGESSE_KEEP_EVENTS_DAYS", _whole(0, 36_500))] = 400
    stripe_secret_key: Annotated[str | None, Variable("LARGESSE_STRIPE_SECRET_KEY", _key)] = None
    stripe_webhook_secrets: Annotated[tuple[str, ...], Variable("LARGESSE_STRIPE_WEBHOOK_SECRET", _keys)] = ()
    stripe_account: Annotated[str | None, Variable("LARGESSE_STRIPE_ACCOUNT", _account)] = None
    stripe_api_base: Annotated[str | None, Variable("LARGESSE_STRIPE_API_BASE", _url("https", "http"))] = None
    stripe_page_origins: Annotated[tuple[str, ...], Variable("LARGESSE_STRIPE_PAGE_ORIGINS", _origins)] = ()
    stripe_shared: Annotated[bool, Variable("LARGESSE_STRIPE_SHARED", _yes_or_no)] = False
    pay_by_hand: Annotated[bool, Variable("LARGESSE_PAY_BY_HAND", _yes_or_no)] = True
    lists_shops: Annotated[bool, Variable("LARGESSE_LIST_SHOPS", _yes_or_no)] = True
    prepared_statements: Annotated[bool, Variable("LARGESSE_PREPARED_STATEMENTS", _yes_or_no)] = True
    one_merchant_batches: Annotated[bool, Variable("LARGESSE_ONE_MERCHANT_BATCHES", _yes_or_no)] = False
    body_s: Annotated[int, Variable("LARGESSE_BODY_SECONDS", _whole(1, 3600))] = 60
    api_reads_per_s: Annotated[int, Variable("LARGESSE_API_READS_PER_SECOND", _whole(1, 1_000_000))] = 100
    api_writes_per_s: Annotated[int, Variable("LARGESSE_API_WRITES_PER_SECOND", _whole(1, 1_000_000))] = 100
    body_rate_min: Annotated[int, Variable("LARGESSE_BODY_RATE_MIN", _whole(0, 1_000_000))] = 1024
    connections_max: Annotated[int, Variable("LARGESSE_CONNECTIONS_MAX", _whole(16, 100_000))] = 4096
    connections_per_address: Annotated[int, Variable("LARGESSE_CONNECTIONS_PER_ADDRESS", _whole(1, 100_000))] = 256
    trusted_proxies: Annotated[tuple[str, ...] | None, Variable("LARGESSE_TRUSTED_PROXIES", _proxies)] = None
    demo_outside: Annotated[bool, Variable("LARGESSE_DEMO_OUTSIDE", _yes_or_no)] = False
    demo_month: Annotated[bool, Variable("LARGESSE_DEMO_MONTH", _yes_or_no)] = True
    metrics_token: Annotated[str | None, Variable("LARGESSE_METRICS_TOKEN", _key)] = None
    time_limits: Annotated[int, Variable("LARGESSE_TIME_LIMITS", _whole(1, 100))] = 1

    def __repr__(self) -> str:
        shown = {name: _masked(getattr(self, name)) for name in self.__struct_fields__}
        shown |= {name: "…" for name in _SECRET_SETTINGS if shown[name]}
        values = (f"{name}={value!r}" for name, value in shown.items())
        return f"Settings({', '.join(values)})"

    @property
    def is_demo(self) -> bool:
        """Return whether demo data and the test gateway may stand here."""
        return self.environment is Environment.DEMO


_VARIABLES: Final[dict[str, Variable]] = {
    field: next(one for one in get_args(hint) if isinstance(one, Variable))
    for field, hint in get_type_hints(Settings, include_extras=True).items()
}


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings, with their defaults for what is not set.

    Raises:
        SettingsInvalid: naming every variable that is wrong, never only the first.
    """
    given: dict[str, Any] = {}
    wrong: list[FieldError] = []
    for field, variable in _VARIABLES.items():
        text = environ.get(variable.name, "").strip()
        try:
            if free_text.holds_unseen(text):
                raise VariableRefused("holds a control character; write it anew")
            if text:
                given[field] = variable.read(text)
        except VariableRefused as refused:
            wrong.append(_fault(variable.name, str(refused)))
    settings = Settings(**given)
    base_url = (settings.base_url or base_url_of(settings.host, settings.port)).rstrip("/")
    settings = msgspec.structs.replace(settings, base_url=base_url)
    wrong += _contradictions(settings)
    if wrong:
        raise SettingsInvalid(wrong)
    return settings


def _contradictions(settings: Settings) -> Iterator[FieldError]:
    if settings.migrate_url and not settings.database_url:
        message = "is another address of the database that LARGESSE_DATABASE_URL names; set both, or neither"
        yield _fault("LARGESSE_MIGRATE_URL", message)
    if (settings.stripe_secret_key is None) != (not settings.stripe_webhook_secrets):
        missing = "LARGESSE_STRIPE_WEBHOOK_SECRET" if settings.stripe_secret_key else "LARGESSE_STRIPE_SECRET_KEY"
        yield _fault(missing, "is missing: Stripe's key and the signing secret of its callbacks come together")
    if settings.environment is Environment.PRODUCTION and not _is_private(settings.base_url):
        message = "must begin with https:// where certificates are sold for real; http:// is for this machine alone"
        yield _fault("LARGESSE_BASE_URL", message, why="not_https")
    if settings.is_demo and not settings.demo_outside and not _is_this_machine(settings.host):
        message = "is not this machine alone, and whoever reaches a demo may use it; `--outside` allows that"
        yield _fault("LARGESSE_HOST", message, why="demo_outside")
    if settings.pool_size_min > settings.pool_size_max:
        yield _fault("LARGESSE_POOL_MIN", "is greater than LARGESSE_POOL_MAX; make it smaller")


def _fault(name: str, message: str, *, why: str = "invalid") -> FieldError:
    return FieldError(field=name, code=f"settings.{name.removeprefix('LARGESSE_').lower()}.{why}", message=message)


def base_url_of(host: str, port: int) -> str:
    """Return how a browser on this machine reaches a server that listens on `host` and `port`."""
    return f"http://{reachable(host)}:{port}"


def reachable(host: str) -> str:
    """Return an address by which this machine reaches a listener on `host`, in brackets where a URL needs them."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"[{host}]" if ":" in host else host


def _is_private(base_url: str) -> bool:
    """Return whether nobody can read what goes to an address: it has TLS, or never leaves this machine."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    return parts.scheme == "https" or _is_this_machine(host)


def _is_this_machine(host: str) -> bool:
    """Return whether only this machine reaches a host."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _masked(value: object) -> object:
    return _PASSWORD.sub(r"\1:…@", value) if isinstance(value, str) else value
