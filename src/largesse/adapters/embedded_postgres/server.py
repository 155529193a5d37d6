"""Start and stop the PostgreSQL of the data folder: durable, private, and in nobody's way."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from largesse.adapters.embedded_postgres import cluster, postmaster
from largesse.adapters.embedded_postgres.account import (
    BINARIES,
    SystemUser,
    choose,
    open_binaries,
    open_the_way,
)
from largesse.adapters.embedded_postgres.errors import StartFailed, StartTooSlow
from largesse.adapters.embedded_postgres.layout import SOCKET_NAME, Layout
from largesse.adapters.embedded_postgres.lock import HomeLock, prepare
from largesse.adapters.embedded_postgres.postmaster import Postmaster, ServerStatus

# Given on the command line at every start, so that no file can turn them off.
ALWAYS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
    "log_checkpoints": "off",
    "log_startup_progress_interval": "5s",
    # Details and parameters of a failed statement may be personal, or secret.
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
POLL_S = 0.02
TELL_AFTER_S = 3.0
# Recovery writes a line every five seconds; a minute without one is no progress.
STALL_S = 60.0
START_MAX_S = 600.0
STOP_MAX_S = 120.0
# A signal that comes before PostgreSQL listens to it is lost where our own caller had it ignored, as shells do for what
# they run in the background; asking twice is harmless.
ASK_AGAIN_S = 0.5


class EmbeddedPostgres:
    """Run the server of the data folder `home`. `say` is told, in a sentence, what a person may wonder about.

    The caller holds a `HomeLock` on the folder from before `start` until after `stop`.
    """

    def __init__(self, home: Path, *, say: Callable[[str], None] = lambda _: None) -> None:
        self._home = home
        self._layout = Layout(home)
        self._say = say
        self._child: subprocess.Popen[bytes] | None = None
        self._pid: int | None = None

    @property
    def dsn(self) -> str:
        """Return how to connect as the application. It holds a password: never log it.

        Raises:
            PasswordLost: the password's file is gone.
        """
        return self._dsn(superuser=False)

    @property
    def superuser_dsn(self) -> str:
        """Return how to connect as the superuser, for measurements and repairs."""
        return self._dsn(superuser=True)

    @property
    def pid(self) -> int | None:
        """Return the process id of the postmaster, None when it does not run."""
        running = postmaster.find(self._layout.data)
        return running.pid if running else None

    def start(self, *, cancelled: Callable[[], bool] = lambda: False) -> None:
        """Start the server, or adopt the one that a killed Largesse left, and return when it is ready.

        `cancelled` is asked while waiting; when it says yes, the wait ends and the server is left
        for `stop`.

        Raises:
            CreationFailed, StartFailed, StartTooSlow: PostgreSQL could not; its last words are in
            the message. DataOfAnotherVersion, PasswordLost: the folder is not one that this server
            can take over. HomeNotWritable, HomeOwnedByAnother, HomeUnreachable: the folder does not
            let us.
        """
        prepare(self._home)
        self._layout.top.mkdir(mode=0o711, exist_ok=True)
        account = choose(self._layout.data)
        open_binaries(account, say=self._say)
        open_the_way(account, self._layout.data, say=self._say)
        if not cluster.exists(self._layout):
            self._say("Making a new database …")
            cluster.create(self._layout, account)
        self._layout.read_passwords()
        if not self._adopt(cancelled):
            postmaster.clear_after_crash(self._layout.data)
            self._spawn(account)
        self._wait_until_ready(cancelled)

    def alive(self) -> bool:
        """Return whether the server that was started is still there."""
        if self._child is not None:
            return self._child.poll() is None
        return self._pid is not None and postmaster.find(self._layout.data) is not None

    def stop(self, *, hurry: Callable[[], bool] = lambda: False) -> None:
        """Shut the server down, rolling back what is unfinished, and return when it is gone.

        When `hurry` says yes, it stops without the final checkpoint: nothing is lost, the next
        start recovers.
        """
        pid = self._running_pid()
        if pid is None:
            return
        began = asked = time.monotonic()
        number = signal.SIGINT
        _signal(pid, number)
        while self._running_pid() is not None:
            now = time.monotonic()
            if number is signal.SIGINT and (hurry() or now > began + STOP_MAX_S):
                number, asked = signal.SIGQUIT, 0.0
            if now > asked + ASK_AGAIN_S:
                asked = now
                _signal(pid, number)
            time.sleep(POLL_S)

    def _dsn(self, *, superuser: bool) -> str:
        running = postmaster.find(self._layout.data)
        folder = running.socket_folder if running else None
        return self._layout.dsn(
            socket_folder=folder or self._layout.socket_folder(),
            passwords=self._layout.read_passwords(),
            superuser=superuser,
        )

    def _adopt(self, cancelled: Callable[[], bool]) -> bool:
        running = postmaster.find(self._layout.data)
        while running is not None and running.status == ServerStatus.STOPPING and not cancelled():
            time.sleep(POLL_S)
            running = postmaster.find(self._layout.data)
        if running is None:
            return False
        self._pid = running.pid
        self._say(f"Taking over the PostgreSQL that is still running (process {running.pid}).")
        return True

    def _spawn(self, account: SystemUser) -> None:
        folder = self._layout.make_socket_folder(account)
        open_the_way(account, folder, say=self._say)
        # Nobody serves this folder, and the socket's is its own: a lock file in it is a dead server's. PostgreSQL
        # would take it for a live one where that process is a zombie, as in containers whose init does not reap.
        (folder / f"{SOCKET_NAME}.lock").unlink(missing_ok=True)
        self._layout.turn_log()
        settings = [f"--{name}={value}" for name, value in ALWAYS.items()]
        with self._layout.log.open("ab") as log:
            os.fchmod(log.fileno(), 0o600)
            self._child = subprocess.Popen(
                [BINARIES / "postgres", "-D", self._layout.data, "-k", folder, *settings],
                stdout=log,
                stderr=log,
                cwd="/",
                env=cluster.environment(),
                # A terminal's Ctrl-C reaches us alone, and PostgreSQL goes last.
                start_new_session=True,
                **account.popen_options(),
            )
        self._pid = self._child.pid

    def _wait_until_ready(self, cancelled: Callable[[], bool]) -> None:
        started = progressed = time.monotonic()
        told, size = False, self._log_size()
        while not cancelled():
            running = postmaster.find(self._layout.data)
            if running is not None and running.status == ServerStatus.READY:
                return
            if self._ended(running):
                raise StartFailed(log=self._layout.log, lines=self._layout.last_log_lines())
            now = time.monotonic()
            if self._log_size() != size:
                progressed, size = now, self._log_size()
            if now - started > TELL_AFTER_S and not told:
                told = True
                self._say("PostgreSQL is recovering what a sudden stop left behind; please wait …")
            if now - progressed > STALL_S or now - started > START_MAX_S:
                raise StartTooSlow(
                    waited_s=now - started,
                    log=self._layout.log,
                    lines=self._layout.last_log_lines(),
                )
            time.sleep(POLL_S)

    def _ended(self, running: Postmaster | None) -> bool:
        if self._child is not None:
            return self._child.poll() is not None
        return running is None

    def _log_size(self) -> int:
        with contextlib.suppress(FileNotFoundError):
            return self._layout.log.stat().st_size
        return 0

    def _running_pid(self) -> int | None:
        # Our own child counts from its first moment, before it has written its file; polling it also reaps it.
        if self._child is not None and self._child.poll() is None:
            return self._child.pid
        return self.pid


@contextmanager
def borrowed(home: Path, *, say: Callable[[str], None] = lambda _: None) -> Iterator[str]:
    """Lend the DSN of the data folder's database to a command: of the server that runs, or of one run for it.

    Raises:
        HomeInUse: a Largesse is starting or stopping there just now.
    """
    server = EmbeddedPostgres(home, say=say)
    running = postmaster.find(Layout(home).data)
    if running is not None and running.status == ServerStatus.READY:
        yield server.dsn
        return
    with HomeLock(home):
        try:
            server.start()
            yield server.dsn
        finally:
            server.stop()


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
        os.kill(pid, number)
