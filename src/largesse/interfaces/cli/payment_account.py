"""`largesse payment account`: merchants' own accounts at whoever collects their money.

Keys and signing secrets are read from a prompt that does not show them, or from stdin, and never shown: arguments are
read by every other user of the machine.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import click

from largesse.domain.merchants import Merchant
from largesse.domain.payment_accounts import PaymentAccount, find_account, list_accounts
from largesse.interfaces.cli.arguments import ask_hidden, duration
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json, fields
from largesse.interfaces.cli.payment import payment
from largesse.interfaces.cli.runtime import Runtime, actor, json_option, merchant_of
from largesse.services import payment_accounts
from largesse.services.payment_accounts import AddAccount, address_of

__all__ = ["payment"]

_MERCHANT = click.option("--merchant", "slug", required=True, help="The merchant's slug or number.")
_ACCOUNT = click.argument("account_id", type=click.UUID)
Facts = dict[str, object]
Change = Callable[[CommandDependencies, Merchant, datetime], Awaitable[PaymentAccount]]


@payment.group()
def account() -> None:
    """Add a merchant's own payment accounts, check them, change their keys, choose the default, retire them."""


@account.command()
@_MERCHANT
@click.option("--gateway", default="stripe", show_default=True, help="Whose account it is.")
@click.option("--label", help="What you call it; its own name at the gateway, if not given.")
@click.option("--register", is_flag=True, help="Have the gateway told where to call back, with the same key.")
@click.option("--test-mode", is_flag=True, help="Take a key of test mode where certificates are sold for real.")
@json_option
@click.pass_obj
def add(
    runtime: Runtime, /, slug: str, *, gateway: str, label: str | None, register: bool, test_mode: bool, machine: bool
) -> None:
    """Add an account by its secret key, which is read from a prompt or stdin and checked before anything is saved."""
    wanted = AddAccount(
        gateway=gateway, secret_key=_secret("Secret key"), label=label, register=register, test_mode=test_mode
    )

    async def change(deps: CommandDependencies, merchant: Merchant, now: datetime) -> PaymentAccount:
        return await payment_accounts.add_account(deps, merchant, wanted, actor=actor(), now=now)

    _show(_changed(runtime, slug, change), machine=machine)


@account.command("list")
@_MERCHANT
@json_option
@click.pass_obj
def list_(runtime: Runtime, /, slug: str, *, machine: bool) -> None:
    """List a merchant's accounts, oldest first, those that are retired included."""

    async def work(deps: CommandDependencies) -> Sequence[Facts]:
        merchant = await merchant_of(deps, slug)
        async with deps.database.connection() as connection:
            found = await list_accounts(connection, merchant.merchant_id)
        return [_facts(deps, merchant, one) for one in found]

    found = runtime.run(work)
    if machine:
        click.echo(as_json(found))
        return
    if not found:
        click.echo("The merchant has no payment account of its own. Add one with `largesse payment account add`.")
    for one in found:
        click.echo(
            f"{one['account_id']}  {one['gateway']:<8} {one['mode']:<5} {one['status']:<15} {one['remote_id']}  "
            f"{one['label']}"
        )


@account.command()
@_MERCHANT
@_ACCOUNT
@json_option
@click.pass_obj
def show(runtime: Runtime, /, slug: str, account_id: UUID, *, machine: bool) -> None:
    """Show an account, the address that its gateway calls back at, and what it has to tell of there."""

    async def change(deps: CommandDependencies, merchant: Merchant, now: datetime) -> PaymentAccount:
        del now
        async with deps.database.connection() as connection:
            return await find_account(connection, merchant.merchant_id, account_id)

    _show(_changed(runtime, slug, change), machine=machine)


@account.command()
@_MERCHANT
@_ACCOUNT
@json_option
@click.pass_obj
def check(runtime: Runtime, /, slug: str, account_id: UUID, *, machine: bool) -> None:
    """Ask the gateway whether an account's key is still good, and whether it may take payments."""

    async def change(deps: CommandDependencies, merchant: Merchant, now: datetime) -> PaymentAccount:
        return await payment_accounts.check_account(deps, merchant, account_id, now=now)

    _show(_changed(runtime, slug, change), machine=machine)


@account.command()
@_MERCHANT
@_ACCOUNT
@click.option("--signing-secret", is_flag=True, help="Change what callbacks are signed with, instead of the key.")
@click.option("--register", is_flag=True, help="The same, made by the gateway, which is told our address.")
@click.option(
    "--overlap", default="24h", show_default=True, help="How long the old signing secret is good too: 90m, 4h, 2d."
)
@json_option
@click.pass_obj
def rotate(
    runtime: Runtime,
    /,
    slug: str,
    account_id: UUID,
    *,
    signing_secret: bool,
    register: bool,
    overlap: str,
    machine: bool,
) -> None:
    """Give an account another secret key, read from a prompt or stdin and checked; or another signing secret."""
    lasts = duration(overlap)
    given = None if register else _secret("Signing secret" if signing_secret else "Secret key")

    async def change(deps: CommandDependencies, merchant: Merchant, now: datetime) -> PaymentAccount:
        return await _rotated(
            deps, merchant, account_id, given, callbacks=signing_secret or register, overlap=lasts, now=now
        )

    _show(_changed(runtime, slug, change), machine=machine)


async def _rotated(
    deps: CommandDependencies,
    merchant: Merchant,
    account_id: UUID,
    given: str | None,
    *,
    callbacks: bool,
    overlap: timedelta,
    now: datetime,
) -> PaymentAccount:
    if callbacks or given is None:
        return await payment_accounts.rotate_signing_secret(
            deps, merchant, account_id, given, overlap=overlap, actor=actor(), now=now
        )
    return await payment_accounts.rotate_key(deps, merchant, account_id, given, actor=actor(), now=now)


@account.command()
@_MERCHANT
@_ACCOUNT
@json_option
@click.pass_obj
def default(runtime: Runtime, /, slug: str, account_id: UUID, *, machine: bool) -> None:
    """Have an account take the merchant's new payments from now on."""

    async def change(deps: CommandDependencies, merchant: Merchant, now: datetime) -> PaymentAccount:
        return await payment_accounts.make_default(deps, merchant, account_id, actor=actor(), now=now)

    _show(_changed(runtime, slug, change), machine=machine)


@account.command()
@_MERCHANT
@_ACCOUNT
@json_option
@click.pass_obj
def retire(runtime: Runtime, /, slug: str, account_id: UUID, *, machine: bool) -> None:
    """Have an account take no new payments. Its refunds, disputes and callbacks go on, so leave its key valid."""

    async def change(deps: CommandDependencies, merchant: Merchant, now: datetime) -> PaymentAccount:
        return await payment_accounts.retire_account(deps, merchant, account_id, actor=actor(), now=now)

    _show(_changed(runtime, slug, change), machine=machine)


def _secret(prompt: str) -> str:
    return ask_hidden(prompt).strip()


def _changed(runtime: Runtime, slug: str, change: Change) -> Facts:
    async def work(deps: CommandDependencies) -> Facts:
        merchant = await merchant_of(deps, slug)
        return _facts(deps, merchant, await change(deps, merchant, deps.clock.now()))

    return runtime.run(work)


def _show(facts: Facts, *, machine: bool) -> None:
    if machine:
        click.echo(as_json(facts))
        return
    events = facts.pop("events")
    assert isinstance(events, tuple)
    click.echo(fields(facts))
    if facts["status"] == "no callbacks":
        click.echo(
            "\nAt the gateway, make a webhook endpoint with that callback address and these events:\n  "
            + "\n  ".join(events)
            + "\nThen enter its signing secret: largesse payment account rotate --signing-secret "
            f"--merchant {facts['merchant']} {facts['account_id']}"
        )


def _facts(deps: CommandDependencies, merchant: Merchant, one: PaymentAccount) -> Facts:
    """Return what may be shown of an account: none of its secrets."""
    return {
        "account_id": one.account_id,
        "merchant": merchant.slug,
        "gateway": one.gateway,
        "label": one.label,
        "mode": "live" if one.live else "test",
        "remote_id": one.remote_id,
        "status": _status(one),
        "callback_address": address_of(deps.base_url, merchant, one.gateway, one.account_id),
        "previous_signing_secret_until": one.previous_until,
        "created_at": one.created_at,
        "checked_at": one.checked_at,
        "retired_at": one.retired_at,
        "events": deps.providers.named(one.gateway).events,
    }


def _status(one: PaymentAccount) -> str:
    if one.retired_at is not None:
        return "retired"
    if not one.is_ready:
        return "no callbacks"
    return "default" if one.is_default else "ready"
