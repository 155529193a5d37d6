"""People who work for a merchant, with all that they sign in with."""

from datetime import datetime, timedelta

import msgspec
import pyotp

from largesse.app.application import Application
from largesse.domain import staff
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Membership, MembershipState, Person, Role, new_totp_secret
from largesse.services import staff as services
from largesse.services.staff import Browser, Manager, NewSignIn, SignedIn
from tests.builders.application import NOW

PASSWORD = "tulip-anvil-73-harbour"
BROWSER = Browser(agent="Firefox 143 on Linux", address="192.0.2.7")
OPERATOR = Manager(actor="cli:tester")


class Worker(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who works for a merchant, and what they know."""

    person: Person
    membership: Membership
    secret: str
    recovery_codes: tuple[str, ...]
    token: str

    def code(self, now: datetime) -> str:
        """What their authenticator shows."""
        return pyotp.TOTP(self.secret).at(now)

    @property
    def manager(self) -> Manager:
        """Them, acting for the merchant."""
        return Manager(
            actor=f"person:{self.person.person_id}",
            name=self.person.name,
            person_id=self.person.person_id,
            role=self.membership.role,
        )


def invitation_token(application: Application, merchant: Merchant, invitation: staff.Invitation) -> str:
    """What stands in the link of an invitation."""
    address = services.invitation_address(application, merchant.merchant_id, invitation.invitation_id)
    return address.partition("token=")[2]


def sign_in_of(application: Application, token: str, secret: str, *, name: str, now: datetime) -> NewSignIn:
    """What somebody types who accepts an invitation."""
    return NewSignIn(
        name=name,
        password=PASSWORD,
        offer=services.write_offer(application.keyring, secret, bound_to=token.encode()),
        code=pyotp.TOTP(secret).at(now),
        language="en",
    )


async def a_worker(
    application: Application,
    merchant: Merchant,
    *,
    email: str = "ada@bakery.example",
    name: str = "Ada",
    role: Role = Role.OWNER,
    by: Manager = OPERATOR,
    now: datetime = NOW - timedelta(days=2),
) -> Worker:
    """Somebody who was invited, accepted and was confirmed two days ago."""
    invitation = await services.invite(application, merchant, email, role, by=by, now=now)
    token, secret = invitation_token(application, merchant, invitation), new_totp_secret()
    wanted = sign_in_of(application, token, secret, name=name, now=now)
    accepted = await services.accept_with_new_sign_in(application, token, wanted, BROWSER, now=now)
    membership = accepted.membership
    if membership.state is MembershipState.WAITING:
        async with application.database.transaction() as connection:
            membership = await services.confirm(connection, merchant, membership, by=by, now=now)
    return Worker(
        person=accepted.person,
        membership=membership,
        secret=secret,
        recovery_codes=accepted.recovery_codes,
        token=accepted.token,
    )


async def signed_in(application: Application, worker: Worker, *, now: datetime = NOW) -> SignedIn:
    """A session of theirs that counts."""
    begun = await services.begin(application, worker.person.email, PASSWORD, BROWSER, now=now)
    return await services.finish(application, begun.session, worker.code(now), now=now)
