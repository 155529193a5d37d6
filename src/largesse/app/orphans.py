"""Find the web and worker processes of a supervisor that was killed, and see them off before new ones start."""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

import psutil

VARIABLE = "LARGESSE_SUPERVISED_HOME"
# An orphan notices by itself and finishes what it accepted; then it is asked; then it is killed.
PATIENCE_S = 10.0
GRACE_S = 5.0
POLL_S = 0.05


async def end_left_over(home: Path, *, say: Callable[[str], None]) -> None:
    """Return when no process of an earlier run on this data folder is left.

    The caller holds the folder's lock: whoever bears its variable now has lost their supervisor.
    """
    if not _find(home):
        return
    say("Waiting for what is left of the last run to finish …")
    if await _gone(home, within_s=PATIENCE_S):
        return
    for process in _find(home):
        with contextlib.suppress(psutil.Error):
            process.terminate()
    if await _gone(home, within_s=GRACE_S):
        return
    for process in _find(home):
        with contextlib.suppress(psutil.Error):
            process.kill()
    await _gone(home, within_s=GRACE_S)


async def _gone(home: Path, *, within_s: float) -> bool:
    deadline = asyncio.get_running_loop().time() + within_s
    while _find(home):
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(POLL_S)
    return True


def _find(home: Path) -> list[psutil.Process]:
    ourselves = {process.pid for process in (psutil.Process(), *psutil.Process().parents())}
    return [p for p in psutil.process_iter() if p.pid not in ourselves and _belongs(p, home)]


def _belongs(process: psutil.Process, home: Path) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE and process.environ().get(VARIABLE) == str(home)
    except (psutil.Error, OSError):
        return False
