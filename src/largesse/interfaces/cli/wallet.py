"""`largesse wallet`: keys with which a merchant's certificates are made into passes of Apple's and Google's wallets.

Keys are read from a file, or from stdin for `-`, and never shown.
"""

from typing import IO

import click

from largesse.domain import wallets
from largesse.domain.staff import ByWhom
from largesse.domain.wallets import Wallet, WalletKeys
from largesse.interfaces.cli.arguments import merchant_argument
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import fields
from largesse.interfaces.cli.runtime import actor, listed, merchant_of, printed
from largesse.services.wallets import remove_wallet, set_apple, set_google

_FILE_MAX = 64 * 1024
Facts = dict[str, object]


def _facts(one: WalletKeys) -> Facts:
    return {
        "wallet": one.wallet.value,
        "name": one.name,
        "account": one.account,
        "ends_at": one.ends_at,
        "written_at": one.written_at,
    }


@click.group()
def wallet() -> None:
    """Offer holders their certificate as a pass for the wallet of their telephone."""


@wallet.command()
@merchant_argument
@printed(listed(fields, otherwise="No passes are offered. Give keys with `largesse wallet set-apple` or `set-google`."))
async def show(deps: CommandDependencies, /, merchant: str) -> list[Facts]:
    """Show for which wallets MERCHANT has keys, and when they end."""
    one = await merchant_of(deps, merchant)
    async with deps.database.connection() as connection:
        found = await wallets.keys_of(connection, one.merchant_id)
    return [_facts(keys) for keys in found.values()]


@wallet.command("set-apple")
@merchant_argument
@click.argument("bundle", type=click.File("r", encoding="utf-8", errors="replace"))
@printed(fields)
async def set_apple_(deps: CommandDependencies, /, merchant: str, bundle: IO[str]) -> Facts:
    """Keep the keys of Apple passes of MERCHANT: BUNDLE holds certificate, private key and Apple's WWDR as PEM."""
    one = await merchant_of(deps, merchant)
    return _facts(await set_apple(deps, one, bundle.read(_FILE_MAX), by=_who(), now=deps.clock.now()))


@wallet.command("set-google")
@merchant_argument
@click.argument("account", type=click.File("r", encoding="utf-8", errors="replace"))
@click.option("--issuer", required=True, help="The issuer id, which the Google Pay & Wallet Console shows.")
@printed(fields)
async def set_google_(deps: CommandDependencies, /, merchant: str, account: IO[str], *, issuer: str) -> Facts:
    """Keep the keys of Google passes of MERCHANT: ACCOUNT is the JSON file of a service account."""
    one = await merchant_of(deps, merchant)
    return _facts(await set_google(deps, one, issuer, account.read(_FILE_MAX), by=_who(), now=deps.clock.now()))


@wallet.command()
@merchant_argument
@click.argument("name", metavar="WALLET", type=click.Choice([one.value for one in Wallet]))
@printed(fields)
async def remove(deps: CommandDependencies, /, merchant: str, name: str) -> Facts:
    """Make no more passes of MERCHANT for WALLET. Those that were made stay on their telephones."""
    one = await merchant_of(deps, merchant)
    await remove_wallet(deps, one, Wallet(name), by=_who(), now=deps.clock.now())
    return {"wallet": name, "keys": "removed"}


def _who() -> ByWhom:
    return ByWhom(actor=actor())
