"""Numbers for operators, in Prometheus' text format, summed over all processes of one LARGESSE_HOME.

Every process writes its values to files of its own under `run/metrics` (prometheus-client's multiprocess mode);
whichever web worker is asked adds them up. The floors below know nothing of this: they have small observer ports,
which `wiring` connects to the methods here. Children of a labelled metric are kept in dictionaries, because finding
them anew costs more than counting (docs/internals/metrics.md).
"""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.multiprocess import MultiProcessCollector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_DURATIONS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_BATCH_SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500)
_FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
# prometheus-client maps one file for each of these into memory and lets them grow by holes. A hole that a full disk
# cannot fill kills the process that writes there, so they are made whole, and large enough, before they are mapped.
_FILE_BYTES = {
    "histogram": 2 * 2**20,
    "counter": 2**18,
    "gauge_livesum": 2**16,
    "gauge_max": 2**16,
    "gauge_mostrecent": 2**16,
}
# What fits: an entry of a request has 15 values of some 300 bytes.
_REQUEST_KINDS_MAX = 400
_COUNT_KINDS_MAX = 700
_OTHER = "other"

_log = structlog.get_logger()


def folder_of(home: Path) -> Path:
    """Return where the processes of `home` keep their values."""
    return home / "run" / "metrics"


def clean(folder: Path, *, pattern: str = "*.db") -> None:
    """Make `folder`, and remove from it the values of processes that are gone; without room for it, do without."""
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob(pattern):
        pid = path.stem.rpartition("-")[2]
        if not (pid.isdigit() and psutil.pid_exists(int(pid))):
            path.unlink(missing_ok=True)


def _make_room(folder: Path, name: str) -> bool:
    """Make the files that a process of `name` will count in; tell whether there was room for them."""
    made = list[Path]()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for prefix, size in _FILE_BYTES.items():
            path = folder / f"{prefix}_{name}.db"
            with path.open("ab") as file:
                made.append(path)
                os.posix_fallocate(file.fileno(), 0, size)
    except OSError as error:
        _log.warning("metrics_in_memory", reason=error.strerror)
        for path in made:
            path.unlink(missing_ok=True)
        return False
    return True


# prometheus-client does not say of what type these are.
_value_class_of: Callable[..., Any] = values.MultiProcessValue
_collect_all: Callable[..., object] = MultiProcessCollector


class Metrics:
    """Count what one process does. `folder` None keeps the values in memory, for a process on its own and for tests.

    So does a folder on a full disk: what counts must not stop what it counts.
    """

    def __init__(self, *, process: str, folder: Path | None) -> None:
        if folder is not None and not _make_room(folder, f"{process}-{os.getpid()}"):
            folder = None
        self._folder = folder
        if folder is None:
            values.ValueClass = values.MutexValue
        else:
            # Whom this process replaces no longer holds sessions; what it counted still counts.
            clean(folder, pattern="gauge_live*.db")
            os.environ[_FOLDER_VARIABLE] = str(folder)
            name = f"{process}-{os.getpid()}"  # written once: it is asked for at every count
            values.ValueClass = _value_class_of(lambda: name)
        self._process = process
        self._registry = CollectorRegistry()
        # By key: prometheus-client's own look-up of a child costs more than its increment.
        self._requests: dict[tuple[str, str, int], Callable[[float], None]] = {}
        self._counts: dict[tuple[str, ...], Callable[[], None]] = {}
        self._batches: dict[str, Callable[[float], None]] = {}
        self._make_collectors()

    def _make_collectors(self) -> None:
        self._request = self._histogram(
            "largesse_request_seconds",
            "Requests answered, by how long they took.",
            _DURATIONS_S,
            "interface",
            "route",
            "method",
            "status",
        )
        self._batch = self._histogram(
            "largesse_batch_items", "Group commits, by how many items shared one.", _BATCH_SIZES, "engine"
        )
        self._waiting = self._gauge("largesse_batch_waiting", "Items that wait for a group commit.", "engine")
        self._commands = self._counter("largesse_ledger_commands", "Ledger commands decided.", "kind", "outcome")
        self._attempts = self._counter(
            "largesse_relay_attempts", "Tries to deliver something, by what came of it.", "sender", "outcome"
        )
        self._duties = self._counter("largesse_duty_runs", "Runs of periodic duties, by outcome.", "duty", "outcome")
        self._pool = self._gauge("largesse_pool_connections", "Database sessions of the pools.", "process", "state")
        self._beat = self._gauge(
            "largesse_heartbeat_timestamp_seconds", "When a part of the worker last moved.", "part", mode="max"
        )
        self._lag = self._gauge(
            "largesse_relay_lag_seconds", "How long the oldest due delivery has waited.", mode="mostrecent"
        )
        self._pending = self._gauge(
            "largesse_relay_pending", "Deliveries that wait, counted up to ten thousand.", mode="mostrecent"
        )

    def request(self, *, interface: str, route: str, method: str, status: int, duration_s: float) -> None:
        """Count one answered request."""
        observe = self._requests.get((route, method, status))
        if observe is None:
            if len(self._requests) >= _REQUEST_KINDS_MAX:
                interface, route, method, status = _OTHER, _OTHER, _OTHER, 0
            observe = self._request.labels(interface, route, method, str(status)).observe
            if len(self._requests) <= _REQUEST_KINDS_MAX:
                self._requests[route, method, status] = observe
        observe(duration_s)

    def batch(self, engine: str, size: int) -> None:
        """Count one group commit of `size` items."""
        observe = self._batches.get(engine)
        if observe is None:
            observe = self._batches[engine] = self._batch.labels(engine).observe
        observe(size)

    def command(self, kind: str, outcome: str) -> None:
        """Count one ledger command; `outcome` is `done`, `replayed` or the code of the refusal."""
        self._count(self._commands, kind, outcome)

    def attempt(self, sender: str, outcome: str) -> None:
        """Count one try to deliver; `outcome` is the class of the status (`2xx`), `none` when there was no answer."""
        self._count(self._attempts, sender, outcome)

    def duty(self, name: str, outcome: str) -> None:
        """Count one run of a periodic duty."""
        self._count(self._duties, name, outcome)

    def waiting(self, engine: str, count: int) -> None:
        """Return how many items wait for `engine` in this process."""
        self._waiting.labels(engine).set(count)

    def pool(self, *, size: int, idle: int) -> None:
        """Return how this process's database sessions are used."""
        self._pool.labels(self._process, "busy").set(size - idle)
        self._pool.labels(self._process, "idle").set(idle)

    def heartbeat(self, part: str, *, at_s: float) -> None:
        """Note that `part` of the worker moved at `at_s`, seconds since 1970."""
        self._beat.labels(part).set(at_s)

    def relay(self, *, lag_s: float, pending: int) -> None:
        """Return how far the relay is behind: how long, and how many deliveries."""
        self._lag.set(lag_s)
        self._pending.set(pending)

    def exposition(self) -> bytes:
        """Return all values of all processes, as Prometheus reads them."""
        if self._folder is None:
            return generate_latest(self._registry)
        together = CollectorRegistry()
        _collect_all(together, path=str(self._folder))
        return generate_latest(together)

    def _count(self, counter: Counter, *labels: str) -> None:
        key = (counter._name, *labels)
        increment = self._counts.get(key)
        if increment is None:
            if len(self._counts) >= _COUNT_KINDS_MAX:
                labels = (_OTHER,) * len(labels)
                key = (counter._name, *labels)
            increment = self._counts[key] = counter.labels(*labels).inc
        increment()

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(name, about, labels, registry=self._registry)

    def _gauge(self, name: str, about: str, *labels: str, mode: Any = "livesum") -> Gauge:
        return Gauge(name, about, labels, registry=self._registry, multiprocess_mode=mode)

    def _histogram(self, name: str, about: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(name, about, labels, registry=self._registry, buckets=buckets)
