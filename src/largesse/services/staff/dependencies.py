"""What inviting people, recognising them and letting them act needs."""

from typing import Protocol

from largesse.services.capabilities import ChecksPasswords, HasPublicAddress, HasRelyingParty, Publishes, UsesKeys


class StaffDependencies(ChecksPasswords, HasPublicAddress, HasRelyingParty, Publishes, UsesKeys, Protocol):
    """What inviting people, recognising them and letting them act needs."""
