"""What the pages of staff need."""

from typing import Protocol

from largesse.services.approvals import ApprovalDependencies
from largesse.services.banking import BankingDependencies
from largesse.services.capabilities import HasPublicAddress, SendsOutside, UsesClock, UsesTypesetter
from largesse.services.cards import CardDependencies
from largesse.services.counter_sales import CounterSaleDependencies
from largesse.services.endpoints import EndpointDependencies
from largesse.services.imports import ImportDependencies
from largesse.services.invoices import InvoicePrinting
from largesse.services.months import MonthDependencies
from largesse.services.office import OfficeDependencies
from largesse.services.offline import OfflineDependencies
from largesse.services.owners import OwnerDependencies
from largesse.services.partners import PartnerDependencies
from largesse.services.payment_accounts import PaymentAccountDependencies
from largesse.services.portal import PortalDependencies
from largesse.services.programs import ProgramDependencies
from largesse.services.staff import StaffDependencies


class AdminDependencies(
    PortalDependencies,
    BankingDependencies,
    OwnerDependencies,
    PaymentAccountDependencies,
    CardDependencies,
    CounterSaleDependencies,
    ImportDependencies,
    UsesClock,
    SendsOutside,
    EndpointDependencies,
    OfficeDependencies,
    OfflineDependencies,
    ApprovalDependencies,
    MonthDependencies,
    ProgramDependencies,
    PartnerDependencies,
    StaffDependencies,
    HasPublicAddress,
    InvoicePrinting,
    UsesTypesetter,
    Protocol,
):
    """What the pages of staff need."""
