"""What erasing and forgetting need."""

from typing import Protocol

from largesse.services.capabilities import UsesDatabase, UsesKeys


class PrivacyDependencies(UsesDatabase, UsesKeys, Protocol):
    """The database, and the key that names an erased person in the audit log."""
