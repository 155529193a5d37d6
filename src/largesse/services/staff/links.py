"""The links that people who work here are mailed, and what a form carries of an authenticator that is being set up.

A link names a row and is signed under the keyring, so nothing that opens it is kept anywhere: it is written when the
mail is composed. That it counts once, and not for long, says the row (docs/decisions/0110-people-who-sign-in.md).
"""

from typing import Final
from uuid import UUID

import msgspec

from largesse.domain.staff import LinkGone, LinkPurpose
from largesse.kernel.sealing import Keyring
from largesse.kernel.tokens import TokenKind, TokenRefused
from largesse.services.staff.dependencies import StaffDependencies

STAFF_BASE: Final = "/staff"
PARTNER_BASE: Final = "/partner"
INVITATION_PATH: Final = f"{STAFF_BASE}/invitation"
PARTNER_INVITATION_PATH: Final = f"{PARTNER_BASE}/invitation"


class InvitationLink(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """The invitation that a link leads to."""

    merchant_id: UUID
    invitation_id: UUID


class PersonLink(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """The row of a link to one person."""

    link_id: UUID


class AuthenticatorOffer(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """The secret that a page offers to an authenticator: whoever sees the page is to have it."""

    secret: str


_INVITATIONS: Final = TokenKind("staff-invitation", InvitationLink, length_max=200)
_PARTNER_INVITATIONS: Final = TokenKind("partner-invitation", InvitationLink, length_max=200)
_PERSONS: Final = {
    LinkPurpose.RESET: TokenKind("staff-reset", PersonLink, length_max=200),
    LinkPurpose.RECOVERY: TokenKind("staff-recovery", PersonLink, length_max=200),
}
_OFFERS: Final = TokenKind("staff-authenticator", AuthenticatorOffer, length_max=300)
_PATHS: Final = {LinkPurpose.RESET: "/new-password", LinkPurpose.RECOVERY: "/recovery"}


def invitation_address(deps: StaffDependencies, merchant_id: UUID, invitation_id: UUID) -> str:
    """Return the address at which an invitation is accepted."""
    link = InvitationLink(merchant_id=merchant_id, invitation_id=invitation_id)
    return f"{deps.base_url}{INVITATION_PATH}?token={_INVITATIONS.sign(deps.keyring, link)}"


def partner_invitation_address(deps: StaffDependencies, merchant_id: UUID, invitation_id: UUID) -> str:
    """Return the address at which an invitation to act for a partner is accepted."""
    link = InvitationLink(merchant_id=merchant_id, invitation_id=invitation_id)
    return f"{deps.base_url}{PARTNER_INVITATION_PATH}?token={_PARTNER_INVITATIONS.sign(deps.keyring, link)}"


def person_address(deps: StaffDependencies, link_id: UUID, purpose: LinkPurpose, *, base: str = STAFF_BASE) -> str:
    """Return the address of a link to a person; `base` is where people like them sign in."""
    token = _PERSONS[purpose].sign(deps.keyring, PersonLink(link_id=link_id))
    return f"{deps.base_url}{base}{_PATHS[purpose]}?token={token}"


def read_invitation(keyring: Keyring, token: str, *, to_partner: bool = False) -> InvitationLink:
    """Return what the token of an invitation's link stands for: to work for a merchant, or to act for a partner.

    Raises:
        LinkGone: it is none of ours.
    """
    try:
        return (_PARTNER_INVITATIONS if to_partner else _INVITATIONS).read(keyring, token)
    except TokenRefused:
        raise LinkGone from None


def read_person_link(keyring: Keyring, token: str, purpose: LinkPurpose) -> UUID:
    """Return the id of the row that a link to a person stands for.

    Raises:
        LinkGone: it is none of ours, or for something else.
    """
    try:
        return _PERSONS[purpose].read(keyring, token).link_id
    except TokenRefused:
        raise LinkGone from None


def write_offer(keyring: Keyring, secret: str, *, bound_to: bytes) -> str:
    """Return the secret of an authenticator as a form carries it, for the one page that it was made for."""
    return _OFFERS.sign(keyring, AuthenticatorOffer(secret=secret), bound_to=bound_to)


def read_offer(keyring: Keyring, text: str, *, bound_to: bytes) -> str:
    """Return the secret that a form carries.

    Raises:
        LinkGone: it is not one that was offered on this page.
    """
    try:
        return _OFFERS.read(keyring, text, bound_to=bound_to).secret
    except TokenRefused:
        raise LinkGone from None
