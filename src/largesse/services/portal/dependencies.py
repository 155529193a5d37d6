"""What the portal of partners needs."""

from typing import Protocol

from largesse.services.gifts import GiftDependencies
from largesse.services.partners import PartnerDependencies
from largesse.services.refunds import RefundDependencies
from largesse.services.staff import StaffDependencies


class PortalDependencies(PartnerDependencies, RefundDependencies, GiftDependencies, StaffDependencies, Protocol):
    """What the portal of partners needs."""
