"""Let a child notice that its supervisor is gone, however it went.

The supervisor holds the writing end of a pipe and never writes. When it ends, even by SIGKILL, the kernel closes that
end, the child reads the end of the file, and stops in good order by itself.
"""

import contextlib
import os
import signal
import threading
from collections.abc import Callable

VARIABLE = "LARGESSE_LIFELINE"


class Lifeline:
    """The supervisor's end. Children get `descriptor` and `environment` when they are spawned."""

    def __init__(self) -> None:
        self.descriptor, self._held = os.pipe()

    @property
    def environment(self) -> dict[str, str]:
        """Return what tells a child where its end is."""
        return {VARIABLE: str(self.descriptor)}

    def close(self) -> None:
        """Let go: every child that still runs will stop."""
        for descriptor in (self.descriptor, self._held):
            with contextlib.suppress(OSError):
                os.close(descriptor)


def stop_with_parent(on_gone: Callable[[], None] | None = None) -> bool:
    """Call `on_gone` (from a thread of its own) once the supervisor is gone; by default, send ourselves SIGTERM.

    Returns whether there is a supervisor to watch: a process started by hand has none, and lives on its own.
    """
    text = os.environ.pop(VARIABLE, "")
    if not text.isdigit():
        return False
    descriptor = int(text)
    # Not for our own children: only the processes that the supervisor started hang on its line.
    os.set_inheritable(descriptor, False)
    act = on_gone or _terminate
    threading.Thread(target=_wait, args=(descriptor, act), name="parent-watch", daemon=True).start()
    return True


def _wait(descriptor: int, act: Callable[[], None]) -> None:
    with contextlib.suppress(OSError):
        while os.read(descriptor, 1):
            pass
    act()


def _terminate() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
