"""One child process of the supervisor: started, watched, started again when it crashes, and stopped."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from largesse.kernel.backoff import Backoff
from largesse.kernel.errors import LargesseError

# What a child may take to finish what it accepted, before it is killed.
GRACE_S = 30.0
AGAIN = Backoff.of_seconds(0.1, 0.5, 1.0, 2.0, 5.0, 10.0)
# A child that stood this long had started well: its next crash is a new one.
STEADY_S = 30.0


class ChildFailed(LargesseError):
    """A process ended while it was starting."""

    code = "serve.child.failed"

    def __init__(self, name: str, *, status: int) -> None:
        super().__init__(
            f"The {name} process ended while it was starting ({_meaning(status)}). "
            "What it wrote above says why; mend that, then start again."
        )
        self.name = name


class Child:
    """Run `python -m largesse NAME`, in a process group of its own, so that a terminal's Ctrl-C does not reach it."""

    def __init__(
        self,
        name: str,
        *,
        environment: Mapping[str, str],
        pass_fds: tuple[int, ...],
        say: Callable[[str], None],
        grace_s: float = GRACE_S,
    ) -> None:
        self.name = name
        self._environment = dict(environment)
        self._pass_fds = pass_fds
        self._say = say
        self._grace_s = grace_s
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """Return the process id while it runs."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def start(self) -> None:
        """Start the process."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "largesse",
            self.name,
            env=self._environment,
            stdin=asyncio.subprocess.DEVNULL,
            pass_fds=self._pass_fds,
            process_group=0,
        )

    async def ended(self) -> int:
        """Wait until the process is gone; its own children, if it left any, are killed. Return its status."""
        assert self._process is not None
        status = await self._process.wait()
        _signal_group(self._process.pid, signal.SIGKILL)
        return status

    async def keep(self) -> None:
        """Start the process again whenever it ends, waiting longer each time. Runs until it is cancelled."""
        clock = asyncio.get_running_loop().time
        crashes = 0
        while True:
            started = clock()
            status = await self.ended()
            crashes = 0 if clock() - started > STEADY_S else crashes
            pause = AGAIN.seconds(crashes + 1)
            crashes += 1
            self._say(f"The {self.name} process ended ({_meaning(status)}); starting it again in {pause} s.")
            await asyncio.sleep(pause)
            await self.start()

    async def stop(self, *, hurried: asyncio.Event) -> None:
        """Ask the process to finish and end; kill it when it takes too long, or when `hurried` is set."""
        if self._process is None:
            return
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
            await _first(self._process.wait(), hurried.wait(), timeout_s=self._grace_s)
        _signal_group(self._process.pid, signal.SIGKILL)
        await self._process.wait()


async def _first(*waits: Coroutine[Any, Any, object], timeout_s: float) -> None:
    tasks = [asyncio.create_task(wait) for wait in waits]
    await asyncio.wait(tasks, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()


def _signal_group(pid: int, number: signal.Signals) -> None:
    # The group lives as long as any member; its number is not given away before that.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _meaning(status: int) -> str:
    return f"killed by {signal.Signals(-status).name}" if status < 0 else f"status {status}"
