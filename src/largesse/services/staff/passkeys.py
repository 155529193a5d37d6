"""Passkeys (WebAuthn): make one, and sign in with it. It is both factors at once, for it is told who holds it.

A challenge is signed for the form that carries it and answered once; the attestation is not asked for, since any
authenticator that verifies its user will do.
"""

import ipaddress
import secrets
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
import webauthn
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from largesse.db import Connection
from largesse.domain import staff
from largesse.domain.staff import (
    CHALLENGE_GOOD_FOR,
    PASSKEY_NAME_MAX,
    PASSKEYS_MAX,
    FactorRefused,
    Passkey,
    PasskeyRefused,
    Person,
    StaffSession,
)
from largesse.kernel import free_text
from largesse.kernel.tokens import TokenKind, TokenRefused
from largesse.services.staff.dependencies import StaffDependencies
from largesse.services.staff.inviting import Browser
from largesse.services.staff.mailing import StaffMailPurpose, mail_person
from largesse.services.staff.signing_in import SignedIn

_CHALLENGE_BYTES: Final = 32
CREDENTIAL_LENGTH_MAX: Final = 12_000
_RP_NAME: Final = "Largesse"


class PasskeyChallenge(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What an authenticator is to sign, until when that counts, and for whom a new passkey is."""

    challenge: bytes
    ends_at: datetime
    person_id: UUID | None = None


class PasskeyOffer(msgspec.Struct, frozen=True, kw_only=True):
    """What a page hands to the browser: options as JSON, and the token that comes back with the answer."""

    options: str
    token: str


_TOKENS: Final = TokenKind("passkey-challenge", PasskeyChallenge, length_max=400)


def rp_id_of(deps: StaffDependencies) -> str:
    """Return the relying party that passkeys are made for: as set, else the host of the public address.

    Where that is this machine by a number, it is `localhost`: WebAuthn refuses numbers, and people come by the name.
    """
    host = urlsplit(deps.base_url).hostname or ""
    return deps.rp_id or ("localhost" if _is_loopback(host) else host)


def origins_of(deps: StaffDependencies) -> list[str]:
    """Return the origins on which passkeys are used: the public address, and that of the relying party."""
    parts = urlsplit(deps.base_url)
    own = f"{parts.scheme}://{parts.netloc}"
    if _is_loopback(parts.hostname or ""):
        port = f":{parts.port}" if parts.port else ""
        return [own, f"{parts.scheme}://localhost{port}"]
    named = f"https://{rp_id_of(deps)}"
    return [own] if own == named or parts.scheme != "https" else [own, named]


def offers_passkeys(deps: StaffDependencies, *, at: str) -> bool:
    """Return whether browsers make passkeys for whoever comes by the host `at`: for none that is a number."""
    return bool(rp_id_of(deps)) and not any(map(_is_number, (rp_id_of(deps), at)))


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    return _is_number(host) and ipaddress.ip_address(host).is_loopback


def offer_sign_in(deps: StaffDependencies, *, bound_to: str, now: datetime) -> PasskeyOffer:
    """Return what a browser signs in by, with whatever passkey of this site it has."""
    challenge = secrets.token_bytes(_CHALLENGE_BYTES)
    options = webauthn.generate_authentication_options(
        rp_id=rp_id_of(deps), challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED
    )
    content = PasskeyChallenge(challenge=challenge, ends_at=now + CHALLENGE_GOOD_FOR)
    return PasskeyOffer(
        options=webauthn.options_to_json(options),
        token=_TOKENS.sign(deps.keyring, content, bound_to=bound_to.encode()),
    )


def offer_registration(
    deps: StaffDependencies, person: Person, known: list[Passkey], *, bound_to: str, now: datetime
) -> PasskeyOffer:
    """Return what a browser makes a passkey of a person by; none on an authenticator that has one already."""
    challenge = secrets.token_bytes(_CHALLENGE_BYTES)
    options = webauthn.generate_registration_options(
        rp_id=rp_id_of(deps),
        rp_name=_RP_NAME,
        user_id=person.person_id.bytes,
        user_name=person.email,
        user_display_name=person.name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one.credential_id) for one in known],
    )
    content = PasskeyChallenge(challenge=challenge, ends_at=now + CHALLENGE_GOOD_FOR, person_id=person.person_id)
    return PasskeyOffer(
        options=webauthn.options_to_json(options),
        token=_TOKENS.sign(deps.keyring, content, bound_to=bound_to.encode()),
    )


async def register(
    deps: StaffDependencies,
    session: StaffSession,
    *,
    token: str,
    bound_to: str,
    credential: str,
    name: str,
    password: str,
    now: datetime,
) -> Passkey:
    """Keep a new passkey of somebody who has signed in and knows their password.

    Raises:
        FactorRefused: the password is another one.
        PasskeyRefused: it is not what was asked for, or is known, or there are too many.
    """
    content = _read(deps, token, bound_to=bound_to, now=now)
    if content.person_id != session.person_id:
        raise PasskeyRefused
    async with deps.database.connection() as connection:
        kept = await staff.secrets_of(connection, session.person_id)
    if not await deps.passwords.matches(password, hashed=kept.password_hash):
        raise FactorRefused
    passkey = _made(deps, content, credential, session.person_id, name=name, now=now)
    async with deps.database.transaction() as connection:
        many = len(await staff.passkeys_of(connection, session.person_id)) >= PASSKEYS_MAX
        if many or not await staff.spend_challenge(connection, content.challenge, now):
            raise PasskeyRefused
        if not await staff.insert_passkey(connection, passkey):
            raise PasskeyRefused
    return passkey


def person_of_offer(deps: StaffDependencies, token: str, *, bound_to: str, now: datetime) -> UUID:
    """Return for whom a passkey was offered, who may be nobody yet.

    Raises:
        PasskeyRefused: it was not offered on this form, or too long ago.
    """
    found = _read(deps, token, bound_to=bound_to, now=now).person_id
    if found is None:
        raise PasskeyRefused
    return found


async def keep_first_passkey(
    deps: StaffDependencies,
    connection: Connection,
    person: Person,
    *,
    token: str,
    bound_to: str,
    credential: str,
    now: datetime,
) -> None:
    """Keep the passkey with which somebody begins, in the transaction that creates them.

    Raises:
        PasskeyRefused: it is not what was asked for, or is known.
    """
    content = _read(deps, token, bound_to=bound_to, now=now)
    if content.person_id != person.person_id or not await staff.spend_challenge(connection, content.challenge, now):
        raise PasskeyRefused
    passkey = _made(deps, content, credential, person.person_id, name="", now=now)
    if not await staff.insert_passkey(connection, passkey):
        raise PasskeyRefused


def _made(
    deps: StaffDependencies, content: PasskeyChallenge, credential: str, person_id: UUID, *, name: str, now: datetime
) -> Passkey:
    try:
        verified = webauthn.verify_registration_response(
            credential=credential[: CREDENTIAL_LENGTH_MAX + 1],
            expected_challenge=content.challenge,
            expected_rp_id=rp_id_of(deps),
            expected_origin=origins_of(deps),
            require_user_verification=True,
        )
    except _FAULTS as error:
        raise PasskeyRefused from error
    return Passkey(
        credential_id=verified.credential_id,
        person_id=person_id,
        rp_id=rp_id_of(deps),
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        name=free_text.shortened(free_text.one_line(name), PASSKEY_NAME_MAX) or _RP_NAME,
        made_at=now,
    )


async def sign_in_with_passkey(
    deps: StaffDependencies, *, token: str, bound_to: str, credential: str, browser: Browser, now: datetime
) -> SignedIn:
    """Sign in by a passkey; no code is asked for, since the authenticator has verified who holds it.

    Raises:
        PasskeyRefused: it is unknown, or did not sign what was asked for; never which of them.
    """
    content = _read(deps, token, bound_to=bound_to, now=now)
    if content.person_id is not None:
        raise PasskeyRefused
    async with deps.transaction() as connection:
        passkey = await _signed(deps, connection, content, credential, now=now)
        session, _ = await staff.begin_session(
            connection, passkey.person_id, agent=browser.agent, address=browser.address, now=now
        )
        known = await staff.has_signed_in_with(connection, passkey.person_id, session.agent, but=session.session_id)
        signed_in, session_token = await staff.sign_in(connection, session, now=now)
        person = await staff.person_of_id(connection, passkey.person_id)
        if person is not None and not known:
            await mail_person(connection, person, StaffMailPurpose.NEW_BROWSER, about=session.agent, now=now)
    return SignedIn(session=signed_in, token=session_token)


async def step_up_with_passkey(
    deps: StaffDependencies,
    session: StaffSession,
    merchant_id: UUID,
    *,
    token: str,
    bound_to: str,
    credential: str,
    now: datetime,
) -> SignedIn:
    """Show again who you are, by a passkey of your own; it counts for one merchant, for five minutes.

    Raises:
        PasskeyRefused: it is unknown, somebody else's, or did not sign what was asked for.
        SignedOut: the session has ended.
    """
    content = _read(deps, token, bound_to=bound_to, now=now)
    if content.person_id is not None:
        raise PasskeyRefused
    async with deps.database.transaction() as connection:
        passkey = await _signed(deps, connection, content, credential, now=now)
        if passkey.person_id != session.person_id:
            raise PasskeyRefused
        stepped_up, session_token = await staff.step_up(connection, session, merchant_id, now=now)
    return SignedIn(session=stepped_up, token=session_token)


async def _signed(
    deps: StaffDependencies, connection: Connection, content: PasskeyChallenge, credential: str, *, now: datetime
) -> Passkey:
    """Return the passkey that signed a challenge, which counts no more, and note that it was used.

    Raises:
        PasskeyRefused: none did.
    """
    passkey = await staff.passkey_of(connection, _id_in(credential))
    if passkey is None or _user_in(credential) != passkey.person_id.bytes:
        raise PasskeyRefused
    try:
        verified = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=content.challenge,
            expected_rp_id=rp_id_of(deps),
            expected_origin=origins_of(deps),
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except _FAULTS as error:
        raise PasskeyRefused from error
    if not await staff.spend_challenge(connection, content.challenge, now):
        raise PasskeyRefused
    if not await staff.use_passkey(connection, passkey, verified.new_sign_count, now):
        raise PasskeyRefused
    return passkey


async def passkeys_that_stop_working(deps: StaffDependencies) -> int:
    """Return how many passkeys were made for another relying party than this start's."""
    async with deps.database.connection() as connection:
        return await staff.passkeys_elsewhere(connection, rp_id_of(deps))


# What the library raises over malformed answers is not all of its own kind.
_FAULTS: Final = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError)


def _read(deps: StaffDependencies, token: str, *, bound_to: str, now: datetime) -> PasskeyChallenge:
    try:
        content = _TOKENS.read(deps.keyring, token, bound_to=bound_to.encode())
    except TokenRefused:
        raise PasskeyRefused from None
    if now >= content.ends_at:
        raise PasskeyRefused
    return content


def _parsed(credential: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(credential[: CREDENTIAL_LENGTH_MAX + 1].encode(), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeEncodeError):
        raise PasskeyRefused from None
    return found


def _id_in(credential: str) -> bytes:
    return _bytes(_parsed(credential).get("rawId"))


def _user_in(credential: str) -> bytes:
    response = _parsed(credential).get("response")
    return _bytes(response.get("userHandle") if isinstance(response, dict) else None)


def _bytes(text: object) -> bytes:
    try:
        return base64url_to_bytes(str(text))
    except ValueError:
        raise PasskeyRefused from None
