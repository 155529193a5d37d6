"""The law of the money: what each command does to a certificate, and when it is refused.

Pure: no I/O, no clock, no randomness. The till, the API, the storefront and the nightly expiry all come through
`decide`; the money rules stand here once.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar, cast

from msgspec.structs import replace

from largesse.ledger import errors
from largesse.ledger.accounts import (
    Account,
    ClassOfValue,
    Leg,
    correction_account,
    expiry_account,
    refund_account,
    void_account,
    void_accounts,
)
from largesse.ledger.checks import cannot_take, sensible, too_much, unspendable
from largesse.ledger.commands import (
    Adjust,
    Block,
    CaptureHold,
    Command,
    Expire,
    Extend,
    Issue,
    PlaceHold,
    Redeem,
    Refund,
    Reinstate,
    ReleaseHold,
    Reload,
    Reverse,
    Unblock,
    Void,
)
from largesse.ledger.events import changed
from largesse.ledger.funding import funded, funding_refused
from largesse.ledger.model import Certificate, Decision, Expiry, Hold, HoldStatus, Kind, Redemption, Refusal, Status
from largesse.ledger.writing import Movement, empty, fill, set_aside, write

Earlier = Hold | Redemption | Expiry | None
Rule = Callable[[Certificate, Command, datetime, Earlier], Decision | Refusal]
SomeCommand = TypeVar("SomeCommand", bound=Command)


def decide(
    certificate: Certificate | None, command: Command, now: datetime, earlier: Earlier = None
) -> Decision | Refusal:
    """Return what `command` does to `certificate` at `now`, or why it is refused.

    `certificate` is None when there is none of that id. `earlier` is the hold a capture or release speaks of, the
    redemption a reversal undoes, or the expiry a reinstatement does; None when there is no such thing. Transfers move
    between two certificates: see `transfers.decide_transfer`.
    """
    if isinstance(command, Issue):
        return issue(command, now) if certificate is None else errors.CertificateExists()
    if certificate is None:
        return errors.CertificateNotFound()
    if certificate.status is Status.VOID:
        return errors.CertificateVoid()
    return _RULES[type(command)](certificate, command, now, earlier)


def issue(command: Issue, now: datetime) -> Decision | Refusal:
    """Open a certificate. It is not told as an event of its own: the order that caused it is."""
    refusal = funding_refused(command, command.class_of_value)
    if refusal is not None:
        return refusal
    if command.expires_at is not None and command.expires_at <= now:
        return errors.CertificateExpired("Choose a last good day in the future.")
    blank = Certificate(
        merchant_id=command.merchant_id,
        certificate_id=command.certificate_id,
        currency=command.currency,
        class_of_value=command.class_of_value,
        funding=command.funding,
        status=Status.ACTIVE,
        good_through=command.good_through,
        expires_at=command.expires_at,
        order_number=command.order_number,
        issued_at=now,
    )
    after, entries = write(blank, command, Kind.ISSUE, funded(command), now=now)
    return Decision(certificates=(after,), entries=tuple(entries))


def _reload(certificate: Certificate, command: Reload, now: datetime, _: Earlier) -> Decision | Refusal:
    refusal = unspendable(certificate, now) or funding_refused(command, certificate.class_of_value)
    if refusal is None and refund_account(command.funding) is not refund_account(certificate.funding):
        # What a holder pays at the till must never lower a partner's bill when it goes back, nor the other way round.
        refusal = errors.FundingRefused()
    if refusal is None and too_much(certificate, command.value, command.gratuity):
        refusal = errors.AmountRefused()
    if refusal is not None:
        return refusal
    return _moved(certificate, command, Kind.RELOAD, funded(command), now, amounts=(command.value, command.gratuity))


def _redeem(certificate: Certificate, command: Redeem, now: datetime, _: Earlier) -> Decision | Refusal:
    refusal = cannot_take(certificate, command, now)
    if refusal is not None:
        return refusal
    movements = _spent(command.value, command.gratuity)
    decision = _moved(certificate, command, Kind.REDEEM, movements, now, amounts=(command.value, command.gratuity))
    return replace(decision, redemption=_redemption(certificate, command, command.value, command.gratuity))


def _hold(certificate: Certificate, command: PlaceHold, now: datetime, _: Earlier) -> Decision | Refusal:
    refusal = cannot_take(certificate, command, now)
    if refusal is None and command.expires_at <= now:
        refusal = errors.HoldExpired("Choose a moment in the future until which the hold stands.")
    if refusal is not None:
        return refusal
    movements = [set_aside(Leg.VALUE, command.value), set_aside(Leg.GRATUITY, command.gratuity)]
    hold = Hold(
        merchant_id=certificate.merchant_id,
        hold_id=command.operation_id,
        certificate_id=certificate.certificate_id,
        status=HoldStatus.OPEN,
        amount=command.value,
        gratuity=command.gratuity,
        placed_at=now,
        expires_at=command.expires_at,
    )
    decision = _moved(certificate, command, Kind.HOLD, movements, now, amounts=(command.value, command.gratuity))
    return replace(decision, hold=hold)


def _capture(certificate: Certificate, command: CaptureHold, now: datetime, earlier: Earlier) -> Decision | Refusal:
    hold = _open_hold(certificate, earlier)
    if isinstance(hold, Refusal):
        return hold
    if now >= hold.expires_at:
        return errors.HoldExpired()
    if certificate.status is Status.BLOCKED:
        return errors.CertificateBlocked()
    if command.currency not in {None, certificate.currency}:
        return errors.WrongCurrency()
    if not sensible(command.value, command.gratuity):
        return errors.AmountRefused()
    if command.value > hold.amount or command.gratuity > hold.gratuity:
        return errors.HoldExceeded()
    movements = [
        empty(Leg.VALUE, command.value, to=Account.REDEEMED, held_change=-hold.amount),
        empty(Leg.GRATUITY, command.gratuity, to=Account.GRATUITIES_PAYABLE, held_change=-hold.gratuity),
    ]
    decision = _moved(
        certificate, command, Kind.CAPTURE, movements, now, amounts=(command.value, command.gratuity), earlier=hold
    )
    return replace(
        decision,
        hold=replace(hold, status=HoldStatus.CAPTURED),
        redemption=_redemption(certificate, command, command.value, command.gratuity),
    )


def _release(certificate: Certificate, command: ReleaseHold, now: datetime, earlier: Earlier) -> Decision | Refusal:
    hold = _open_hold(certificate, earlier)
    if isinstance(hold, Refusal):
        return hold
    movements = [set_aside(Leg.VALUE, -hold.amount), set_aside(Leg.GRATUITY, -hold.gratuity)]
    decision = _moved(
        certificate, command, Kind.RELEASE, movements, now, amounts=(hold.amount, hold.gratuity), earlier=hold
    )
    return replace(decision, hold=replace(hold, status=HoldStatus.RELEASED))


def _refund(certificate: Certificate, command: Refund, now: datetime, _: Earlier) -> Decision | Refusal:
    if certificate.status is Status.EXPIRED:
        return errors.CertificateExpired()
    if certificate.class_of_value is ClassOfValue.PROMOTIONAL:
        return errors.CertificatePromotional()
    if not sensible(command.value, command.gratuity) or not 0 <= command.discount <= command.value or command.tax < 0:
        return errors.AmountRefused()
    if command.value > certificate.available or command.gratuity > certificate.gratuity_available:
        return errors.BalanceInsufficient()
    owed = refund_account(certificate.funding)
    movements = [
        empty(Leg.VALUE, command.value - command.discount, to=owed),
        empty(Leg.VALUE, command.discount, to=Account.DISCOUNTS),
        empty(Leg.GRATUITY, command.gratuity, to=owed),
        Movement(Leg.ADDED_TAX, debit=Account.TAX_PAYABLE, credit=owed, amount=command.tax),
    ]
    return _moved(certificate, command, Kind.REFUND, movements, now, amounts=(command.value, command.gratuity))


def _reverse(certificate: Certificate, command: Reverse, now: datetime, earlier: Earlier) -> Decision | Refusal:
    if not isinstance(earlier, Redemption) or earlier.certificate_id != certificate.certificate_id:
        return errors.RedemptionNotFound()
    if earlier.reversed:
        return errors.AlreadyReversed()
    if certificate.status is Status.EXPIRED:
        return errors.CertificateExpired()
    movements = [
        fill(Leg.VALUE, earlier.value, source=Account.REDEEMED),
        fill(Leg.GRATUITY, earlier.gratuity, source=Account.GRATUITIES_PAYABLE),
    ]
    decision = _moved(
        certificate, command, Kind.REVERSE, movements, now, amounts=(earlier.value, earlier.gratuity), earlier=earlier
    )
    return replace(decision, redemption=replace(earlier, reversed=True))


def _adjust(certificate: Certificate, command: Adjust, now: datetime, _: Earlier) -> Decision | Refusal:
    if certificate.status is Status.EXPIRED:
        return errors.CertificateExpired()
    if not command.memo:
        return errors.ReasonMissing()
    if (not command.value and not command.gratuity) or too_much(certificate, command.value, command.gratuity):
        return errors.AmountRefused()
    if certificate.available + command.value < 0 or certificate.gratuity_available + command.gratuity < 0:
        return errors.BalanceInsufficient()
    account = correction_account(certificate.class_of_value)
    movements = [
        fill(pot, amount, source=account) if amount > 0 else empty(pot, -amount, to=account)
        for pot, amount in ((Leg.VALUE, command.value), (Leg.GRATUITY, command.gratuity))
    ]
    return _moved(certificate, command, Kind.ADJUST, movements, now, amounts=(command.value, command.gratuity))


def _block(certificate: Certificate, command: Block, now: datetime, _: Earlier) -> Decision | Refusal:
    if certificate.status is not Status.ACTIVE:
        return errors.CertificateExpired() if certificate.status is Status.EXPIRED else errors.CertificateBlocked()
    return _moved(replace(certificate, status=Status.BLOCKED), command, Kind.BLOCK, [], now)


def _unblock(certificate: Certificate, command: Unblock, now: datetime, _: Earlier) -> Decision | Refusal:
    if certificate.status is not Status.BLOCKED:
        return errors.CertificateNotBlocked()
    return _moved(replace(certificate, status=Status.ACTIVE), command, Kind.UNBLOCK, [], now)


def _void(certificate: Certificate, command: Void, now: datetime, _: Earlier) -> Decision | Refusal:
    account = command.to or void_account(certificate.funding)
    if account not in void_accounts(certificate.funding):
        return errors.AccountRefused()
    return _ended(certificate, command, Kind.VOID, now, status=Status.VOID, account=account)


def _expire(certificate: Certificate, command: Expire, now: datetime, _: Earlier) -> Decision | Refusal:
    if certificate.status is Status.EXPIRED:
        return errors.CertificateExpired()
    if not certificate.expired(now):
        return errors.CertificateNotExpired()
    account = expiry_account(certificate.class_of_value)
    decision = _ended(certificate, command, Kind.EXPIRE, now, status=Status.EXPIRED, account=account)
    if isinstance(decision, Refusal):
        return decision
    expiry = Expiry(
        merchant_id=certificate.merchant_id,
        certificate_id=certificate.certificate_id,
        operation_id=command.operation_id,
        value=certificate.balance,
        gratuity=certificate.gratuity_balance,
        blocked=certificate.status is Status.BLOCKED,
        undone=False,
    )
    return replace(decision, expiry=expiry)


def _reinstate(certificate: Certificate, command: Reinstate, now: datetime, earlier: Earlier) -> Decision | Refusal:
    """Undo an expiry. Whether the last good day lies ahead is no matter: expiry may be booked again."""
    if not isinstance(earlier, Expiry) or earlier.certificate_id != certificate.certificate_id:
        return errors.ExpiryNotFound()
    if earlier.undone:
        return errors.AlreadyReinstated()
    account = expiry_account(certificate.class_of_value)
    movements = [
        fill(Leg.VALUE, earlier.value, source=account),
        fill(Leg.GRATUITY, earlier.gratuity, source=account),
    ]
    standing = replace(certificate, status=Status.BLOCKED if earlier.blocked else Status.ACTIVE)
    amounts = (earlier.value, earlier.gratuity)
    decision = _moved(standing, command, Kind.REINSTATE, movements, now, amounts=amounts, earlier=earlier)
    return replace(decision, expiry=replace(earlier, undone=True))


def _extend(certificate: Certificate, command: Extend, now: datetime, _: Earlier) -> Decision | Refusal:
    if certificate.status is Status.EXPIRED:
        return errors.CertificateExpired()
    current, wanted = certificate.expires_at, command.expires_at
    if current is None or (wanted is not None and (wanted <= now or wanted <= current)):
        return errors.ExtensionRefused()
    longer = replace(certificate, good_through=command.good_through, expires_at=command.expires_at)
    return _moved(longer, command, Kind.EXTEND, [], now)


def _ended(
    certificate: Certificate, command: Command, kind: Kind, now: datetime, *, status: Status, account: Account
) -> Decision | Refusal:
    if certificate.held or certificate.gratuity_held:
        return errors.CertificateHeld()
    movements = [
        empty(Leg.VALUE, certificate.balance, to=account),
        empty(Leg.GRATUITY, certificate.gratuity_balance, to=account),
    ]
    moved = (certificate.balance, certificate.gratuity_balance)
    return _moved(replace(certificate, status=status), command, kind, movements, now, amounts=moved)


def _moved(
    certificate: Certificate,
    command: Command,
    kind: Kind,
    movements: list[Movement],
    now: datetime,
    *,
    amounts: tuple[int, int] = (0, 0),
    earlier: Earlier = None,
) -> Decision:
    refers_to = None if earlier is None else earlier.hold_id if isinstance(earlier, Hold) else earlier.operation_id
    after, entries = write(certificate, command, kind, movements, now=now, refers_to=refers_to)
    value, gratuity = amounts
    event = changed(kind, after, command, value=value, gratuity=gratuity, refers_to=refers_to, now=now)
    return Decision(certificates=(after,), entries=tuple(entries), events=(event,))


def _spent(value: int, gratuity: int) -> list[Movement]:
    return [
        empty(Leg.VALUE, value, to=Account.REDEEMED),
        empty(Leg.GRATUITY, gratuity, to=Account.GRATUITIES_PAYABLE),
    ]


def _open_hold(certificate: Certificate, earlier: Earlier) -> Hold | Refusal:
    if not isinstance(earlier, Hold) or earlier.certificate_id != certificate.certificate_id:
        return errors.HoldNotFound()
    return earlier if earlier.status is HoldStatus.OPEN else errors.HoldClosed()


def _redemption(certificate: Certificate, command: Command, value: int, gratuity: int) -> Redemption:
    return Redemption(
        merchant_id=certificate.merchant_id,
        certificate_id=certificate.certificate_id,
        operation_id=command.operation_id,
        value=value,
        gratuity=gratuity,
        reversed=False,
    )


def _rule(
    command_type: type[SomeCommand],
    rule: Callable[[Certificate, SomeCommand, datetime, Earlier], Decision | Refusal],
) -> tuple[type[Command], Rule]:
    return command_type, cast("Rule", rule)


_RULES: dict[type[Command], Rule] = dict(
    (
        _rule(Reload, _reload),
        _rule(Redeem, _redeem),
        _rule(PlaceHold, _hold),
        _rule(CaptureHold, _capture),
        _rule(ReleaseHold, _release),
        _rule(Refund, _refund),
        _rule(Reverse, _reverse),
        _rule(Adjust, _adjust),
        _rule(Block, _block),
        _rule(Unblock, _unblock),
        _rule(Void, _void),
        _rule(Expire, _expire),
        _rule(Reinstate, _reinstate),
        _rule(Extend, _extend),
    )
)
