"""`largesse audit`, `search` and `today`: what the office reads first, at the command line."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import click
import msgspec

from largesse.db.listing import Condition, ListAsked, ListPage
from largesse.domain.staff import Audited
from largesse.interfaces.cli.arguments import merchant_argument
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.runtime import actor, merchant_of, printed
from largesse.kernel.amounts import read_amount
from largesse.kernel.currency import currency
from largesse.kernel.errors import LargesseError
from largesse.kernel.money import plain
from largesse.services.office import AUDIT, figures_of, hits_of, jump_to, read_list, second_person_lists, work_lists

Facts = Mapping[str, Any]


@click.group()
def audit() -> None:
    """Read who did what, and why."""


def _entry_line(row: Facts) -> str:
    why = f"  {row['reason']}" if row["reason"] else ""
    return f"{row['recorded_at']:%Y-%m-%d %H:%M:%S}  {row['actor']:<46} {row['action']}  {row['subject']}{why}"


def _log_lines(page: ListPage) -> str:
    more = [f"There are more: add --after {page.after}"] if page.after else []
    return "\n".join([*(_entry_line(dict(row)) for row in page.rows), *more]) or "Nothing was done yet."


def _log_facts(page: ListPage) -> Facts:
    return {"entries": [dict(row) for row in page.rows], "after": page.after or None}


@audit.command("list")
@merchant_argument
@click.option("--action", type=click.Choice(sorted(one.value for one in Audited)), help="Only this.")
@click.option("--by", "who", help="Only of this actor, such as person:ID or cli:NAME.")
@click.option("--subject", help="Only about this id.")
@click.option("--after", default="", help="Go on behind this key, where a page ended.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@printed(_log_lines, _log_facts)
async def list_(
    deps: CommandDependencies,
    /,
    merchant: str,
    *,
    action: str | None,
    who: str | None,
    subject: str | None,
    after: str,
    limit: int,
) -> ListPage:
    """Print what was done for MERCHANT, the newest first."""
    known = await merchant_of(deps, merchant)
    asked = {"action": action, "actor": who, "subject": subject}
    where = tuple(Condition(column, "=", value, "text") for column, value in asked.items() if value is not None)
    wanted = ListAsked(where=where, sort="newest", after=after, limit=limit)
    return (await read_list(deps, AUDIT, known.merchant_id, wanted)).page


class SearchFound(msgspec.Struct, frozen=True, kw_only=True):
    """What a search found: orders and certificates, the newest first; `more` where there is more."""

    orders: Sequence[Facts] = ()
    certificates: Sequence[Facts] = ()
    more: bool = False


def _found_lines(found: SearchFound) -> str:
    lines = [f"order {one['order_number']}" for one in found.orders]
    lines += [f"certificate {one['certificate_id']}" for one in found.certificates]
    return "\n".join([*(lines or ["Nothing is found."]), *(["There is more: be more exact."] if found.more else [])])


@click.command()
@merchant_argument
@click.argument("text")
@printed(_found_lines)
async def search(deps: CommandDependencies, /, merchant: str, *, text: str) -> SearchFound:
    """Look for TEXT at MERCHANT: an order's number, a name, an address, how a number ends, a refcode, or an amount.

    A whole number of a certificate is found, too, and the audit log says so; it stays in the history of your shell.
    """
    known, words = await merchant_of(deps, merchant), text.strip()
    exact = await jump_to(deps, known, words, actor=actor(), now=deps.clock.now())
    if exact is not None and exact.certificate_id is not None:
        return SearchFound(certificates=[{"certificate_id": exact.certificate_id}])
    if exact is not None:
        return SearchFound(orders=[{"order_number": exact.order_number}])
    try:
        amount = read_amount(words, currency(known.currency), language="en").minor
    except LargesseError:
        amount = None
    hits = await hits_of(deps, known, words, amount=amount)
    orders, cards = ([dict(row) for row in rows] for rows in (hits.orders, hits.certificates))
    return SearchFound(orders=orders, certificates=cards, more=hits.more)


class Today(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of today in the merchant's currency, and what waits: counts, and the first few of each list."""

    currency: str
    sold: str
    redeemed: str
    outstanding: str
    waits: Mapping[str, Any]


def _today_lines(found: Today) -> str:
    figures = [
        f"sold today       {found.sold} {found.currency}",
        f"redeemed today   {found.redeemed} {found.currency}",
        f"outstanding      {found.outstanding} {found.currency}",
    ]
    waits = [f"{name.replace('_', ' '):<16} {_count(value)}" for name, value in found.waits.items()]
    return "\n".join([*figures, "", *(waits or ["Nothing waits."])])


def _count(value: object) -> str:
    return f"{len(value)} (the first of them: --json)" if isinstance(value, list) else str(value)


@click.command()
@merchant_argument
@printed(_today_lines)
async def today(deps: CommandDependencies, /, merchant: str) -> Today:
    """Print what MERCHANT sold and redeemed today, and what waits for somebody."""
    known, now = await merchant_of(deps, merchant), deps.clock.now()
    figures = await figures_of(deps, known, now=now)
    lists = await work_lists(
        deps,
        known.merchant_id,
        now=now,
        orders=True,
        deliveries=True,
        partners=True,
        catalogue=True,
        backups=True,
        tills=True,
        bank=True,
        keys=True,
    )
    # every request waits for whoever asks here: the operator is none of those who asked
    lists = await second_person_lists(deps, known, lists, approver=UUID(int=0), owner=True, closes=True, now=now)
    waits = {
        name: [dict(row) for row in value] if isinstance(value, tuple) and name != "backup" else value
        for name, value in msgspec.structs.asdict(lists).items()
        if value
    }
    money = currency(known.currency)
    return Today(
        currency=known.currency,
        sold=plain(figures.today.sold, money),
        redeemed=plain(figures.today.redeemed, money),
        outstanding=plain(figures.outstanding, money),
        waits=waits,
    )
