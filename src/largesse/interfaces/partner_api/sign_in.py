"""Who may be given a token, and how often somebody may be wrong about a password.

The key is looked at first: it is a secret of 122 random bits, and without it nothing is said of any password, nor is
one checked, which is dear. So strangers cost little, and count against nobody. Misses count by the network they come
from, and by whose password it is; who was right before from a network answers for the misses of that network alone,
however many come from elsewhere (docs/decisions/0074-guesses-are-counted-together.md).
"""

from datetime import timedelta
from typing import Final

from largesse.domain.partners import AccessDenied
from largesse.interfaces.partner_api.dependencies import PartnerApiDependencies
from largesse.services.partners import find_credentials, issue_token
from largesse.web.client import Client
from largesse.web.rate_limits import RateLimit
from largesse.web.shared_limits import SharedLimit

UNKNOWN_KEYS: Final = "60/minute"
MISSES: Final = 10
MISSES_OVERALL: Final = 30
MISSES_WITHIN: Final = timedelta(minutes=1)
WAIT_LONGEST: Final = timedelta(hours=1)
REMEMBERED_FOR: Final = timedelta(days=90)


class SignIn:
    """Give tokens for keys and passwords, and keep guessing away."""

    def __init__(self, deps: PartnerApiDependencies) -> None:
        self._deps = deps
        self._unknown_keys = RateLimit(UNKNOWN_KEYS)
        self._misses = SharedLimit(
            deps,
            "partner_password",
            most=MISSES,
            within=MISSES_WITHIN,
            longest=WAIT_LONGEST,
            overall=MISSES_OVERALL,
        )

    async def token(self, client: Client, api_key: str, *, email: str, password: str) -> str:
        """Return a fresh access token.

        Raises:
            AccessDenied: the key, the address or the password is wrong.
            TooManyRequests: too many were.
            PasswordsBusy: too many passwords wait to be checked.
        """
        credentials = await find_credentials(self._deps, api_key)
        if credentials is None:
            self._unknown_keys.admit(client)
            raise AccessDenied
        now, whose = self._deps.clock.now(), str(credentials.user_id)
        was_right = await self._misses.remembers(client.network, of=whose)
        async with self._misses.attempt(client.network, of=whose, trusted=was_right) as attempt:
            try:
                token = await issue_token(self._deps, credentials, email=email, password=password, now=now)
            except AccessDenied:
                attempt.miss()
                raise
        if not was_right:
            await self._misses.remember(client.network, of=whose, until=now + REMEMBERED_FOR)
        return token
