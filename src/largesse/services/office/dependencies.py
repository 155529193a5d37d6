"""What the office reads with."""

from typing import Protocol

from largesse.services.certificates import CertificateDependencies
from largesse.services.exports import ExportDependencies


class OfficeDependencies(ExportDependencies, Protocol):
    """What the office reads with: the database, and the keys that numbers are found by."""


class StoryDependencies(CertificateDependencies, Protocol):
    """What stories are gathered with: the ledger, too."""
