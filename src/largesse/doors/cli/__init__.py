"""The command line: the operator's door. `COMMANDS` are hung under `largesse` by `app/main.py`."""

import click

from largesse.doors.cli.catalog_pages import catalog
from largesse.doors.cli.certificate_care import certificate
from largesse.doors.cli.endpoint import endpoint
from largesse.doors.cli.export import export
from largesse.doors.cli.keys import keys
from largesse.doors.cli.ledger import ledger
from largesse.doors.cli.mail import mail
from largesse.doors.cli.merchant import merchant
from largesse.doors.cli.order import order
from largesse.doors.cli.partner_access import partner
from largesse.doors.cli.payment import payment
from largesse.doors.cli.receiver import receiver

COMMANDS: tuple[click.Command, ...] = (
    merchant,
    catalog,
    partner,
    certificate,
    order,
    payment,
    endpoint,
    receiver,
    mail,
    export,
    ledger,
    keys,
)
"""Every command of this door, in the order in which help lists them."""
