"""The command line: the operator's interface. `COMMANDS` are hung under `largesse` by `app/main.py`."""

import click

from largesse.interfaces.cli.catalog_pages import catalog
from largesse.interfaces.cli.certificate_cards import certificate
from largesse.interfaces.cli.clock import clock
from largesse.interfaces.cli.device import device
from largesse.interfaces.cli.endpoint_care import endpoint
from largesse.interfaces.cli.entity import entity
from largesse.interfaces.cli.export import export
from largesse.interfaces.cli.keys import keys
from largesse.interfaces.cli.law import law
from largesse.interfaces.cli.ledger_payouts import ledger
from largesse.interfaces.cli.location import location
from largesse.interfaces.cli.mail import mail
from largesse.interfaces.cli.merchant import merchant
from largesse.interfaces.cli.order import order
from largesse.interfaces.cli.partner_access import partner
from largesse.interfaces.cli.payment_account import payment
from largesse.interfaces.cli.person import person
from largesse.interfaces.cli.receiver import receiver
from largesse.interfaces.cli.report import report
from largesse.interfaces.cli.staff import staff

COMMANDS: tuple[click.Command, ...] = (
    merchant,
    entity,
    law,
    location,
    device,
    staff,
    catalog,
    partner,
    certificate,
    order,
    payment,
    endpoint,
    receiver,
    mail,
    export,
    person,
    ledger,
    report,
    keys,
    clock,
)
"""Every command of this interface, in the order in which help lists them."""
