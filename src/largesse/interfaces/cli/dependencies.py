"""What the commands need."""

from typing import Protocol

from largesse.services.capabilities import SendsOutside, UsesClock
from largesse.services.catalog import CatalogDependencies
from largesse.services.certificates import SpotDependencies
from largesse.services.exports import ExportDependencies
from largesse.services.keys import KeyDependencies
from largesse.services.mails import MailDependencies
from largesse.services.partners import PartnerDependencies
from largesse.services.payment_accounts import PaymentAccountDependencies
from largesse.services.payments import PaymentDependencies
from largesse.services.privacy import PrivacyDependencies
from largesse.services.seals import SealDependencies


class CommandDependencies(
    SendsOutside,
    UsesClock,
    CatalogDependencies,
    ExportDependencies,
    KeyDependencies,
    MailDependencies,
    PartnerDependencies,
    PaymentAccountDependencies,
    PaymentDependencies,
    PrivacyDependencies,
    SealDependencies,
    SpotDependencies,
    Protocol,
):
    """What the commands need."""
