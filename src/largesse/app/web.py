"""The web process: granian's workers, each with an application of its own (docs/decisions/0031-web-server.md).

The main process only listens for signals and keeps the number of workers. What can go wrong at its rim is handled
here: a port that another program has, workers that would outlive it, and a server library that logs in its own way.
"""

import asyncio
import os
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext, suppress

import asyncpg
import msgspec
import structlog
from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from litestar import Litestar
from litestar.types import ControllerRouterHandler

from largesse.app import health, logs, metrics, openapi, routes, trouble, wiring
from largesse.app.application import Application
from largesse.app.arrivals import Pace
from largesse.app.connections import Connections, kept_bounded
from largesse.app.front import App, Front
from largesse.app.memory import spare_collector
from largesse.app.metrics import Metrics
from largesse.app.port import PortTaken, claim
from largesse.app.settings import DEFAULT_MAIL_FROM, Settings, from_environment
from largesse.kernel.clock import SystemClock
from largesse.kernel.time_limits import limit, stretch
from largesse.services.staff import passkeys_that_stop_working, rp_id_of
from largesse.ui import Templates
from largesse.web.bearer import OperatorToken
from largesse.web.client import LOOPBACK, BehindProxies, TrustedProxies
from largesse.web.errors import refuse_encoded
from largesse.web.negotiation import PROGRAMS
from largesse.web.request import AnyRequest

BACKLOG = 2048
HEAD_BYTES_MAX = 64 * 1024
HEAD_TIMEOUT_MS = 15_000
BODY_BYTES_MAX = 1024 * 1024
STOP_TIMEOUT_S = 25
PORT_PATIENCE_S = 3.0
ORPHAN_LOOK_S = 0.25
OTHER_FILES = 512

_MAIN_PID = "LARGESSE_WEB_PID"
_log = structlog.get_logger()


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; then finish what was accepted.

    Raises:
        PortTaken: another program listens there.
        LargesseError: the database cannot be reached, or its keys are gone.
    """
    logs.configure(process="web", level=settings.log_level.upper())
    warn_of_proxies(settings)
    guard = hold_port(settings.host, settings.port)
    connections_max = _room_for(settings.connections_max)
    asyncio.run(_look_in(settings))
    metrics.clean(metrics.folder_of(settings.home))
    os.environ[_MAIN_PID] = str(os.getpid())
    server = Granian(
        "largesse.app.web:worker",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEAD_TIMEOUT_MS, max_buffer_size=HEAD_BYTES_MAX),
        websockets=False,
        workers=settings.web_workers,
        backlog=BACKLOG,
        backpressure=connections_max,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_TIMEOUT_S,
        log_access=False,
    )
    logs.take_over_granian()
    _let_new_workers_end()
    with guard:
        server.serve()


def _room_for(connections: int) -> int:
    """Let this process and its workers open as many files as `connections` need; return how many the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < connections + OTHER_FILES:
        soft = connections + OTHER_FILES if hard < 0 else min(connections + OTHER_FILES, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return min(connections, max(soft - OTHER_FILES, soft // 2))


def proxies_of(settings: Settings) -> TrustedProxies:
    """Return whose word on the client of a request counts: on this machine unless the operator says otherwise."""
    return TrustedProxies(LOOPBACK if settings.trusted_proxies is None else settings.trusted_proxies)


def exempt_of(settings: Settings) -> Callable[[str], bool]:
    """Return which peers may hold any number of connections: proxies, where one is named or must stand in front."""
    in_front = settings.trusted_proxies is not None or settings.base_url.startswith("https:")
    return proxies_of(settings if in_front else msgspec.structs.replace(settings, trusted_proxies=())).trusts


def warn_of_proxies(settings: Settings) -> None:
    """Warn the operator of a public installation who named no proxies.

    Behind one that is not trusted, all visitors are one address, and share every bound.
    """
    if settings.trusted_proxies is None and settings.base_url.startswith("https:"):
        _log.warning(
            "trusted_proxies_not_set",
            advice="LARGESSE_TRUSTED_PROXIES names the networks of the proxies in front; 127.0.0.0/8 and ::1 are taken",
        )


async def warn_of_passkeys(application: Application) -> None:
    """Warn the operator of passkeys that were made for another domain, and do not work under this one."""
    try:
        count = await passkeys_that_stop_working(application)
    except asyncpg.UndefinedTableError:  # not migrated yet; the health page says so
        return
    if count:
        _log.warning("passkeys_stop_working", count=count, rp_id=rp_id_of(application))


def _let_new_workers_end() -> None:
    """Have each worker end at a SIGTERM from its first moment, though granian sets a handler of its own only later.

    A worker is forked with the main process's handler, which would only make a note; the worker would then start and
    serve until it is killed after STOP_TIMEOUT_S. Nothing is accepted yet, so it may simply end. The signal is held
    back around the fork, so that it is not lost between the two either.
    """

    def in_worker() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})

    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM}),
        after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM}),
        after_in_child=in_worker,
    )


async def _look_in(settings: Settings) -> None:
    """Find out before any worker starts whether one could: the server would start them again and again."""
    async with wiring.open_store(settings, clock=SystemClock(), patience_s=wiring.START_PATIENCE_S):
        pass


def hold_port(host: str, port: int) -> socket.socket:
    """Make sure that the port is free, and return what keeps other Largesses away from it until it is closed.

    granian listens with SO_REUSEPORT, with which the system would quietly share the port with anyone who does
    likewise. So we first try to take it without; and against another start at this very moment there is a name that
    only one process of this machine can hold.

    Raises:
        PortTaken: another program listens there, and still did after a moment.
        AddressUnusable: the address is not ours to listen on.
    """
    guard = socket.socket(socket.AF_UNIX)
    until = time.monotonic() + limit(PORT_PATIENCE_S)
    while True:
        try:
            claim(host, port)
            with suppress(OSError) if sys.platform != "linux" else nullcontext():  # only Linux has such names
                guard.bind(f"\0largesse-web-{host}-{port}")
        except (PortTaken, OSError) as error:
            if time.monotonic() > until:
                guard.close()
                raise PortTaken(host, port) from error
            time.sleep(0.1)  # workers of a main process that was killed leave within a moment
        else:
            return guard


def worker() -> Front:
    """Make the application of one worker process. granian calls this in each of them."""
    settings = from_environment()
    stretch(settings.time_limits)
    logs.configure(process="web", level=settings.log_level.upper())
    logs.take_over_granian()
    _leave_with_main()

    @asynccontextmanager
    async def open_app() -> AsyncIterator[tuple[App, Metrics]]:
        numbers = Metrics(process="web", folder=metrics.folder_of(settings.home))
        async with wiring.open_application(
            settings, metrics=numbers, patience_s=wiring.START_PATIENCE_S
        ) as application:
            await warn_of_passkeys(application)
            app = build_app(
                application,
                numbers,
                demo=settings.is_demo,
                operator=OperatorToken(settings.metrics_token),
                mail_from=settings.mail_from,
                api_rates=(settings.api_reads_per_s, settings.api_writes_per_s),
                lists_shops=settings.lists_shops,
            )
            connections = Connections(settings.port, most=settings.connections_per_address, exempt=exempt_of(settings))
            async with app.lifespan(), kept_bounded(connections):
                spare_collector()
                yield BehindProxies(app, proxies_of(settings)), numbers

    pace = Pace.of(
        whole_s=settings.body_s,
        rate_min=settings.body_rate_min,
        slow_max=max(1, settings.connections_per_address // 4),
        slow_total_max=max(1, settings.connections_max // 2),
    )
    return Front(open_app, pace=pace)


def build_app(
    application: Application,
    numbers: Metrics,
    *,
    demo: bool = False,
    operator: OperatorToken | None = None,
    mail_from: str = DEFAULT_MAIL_FROM,
    api_rates: tuple[int, int] | None = None,
    lists_shops: bool = True,
) -> Litestar:
    """Return the application: the health pages, and the routes of each interface."""
    ours = health.routes(application.database, numbers, operator=operator)
    templates = routes.open_templates(application)
    theirs = routes.interface_routes(
        application, demo=demo, templates=templates, api_rates=api_rates, lists_shops=lists_shops
    )
    documents = openapi.openapi_routes(application.database, mail_from=mail_from)
    return make_app([*ours, *documents, *theirs], templates=templates, demo=demo)


def make_app(
    handlers: Sequence[ControllerRouterHandler], *, templates: Templates | None = None, demo: bool = False
) -> Litestar:
    """Return an application of `handlers` that answers all that they do not answer for: by pages where it has a look.

    A `demo` marks those pages as a demonstration's.
    """
    return Litestar(
        list(handlers),
        before_request=_refuse_encoded,
        exception_handlers=trouble.handlers(templates, demo=demo),
        request_max_body_size=BODY_BYTES_MAX,
        openapi_config=None,
        logging_config=None,
    )


async def _refuse_encoded(request: AnyRequest) -> None:
    """Refuse compressed bodies in one place for all handlers; the partner API does it in words of its own.

    A coroutine although it waits for nothing: Litestar gives a plain function to a thread, for every request.
    """
    if not request.scope["path"].startswith(PROGRAMS):
        refuse_encoded(request.headers.get("content-encoding"))


def _leave_with_main() -> None:
    """Stop this worker when the main process is gone, however it went: nobody else would."""
    main_pid = int(os.environ.get(_MAIN_PID, "0"))
    if main_pid:
        threading.Thread(target=_watch, args=(main_pid,), name="main-watch", daemon=True).start()


def _watch(main_pid: int) -> None:
    while os.getppid() == main_pid:
        time.sleep(ORPHAN_LOOK_S)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOP_TIMEOUT_S)
    os._exit(1)
