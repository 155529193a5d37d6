"""What delivering and showing a gift needs."""

from typing import Protocol

from largesse.services.capabilities import HasPublicAddress, UsesTypesetter
from largesse.services.certificates import CertificateDependencies


class GiftDependencies(HasPublicAddress, UsesTypesetter, CertificateDependencies, Protocol):
    """What delivering and showing a gift needs."""
