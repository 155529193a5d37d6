"""What the partner API needs."""

from typing import Protocol

from largesse.services.capabilities import HasPublicAddress, UsesClock
from largesse.services.certificates import CertificateDependencies
from largesse.services.partners import PartnerDependencies


class PartnerApiDependencies(HasPublicAddress, UsesClock, CertificateDependencies, PartnerDependencies, Protocol):
    """What the partner API needs."""
