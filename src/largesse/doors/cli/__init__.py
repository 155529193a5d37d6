"""The command line: the operator's door. `COMMANDS` are hung under `largesse` by `app/main.py`."""

import click

from largesse.doors.cli import certificate_care
from largesse.doors.cli.keys import keys
from largesse.doors.cli.merchant import merchant

COMMANDS: tuple[click.Command, ...] = (merchant, certificate_care.certificate, keys)
"""Every command of this door, in the order in which help lists them."""
