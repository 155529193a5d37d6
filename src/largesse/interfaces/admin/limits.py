"""How often somebody may try, counted by all processes together, with pauses that grow.

Tries of a password count for the address that they are for and the network that they come from, so a stranger closes
an account to themselves and not to its person; whatever one network tries is bounded too. Codes are tried only by who
knows the password, or has the mail: they count for the person.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final
from uuid import UUID

from largesse.domain.staff import FactorRefused, PasskeyRefused
from largesse.web.client import Client
from largesse.web.errors import TooManyRequests
from largesse.web.shared_limits import LimitAttempt, LimitDependencies, SharedLimit

WITHIN: Final = timedelta(minutes=5)
LONGEST: Final = timedelta(hours=2)
PASSWORDS: Final = 10
PASSWORDS_OVERALL: Final = 100
PASSWORDS_OF_A_NETWORK: Final = 100
CODES: Final = 8
LINKS: Final = 30
MAILS: Final = 3
MAILS_OF_A_NETWORK: Final = 30
INVITATIONS: Final = 50
ASKINGS: Final = 5


class StaffLimits:
    """The bounds on tries."""

    def __init__(self, deps: LimitDependencies) -> None:
        self._passwords = SharedLimit(
            deps, "staff.password", most=PASSWORDS, within=WITHIN, longest=LONGEST, overall=PASSWORDS_OVERALL
        )
        self._networks = SharedLimit(deps, "staff.network", most=PASSWORDS_OF_A_NETWORK, within=WITHIN, longest=LONGEST)
        self._codes = SharedLimit(deps, "staff.code", most=CODES, within=WITHIN, longest=LONGEST)
        self._links = SharedLimit(deps, "staff.link", most=LINKS, within=WITHIN, longest=LONGEST)
        self._mails = SharedLimit(deps, "staff.mail", most=MAILS, within=timedelta(minutes=15), longest=LONGEST)
        self._askers = SharedLimit(deps, "staff.asker", most=MAILS_OF_A_NETWORK, within=timedelta(hours=1))
        self._askings = SharedLimit(deps, "partner.asking", most=ASKINGS, within=timedelta(hours=1))
        self._invitations = SharedLimit(deps, "staff.invite", most=INVITATIONS, within=timedelta(days=1))

    @asynccontextmanager
    async def password(self, client: Client, email: str) -> AsyncIterator[LimitAttempt]:
        """Count a try of a password, and give it back unless the block calls it a miss.

        Raises:
            TooManyRequests: the block does not run.
        """
        async with self._networks.attempt(client.network) as of_network:
            async with self._passwords.attempt(client.network, of=email.strip().casefold()) as attempt:
                yield attempt
            if attempt.is_miss:
                of_network.miss()

    @asynccontextmanager
    async def code(self, person_id: UUID) -> AsyncIterator[LimitAttempt]:
        """Count a try of a code, or of a password by who has signed in, for a person: one that is refused is a miss.

        Raises:
            TooManyRequests: the block does not run.
        """
        async with self._codes.attempt(str(person_id)) as attempt:
            try:
                yield attempt
            except (FactorRefused, PasskeyRefused):
                attempt.miss()
                raise

    @asynccontextmanager
    async def link(self, client: Client) -> AsyncIterator[LimitAttempt]:
        """Count a try of a link.

        Raises:
            TooManyRequests: the block does not run.
        """
        async with self._links.attempt(client.network) as attempt:
            yield attempt

    async def may_mail(self, client: Client, email: str) -> bool:
        """Count somebody who asks for a mail; False where the address was mailed often enough, which nobody is told.

        Raises:
            TooManyRequests: from this network too many were asked for.
        """
        await self._askers.take(client.network)
        try:
            await self._mails.take(email.strip().casefold())
        except TooManyRequests:
            return False
        return True

    async def asking(self, client: Client) -> None:
        """Count somebody who asks a merchant for an agreement.

        Raises:
            TooManyRequests: from this network too many asked within the hour.
        """
        await self._askings.take(client.network)

    async def invitation(self, person_id: UUID) -> None:
        """Count an invitation.

        Raises:
            TooManyRequests: this person invited too many today.
        """
        await self._invitations.take(str(person_id))
