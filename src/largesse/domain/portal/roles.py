"""What people of a partner may do in the portal: the one table of role x act. Pages and commands ask it.

It is the partner's own side of an agreement; what the office may do about partners says `domain.staff.permissions`.
What an act needs besides the role stands beside it, as there.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec


class PartnerRole(StrEnum):
    """What a person does for a partner."""

    ORDERER = "orderer"
    APPROVER = "approver"
    FINANCE = "finance"


class PartnerAct(StrEnum):
    """What needs a role; the value is what the audit log and refusals call it."""

    OPEN = "portal.open"
    ORDERS_READ = "portal.orders.read"
    INVOICES_READ = "portal.invoices.read"
    KEYS_READ = "portal.keys.read"

    ORDER = "portal.order"
    SEND_AGAIN = "portal.send_again"
    CORRECT = "portal.correct_recipient"
    CANCEL = "portal.cancel"
    NUMBERS = "portal.numbers"

    APPROVE = "portal.approve"
    KEYS = "portal.keys"


class PartnerRule(msgspec.Struct, frozen=True, kw_only=True):
    """Who may do something, and what is asked besides."""

    roles: frozenset[PartnerRole]
    step_up: bool = False
    closed_after_recovery: bool = False


_LETTERS: Final = {"o": PartnerRole.ORDERER, "a": PartnerRole.APPROVER, "f": PartnerRole.FINANCE}


def _by(letters: str, *, step_up: bool = False, closed: bool = False) -> PartnerRule:
    return PartnerRule(
        roles=frozenset(_LETTERS[letter] for letter in letters), step_up=step_up, closed_after_recovery=closed
    )


PARTNER_RULES: Final[Mapping[PartnerAct, PartnerRule]] = MappingProxyType(
    {
        # o orderer, a approver, f finance
        PartnerAct.OPEN: _by("oaf"),
        PartnerAct.ORDERS_READ: _by("oaf"),
        PartnerAct.INVOICES_READ: _by("af"),
        PartnerAct.KEYS_READ: _by("af"),
        # daily work
        PartnerAct.ORDER: _by("oa"),
        PartnerAct.SEND_AGAIN: _by("oa"),
        # what leads value elsewhere, or takes it back
        PartnerAct.CORRECT: _by("oa", step_up=True),
        PartnerAct.CANCEL: _by("oa", step_up=True),
        PartnerAct.NUMBERS: _by("oa", step_up=True, closed=True),
        # a second person's word, and what orders without any
        PartnerAct.APPROVE: _by("a", step_up=True),
        PartnerAct.KEYS: _by("a", step_up=True, closed=True),
    }
)
"""The table."""


def partner_may(role: PartnerRole, act: PartnerAct) -> bool:
    """Return whether a role may do something at all, which says whether it is offered on a page."""
    return role in PARTNER_RULES[act].roles
