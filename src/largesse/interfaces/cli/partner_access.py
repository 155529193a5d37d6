"""`largesse partner user-…` and `key-…`: who speaks for a partner, and with which keys.

Passwords come from the environment or a prompt, keys and made passwords are shown once: arguments are read by every
user of the machine.
"""

import os
import secrets

import click
import msgspec

from largesse.db import Connection
from largesse.domain import partners
from largesse.domain.merchants import find_merchant
from largesse.domain.partners import Key, KeyUnknown, Partner, PartnerUser
from largesse.interfaces.cli.arguments import ask_hidden, merchant_argument
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json, fields
from largesse.interfaces.cli.partner import find, name_argument, partner
from largesse.interfaces.cli.runtime import Runtime, actor, json_option, said
from largesse.services import partners as services
from largesse.services.partners import MadeOnce
from largesse.services.staff import Manager

# The whole group, with the commands that stand here.
__all__ = ["partner"]

PASSWORD_VARIABLE = "LARGESSE_PARTNER_PASSWORD"  # noqa: S105 - where a password is, not one


def _revoked_line(key: Key) -> str:
    return f"The key that ends with {key.hint} is revoked."


def _ended_line(key: Key) -> str:
    return f"The tokens of the key that ends with {key.hint} are ended."


@partner.command()
@merchant_argument
@name_argument
@click.argument("email")
@click.option("--generate", is_flag=True, help="Make a password, and show it once.")
@json_option
@click.pass_obj
def user_add(runtime: Runtime, /, merchant: str, name: str, email: str, *, generate: bool, machine: bool) -> None:
    """Create the user EMAIL of the partner NAME.

    The password comes from LARGESSE_PARTNER_PASSWORD; else it is asked for.
    """
    password = _password(generate=generate)

    async def work(deps: CommandDependencies) -> PartnerUser:
        async with deps.database.connection() as connection:
            seller, one = await find_merchant(connection, merchant), await find(connection, merchant, name)
        by, now = Manager(actor=actor()), deps.clock.now()
        user, _ = await services.add_user(deps, seller, one, email, password=password, by=by, now=now)
        return user

    _tell(runtime.run(work), {"password": password} if generate else {}, machine=machine)


@partner.command()
@merchant_argument
@name_argument
@click.argument("email")
@click.option("--generate", is_flag=True, help="Make a password, and show it once.")
@json_option
@click.pass_obj
def user_password(runtime: Runtime, /, merchant: str, name: str, email: str, *, generate: bool, machine: bool) -> None:
    """Give the user EMAIL another password, as `user-add` does. Tokens that live go on living."""
    password = _password(generate=generate)

    async def work(deps: CommandDependencies) -> PartnerUser:
        async with deps.database.connection() as connection:
            seller, user = await find_merchant(connection, merchant), await _user(connection, merchant, name, email)
        by, now = Manager(actor=actor()), deps.clock.now()
        await services.renew_password(deps, seller, user, password=password, by=by, now=now)
        return user

    _tell(runtime.run(work), {"password": password} if generate else {}, machine=machine)


@partner.command()
@merchant_argument
@name_argument
@click.argument("email")
@said(lambda email: f"{email} is disabled.")
async def user_disable(deps: CommandDependencies, /, merchant: str, name: str, email: str) -> str:
    """Let the user EMAIL do nothing any more; tokens stop within seconds."""
    async with deps.database.transaction() as connection:
        await _let(deps, connection, merchant, await _user(connection, merchant, name, email), enabled=False)
    return email


@partner.command()
@merchant_argument
@name_argument
@click.argument("email")
@said(lambda email: f"{email} is enabled.")
async def user_enable(deps: CommandDependencies, /, merchant: str, name: str, email: str) -> str:
    """Let the user EMAIL in again."""
    async with deps.database.transaction() as connection:
        await _let(deps, connection, merchant, await _user(connection, merchant, name, email), enabled=True)
    return email


async def _let(
    deps: CommandDependencies, connection: Connection, merchant: str, user: PartnerUser, *, enabled: bool
) -> None:
    seller = await find_merchant(connection, merchant)
    by, now = Manager(actor=actor()), deps.clock.now()
    await services.let_user(connection, seller, user, enabled=enabled, by=by, now=now)


@partner.command()
@merchant_argument
@name_argument
@click.argument("email")
@json_option
@click.pass_obj
def key_add(runtime: Runtime, /, merchant: str, name: str, email: str, *, machine: bool) -> None:
    """Create an API key for the user EMAIL, and show it once."""

    async def work(deps: CommandDependencies) -> tuple[Key, MadeOnce]:
        async with deps.database.transaction() as connection:
            user = await _user(connection, merchant, name, email)
            seller = await find_merchant(connection, merchant)
            by, now = Manager(actor=actor()), deps.clock.now()
            return await services.make_key(connection, seller, user, by=by, now=now)

    key, made = runtime.run(work)
    _tell(key, {"api_key": made.text}, machine=machine)


@partner.command()
@merchant_argument
@name_argument
@click.argument("ending")
@json_option
@click.pass_obj
def token_add(runtime: Runtime, /, merchant: str, name: str, ending: str, *, machine: bool) -> None:
    """Make an access token of the live key with that ENDING, and show it once."""

    async def work(deps: CommandDependencies) -> tuple[Key, MadeOnce]:
        async with deps.database.transaction() as connection:
            seller, one = await find_merchant(connection, merchant), await find(connection, merchant, name)
            key = await _key(connection, one, ending)
            by, now = Manager(actor=actor()), deps.clock.now()
            return key, await services.make_token(connection, seller, one, key, by=by, now=now)

    key, made = runtime.run(work)
    _tell(key, {"api_token": made.text}, machine=machine)


@partner.command()
@merchant_argument
@name_argument
@click.argument("ending")
@said(_ended_line)
async def tokens_end(deps: CommandDependencies, /, merchant: str, name: str, ending: str) -> Key:
    """End the tokens of the live key with that ENDING; the key works on."""
    async with deps.database.transaction() as connection:
        seller, one = await find_merchant(connection, merchant), await find(connection, merchant, name)
        key = await _key(connection, one, ending)
        by, now = Manager(actor=actor()), deps.clock.now()
        await services.end_tokens(connection, seller, one, key.key_id, by=by, now=now)
    return key


@partner.command()
@merchant_argument
@name_argument
@click.argument("ending")
@said(_revoked_line)
async def key_revoke(deps: CommandDependencies, /, merchant: str, name: str, ending: str) -> Key:
    """End the API key with that ENDING (its last four characters) or id; it stops within seconds, its tokens too."""
    async with deps.database.transaction() as connection:
        seller, one = await find_merchant(connection, merchant), await find(connection, merchant, name)
        by, now = Manager(actor=actor()), deps.clock.now()
        return await services.revoke_key(connection, seller, one, ending, by=by, now=now)


async def _key(connection: Connection, one: Partner, ending: str) -> Key:
    live = [key for key in await partners.keys(connection, (one.merchant_id, one.partner_id)) if not key.revoked_at]
    meant = [key for key in live if ending in {key.hint, str(key.key_id)}]
    if len(meant) != 1:
        raise KeyUnknown
    return meant[0]


async def _user(connection: Connection, merchant: str, name: str, email: str) -> PartnerUser:
    return await partners.find_user(connection, await find(connection, merchant, name), email)


def _password(*, generate: bool) -> str:
    """Return a password from where no other user of the machine can see it; never from the arguments."""
    if generate:
        return secrets.token_urlsafe(18)
    password = os.environ.get(PASSWORD_VARIABLE) or ask_hidden("Password", twice=True)
    if faults := list(partners.faults_of_password(password)):
        raise click.UsageError(faults[0].message)
    return password


def _tell(public: msgspec.Struct, secret: dict[str, str], *, machine: bool) -> None:
    told = msgspec.to_builtins(public) | secret
    click.echo(as_json(told) if machine else fields(told))
    if secret and not machine:
        click.echo("Keep it now: it is shown this once and stored nowhere.", err=True)
