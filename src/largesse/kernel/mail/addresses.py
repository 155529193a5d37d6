"""Who a mail is from and for: a name to be shown, and an address whose domain is in ASCII."""

import re
from typing import Final

import msgspec

from largesse.kernel import free_text
from largesse.kernel.domain_names import NAME_LENGTH_MAX, NotADomain, to_ascii

ADDRESS_LENGTH_MAX: Final = 254
_LOCAL: Final = re.compile(r"[^\s\x00-\x20\x7f\"(),.:;<>@\[\\\]]+(?:\.[^\s\x00-\x20\x7f\"(),.:;<>@\[\\\]]+)*")
_DOMAIN: Final = re.compile(
    r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)*"
)


class NotAMailbox(ValueError):
    """A text that names no address, or more than one."""


class Mailbox(msgspec.Struct, frozen=True):
    """An address with the name it is shown by, which may be empty. The domain is in ASCII; the rest need not be."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        """What stands after the @."""
        return self.address.rpartition("@")[2]

    @property
    def is_ascii(self) -> bool:
        """Whether every mail server can carry it; others need SMTPUTF8 (RFC 6531)."""
        return self.address.isascii()

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address


def mailbox(address: str, name: str = "") -> Mailbox:
    """Return the mailbox of an address as people write it, and of a name in which nothing acts unseen.

    Raises:
        NotAMailbox: it is no address that a header can hold.
    """
    local, at, domain = address.rpartition("@")
    try:
        domain = to_ascii(domain)
    except NotADomain as error:
        raise NotAMailbox from error
    written = f"{local}@{domain}"
    fits = len(written) <= ADDRESS_LENGTH_MAX and len(domain) <= NAME_LENGTH_MAX
    if not at or not fits or not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        raise NotAMailbox
    # Some readers decode encoded words (RFC 2047) in addresses, where there are none: into other addresses.
    if free_text.holds_unseen(local) or "=?" in local:
        raise NotAMailbox
    return Mailbox(free_text.one_line(name), written)


def read_mailbox(typed: str) -> Mailbox:
    """Return the one mailbox that `typed` names: `gifts@example.com` or `Gift post <gifts@example.com>`.

    Raises:
        NotAMailbox: it names none, or several.
    """
    typed = typed.strip()
    name, bracket, address = typed.removesuffix(">").rpartition("<")
    if not bracket or not typed.endswith(">"):
        return mailbox(typed)
    name = name.strip()
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = name[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    elif set(name) & set('@<>"'):
        raise NotAMailbox
    return mailbox(address.strip(), name)
