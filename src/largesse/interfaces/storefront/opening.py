"""How a signed link to gifts is opened: counted before it is looked at, as every secret that a stranger brings."""

from largesse.interfaces.storefront.dependencies import StorefrontDependencies
from largesse.interfaces.storefront.limits import GuessLimit
from largesse.services.gifts import GiftLink, LinkRefused, read_token
from largesse.web.request import AnyRequest


async def open_link(deps: StorefrontDependencies, guesses: GuessLimit, token: str, request: AnyRequest) -> GiftLink:
    """Return what a link stands for.

    Raises:
        TooManyRequests: there were too many that are not ours.
        LinkRefused: it is not signed by us.
        LinkExpired: it is, and has ended.
    """
    async with guesses.attempt(request) as attempt:
        try:
            return read_token(deps.keyring, token, now=deps.clock.now())
        except LinkRefused:
            attempt.miss()
            raise
