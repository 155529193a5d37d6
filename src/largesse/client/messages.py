"""What the API answers, as values. Amounts are decimals in the currency that stands beside them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

One = TypeVar("One")
Raw = Mapping[str, Any]


def moment(text: str) -> datetime:
    """Return a moment as the API writes it."""
    return datetime.fromisoformat(text)


@dataclass(frozen=True)
class ApiOperation:
    """What an operation did, and how the certificate stood right after it. `replayed`: it had happened before."""

    operation_id: str
    certificate_id: str
    kind: str
    currency: str
    amount: Decimal
    gratuity: Decimal
    balance: Decimal
    held: Decimal
    gratuity_balance: Decimal
    sequence: int
    as_of: datetime
    replayed: bool = False
    raw: Raw = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, raw: Raw, *, replayed: bool = False) -> "ApiOperation":
        """Read an answer."""
        return cls(
            operation_id=raw["operation_id"],
            certificate_id=raw["certificate_id"],
            kind=raw["kind"],
            currency=raw["currency"],
            amount=Decimal(raw["amount"]),
            gratuity=Decimal(raw["gratuity"]),
            balance=Decimal(raw["balance"]),
            held=Decimal(raw["held"]),
            gratuity_balance=Decimal(raw["gratuity_balance"]),
            sequence=raw["sequence"],
            as_of=moment(raw["as_of"]),
            replayed=replayed,
            raw=raw,
        )


@dataclass(frozen=True)
class ApiBill:
    """What one operation took from several certificates."""

    operation_id: str
    parts: tuple[ApiOperation, ...]
    replayed: bool = False

    @classmethod
    def of(cls, raw: Raw, *, replayed: bool = False) -> "ApiBill":
        """Read an answer."""
        return cls(raw["operation_id"], tuple(ApiOperation.of(one) for one in raw["parts"]), replayed)


@dataclass(frozen=True)
class ApiIssued:
    """A certificate that was issued; its number is a bearer secret."""

    certificate_id: str
    number: str | None = field(repr=False)
    redeem_url: str | None = field(repr=False)
    operation: ApiOperation
    replayed: bool = False

    @classmethod
    def of(cls, raw: Raw, *, replayed: bool = False) -> "ApiIssued":
        """Read an answer."""
        operation = ApiOperation.of(raw["operation"], replayed=replayed)
        return cls(raw["certificate_id"], raw["number"], raw["redeem_url"], operation, replayed)


@dataclass(frozen=True)
class ApiLine:
    """What became of one line of a bulk issue; `code` is why not."""

    line: int
    certificate_id: str | None = None
    number: str | None = field(default=None, repr=False)
    code: str | None = None
    detail: str | None = None


@dataclass(frozen=True)
class ApiBulk:
    """What became of a bulk issue."""

    issued: int
    refused: int
    currency: str
    amount: Decimal
    lines: tuple[ApiLine, ...]
    replayed: bool = False

    @classmethod
    def of(cls, raw: Raw, *, replayed: bool = False) -> "ApiBulk":
        """Read an answer."""
        known = ApiLine.__dataclass_fields__
        lines = tuple(ApiLine(**{name: one[name] for name in one if name in known}) for one in raw["lines"])
        return cls(raw["issued"], raw["refused"], raw["currency"], Decimal(raw["amount"]), lines, replayed)


@dataclass(frozen=True)
class ApiCertificate:
    """A certificate as it stood at `as_of` (in a list: when the page was read)."""

    certificate_id: str
    status: str
    class_of_value: str
    currency: str
    balance: Decimal
    held: Decimal
    gratuity_balance: Decimal
    gratuity_held: Decimal
    good_through: date | None
    sequence: int
    raw: Raw = field(default_factory=dict, repr=False)

    @property
    def available(self) -> Decimal:
        """Return what can be spent."""
        return self.balance - self.held

    @classmethod
    def of(cls, raw: Raw, *, replayed: bool = False) -> "ApiCertificate":
        """Read an answer."""
        assert not replayed, "what is only read is never replayed"
        until = raw["good_through"]
        return cls(
            certificate_id=raw["certificate_id"],
            status=raw["status"],
            class_of_value=raw["class_of_value"],
            currency=raw["currency"],
            balance=Decimal(raw["balance"]),
            held=Decimal(raw["held"]),
            gratuity_balance=Decimal(raw["gratuity_balance"]),
            gratuity_held=Decimal(raw["gratuity_held"]),
            good_through=date.fromisoformat(until) if until else None,
            sequence=raw["sequence"],
            raw=raw,
        )


@dataclass(frozen=True)
class ApiCheckout:
    """A checkout: `open` while it can be paid at `pay_url`, then `paid` or `expired`; its orders stand in `raw`."""

    checkout_id: str
    status: str
    currency: str
    total: Decimal
    pay_url: str | None = field(repr=False)
    replayed: bool = False
    raw: Raw = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, raw: Raw, *, replayed: bool = False) -> "ApiCheckout":
        """Read an answer."""
        total, url = Decimal(raw["total"]), raw["pay_url"]
        return cls(raw["checkout_id"], raw["status"], raw["currency"], total, url, replayed, raw)


@dataclass(frozen=True)
class ApiInvoice:
    """An invoice or credit note that was issued; `open` is what nothing was set against yet."""

    invoice_id: str
    kind: str
    state: str
    number: str
    partner_id: str
    currency: str
    total: Decimal
    tax: Decimal
    open: Decimal
    issued_on: date
    due_on: date | None
    raw: Raw = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, raw: Raw, *, replayed: bool = False) -> "ApiInvoice":
        """Read an answer."""
        assert not replayed, "what is only read is never replayed"
        return cls(
            invoice_id=raw["invoice_id"],
            kind=raw["kind"],
            state=raw["state"],
            number=raw["number"],
            partner_id=raw["partner_id"],
            currency=raw["currency"],
            total=Decimal(raw["total"]),
            tax=Decimal(raw["tax"]),
            open=Decimal(raw["open"]),
            issued_on=date.fromisoformat(raw["issued_on"]),
            due_on=date.fromisoformat(raw["due_on"]) if raw["due_on"] else None,
            raw=raw,
        )


@dataclass(frozen=True)
class ApiPayment:
    """What a partner paid; below zero, what was paid back to it."""

    payment_id: str
    partner_id: str
    currency: str
    amount: Decimal
    received_on: date
    undone: bool
    raw: Raw = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, raw: Raw, *, replayed: bool = False) -> "ApiPayment":
        """Read an answer."""
        assert not replayed, "what is only read is never replayed"
        return cls(
            payment_id=raw["payment_id"],
            partner_id=raw["partner_id"],
            currency=raw["currency"],
            amount=Decimal(raw["amount"]),
            received_on=date.fromisoformat(raw["received_on"]),
            undone=raw["undone_at"] is not None,
            raw=raw,
        )


@dataclass(frozen=True)
class ApiPage(Generic[One]):
    """One page of a list, and what asks for the next one."""

    data: tuple[One, ...]
    next: str | None


@dataclass(frozen=True)
class ApiEvent:
    """An event, under the number that it was given once it was committed."""

    number: int
    id: str
    type: str
    timestamp: datetime
    data: Any


@dataclass(frozen=True)
class ApiEvents:
    """Events, and the number to go on from."""

    data: tuple[ApiEvent, ...]
    next: int
    has_more: bool

    @classmethod
    def of(cls, raw: Raw, *, replayed: bool = False) -> "ApiEvents":
        """Read an answer."""
        assert not replayed, "what is only read is never replayed"
        events = tuple(
            ApiEvent(one["number"], one["id"], one["type"], moment(one["timestamp"]), one["data"])
            for one in raw["data"]
        )
        return cls(events, raw["next"], raw["has_more"])
