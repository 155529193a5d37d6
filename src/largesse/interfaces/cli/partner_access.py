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
from largesse.interfaces.cli.arguments import ask_hidden, machine_option, merchant_argument
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json, fields
from largesse.interfaces.cli.partner import find, name_argument, partner
from largesse.interfaces.cli.runtime import Runtime

# The whole group, with the commands that stand here.
__all__ = ["partner"]

PASSWORD_VARIABLE = "LARGESSE_PARTNER_PASSWORD"  # noqa: S105 - where a password is, not one


@partner.command()
@merchant_argument
@name_argument
@click.argument("email")
@click.option("--generate", is_flag=True, help="Make a password, and show it once.")
@machine_option
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

    _tell(msgspec.to_builtins(runtime.run(work)), {"password": password} if generate else {}, machine=machine)


@partner.command()
@merchant_argument
@name_argument
@click.argument("email")
@click.option("--generate", is_flag=True, help="Make a password, and show it once.")
@machine_option
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

    _tell(msgspec.to_builtins(runtime.run(work)), {"password": password} if generate else {}, machine=machine)


@partner.command()
@merchant_argument
@name_argument
@click.argument("email")
@click.pass_obj
def user_disable(runtime: Runtime, /, merchant: str, name: str, email: str) -> None:
    """Let the user EMAIL do nothing any more; tokens stop within seconds."""

    async def work(deps: CommandDependencies, connection: Connection) -> None:
        user = await _user(connection, merchant, name, email)
        await partners.disable_user(connection, user.merchant_id, user.user_id, deps.clock.now())

    runtime.run_in_transaction(work)
    click.echo(f"{email} is disabled.")


@partner.command()
@merchant_argument
@name_argument
@click.argument("email")
@click.pass_obj
def user_enable(runtime: Runtime, /, merchant: str, name: str, email: str) -> None:
    """Let the user EMAIL in again."""

    async def work(_deps: CommandDependencies, connection: Connection) -> None:
        user = await _user(connection, merchant, name, email)
        await partners.enable_user(connection, user.merchant_id, user.user_id)

    runtime.run_in_transaction(work)
    click.echo(f"{email} is enabled.")


@partner.command()
@merchant_argument
@name_argument
@click.argument("email")
@machine_option
@click.pass_obj
def key_add(runtime: Runtime, /, merchant: str, name: str, email: str, *, machine: bool) -> None:
    """Create an API key for the user EMAIL, and show it once."""

    async def work(deps: CommandDependencies, connection: Connection) -> tuple[Key, str]:
        user = await _user(connection, merchant, name, email)
        return await partners.create_key(connection, user, now=deps.clock.now())

    key, text = runtime.run_in_transaction(work)
    _tell(msgspec.to_builtins(key), {"api_key": text}, machine=machine)


@partner.command()
@merchant_argument
@name_argument
@click.argument("ending")
@click.pass_obj
def key_revoke(runtime: Runtime, /, merchant: str, name: str, ending: str) -> None:
    """End the API key with that ENDING (its last four characters) or id; it stops within seconds, its tokens too."""

    async def work(deps: CommandDependencies, connection: Connection) -> Key:
        one = await find(connection, merchant, name)
        return await partners.revoke_key(connection, one, ending, now=deps.clock.now())

    key = runtime.run_in_transaction(work)
    click.echo(f"The key that ends with {key.hint} is revoked.")


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


def _tell(public: dict[str, object], secret: dict[str, str], *, machine: bool) -> None:
    if machine:
        click.echo(as_json({**public, **secret}))
        return
    click.echo(fields({**public, **secret}))
    if secret:
        click.echo("Keep it now: it is shown this once and stored nowhere.", err=True)
