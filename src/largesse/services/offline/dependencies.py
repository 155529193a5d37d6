"""What work without a line needs."""

from typing import Protocol

from largesse.services.approvals import ApprovalDependencies


class OfflineDependencies(ApprovalDependencies, Protocol):
    """What reads certificates and their sealed numbers, posts, and asks the limits of whoever settles."""
