"""Let partners in: an e-mail address, a password and a key give a token; a key and a token open the secure paths."""

from collections import OrderedDict
from datetime import datetime, timedelta

import msgspec

from largesse.db import Database
from largesse.domain import merchants, partners
from largesse.domain.merchants import Merchant
from largesse.domain.partners import Access, AccessDenied, Credentials
from largesse.services.partners.dependencies import PartnerDependencies

REMEMBERED_FOR = timedelta(seconds=5)
REMEMBERED_MAX = 10_000


class Admitted(msgspec.Struct, frozen=True, kw_only=True):
    """Who came in, and at which merchant's."""

    access: Access
    merchant: Merchant


class Admission:
    """Check keys and tokens, remembering who was let in for a few seconds.

    A revoked key or token may therefore work for five seconds more, in each process. Whether the partner may order is
    not remembered: the agreement is read under lock with every order.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._remembered: OrderedDict[tuple[bytes, bytes], tuple[datetime, Admitted]] = OrderedDict()

    async def admit(self, api_key: str, api_token: str, *, now: datetime) -> Admitted:
        """Return in whose name a key and one of its tokens speak.

        Raises:
            AccessDenied: one of them is wrong, revoked or expired.
        """
        digests = partners.digest_of_key(api_key), partners.digest_of_token(api_token)
        until, admitted = self._remembered.get(digests, (None, None))
        if admitted is not None and until is not None and now < until:
            return admitted
        admitted = await self._look_up(api_key, api_token, now)
        self._remembered[digests] = min(now + REMEMBERED_FOR, admitted.access.expires_at), admitted
        self._remembered.move_to_end(digests)
        while len(self._remembered) > REMEMBERED_MAX:
            self._remembered.popitem(last=False)
        return admitted

    async def _look_up(self, api_key: str, api_token: str, now: datetime) -> Admitted:
        async with self._database.connection() as connection:
            access = await partners.find_access(connection, api_key, api_token, now=now)
            merchant = await merchants.merchant_of_id(connection, access.merchant_id)
        return Admitted(access=access, merchant=merchant)


async def find_credentials(deps: PartnerDependencies, api_key: str) -> Credentials | None:
    """Return whom a live API key belongs to; None when there is no such key."""
    async with deps.database.connection() as connection:
        return await partners.find_credentials(connection, api_key)


async def issue_token(
    deps: PartnerDependencies, credentials: Credentials, *, email: str, password: str, now: datetime
) -> str:
    """Return a fresh access token for the user that a key belongs to.

    The password is checked also where the address is wrong, so that the answer takes as long.

    Raises:
        AccessDenied: the address or the password is wrong.
        PasswordsBusy: too many passwords wait to be checked.
    """
    matches = await deps.passwords.matches(password, hashed=credentials.password_hash)
    if not matches or credentials.email != email.strip().lower():
        raise AccessDenied
    async with deps.database.transaction() as connection:
        return await partners.issue_token(connection, credentials, now=now)
