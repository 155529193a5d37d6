"""Run the tests against mutants, several at once: each in a fork that reads one module in its changed form.

Nothing is written: not the working tree, not its caches. A fork of a process that has its libraries imported starts in
a moment.
"""

import contextlib
import importlib.abc
import importlib.util
import os
import secrets
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.machinery import ModuleSpec
from importlib.metadata import entry_points
from pathlib import Path
from types import CodeType, ModuleType

import hypothesis
import msgspec
import pytest

from largesse.db import sql
from tests.mutants.mutant import Mutant
from tests.support.postgres import FOLDER_VARIABLE, PID_VARIABLE, quickest_place

PROFILE = "mutants"
_POLL_S = 0.02


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a mutant."""

    mutant: Mutant
    survived: bool
    timed_out: bool
    seconds: float


class _ChangedModule(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds one module, and loads it from a text."""

    def __init__(self, name: str, path: Path, text: str) -> None:
        self._name = name
        self._path = path
        self._text = text

    def find_spec(self, fullname: str, _path: object, _target: ModuleType | None = None) -> ModuleSpec | None:
        if fullname != self._name:
            return None
        return importlib.util.spec_from_loader(fullname, self, origin=str(self._path))

    def get_source(self, fullname: str) -> str:  # noqa: ARG002 - there is one
        return self._text

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002 - there is one
        return compile(self._text, str(self._path), "exec")


class _SharedServer:
    """Tells conftest that the PostgreSQL of the tests is the parent's, as a worker of xdist is told."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        config.workerinput = {}  # type: ignore[attr-defined] # what xdist sets


def prepare() -> None:
    """Make this process one that can be forked: it has no module of the ledger, and a folder for a test server."""
    for plugin in entry_points(group="pytest11"):
        plugin.load()
    os.environ[PID_VARIABLE] = str(os.getpid())
    os.environ[FOLDER_VARIABLE] = str(quickest_place() / f"largesse-mutants-{secrets.token_hex(4)}")
    sys.dont_write_bytecode = True
    already = [name for name in sys.modules if name.startswith("largesse.ledger")]
    assert not already, f"imported too early: {already}"


def run_all(
    mutants: Sequence[Mutant],
    tests_of: Callable[[Mutant], Sequence[str]],
    *,
    root: Path,
    workers: int,
    timeout_s: float,
    examples: int,
) -> Iterator[Verdict]:
    """Yield each mutant's verdict as it is found; drawn tests are given so many examples."""
    waiting = list(reversed(mutants))
    running: dict[int, tuple[Mutant, float]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                mutant = waiting.pop()
                running[_start(mutant, tests_of(mutant), root, examples)] = mutant, time.monotonic()
            for pid, (mutant, began) in list(running.items()):
                ended, status = os.waitpid(pid, os.WNOHANG)
                took = time.monotonic() - began
                if not ended and took < timeout_s:
                    continue
                if not ended:
                    os.killpg(pid, signal.SIGKILL)
                    os.waitpid(pid, 0)
                del running[pid]
                survived = bool(ended) and os.waitstatus_to_exitcode(status) == pytest.ExitCode.OK
                yield Verdict(mutant=mutant, survived=survived, timed_out=not ended, seconds=took)
            time.sleep(_POLL_S)
    finally:
        for pid in running:
            os.killpg(pid, signal.SIGKILL)


def _start(mutant: Mutant, tests: Sequence[str], root: Path, examples: int) -> int:
    pid = os.fork()
    if pid == 0:
        code = 3
        try:
            os.setpgid(0, 0)
            nowhere = os.open(os.devnull, os.O_RDWR)
            for descriptor in (0, 1, 2):
                os.dup2(nowhere, descriptor)
            _plant(mutant, root)
            code = _test(tests, examples)
        finally:
            os._exit(code)
    # Also here, so that the group is there whoever comes first.
    with contextlib.suppress(PermissionError, ProcessLookupError):
        os.setpgid(pid, pid)
    return pid


def _plant(mutant: Mutant, root: Path) -> None:
    path = root / mutant.file
    if path.suffix == ".sql":
        original = sql.Queries

        def changed(text: str) -> sql.Queries:
            return original(mutant.mutated if text == mutant.text else text)

        sql.Queries = changed  # type: ignore[misc,assignment] # this is the fault that is put in
    else:
        name = ".".join(path.relative_to(root / "src").with_suffix("").parts)
        sys.meta_path.insert(0, _ChangedModule(name, path, mutant.mutated))


def _test(tests: Sequence[str], examples: int) -> int:
    """Run files of tests in their order, until one fails."""
    hypothesis.settings.register_profile(
        PROFILE,
        deadline=None,
        database=None,
        derandomize=True,
        max_examples=examples,
        phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", f"--hypothesis-profile={PROFILE}"]
    return int(pytest.main([*options, *tests], plugins=[_SharedServer()]))
