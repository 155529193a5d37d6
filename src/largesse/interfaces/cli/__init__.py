"""The command line: the operator's interface. `COMMANDS` are hung under `largesse` by `app/main.py`."""

import click

from largesse.interfaces.cli.api_key import api_key
from largesse.interfaces.cli.bank_payouts import bank
from largesse.interfaces.cli.books import books
from largesse.interfaces.cli.breakage import breakage
from largesse.interfaces.cli.cards import cards
from largesse.interfaces.cli.catalog_drafts import catalog
from largesse.interfaces.cli.certificate_paper import certificate
from largesse.interfaces.cli.clock import clock
from largesse.interfaces.cli.device_drawer import device
from largesse.interfaces.cli.endpoint_care import endpoint
from largesse.interfaces.cli.entity import entity
from largesse.interfaces.cli.export import export
from largesse.interfaces.cli.imports import import_
from largesse.interfaces.cli.invoice_accounts import invoice
from largesse.interfaces.cli.keys import keys
from largesse.interfaces.cli.law import law
from largesse.interfaces.cli.ledger_entries import ledger
from largesse.interfaces.cli.legal_text import legal_text
from largesse.interfaces.cli.location import location
from largesse.interfaces.cli.mail import mail
from largesse.interfaces.cli.merchant import merchant
from largesse.interfaces.cli.monitor import monitor
from largesse.interfaces.cli.month import month
from largesse.interfaces.cli.network import network
from largesse.interfaces.cli.office import audit, search, today
from largesse.interfaces.cli.offline import offline
from largesse.interfaces.cli.order_care import order
from largesse.interfaces.cli.partner_batches import partner
from largesse.interfaces.cli.payment_instructions import payment
from largesse.interfaces.cli.person import person
from largesse.interfaces.cli.rate import rate
from largesse.interfaces.cli.receipt import receipt
from largesse.interfaces.cli.receiver import receiver
from largesse.interfaces.cli.report_mails import report
from largesse.interfaces.cli.request import limit
from largesse.interfaces.cli.request_owners import request
from largesse.interfaces.cli.setup import backup, setup
from largesse.interfaces.cli.staff_pin import staff
from largesse.interfaces.cli.wallet import wallet
from largesse.interfaces.cli.withdrawal import withdrawal

COMMANDS: tuple[click.Command, ...] = (
    setup,
    today,
    search,
    audit,
    merchant,
    entity,
    law,
    legal_text,
    location,
    device,
    offline,
    staff,
    network,
    limit,
    request,
    catalog,
    partner,
    invoice,
    api_key,
    certificate,
    cards,
    order,
    receipt,
    withdrawal,
    import_,
    payment,
    wallet,
    endpoint,
    receiver,
    mail,
    export,
    person,
    ledger,
    bank,
    rate,
    report,
    month,
    breakage,
    books,
    monitor,
    keys,
    backup,
    clock,
)
"""Every command of this interface, in the order in which help lists them."""
