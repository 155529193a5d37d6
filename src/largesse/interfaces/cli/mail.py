"""`largesse mail …`: what the operator's mail server tells us."""

import sys

import click

from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.runtime import Runtime
from largesse.services.mails import NOTICE_BYTES_MAX, Bounced, take_bounce


@click.group("mail")
def mail() -> None:
    """Mail to buyers and recipients."""


@mail.command("bounced")
@click.pass_obj
def bounced(runtime: Runtime) -> None:
    """Read a notice of failed delivery from standard input, and tell the buyer that the gift did not arrive.

    Let the mail server pipe to this what comes back to the address of LARGESSE_MAIL_FROM.
    """
    content = sys.stdin.buffer.read(NOTICE_BYTES_MAX)

    async def work(deps: CommandDependencies) -> Bounced:
        return await take_bounce(deps, content, now=deps.clock.now())

    result = runtime.run(work)
    click.echo(f"{result.mail_id}: {'known already' if result.known else 'noted'}")
