"""Open an installation: one token, one transaction, one merchant with an owner who is signed in."""

import re
from datetime import datetime
from typing import Final

import msgspec

from largesse.db import Connection
from largesse.domain import merchants, setup, staff
from largesse.domain.merchants import Merchant, MerchantChange, MerchantDraft
from largesse.domain.setup import SetupClosed, SetupTokenRefused
from largesse.domain.staff import Audited, Person, Role, check_password
from largesse.kernel.ids import new_id
from largesse.services.merchants import change_merchant, open_merchant
from largesse.services.staff import (
    Browser,
    PasskeyOffer,
    StaffDependencies,
    keep_first_passkey,
    offer_registration,
    person_of_offer,
    read_offer,
)
from largesse.ui import LANGUAGES

SETUP_PATH: Final = "/setup"
_FIRST_NUMBER: Final = "1001"
_OTHERWISE: Final = "shop"


class FirstMerchant(msgspec.Struct, frozen=True, kw_only=True):
    """What the first merchant is called, sells in, and where its days end. An empty part is made up from the name."""

    name: str
    slug: str = ""
    number: str = ""
    prefix: str = ""
    currency: str
    time_zone: str
    contact_email: str

    def draft(self) -> MerchantDraft:
        """Return it with what was left empty."""
        letters = re.sub(r"[^A-Z]", "", self.name.upper())
        slug = re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")[:40].strip("-")
        return MerchantDraft(
            slug=self.slug or slug or _OTHERWISE,
            number=self.number or _FIRST_NUMBER,
            prefix=self.prefix or letters[:2] or "GC",
            name=self.name,
            currency=self.currency,
            time_zone=self.time_zone,
            contact_email=self.contact_email,
        )


class FirstOwner(msgspec.Struct, frozen=True, kw_only=True):
    """Who owns it, and how they sign in: by a passkey that their browser made, or by a password and an authenticator.

    `challenge` and `credential` are of a passkey, `offer` and `code` of an authenticator; `bound_to` is the form.
    """

    name: str
    email: str
    language: str
    password: str = ""
    offer: str = ""
    code: str = ""
    challenge: str = ""
    credential: str = ""
    bound_to: str = ""

    def __repr__(self) -> str:
        return "FirstOwner(…)"


class SetUp(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it. The token of the session and the recovery codes are shown this once."""

    merchant: Merchant
    person: Person
    token: str
    recovery_codes: tuple[str, ...]

    def __repr__(self) -> str:
        return f"SetUp({self.merchant.slug})"


async def is_open(connection: Connection) -> bool:
    """Return whether the first run is still to come: there is no merchant."""
    return not await merchants.list_merchants(connection)


async def offer_setup(connection: Connection, *, now: datetime) -> str:
    """Return a fresh token; those of before count no more.

    Raises:
        SetupClosed: there is a merchant.
    """
    if not await is_open(connection):
        raise SetupClosed
    return await setup.make_token(connection, now=now)


async def check_token(deps: StaffDependencies, token: str, *, now: datetime) -> None:
    """Let somebody go on who has the token; that spends nothing.

    Raises:
        SetupClosed: there is a merchant.
        SetupTokenRefused: the token does not count.
    """
    async with deps.database.connection() as connection:
        if not await is_open(connection):
            raise SetupClosed
        if not await setup.counts(connection, token, now=now):
            raise SetupTokenRefused


def offer_first_passkey(deps: StaffDependencies, *, bound_to: str, now: datetime) -> PasskeyOffer:
    """Return what a browser makes the first owner's passkey by. Their name and address are the form's to fill in."""
    nobody = Person(person_id=new_id(now), email="owner", name="Owner", language="en", made_at=now)
    return offer_registration(deps, nobody, [], bound_to=bound_to, now=now)


async def set_up(
    deps: StaffDependencies,
    token: str,
    first: FirstMerchant,
    owner: FirstOwner,
    browser: Browser,
    *,
    now: datetime,
) -> SetUp:
    """Spend the token: create the merchant and its owner, who is signed in. All or nothing, and once.

    Raises:
        FactorRefused: the code is not that of the offered authenticator.
        InvalidMerchant, MerchantTaken: the merchant cannot be so.
        LinkGone: the authenticator is not the one that was offered.
        PasskeyRefused: no passkey was made.
        PasswordUnfit, PersonInvalid: the owner cannot be so.
        SetupClosed, SetupTokenRefused: somebody was here before, or the token does not count.
    """
    draft, password_hash, secret = first.draft(), "", ""
    by_passkey = bool(owner.credential)
    if not by_passkey:
        secret = read_offer(deps.keyring, owner.offer, bound_to=owner.bound_to.encode())
        check_password(owner.password, known=(owner.email, owner.name, first.name))
        password_hash = await deps.passwords.hashed(owner.password)
    async with deps.transaction() as connection:
        await setup.spend_token(connection, token, now=now)
        if not await is_open(connection):
            raise SetupClosed
        merchant = await open_merchant(connection, draft, now=now)
        if owner.language in LANGUAGES and owner.language != merchant.language:
            change = MerchantChange(language=owner.language)
            merchant = await change_merchant(connection, merchant.merchant_id, change)
        person_id = person_of_offer(deps, owner.challenge, bound_to=owner.bound_to, now=now) if by_passkey else None
        person = await staff.create_person(
            connection, owner.email, owner.name, language=merchant.language, person_id=person_id, now=now
        )
        if by_passkey:
            await keep_first_passkey(
                deps,
                connection,
                person,
                token=owner.challenge,
                bound_to=owner.bound_to,
                credential=owner.credential,
                now=now,
            )
            codes = await staff.renew_recovery_codes(connection, person.person_id)
        else:
            await staff.set_password(connection, person.person_id, password_hash)
            codes = await staff.set_authenticator(
                connection, deps.keyring, person.person_id, secret, owner.code, now=now
            )
        await _own(connection, merchant, person, browser, now=now)
        session, _ = await staff.begin_session(
            connection, person.person_id, agent=browser.agent, address=browser.address, now=now
        )
        session, _ = await staff.sign_in(connection, session, now=now)
        _, session_token = await staff.step_up(connection, session, merchant.merchant_id, now=now)
    return SetUp(merchant=merchant, person=person, token=session_token, recovery_codes=codes)


async def _own(connection: Connection, merchant: Merchant, person: Person, browser: Browser, *, now: datetime) -> None:
    """Make somebody the owner: by an invitation that is accepted and confirmed in the same breath."""
    merchant_id = merchant.merchant_id
    invitation = await staff.invite(
        connection, merchant_id, person.email, Role.OWNER, language=person.language, invited_by=None, now=now
    )
    membership = await staff.join(connection, invitation, person, agent=browser.agent, address=browser.address, now=now)
    await staff.confirm(connection, membership, now=now)
    await staff.record(
        connection,
        merchant_id,
        Audited.MERCHANT_OPENED,
        subject=str(merchant_id),
        actor=f"person:{person.person_id}",
        reason=None,
        now=now,
    )
