"""`largesse payment account`: merchants' own accounts at whoever collects their money.

Keys and signing secrets are read from a prompt that does not show them, or from stdin, and never shown: arguments are
read by every other user of the machine.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

import click

from largesse.domain.approvals import OwnerAct, OwnerChange
from largesse.domain.merchants import Merchant
from largesse.domain.payment_accounts import PaymentAccount, find_account, list_accounts
from largesse.domain.staff import Act
from largesse.interfaces.cli.arguments import ask_hidden, duration
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json, fields
from largesse.interfaces.cli.owner_askings import as_owner, ask_other_owner, owner_acting
from largesse.interfaces.cli.payment import payment
from largesse.interfaces.cli.runtime import Runtime, actor, json_option, listed, merchant_of, printed
from largesse.services import payment_accounts
from largesse.services.payment_accounts import AddAccount, address_of

__all__ = ["payment"]

_MERCHANT = click.option("--merchant", "slug", required=True, help="The merchant's slug or number.")
_ACCOUNT = click.argument("account_id", type=click.UUID)
Facts = dict[str, object]


def _line(one: Facts) -> str:
    account_id, remote_id = one["account_id"], one["remote_id"]
    return f"{account_id}  {one['gateway']:<8} {one['mode']:<5} {one['status']:<15} {remote_id}  {one['label']}"


def _told(facts: Facts) -> str:
    """Return what is told of an account, or of what waits for another owner."""
    return fields(facts) if "request" in facts else _lines(facts)


def _lines(facts: Facts) -> str:
    """Return what is told of an account, and what is still to be done at the gateway."""
    told = fields({name: value for name, value in facts.items() if name != "events"})
    if facts["status"] != "no callbacks":
        return told
    events = facts["events"]
    assert isinstance(events, tuple)
    return (
        f"{told}\n\nAt the gateway, make a webhook endpoint with that callback address and these events:\n  "
        + "\n  ".join(events)
        + "\nThen enter its signing secret: largesse payment account rotate --signing-secret "
        f"--merchant {facts['merchant']} {facts['account_id']}"
    )


@payment.group()
def account() -> None:
    """Add a merchant's own payment accounts, check them, change their keys, choose the default, retire them."""


@account.command()
@_MERCHANT
@click.option("--gateway", default="stripe", show_default=True, help="Whose account it is.")
@click.option("--label", help="What you call it; its own name at the gateway, if not given.")
@click.option("--register", is_flag=True, help="Have the gateway told where to call back, with the same key.")
@click.option("--test-mode", is_flag=True, help="Take a key of test mode where certificates are sold for real.")
@as_owner
@json_option
@click.pass_obj
def add(
    runtime: Runtime,
    /,
    slug: str,
    *,
    gateway: str,
    label: str | None,
    register: bool,
    test_mode: bool,
    acting_for: str | None,
    machine: bool,
) -> None:
    """Add an account by its secret key, which is read from a prompt or stdin and checked before anything is saved."""
    secret = _secret("Secret key")
    wanted = AddAccount(gateway=gateway, secret_key=secret, label=label, register=register, test_mode=test_mode)

    async def work(deps: CommandDependencies) -> Facts:
        merchant = await merchant_of(deps, slug)
        if acting_for is None:
            one = await payment_accounts.add_account(deps, merchant, wanted, actor=actor(), now=deps.clock.now())
            return _facts(deps, merchant, one)
        facts = await deps.providers.named(gateway).inspect(secret)
        to = {"gateway": gateway, "label": label or "", "register": _yes(register), "test_mode": _yes(test_mode)}
        name = label or facts.name or facts.remote_id
        change = OwnerChange(act=OwnerAct.ACCOUNT_NEW, subject=gateway, name=name, to=to)
        return await _asked(deps, merchant, change, acting_for, secret=secret)

    _show(runtime.run(work), machine=machine)


@account.command("list")
@_MERCHANT
@printed(
    listed(
        _line, otherwise="The merchant has no payment account of its own. Add one with `largesse payment account add`."
    )
)
async def list_(deps: CommandDependencies, /, slug: str) -> Sequence[Facts]:
    """List a merchant's accounts, oldest first, those that are retired included."""
    merchant = await merchant_of(deps, slug)
    async with deps.database.connection() as connection:
        found = await list_accounts(connection, merchant.merchant_id)
    return [_facts(deps, merchant, one) for one in found]


@account.command()
@_MERCHANT
@_ACCOUNT
@printed(_lines)
async def show(deps: CommandDependencies, /, slug: str, account_id: UUID) -> Facts:
    """Show an account, the address that its gateway calls back at, and what it has to tell of there."""
    merchant = await merchant_of(deps, slug)
    async with deps.database.connection() as connection:
        one = await find_account(connection, merchant.merchant_id, account_id)
    return _facts(deps, merchant, one)


@account.command()
@_MERCHANT
@_ACCOUNT
@printed(_lines)
async def check(deps: CommandDependencies, /, slug: str, account_id: UUID) -> Facts:
    """Ask the gateway whether an account's key is still good, and whether it may take payments."""
    merchant = await merchant_of(deps, slug)
    one = await payment_accounts.check_account(deps, merchant, account_id, now=deps.clock.now())
    return _facts(deps, merchant, one)


@account.command()
@_MERCHANT
@_ACCOUNT
@click.option("--signing-secret", is_flag=True, help="Change what callbacks are signed with, instead of the key.")
@click.option("--register", is_flag=True, help="The same, made by the gateway, which is told our address.")
@click.option(
    "--overlap", default="24h", show_default=True, help="How long the old signing secret is good too: 90m, 4h, 2d."
)
@as_owner
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
    acting_for: str | None,
    machine: bool,
) -> None:
    """Give an account another secret key, read from a prompt or stdin and checked; or another signing secret."""
    lasts = duration(overlap)
    given = None if register else _secret("Signing secret" if signing_secret else "Secret key")

    async def work(deps: CommandDependencies) -> Facts:
        merchant, who, now = await merchant_of(deps, slug), actor(), deps.clock.now()
        is_signing = signing_secret or given is None
        if acting_for is not None:
            act = OwnerAct.ACCOUNT_SIGNING if is_signing else OwnerAct.ACCOUNT_KEY
            to = {"overlap": str(int(lasts.total_seconds()))} if is_signing else {}
            return await _of_account(deps, merchant, account_id, act, acting_for, to=to, secret=given or "")
        if is_signing or given is None:
            one = await payment_accounts.rotate_signing_secret(
                deps, merchant, account_id, given, overlap=lasts, actor=who, now=now
            )
        else:
            one = await payment_accounts.rotate_key(deps, merchant, account_id, given, actor=who, now=now)
        return _facts(deps, merchant, one)

    _show(runtime.run(work), machine=machine)


@account.command()
@_MERCHANT
@_ACCOUNT
@as_owner
@printed(_told)
async def default(deps: CommandDependencies, /, slug: str, account_id: UUID, acting_for: str | None) -> Facts:
    """Have an account take the merchant's new payments from now on."""
    merchant = await merchant_of(deps, slug)
    if acting_for is not None:
        return await _of_account(deps, merchant, account_id, OwnerAct.ACCOUNT_DEFAULT, acting_for)
    one = await payment_accounts.make_default(deps, merchant, account_id, actor=actor(), now=deps.clock.now())
    return _facts(deps, merchant, one)


@account.command()
@_MERCHANT
@_ACCOUNT
@as_owner
@printed(_told)
async def retire(deps: CommandDependencies, /, slug: str, account_id: UUID, acting_for: str | None) -> Facts:
    """Have an account take no new payments. Its refunds, disputes and callbacks go on, so leave its key valid."""
    merchant = await merchant_of(deps, slug)
    if acting_for is not None:
        return await _of_account(deps, merchant, account_id, OwnerAct.ACCOUNT_RETIRE, acting_for)
    one = await payment_accounts.retire_account(deps, merchant, account_id, actor=actor(), now=deps.clock.now())
    return _facts(deps, merchant, one)


def _secret(prompt: str) -> str:
    return ask_hidden(prompt).strip()


def _yes(given: bool) -> str:
    return "yes" if given else ""


async def _of_account(
    deps: CommandDependencies,
    merchant: Merchant,
    account_id: UUID,
    act: OwnerAct,
    acting_for: str,
    *,
    to: Mapping[str, str] | None = None,
    secret: str = "",
) -> Facts:
    """Have something done about an account that is both owners', where there are two."""
    async with deps.database.connection() as connection:
        one = await find_account(connection, merchant.merchant_id, account_id)
    change = OwnerChange(act=act, subject=str(account_id), name=one.label, to=to or {})
    return await _asked(deps, merchant, change, acting_for, secret=secret)


async def _asked(
    deps: CommandDependencies, merchant: Merchant, change: OwnerChange, acting_for: str, *, secret: str = ""
) -> Facts:
    """Return what waits for another owner, or the account once it is done."""
    by = await owner_acting(deps, merchant, acting_for, Act.PAYMENT_ACCOUNTS)
    waits = await ask_other_owner(deps, merchant, change, by=by, reason=change.act.value, secret=secret)
    if waits is not None:
        return waits
    async with deps.database.connection() as connection:
        if change.act is OwnerAct.ACCOUNT_NEW:
            return _facts(deps, merchant, (await list_accounts(connection, merchant.merchant_id))[-1])
        return _facts(deps, merchant, await find_account(connection, merchant.merchant_id, UUID(change.subject)))


def _show(facts: Facts, *, machine: bool) -> None:
    click.echo(as_json(facts) if machine else _told(facts))


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
