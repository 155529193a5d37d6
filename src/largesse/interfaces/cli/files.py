"""Files that commands write: whole, or not at all."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NoReturn, cast

from largesse.kernel.errors import LargesseError

PIPE_CLOSED = 141
"""What a shell reports for a program that ended because its reader went away (128 + SIGPIPE)."""


class FileNotWritable(LargesseError):
    """The file to write cannot be written."""

    code = "export.file"


@contextmanager
def target_file(output: str) -> Iterator[BinaryIO]:
    """Lend the file to write; it takes its name only when everything is in it and on the disk.

    A device or a pipe (`/dev/null`, `/dev/stdout`) is written to as it is: a file in its place would end it.
    """
    if output == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(output)
    if path.exists() and not path.is_file():
        with _straight_into(path) as file:
            yield file
        return
    path = Path(os.path.realpath(path))
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise _unwritable(output, error) from error
    try:
        os.close(handle)
        with Path(name).open("wb") as file:
            yield file
            _settle(file, path)
    finally:
        Path(name).unlink(missing_ok=True)


@contextmanager
def _straight_into(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("wb", buffering=0) as file:
            yield cast("BinaryIO", file)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _unwritable(str(path), error) from error


def _settle(file: BinaryIO, path: Path) -> None:
    try:
        file.flush()
        os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, file.name)
        Path(file.name).replace(path)
    except OSError as error:
        raise _unwritable(str(path), error) from error


def _unwritable(name: str, error: OSError) -> FileNotWritable:
    return FileNotWritable(f"{name} cannot be written: {error.strerror}. Choose another file.")


def write_into(file: BinaryIO, chunk: bytes) -> None:
    """Write to a file that was lent.

    Raises:
        FileNotWritable: it cannot be written.
        BrokenPipeError: nobody reads it any more.
    """
    try:
        file.write(chunk)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _unwritable(str(file.name), error) from error


def leave_quietly() -> NoReturn:
    """End without a word: the reader has what it wanted. Python must not flush into the closed pipe again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(PIPE_CLOSED)
