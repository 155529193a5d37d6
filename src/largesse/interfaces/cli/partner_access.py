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
from largesse.domain.partners import Key, PartnerUser
from largesse.interfaces.cli.arguments import ask_hidden, merchant_argument
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json, fields
from largesse.interfaces.cli.partner import find, name_argument, partner
from largesse.interfaces.cli.runtime import Runtime, json_option, said

# The whole group, with the commands that stand here.
__all__ = ["partner"]

PASSWORD_VARIABLE = "LARGESSE_PARTNER_PASSWORD"  # noqa: S105 - where a password is, not one


def _revoked_line(key: Key) -> str:
    return f"The key that ends with {key.hint} is revoked."


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
        hashed = await deps.passwords.hashed(password)
        async with deps.database.transaction() as connection:
            one = await find(connection, merchant, name)
            return await partners.create_user(connection, one, email=email, password_hash=hashed, now=deps.clock.now())

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
        hashed = await deps.passwords.hashed(password)
        async with deps.database.transaction() as connection:
            user = await _user(connection, merchant, name, email)
            await partners.set_password(connection, user.merchant_id, user.user_id, hashed)
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
        user = await _user(connection, merchant, name, email)
        await partners.disable_user(connection, user.merchant_id, user.user_id, deps.clock.now())
    return email


@partner.command()
@merchant_argument
@name_argument
@click.argument("email")
@said(lambda email: f"{email} is enabled.")
async def user_enable(deps: CommandDependencies, /, merchant: str, name: str, email: str) -> str:
    """Let the user EMAIL in again."""
    async with deps.database.transaction() as connection:
        user = await _user(connection, merchant, name, email)
        await partners.enable_user(connection, user.merchant_id, user.user_id)
    return email


@partner.command()
@merchant_argument
@name_argument
@click.argument("email")
@json_option
@click.pass_obj
def key_add(runtime: Runtime, /, merchant: str, name: str, email: str, *, machine: bool) -> None:
    """Create an API key for the user EMAIL, and show it once."""

    async def work(deps: CommandDependencies) -> tuple[Key, str]:
        async with deps.database.transaction() as connection:
            user = await _user(connection, merchant, name, email)
            return await partners.create_key(connection, user, now=deps.clock.now())

    key, text = runtime.run(work)
    _tell(key, {"api_key": text}, machine=machine)


@partner.command()
@merchant_argument
@name_argument
@click.argument("ending")
@said(_revoked_line)
async def key_revoke(deps: CommandDependencies, /, merchant: str, name: str, ending: str) -> Key:
    """End the API key with that ENDING (its last four characters) or id; it stops within seconds, its tokens too."""
    async with deps.database.transaction() as connection:
        one = await find(connection, merchant, name)
        return await partners.revoke_key(connection, one, ending, now=deps.clock.now())


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
