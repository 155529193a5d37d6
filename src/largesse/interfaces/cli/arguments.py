"""Arguments that several commands share: a certificate's number, an amount, an operation id."""

import re
import sys
import warnings
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import wraps
from getpass import GetPassWarning
from typing import Any, TypedDict, TypeVar, cast
from uuid import UUID

import click
import msgspec

from largesse.domain.merchants import Merchant, find_merchant, list_merchants
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.runtime import actor, json_option
from largesse.kernel.amounts import read_plain_amount
from largesse.kernel.currency import currency
from largesse.ledger import RateLine
from largesse.services.certificates import Located, Request, locate, locate_id, operation_id

Command = TypeVar("Command", bound=Callable[..., Any])

merchant_argument = click.argument("merchant")

_PERCENT = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,4})?")
_DURATION_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def address_options(command: Command) -> Command:
    """Give a command the parts of an address, each None where it is not named."""
    for name, about in reversed(
        (
            ("address", "Street and number."),
            ("address2", "Suite or floor."),
            ("city", "City."),
            ("state", "State, province or region."),
            ("zip", "Postal code."),
            ("country", "Its two letters, such as US."),
        )
    ):
        command = click.option(f"--{name}", help=about)(command)
    return command


def duration(text: str) -> timedelta:
    """Read `90m`, `4h` or `2d`."""
    if not (text[:-1].isascii() and text[:-1].isdigit() and len(text) <= 6 and text[-1] in _DURATION_UNITS):
        raise click.BadParameter("write minutes, hours or days: 90m, 4h, 2d")
    return timedelta(**{_DURATION_UNITS[text[-1]]: int(text[:-1])})


def _not_empty(_ctx: click.Context, _option: click.Parameter, text: str | None) -> str | None:
    """Refuse a key that is empty, as an unset variable in a script is: every such command would pass for the first."""
    if text is not None and not text.strip():
        raise click.BadParameter("it is empty; leave the option out, or give a text of your own")
    return text


def rate_lines(code: str, texts: Sequence[str]) -> tuple[RateLine, ...]:
    """Read rates, each with the amount in a currency that is taxed at it; in whatever order, they ask for the same."""
    return tuple(sorted((_rate_line(code, text) for text in texts), key=lambda line: line.rate))


def _rate_line(code: str, text: str) -> RateLine:
    """Read `19=60.00`: a rate in per cent, and the amount."""
    percent, sign, amount = text.partition("=")
    rate = fraction_of(percent.strip().removesuffix("%").strip())
    if not sign or rate is None:
        raise click.BadParameter("write a rate and an amount, such as 19=60.00")
    return RateLine(rate=rate, face=minor(amount, code))


def fraction_of(percent: str) -> Decimal | None:
    """Read `62.5` as 0.625; None where it is no percentage from 0 to 100 with four decimals at most."""
    if not _PERCENT.fullmatch(percent) or Decimal(percent) > 100:
        return None
    return Decimal(percent) / 100


class CertificateTarget(msgspec.Struct, frozen=True, kw_only=True):
    """The certificate that a command is about: by its number, or by its id and merchant."""

    number: str | None
    certificate_id: UUID | None
    merchant: str | None

    def __repr__(self) -> str:
        """Leave the number out: it is a bearer secret."""
        return "CertificateTarget(…)"

    async def located(self, deps: CommandDependencies) -> Located:
        """Return the certificate that is meant.

        Raises:
            CertificateUnknown: there is none.
            MerchantUnknown: `--merchant` names none.
        """
        at = await self.at(deps)
        if self.certificate_id is None or at is None:
            return await locate(deps, self.number or "", at=at)
        return await locate_id(deps, at, self.certificate_id)

    async def at(self, deps: CommandDependencies) -> Merchant | None:
        """Return the merchant that was named, or the only one there is; None: the number has to say whose it is.

        Raises:
            MerchantUnknown: `--merchant` names none.
        """
        return await named_or_only(deps, self.merchant)


async def named_or_only(deps: CommandDependencies, slug: str | None) -> Merchant | None:
    """Return the merchant of a slug, or, without one, the only merchant there is; None where there are several.

    Raises:
        MerchantUnknown: nobody has the slug.
    """
    async with deps.database.connection() as connection:
        if slug is not None:
            return await find_merchant(connection, slug)
        known = await list_merchants(connection)
    return known[0] if len(known) == 1 else None


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """What every command that changes something is given besides: why, and under which id it happens once."""

    memo: str | None
    given_id: UUID | None
    idempotency_key: str | None
    machine: bool
    """Print JSON."""

    def request(self, merchant_id: UUID, *, now: datetime) -> Request:
        """Return who asks, under which operation id."""
        made = operation_id(merchant_id, given=self.given_id, idempotency_key=self.idempotency_key, now=now)
        return Request(operation_id=made, actor=actor(), memo=self.memo)


def certificate_argument(command: Command) -> Command:
    """Give a command its `target`: a certificate by its number, or by its id with the merchant."""

    @wraps(command)
    def with_target(
        *args: Any, number: str | None, certificate_id: UUID | None, merchant: str | None, **given: Any
    ) -> Any:
        return command(*args, target=_target(number, certificate_id, merchant), **given)

    return _certificate_options(cast("Command", with_target))


def certificate_and(word: str) -> Callable[[Command], Command]:
    """Give a command its `target` and the argument `word` behind the number; of one word alone, it is that."""

    def decorate(command: Command) -> Command:
        return _certificate_options(click.argument(word, required=False)(_with_word(command, word)))

    return decorate


def _with_word(command: Command, word: str) -> Command:
    @wraps(command)
    def with_word(
        *args: Any, number: str | None, certificate_id: UUID | None, merchant: str | None, **given: Any
    ) -> Any:
        number, given[word] = _shifted(number, given[word], missing=word.upper())
        return command(*args, target=_target(number, certificate_id, merchant), **given)

    return cast("Command", with_word)


def _certificate_options(command: Command) -> Command:
    command = click.option(
        "--merchant",
        help="Slug or number of the merchant; needed with --id, and for a number that was brought from another system.",
    )(command)
    command = click.option("--id", "certificate_id", type=click.UUID, help="The certificate's id, instead.")(command)
    return click.argument("number", required=False)(command)


def operation_options(command: Command) -> Command:
    """Give a command its `operation`: so it can be repeated without happening twice, and says why."""

    @wraps(command)
    def with_operation(
        *args: Any,
        memo: str | None,
        operation_id: UUID | None,
        idempotency_key: str | None,
        machine: bool,
        **given: Any,
    ) -> Any:
        if operation_id is not None and idempotency_key is not None:
            raise click.UsageError("Give --operation-id or --idempotency-key: a command happens once under one.")
        operation = Operation(memo=memo, given_id=operation_id, idempotency_key=idempotency_key, machine=machine)
        return command(*args, operation=operation, **given)

    decorated = cast("Command", with_operation)
    decorated = json_option(decorated)
    decorated = click.option("--memo", help="Why, for the journal.")(decorated)
    decorated = click.option(
        "--idempotency-key",
        callback=_not_empty,
        help="Any text: the same command under the same key happens once.",
    )(decorated)
    return click.option("--operation-id", type=click.UUID, help="The same, as an operation id of your own.")(decorated)


def _target(number: str | None, certificate_id: UUID | None, merchant: str | None) -> CertificateTarget:
    """Return what a command is about; the number is asked for when it was not typed."""
    if certificate_id is not None and merchant is None:
        raise click.UsageError("Say whose certificate it is: --id needs --merchant.")
    if certificate_id is None:
        number = read_secret(number)
    return CertificateTarget(number=number, certificate_id=certificate_id, merchant=merchant)


def _shifted(number: str | None, word: str | None, *, missing: str) -> tuple[str | None, str]:
    """Return NUMBER and the word behind it: of one word alone, it is that, and the number is given in another way."""
    if word is not None:
        return number, word
    if number is None:
        message = f"Missing argument '{missing}'."
        raise click.UsageError(message)
    return None, number


def read_secret(text: str | None, *, prompt: str = "Certificate number") -> str:
    """Return a number from the command line, from stdin for `-`, or from a prompt that does not show it.

    A number on the command line stands in the shell's history; the other two ways keep it out.
    """
    if text == "-":
        return sys.stdin.readline().strip()
    return ask_hidden(prompt) if text is None else text


def ask_hidden(prompt: str, *, twice: bool = False) -> str:
    """Ask for what does not show on the screen; where nobody can be asked, say so."""
    try:
        with warnings.catch_warnings():
            # Without a terminal there is no echo to turn off, and nothing shows.
            warnings.simplefilter("ignore", GetPassWarning)
            entered: str = click.prompt(prompt, hide_input=True, confirmation_prompt=twice, err=True)
    except click.Abort:
        if sys.stdin.isatty():
            raise
        message = f"{prompt} is missing, and nobody is there to be asked. --help says how else to give it."
        raise click.UsageError(message) from None
    return entered


def pots(found: Located, value: str, gratuity: str) -> tuple[int, int]:
    """Return how much of each pot of a certificate is meant, in the smallest unit of its currency.

    Raises:
        InvalidAmount: one of them is no amount of that currency.
    """
    code = found.certificate.currency
    return minor(value, code), minor(gratuity, code)


class Spent(TypedDict):
    """What is to be spent or held of a certificate, in the smallest unit of `currency`."""

    value: int
    gratuity: int
    currency: str


def spent(found: Located, value: str, gratuity: str, code: str | None) -> Spent:
    """Return how much of each pot is meant, in the currency that was named, or the certificate's own.

    Raises:
        UnknownCurrency: there is no such currency.
        InvalidAmount: one of them is no amount of that currency.
    """
    return spent_in(code or found.certificate.currency, value, gratuity)


def spent_in(code: str, value: str, gratuity: str) -> Spent:
    """Return how much of each pot is meant, in a currency.

    Raises:
        UnknownCurrency: there is no such currency.
        InvalidAmount: one of them is no amount of that currency.
    """
    return Spent(value=minor(value, code), gratuity=minor(gratuity, code), currency=code)


def minor(text: str, code: str) -> int:
    """Return an amount such as `25.00` in the smallest unit of the currency `code`.

    Raises:
        InvalidAmount: it is no amount of that currency.
    """
    return read_plain_amount(text, currency(code)).minor
