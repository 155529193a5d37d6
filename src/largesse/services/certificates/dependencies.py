"""What work on a certificate needs."""

from typing import Protocol

from largesse.services.capabilities import Publishes, UsesDatabase, UsesKeys, UsesLedger, UsesLocator


class CertificateDependencies(Publishes, UsesKeys, UsesLedger, UsesLocator, Protocol):
    """What work on a certificate needs."""


class SpotDependencies(UsesDatabase, UsesLocator, Protocol):
    """What it takes to know where something happens."""
