"""Monitors of a merchant: set by people, looked at by the worker, told of by mail once a bound is passed."""

from pathlib import Path

from largesse.services.monitors.dependencies import MonitorDependencies
from largesse.services.monitors.setting import ACTS, remove_monitor, set_monitor
from largesse.services.monitors.watching import values_of, watch
from largesse.services.monitors.wording import bound_text, sentence_of, value_text, watched_name

FOLDER = Path(__file__).parent  # its part of the look: locale/
