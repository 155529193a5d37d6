"""The law of the money: what each command does to a certificate, and when it is refused.

Pure: no I/O, no clock, no randomness. The till, the API, the storefront and the nightly expiry all come through
`decide`; the money rules stand here once.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar, cast

from msgspec.structs import replace

from largesse.ledger import errors
from largesse.ledger.commands import (
    Activate,
    Adjust,
    Block,
    CaptureHold,
    CashOut,
    Command,
    Expire,
    Extend,
    HandOver,
    Issue,
    PlaceHold,
    Prepare,
    Redeem,
    Refund,
    Reinstate,
    ReleaseHold,
    Reload,
    Unblock,
    UndoReload,
    Void,
)
from largesse.ledger.deciding import Earlier, decision_of
from largesse.ledger.filling import activate, adjust, issue, prepare, reload_, undo_reload
from largesse.ledger.model import Certificate, Decision, Kind, Refusal, Status
from largesse.ledger.pace import paced
from largesse.ledger.spending import capture, place_hold, redeem, release
from largesse.ledger.taking_back import cash_out, expire, hand_over, refund, reinstate, void

_OPENING = (Issue, Prepare)

Rule = Callable[[Certificate, Command, datetime, Earlier], Decision | Refusal]
SomeCommand = TypeVar("SomeCommand", bound=Command)


def decide(
    certificate: Certificate | None,
    command: Command,
    now: datetime,
    earlier: Earlier = None,
    *,
    redemptions_per_hour: int | None = None,
) -> Decision | Refusal:
    """Return what `command` does to `certificate` at `now`, or why it is refused.

    `certificate` is None when there is none of that id. `earlier` is the hold a capture or release speaks of, or the
    expiry a reinstatement undoes; None when there is no such thing. Transfers move between two certificates, and what
    is undone may have moved on: see `transfers` and `undoing`. `redemptions_per_hour` is the merchant's limit, if any.
    """
    if isinstance(command, _OPENING) and not isinstance(command, Activate):
        if certificate is not None:
            return errors.CertificateExists()
        return issue(command, now) if isinstance(command, Issue) else prepare(command, now)
    if certificate is None:
        return errors.CertificateNotFound()
    if certificate.status is Status.VOID:
        return errors.CertificateVoid()
    if certificate.status is Status.HANDED_OVER:
        return errors.CertificateHandedOver()
    if certificate.status is Status.INACTIVE and not isinstance(command, Activate | Void):
        return errors.CertificateInactive()
    decision = _RULES[type(command)](certificate, command, now, earlier)
    happened = isinstance(command, Redeem) and command.refreshed_at is not None  # without a line: it is too late to ask
    if isinstance(decision, Decision) and isinstance(command, Redeem | CaptureHold) and not happened:
        return paced(decision, now, per_hour=redemptions_per_hour)
    return decision


def _block(certificate: Certificate, command: Block, now: datetime, _: Earlier) -> Decision | Refusal:
    if certificate.status is not Status.ACTIVE:
        return errors.CertificateExpired() if certificate.status is Status.EXPIRED else errors.CertificateBlocked()
    return decision_of(replace(certificate, status=Status.BLOCKED), command, Kind.BLOCK, [], now)


def _unblock(certificate: Certificate, command: Unblock, now: datetime, _: Earlier) -> Decision | Refusal:
    if certificate.status is not Status.BLOCKED:
        return errors.CertificateNotBlocked()
    return decision_of(replace(certificate, status=Status.ACTIVE), command, Kind.UNBLOCK, [], now)


def _extend(certificate: Certificate, command: Extend, now: datetime, _: Earlier) -> Decision | Refusal:
    if certificate.status is Status.EXPIRED:
        return errors.CertificateExpired()
    current, wanted = certificate.expires_at, command.expires_at
    if current is None or (wanted is not None and (wanted <= now or wanted <= current)):
        return errors.ExtensionRefused()
    longer = replace(certificate, good_through=command.good_through, expires_at=command.expires_at)
    return decision_of(longer, command, Kind.EXTEND, [], now)


def _rule(
    command_type: type[SomeCommand],
    rule: Callable[[Certificate, SomeCommand, datetime, Earlier], Decision | Refusal],
) -> tuple[type[Command], Rule]:
    return command_type, cast("Rule", rule)


_RULES: dict[type[Command], Rule] = dict(
    (
        _rule(Activate, activate),
        _rule(Reload, reload_),
        _rule(Redeem, redeem),
        _rule(PlaceHold, place_hold),
        _rule(CaptureHold, capture),
        _rule(ReleaseHold, release),
        _rule(Refund, refund),
        _rule(Adjust, adjust),
        _rule(Block, _block),
        _rule(Unblock, _unblock),
        _rule(Void, void),
        _rule(UndoReload, undo_reload),
        _rule(CashOut, cash_out),
        _rule(HandOver, hand_over),
        _rule(Expire, expire),
        _rule(Reinstate, reinstate),
        _rule(Extend, _extend),
    )
)
