"""Who may do what: the one table of role x act. Screens, commands and interfaces ask it, and nobody else decides.

A person's role belongs to a membership with one merchant. What an act needs besides the role stands beside it: a
step-up (the person has just shown again who they are, for this merchant), and whether it is closed for a day to
somebody who has just recovered their sign-in.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec

from largesse.domain.staff.errors import ActRefused, ClosedAfterRecovery, StepUpNeeded

STEP_UP_GOOD_FOR: Final = timedelta(minutes=5)
CLOSED_AFTER_RECOVERY: Final = timedelta(hours=24)


class Role(StrEnum):
    """What a person does for a merchant."""

    OWNER = "owner"
    MANAGER = "manager"
    CLERK = "clerk"
    BOOKKEEPER = "bookkeeper"
    DEVELOPER = "developer"


class Act(StrEnum):
    """What needs a role; the value is what the audit log and refusals call it."""

    COUNTER = "counter.use"
    OWN_PIN = "pin.set_own"
    OFFICE = "office.open"
    FIGURES_READ = "figures.read"
    ORDERS_READ = "orders.read"
    CERTIFICATES_READ = "certificates.read"
    PAYMENTS_READ = "payments.read"
    PARTNERS_READ = "partners.read"
    CATALOGUE_READ = "catalogue.read"
    REPORTS_READ = "reports.read"
    DELIVERIES_READ = "deliveries.read"
    SETTINGS_READ = "settings.read"
    STAFF_READ = "staff.read"
    AUDIT_READ = "audit.read"

    SELL_ON_BEHALF = "orders.sell"
    SEND_AGAIN = "gifts.send_again"
    BLOCK = "certificates.block"
    CATALOGUE_EDIT = "catalogue.edit"
    PARTNERS_EDIT = "partners.edit"
    PARTNERS_TRUST = "partners.trust"
    SETTINGS_EDIT = "settings.edit"
    LOCATIONS_EDIT = "locations.edit"
    DELIVERIES_RESEND = "deliveries.resend"

    REFUND = "orders.refund"
    ADJUST = "certificates.adjust"
    VOID = "certificates.void"
    CORRECT_RECIPIENT = "gifts.correct_recipient"
    REISSUE = "certificates.reissue"
    MERGE = "certificates.merge"
    MOVE = "certificates.move"
    REFUND_INTO = "certificates.refund_into"
    ISSUE_UNPAID = "certificates.issue_unpaid"
    RELOAD_UNPAID = "certificates.reload_unpaid"
    EXTEND = "certificates.extend"
    UNBLOCK = "certificates.unblock"
    ACTIVATE = "certificates.activate"
    IMPORT = "imports.run"
    APPROVE = "approvals.decide"
    NUMBERS_REVEAL = "numbers.reveal"
    DEVICES_EDIT = "devices.edit"
    OFFLINE_SETTLE = "offline.settle"

    EXPORT = "exports.run"
    PEOPLE_EXPORT = "exports.people"
    INVOICES = "invoices.write"
    INVOICES_WRITE_OFF = "invoices.write_off"
    PAYMENTS_BOOK = "payments.book"
    PAY_BY_HAND = "payments.by_hand"
    MANUAL_ENTRY = "ledger.enter"
    MONTH_CLOSE = "ledger.close"
    BOOKS_MAP = "books.map"
    BOOKS_EXPORT = "books.export"

    ENDPOINTS_EDIT = "endpoints.edit"
    KEYS_READ = "keys.read"
    TEST_KEYS = "keys.test"

    ENDPOINTS_ADMIT = "endpoints.admit"
    LIVE_KEYS = "keys.live"
    NUMBERS_EXPORT = "numbers.export"
    LIMITS = "limits.edit"
    OWNERS_WORD = "owners.word"
    LAW_PROFILE = "law.choose"
    PAYMENT_ACCOUNTS = "payment_accounts.edit"
    NETWORKS = "networks.edit"
    SHOP_CLOSE = "shop.close"

    STAFF_INVITE = "staff.invite"
    STAFF_CHANGE = "staff.change"


class ActRule(msgspec.Struct, frozen=True, kw_only=True):
    """Who may do something, and what is asked besides."""

    roles: frozenset[Role]
    step_up: bool = False
    closed_after_recovery: bool = False


_LETTERS: Final = {"o": Role.OWNER, "m": Role.MANAGER, "c": Role.CLERK, "b": Role.BOOKKEEPER, "d": Role.DEVELOPER}


def _by(letters: str, *, step_up: bool = False, closed: bool = False) -> ActRule:
    return ActRule(
        roles=frozenset(_LETTERS[letter] for letter in letters), step_up=step_up, closed_after_recovery=closed
    )


RULES: Final[Mapping[Act, ActRule]] = MappingProxyType(
    {
        # o owner, m manager, c clerk, b bookkeeper, d developer
        Act.COUNTER: _by("omc"),
        Act.OWN_PIN: _by("omc", step_up=True),
        Act.OFFICE: _by("ombd"),
        Act.FIGURES_READ: _by("omb"),
        Act.ORDERS_READ: _by("omb"),
        Act.CERTIFICATES_READ: _by("omb"),
        Act.PAYMENTS_READ: _by("omb"),
        Act.PARTNERS_READ: _by("omb"),
        Act.CATALOGUE_READ: _by("omb"),
        Act.REPORTS_READ: _by("omb"),
        Act.DELIVERIES_READ: _by("ombd"),
        Act.SETTINGS_READ: _by("omb"),
        Act.STAFF_READ: _by("omb"),
        Act.AUDIT_READ: _by("omb"),
        # daily work
        Act.SELL_ON_BEHALF: _by("om"),
        Act.SEND_AGAIN: _by("om"),
        Act.BLOCK: _by("om"),
        Act.CATALOGUE_EDIT: _by("om"),
        Act.PARTNERS_EDIT: _by("om"),
        Act.PARTNERS_TRUST: _by("om", step_up=True),
        Act.SETTINGS_EDIT: _by("om"),
        Act.LOCATIONS_EDIT: _by("om"),
        Act.DELIVERIES_RESEND: _by("omd"),
        # what takes money back, or leads value elsewhere
        Act.REFUND: _by("om", step_up=True),
        Act.ADJUST: _by("om", step_up=True),
        Act.VOID: _by("om", step_up=True),
        Act.CORRECT_RECIPIENT: _by("om", step_up=True),
        Act.REISSUE: _by("om", step_up=True),
        Act.MERGE: _by("om", step_up=True),
        Act.MOVE: _by("om", step_up=True),
        Act.REFUND_INTO: _by("om", step_up=True),
        Act.ISSUE_UNPAID: _by("om", step_up=True),
        Act.RELOAD_UNPAID: _by("om", step_up=True),
        Act.EXTEND: _by("om", step_up=True),
        Act.UNBLOCK: _by("om", step_up=True),
        Act.ACTIVATE: _by("om", step_up=True),
        Act.IMPORT: _by("om", step_up=True),
        Act.APPROVE: _by("om", step_up=True),
        Act.NUMBERS_REVEAL: _by("om", step_up=True),
        Act.DEVICES_EDIT: _by("om", step_up=True),
        Act.OFFLINE_SETTLE: _by("om", step_up=True),
        # the books
        Act.EXPORT: _by("omb"),
        Act.PEOPLE_EXPORT: _by("omb", step_up=True),
        Act.INVOICES: _by("ob"),
        Act.INVOICES_WRITE_OFF: _by("ob", step_up=True),
        Act.PAYMENTS_BOOK: _by("ob"),
        Act.PAY_BY_HAND: _by("omb", step_up=True),
        Act.MANUAL_ENTRY: _by("ob", step_up=True),
        Act.MONTH_CLOSE: _by("ob", step_up=True),
        Act.BOOKS_MAP: _by("ob"),
        Act.BOOKS_EXPORT: _by("ob", step_up=True),
        # connections
        Act.ENDPOINTS_EDIT: _by("od", step_up=True),
        Act.KEYS_READ: _by("od"),
        Act.TEST_KEYS: _by("od", step_up=True, closed=True),
        # an owner's word
        Act.ENDPOINTS_ADMIT: _by("o", step_up=True),
        Act.LIVE_KEYS: _by("o", step_up=True, closed=True),
        Act.NUMBERS_EXPORT: _by("o", step_up=True, closed=True),
        Act.LIMITS: _by("o", step_up=True, closed=True),
        Act.OWNERS_WORD: _by("o", step_up=True, closed=True),
        Act.LAW_PROFILE: _by("o", step_up=True),
        Act.PAYMENT_ACCOUNTS: _by("o", step_up=True, closed=True),
        Act.NETWORKS: _by("o", step_up=True),
        Act.SHOP_CLOSE: _by("o", step_up=True, closed=True),
        # people: whom, says may_manage
        Act.STAFF_INVITE: _by("om", step_up=True, closed=True),
        Act.STAFF_CHANGE: _by("om", step_up=True, closed=True),
    }
)
"""The table."""

_MANAGES: Final[Mapping[Role, frozenset[Role]]] = MappingProxyType(
    {Role.OWNER: frozenset(Role), Role.MANAGER: frozenset({Role.CLERK})}
)

NEEDS_CONFIRMING: Final = frozenset({Role.OWNER, Role.MANAGER})
"""Roles that count only once the inviter has confirmed the device and place that accepted the invitation."""


class Authority(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks: their role with the merchant, when they stepped up for it, and when they last recovered a sign-in."""

    role: Role
    stepped_up_at: datetime | None = None
    recovered_at: datetime | None = None


def may(role: Role, act: Act) -> bool:
    """Return whether a role may do something at all, which says whether it is offered on a page."""
    return role in RULES[act].roles


def may_manage(role: Role, other: Role) -> bool:
    """Return whether a role invites, changes and ends people of another role: owners all, managers clerks only."""
    return other in _MANAGES.get(role, frozenset())


def acts_of(role: Role) -> frozenset[Act]:
    """Return all that a role may do."""
    return frozenset(act for act in Act if may(role, act))


def has_stepped_up(authority: Authority, *, now: datetime) -> bool:
    """Return whether somebody has shown again who they are, a short while ago and not in the future."""
    return stepped_up(authority.stepped_up_at, now=now)


def stepped_up(at: datetime | None, *, now: datetime) -> bool:
    """Return whether a step-up `at` some moment counts still; for whom it was, the caller has looked at."""
    return at is not None and timedelta() <= now - at < STEP_UP_GOOD_FOR


def demand_unrecovered(recovered_at: datetime | None, *, now: datetime) -> None:
    """Let somebody do what is closed for a day after a recovery.

    Raises:
        ClosedAfterRecovery: theirs was less than a day ago.
    """
    if recovered_at is not None and now - recovered_at < CLOSED_AFTER_RECOVERY:
        raise ClosedAfterRecovery


def demand(authority: Authority, act: Act, *, now: datetime) -> None:
    """Let somebody do something, or say why not: the role first, so that nobody steps up in vain.

    Raises:
        ActRefused: the role may not.
        ClosedAfterRecovery: it may, and this person may not so soon after a recovery.
        StepUpNeeded: this person has to show again who they are.
    """
    rule = RULES[act]
    if authority.role not in rule.roles:
        raise ActRefused(act.value)
    if rule.closed_after_recovery:
        demand_unrecovered(authority.recovered_at, now=now)
    if rule.step_up and not has_stepped_up(authority, now=now):
        raise StepUpNeeded
