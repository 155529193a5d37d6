"""Monitors: bounds of figures that somebody wants to hear of when they are passed, with a memory of that."""

from largesse.domain.monitors.errors import MonitorInvalid, MonitorUnknown
from largesse.domain.monitors.model import MONITORS_MAX, TOLD_AGAIN_AFTER, Monitor, Watched
from largesse.domain.monitors.store import (
    delete_monitor,
    insert_monitor,
    list_monitors,
    lock_monitor,
    merchants_with_monitors,
    put_seen,
)
