"""That a person acts for a partner, and the invitation that leads there.

The person is the one who signs in, known to `domain.staff`; a merchant's partner has memberships as the merchant has.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from largesse.domain.portal.roles import PartnerRole

INVITATION_GOOD_FOR: Final = timedelta(days=3)


class PartnerMember(msgspec.Struct, frozen=True, kw_only=True):
    """That a person acts for a partner. `agent` and `address` are the device and place that accepted."""

    merchant_id: UUID
    membership_id: UUID
    partner_id: UUID
    person_id: UUID
    role: PartnerRole
    invited_by: UUID | None = None
    made_at: datetime
    agent: str = ""
    address: str = ""
    ended_at: datetime | None = None

    @property
    def actor(self) -> str:
        """Return how journals and audits name whoever acts so."""
        return f"person:{self.person_id}"


class PartnerInvitation(msgspec.Struct, frozen=True, kw_only=True):
    """That somebody may come to act for a partner. `invited_by` is None where the operator invites."""

    merchant_id: UUID
    invitation_id: UUID
    partner_id: UUID
    email: str
    role: PartnerRole
    language: str
    invited_by: UUID | None = None
    made_at: datetime
    expires_at: datetime
    accepted_at: datetime | None = None
    withdrawn_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Return whether it may be accepted at `now`."""
        return self.accepted_at is None and self.withdrawn_at is None and now < self.expires_at
