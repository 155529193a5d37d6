"""`largesse certificate`, continued: what pays out what is left of one."""

from uuid import UUID

import click

from largesse.domain.law import CashOutAnswer, Owed
from largesse.interfaces.cli.arguments import CertificateTarget, certificate_argument, fraction_of
from largesse.interfaces.cli.certificate import Acting, Named, acting, at_a_spot
from largesse.interfaces.cli.certificate_care import certificate
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.runtime import printed
from largesse.ledger import Outcome
from largesse.services.certificates import Payer
from largesse.services.certificates import cash_out as cash_out_flow
from largesse.services.certificates import hand_over as hand_over_flow
from largesse.services.certificates import may_cash_out as may_cash_out_flow
from largesse.services.refunds import undo_reload as undo_reload_flow

_PPM = 1_000_000

__all__ = ["certificate"]


def _percent(_ctx: click.Context, _option: click.Parameter, text: str) -> int:
    """Read a percentage as millionths."""
    share = fraction_of(text)
    if not share:
        raise click.BadParameter("write a percentage above 0 and up to 100, with four decimals at most")
    return int(share * _PPM)


_unusable = click.option("--unusable", is_flag=True, help="It cannot be used again, which some laws ask for.")


@certificate.command("undo-reload")
@certificate_argument
@click.option("--reload", "reload_id", required=True, type=click.UUID, help="The operation that reloaded it.")
@at_a_spot
@acting
async def undo_reload(on: Acting, /, *, reload_id: UUID, named: Named) -> Outcome:
    """Give back what is left of one reload to where it came from: a drawer, a terminal, a partner.

    It is booked where the reload was; another device there may be named, whose drawer gives it back.
    """
    spot = await on.spot(named)
    return await undo_reload_flow(
        on.deps, on.found.place, reload_id=reload_id, spot=spot, request=on.request, now=on.now
    )


@certificate.command("cash-out")
@certificate_argument
@click.option(
    "--from",
    "payer",
    type=click.Choice([one.value for one in Payer]),
    default=Payer.DRAWER.value,
    show_default=True,
    help="What pays: the drawer there, or the merchant's own till; or nobody yet.",
)
@at_a_spot
@_unusable
@click.option("--all-the-same", is_flag=True, help="Also where the merchant's law profile does not ask for it.")
@acting
async def cash_out(on: Acting, /, *, payer: str, named: Named, unusable: bool, all_the_same: bool) -> Outcome:
    """End a certificate and pay out what is left of it, where the merchant's law profile asks for that.

    Without a profile you decide; `largesse law set` chooses one.
    """
    return await cash_out_flow(
        on.deps,
        on.found.place,
        payer=Payer(payer),
        spot=await on.spot(named),
        unusable=unusable,
        all_the_same=all_the_same,
        request=on.request,
        now=on.now,
    )


def _answer_lines(answer: CashOutAnswer | None) -> str:
    if answer is None:
        return "The merchant goes by no law profile: you decide."
    said = {
        Owed.YES: "The holder may ask for the rest in money.",
        Owed.NO: "The law profile does not give the holder the rest in money.",
        Owed.UNKNOWN: "Whether the holder may ask for the rest in money is unknown.",
    }[answer.owed]
    return f"{said} ({answer.reason}) Not legal advice."


@certificate.command("may-cash-out")
@certificate_argument
@_unusable
@printed(_answer_lines)
async def may_cash_out(
    deps: CommandDependencies, /, target: CertificateTarget, *, unusable: bool
) -> CashOutAnswer | None:
    """Show whether the holder may ask for the rest in money, by the merchant's law profile. Nothing is done."""
    found = await target.located(deps)
    return await may_cash_out_flow(deps, found.place, unusable=unusable, now=deps.clock.now())


@certificate.command("hand-over")
@certificate_argument
@click.option("--share", default="100", callback=_percent, show_default=True, help="Per cent that the state is owed.")
@acting
async def hand_over(on: Acting, /, *, share: int) -> Outcome:
    """End a certificate as unclaimed property; what the state is not owed of it is breakage."""
    return await hand_over_flow(on.deps, on.found.place, share_ppm=share, request=on.request, now=on.now)
