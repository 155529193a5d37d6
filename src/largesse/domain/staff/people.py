"""People who work here: who they are, for whom they work, and as what.

A person belongs to herself and to no merchant. A *membership* belongs to a merchant: it says that a person works there,
and as what. A merchant ends or changes memberships, and never sees or sets anything by which a person signs in.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from largesse.domain.staff.permissions import Role
from largesse.kernel.sealing import Sealed

NAME_LENGTH_MAX: Final = 80
AGENT_LENGTH_MAX: Final = 200
INVITATION_GOOD_FOR: Final = timedelta(days=3)
LINK_GOOD_FOR: Final = timedelta(minutes=15)


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who signs in. `recovered_at` is when the operator last let them in without their second factor."""

    person_id: UUID
    email: str
    name: str
    language: str
    made_at: datetime
    recovered_at: datetime | None = None


class SignInSecrets(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept to recognise a person: the hash of a password, and the sealed secret of an authenticator."""

    person_id: UUID
    password_hash: str | None = None
    totp: Sealed | None = None

    def __repr__(self) -> str:
        return f"SignInSecrets({self.person_id})"


class MembershipState(StrEnum):
    """Whether a person may work for the merchant."""

    WAITING = "waiting"
    """Not yet: the inviter has to confirm the device and place that accepted."""
    LIVE = "live"
    ENDED = "ended"


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """That a person works for a merchant. `agent` and `address` are the device and place that accepted."""

    merchant_id: UUID
    membership_id: UUID
    person_id: UUID
    role: Role
    invited_by: UUID | None = None
    made_at: datetime
    agent: str = ""
    address: str = ""
    confirmed_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def state(self) -> MembershipState:
        """Return whether it counts."""
        if self.ended_at is not None:
            return MembershipState.ENDED
        return MembershipState.WAITING if self.confirmed_at is None else MembershipState.LIVE


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """That somebody may come to work for a merchant. `invited_by` is None where the operator invites."""

    merchant_id: UUID
    invitation_id: UUID
    email: str
    role: Role
    language: str
    invited_by: UUID | None = None
    made_at: datetime
    expires_at: datetime
    accepted_at: datetime | None = None
    withdrawn_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Return whether it may be accepted at `now`."""
        return self.accepted_at is None and self.withdrawn_at is None and now < self.expires_at


class LinkPurpose(StrEnum):
    """What a link by mail to a person is for."""

    RESET = "reset"
    """Replaces the password."""
    RECOVERY = "recovery"
    """Replaces password, second factor and recovery codes; only the operator makes one."""


class StaffLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link to a person that works once."""

    link_id: UUID
    person_id: UUID
    purpose: LinkPurpose
    made_at: datetime
    expires_at: datetime
    spent_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Return whether it counts at `now`."""
        return self.spent_at is None and now < self.expires_at


def email_key(email: str) -> str:
    """Return what an address is found by: people write their own in any case."""
    return email.casefold()
