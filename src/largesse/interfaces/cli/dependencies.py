"""What the commands need."""

from typing import Protocol

from largesse.services.banking import BankingDependencies
from largesse.services.capabilities import PrintsReceipts, SendsOutside, UsesClock
from largesse.services.cards import CardDependencies
from largesse.services.catalog import CatalogDependencies
from largesse.services.certificates import SpotDependencies
from largesse.services.counter import CounterWorkDependencies
from largesse.services.exports import ExportDependencies
from largesse.services.imports import ImportDependencies
from largesse.services.invoices import InvoicePrinting
from largesse.services.keys import KeyDependencies
from largesse.services.mails import MailDependencies
from largesse.services.owners import OwnerDependencies
from largesse.services.partners import PartnerDependencies
from largesse.services.payment_accounts import PaymentAccountDependencies
from largesse.services.payments import PaymentDependencies
from largesse.services.portal import PortalDependencies
from largesse.services.privacy import PrivacyDependencies
from largesse.services.programs import ProgramDependencies
from largesse.services.reports import ReportDependencies
from largesse.services.seals import SealDependencies


class CommandDependencies(
    PortalDependencies,
    BankingDependencies,
    OwnerDependencies,
    CardDependencies,
    ImportDependencies,
    CatalogDependencies,
    CounterWorkDependencies,
    ExportDependencies,
    KeyDependencies,
    MailDependencies,
    PartnerDependencies,
    PaymentAccountDependencies,
    PaymentDependencies,
    PrivacyDependencies,
    ProgramDependencies,
    ReportDependencies,
    SealDependencies,
    SpotDependencies,
    PrintsReceipts,
    SendsOutside,
    UsesClock,
    InvoicePrinting,
    Protocol,
):
    """What the commands need."""
