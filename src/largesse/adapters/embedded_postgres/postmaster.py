"""Read what a running, stopping or dead postmaster left in `postmaster.pid`, and tell which it is."""

import contextlib
import signal
from enum import StrEnum
from pathlib import Path

import msgspec
import psutil

PID_FILE = "postmaster.pid"
# After this long, backends whose postmaster was killed are told to go; they normally notice within
# milliseconds.
ORPHANS_PATIENCE_S = 5.0
ORPHANS_TIMEOUT_S = 30.0


class ServerStatus(StrEnum):
    """What a postmaster says about itself in the last line of its file."""

    STARTING = "starting"
    READY = "ready"
    STANDBY = "standby"
    STOPPING = "stopping"
    UNKNOWN = ""


class Postmaster(msgspec.Struct, frozen=True, kw_only=True):
    """A postmaster that is alive: its process, where its socket is, and how far it has come."""

    pid: int
    socket_folder: Path | None
    status: ServerStatus


def find(data: Path) -> Postmaster | None:
    """Return the postmaster that serves `data`, or None.

    The file alone proves nothing: after a crash its pid may belong to anybody. The process must be
    a postgres that stands in this folder.
    """
    lines = _lines(data)
    if lines is None or not _serves(data, int(lines[0])):
        return None
    return Postmaster(
        pid=int(lines[0]),
        socket_folder=Path(lines[4]) if len(lines) > 4 and lines[4] else None,
        status=_status(lines[7]) if len(lines) > 7 else ServerStatus.STARTING,
    )


def clear_after_crash(data: Path) -> None:
    """Wait for the orphans of a killed postmaster, and take away a file whose pid is somebody else's now.

    PostgreSQL recovers from its own stale file, except where the pid was given to another process
    of the same user: then it believes itself running. The file is removed only when no process
    serves the folder any more, because it also guards the shared memory.
    """
    _wait_for_orphans(data)
    lines = _lines(data)
    if lines is not None and psutil.pid_exists(int(lines[0])) and find(data) is None:
        (data / PID_FILE).unlink(missing_ok=True)


def _wait_for_orphans(data: Path) -> None:
    orphans = [process for process in psutil.process_iter() if _stands_in(data, process)]
    if not orphans:
        return
    _, alive = psutil.wait_procs(orphans, timeout=ORPHANS_PATIENCE_S)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.send_signal(signal.SIGQUIT)
    psutil.wait_procs(alive, timeout=ORPHANS_TIMEOUT_S - ORPHANS_PATIENCE_S)


def _lines(data: Path) -> list[str] | None:
    try:
        lines = (data / PID_FILE).read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return None
    if not lines or not lines[0].strip().lstrip("-").isdigit():
        return None
    return [lines[0].strip().lstrip("-"), *(line.strip() for line in lines[1:])]


def _serves(data: Path, pid: int) -> bool:
    try:
        process = psutil.Process(pid)
    except psutil.Error:
        return False
    return _stands_in(data, process)


def _stands_in(data: Path, process: psutil.Process) -> bool:
    # A postmaster and its backends change into the data folder; their argument lines may be
    # rewritten.
    try:
        return process.name() == "postgres" and process.cwd() == str(data)
    except psutil.Error:
        return False


def _status(text: str) -> ServerStatus:
    try:
        return ServerStatus(text)
    except ValueError:
        return ServerStatus.UNKNOWN
