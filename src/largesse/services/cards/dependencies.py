"""What batches of cards need."""

from typing import Protocol

from largesse.services.capabilities import HasPublicAddress
from largesse.services.certificates import CertificateDependencies


class CardDependencies(HasPublicAddress, CertificateDependencies, Protocol):
    """What work on a certificate needs, and the address that codes lead to."""
