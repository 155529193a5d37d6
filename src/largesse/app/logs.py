"""Logs of every process alike: one JSON object per line on stderr, with the request's id, and never a secret.

Our own code logs through structlog, libraries through the standard library; both end in the same renderer. An
exception is logged with its stack (file, line, function) and its masked message, without the values of local
variables.
"""

import logging
import logging.config
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from contextvars import ContextVar
from datetime import datetime
from typing import Any

import asyncpg
import msgspec
import structlog

from largesse.app.masking import MASK, SECRET_FIELDS, mask_text

request_id_of_this_task: ContextVar[str | None] = ContextVar("request_id", default=None)

_EVENT_MAX = 2_000
_MARGIN = 128
_FRAMES_MAX = 40
_DEPTH_MAX = 6
_CAUSES_MAX = 4
_encode = msgspec.json.Encoder(enc_hook=repr).encode

Event = MutableMapping[str, Any]


def configure(*, process: str, level: str = "INFO") -> None:
    """Send the logs of this process, named `process` in each line, to stderr. `level` is a name such as `INFO`."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _Stamp(process),
        _explain_exception,
        mask_event,
    ]
    structlog.configure(
        processors=[*shared, _to_bytes],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: _Lines(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _to_text],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.captureWarnings(capture=True)
    take_over_granian()
    sys.excepthook = _log_and_die


class RequestLine(msgspec.Struct, kw_only=True):
    """What is logged of one request; its writer has masked `path` and `query`, all else is ours."""

    event: str = "request"
    level: str
    timestamp: datetime
    process: str
    request_id: str
    method: str
    path: str
    query: str
    status: int
    duration_ms: float
    bytes: int


def write_request(line: RequestLine) -> None:
    """Write the line of a request, if lines of its level are wanted.

    It does not go through structlog's processors: they would mask every field anew, which costs more than the
    request's own way through the framework.
    """
    if wanted(line.level):
        write_bytes(_encode(line))


def write_bytes(line: bytes) -> None:
    """Write a line to stderr. One for which there is no room, or no reader, is lost: it must not stop who wrote it."""
    with suppress(OSError, ValueError):
        sys.stderr.buffer.write(line + b"\n")
        sys.stderr.buffer.flush()


class _Lines:
    """Where structlog writes what it has rendered."""

    def msg(self, line: bytes) -> None:
        """Write a line."""
        write_bytes(line)

    debug = info = warning = error = critical = fatal = exception = msg


def wanted(level: str) -> bool:
    """Return whether lines of `level` are written at all."""
    return logging.getLogger().isEnabledFor(_LEVELS[level])


_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def take_over_granian() -> None:
    """Let the server's own lines go our way; it configures its logger anew in each of its processes."""
    for name in ("_granian", "granian.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(logging.WARNING)


class _Stamp:
    """Add the name of the process, and the id of the request in whose course the line is written."""

    def __init__(self, process: str) -> None:
        self._process = process

    def __call__(self, _logger: object, _method: str, event: Event) -> Event:
        event["process"] = self._process
        request_id = request_id_of_this_task.get()
        if request_id is not None:
            event.setdefault("request_id", request_id)
        return event


def mask_event(_logger: object, _method: str, event: Event) -> Event:
    """Mask every secret in an event, however deep it stands."""
    for name, value in event.items():
        if not name.startswith("_"):  # what structlog itself passes along
            event[name] = _mask_value(name, value, _DEPTH_MAX)
    return event


def _mask_value(name: object, value: object, depth: int) -> object:
    if isinstance(name, str) and name.lower() in SECRET_FIELDS:
        return MASK
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        # What is cut is cut after masking, and with a margin: half a secret has no shape to be known by.
        return mask_text(value) if len(value) <= _EVENT_MAX else mask_text(value[:_EVENT_MAX])[:-_MARGIN] + " …"
    return _mask_compound(value, depth)


def _mask_compound(value: object, depth: int) -> object:
    if depth == 0:
        return MASK
    if isinstance(value, Mapping):
        return {_mask_value("", str(key), 1): _mask_value(key, inner, depth - 1) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_mask_value("", inner, depth - 1) for inner in value]
    if isinstance(value, bytes | bytearray | memoryview):
        return _mask_value("", bytes(value).decode("utf-8", "replace"), depth)
    if isinstance(value, BaseException):
        return describe(value)
    return _mask_value("", str(value), depth)


def describe(error: BaseException) -> str:
    """Return an error's type and masked message; of a driver's error about an argument, not the argument."""
    message = str(error)
    if isinstance(error, asyncpg.PostgresError):
        message = f"{error.sqlstate} {error.args[0] if error.args else ''}"  # the detail names values
    elif isinstance(error, asyncpg.InterfaceError | msgspec.ValidationError | UnicodeError):
        message = message.partition(":")[0]
    return f"{type(error).__name__}: {mask_text(message[:_EVENT_MAX])}".rstrip(": ")


def stack_of(error: BaseException) -> list[str]:
    """Return the frames that `error` came through and those of what caused it, innermost last, without local values."""
    lines = list[str]()
    link: BaseException | None = error
    for _ in range(_CAUSES_MAX):
        if link is None:
            break
        frames = traceback.extract_tb(link.__traceback__)[-_FRAMES_MAX:]
        told = [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
        lines = [*told, describe(link), *lines]
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return lines


def _explain_exception(_logger: object, _method: str, event: Event) -> Event:
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["error"] = describe(error)
        event["stack"] = stack_of(error)
    return event


def _to_bytes(_logger: object, _method: str, event: Event) -> bytes:
    return _encode(event)


def _to_text(_logger: object, _method: str, event: Event) -> str:
    return _encode(event).decode()


def _log_and_die(_kind: type[BaseException], error: BaseException, _trace: object) -> None:
    if not isinstance(error, KeyboardInterrupt):
        structlog.get_logger().critical("died", exc_info=error)
