"""Processor time of processes and of all that they started, as /proc tells it."""

from collections.abc import Iterable

import psutil


def cpu_seconds(roots: Iterable[int]) -> float:
    """Return the processor time that some processes, their descendants and those that have ended, used so far."""
    total = 0.0
    for root in roots:
        process = psutil.Process(root)
        for one in (process, *process.children(recursive=True)):
            try:
                times = one.cpu_times()
            except psutil.NoSuchProcess:  # it ended just now, and stands in its parent's times
                continue
            total += times.user + times.system + times.children_user + times.children_system
    return total
