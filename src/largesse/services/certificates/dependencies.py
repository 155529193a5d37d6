"""What work on a certificate needs."""

from typing import Protocol

from largesse.services.capabilities import Publishes, UsesKeys, UsesLedger


class CertificateDependencies(Publishes, UsesKeys, UsesLedger, Protocol):
    """What work on a certificate needs."""
