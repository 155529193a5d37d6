"""`largesse cards`: batches of cards that are printed before they are sold, and pools of a till's codes."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import BinaryIO
from uuid import UUID

import click
import msgspec

from largesse.domain import cards as batches
from largesse.domain.cards import BatchKind, BatchState, CardBatch
from largesse.domain.exports import FileTable, table_as_csv
from largesse.interfaces.cli.arguments import minor
from largesse.interfaces.cli.certificate import paid_by
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.files import target_file, write_into
from largesse.interfaces.cli.output import fields
from largesse.interfaces.cli.runtime import Runtime, actor, listed, merchant_of, printed, said
from largesse.kernel.currency import currency
from largesse.kernel.errors import LargesseError
from largesse.kernel.ids import derived_id
from largesse.services import cards as services
from largesse.services.cards import CardCounts, PrintedCard, UnsoldCard
from largesse.services.certificates import Request, Tender, activate, locate_id
from largesse.wire.loose_tables import read_loose_table

_MERCHANT = click.option("--merchant", "slug", required=True, help="The merchant's slug or number.")
_REASON = click.option("--reason", help="Why, for the audit log.")
_BATCH = click.argument("batch_id", type=click.UUID)
_CURRENCY = click.option("--currency", "code", help="What will be on them, such as EUR; usually the merchant's.")
_POOL_BYTES_MAX = 16 * 1024 * 1024
_ONE_CODE = (
    "With one code, whoever sees a card before it is sold knows what activates it, and its number is given by receipt "
    "or mail when it is sold. Cards with two codes are safer. Say --i-know to go on."
)


class BatchTold(msgspec.Struct, frozen=True, kw_only=True):
    """A batch, and how its cards stand."""

    batch: CardBatch
    counts: CardCounts


def _row(told: BatchTold) -> str:
    one, counts = told.batch, told.counts
    parts = [f"{one.batch_id} {one.state.value:<8} {one.kind.value:<9} {one.count:>6} {one.currency}"]
    parts.append(f"{counts.unsold} unsold, {counts.sold} sold")
    if one.kind is BatchKind.POOL:
        parts.append(f"{one.count - one.drawn} to draw{', LOW' if one.is_low else ''}")
    return "  ".join([*parts, one.name])


def _lines(told: BatchTold) -> str:
    one, counts = told.batch, told.counts
    return fields(
        {
            "batch": one.batch_id,
            "name": one.name,
            "kind": one.kind.value,
            "state": one.state.value,
            "currency": one.currency,
            "cards": one.count,
            "unsold": counts.unsold,
            "sold": counts.sold,
            "void": counts.void,
            "left to draw": one.count - one.drawn if one.kind is BatchKind.POOL else None,
            "low": one.is_low or None,
            "offering": one.offering_id,
            "printer's file": one.revealed_at or ("not taken" if one.kind is not BatchKind.POOL else None),
        }
    )


@click.group()
def cards() -> None:
    """Make batches of cards that are printed before they are sold, and keep pools of a till's codes."""


async def _told(deps: CommandDependencies, slug: str, batch_id: UUID) -> BatchTold:
    merchant = await merchant_of(deps, slug)
    batch = await services.find_batch(deps, merchant, batch_id)
    found = await services.counts(deps, merchant)
    return BatchTold(batch=batch, counts=found.get(batch_id, CardCounts()))


@cards.command("make")
@_MERCHANT
@click.argument("name")
@click.option("--count", type=click.IntRange(1, batches.COUNT_MAX), required=True, help="How many cards.")
@_CURRENCY
@click.option("--one-code", is_flag=True, help="Only the code outside is printed.")
@click.option("--i-know", "knows", is_flag=True, help="Make cards with one code all the same.")
@printed(_lines)
async def make_(
    deps: CommandDependencies, /, slug: str, name: str, *, count: int, code: str | None, one_code: bool, knows: bool
) -> BatchTold:
    """Make a batch NAME of cards with nothing on them."""
    if one_code and not knows:
        raise click.UsageError(_ONE_CODE)
    merchant = await merchant_of(deps, slug)
    batch = await services.open_batch(
        deps,
        merchant,
        kind=BatchKind.ONE_CODE if one_code else BatchKind.TWO_CODES,
        name=name,
        count=count,
        currency=currency(code.upper()).code if code else None,
        actor=actor(),
        now=deps.clock.now(),
    )
    await services.make(deps, merchant, batch.batch_id, now=deps.clock.now())
    return await _told(deps, slug, batch.batch_id)


@cards.command("pool")
@_MERCHANT
@click.argument("name")
@click.argument("file", type=click.File("rb"))
@click.option("--low-at", type=click.IntRange(0), default=20, show_default=True, help="Warn when so few are left.")
@_CURRENCY
@printed(_lines)
async def pool_(
    deps: CommandDependencies, /, slug: str, name: str, file: BinaryIO, *, low_at: int, code: str | None
) -> BatchTold:
    """Upload a pool NAME of codes that your till made: the first column of FILE, one a line, without a header."""
    data = file.read()
    table = read_loose_table(data, size_max=_POOL_BYTES_MAX)
    codes = [row.cells[0].strip() for row in table.rows]
    merchant = await merchant_of(deps, slug)
    batch = await services.open_pool(
        deps,
        merchant,
        codes,
        name=name,
        low_at=low_at,
        digest=hashlib.sha256(data).digest(),
        currency=currency(code.upper()).code if code else None,
        actor=actor(),
        now=deps.clock.now(),
    )
    await services.make(deps, merchant, batch.batch_id, codes=codes, now=deps.clock.now())
    return await _told(deps, slug, batch.batch_id)


@cards.command("list")
@_MERCHANT
@printed(listed(_row, otherwise="There are no batches yet."))
async def list_(deps: CommandDependencies, /, slug: str) -> list[BatchTold]:
    """List batches and pools, newest first."""
    merchant = await merchant_of(deps, slug)
    found = await services.counts(deps, merchant)
    async with deps.database.connection() as connection:
        known = await batches.list_batches(connection, merchant.merchant_id)
    return [BatchTold(batch=one, counts=found.get(one.batch_id, CardCounts())) for one in known]


@cards.command()
@_MERCHANT
@_BATCH
@printed(_lines)
async def show(deps: CommandDependencies, /, slug: str, batch_id: UUID) -> BatchTold:
    """Show a batch."""
    return await _told(deps, slug, batch_id)


@cards.command("file")
@_MERCHANT
@_BATCH
@click.option("-o", "--output", required=True, help="The file to write; - is standard output.")
@_REASON
@click.pass_obj
def file_(runtime: Runtime, slug: str, batch_id: UUID, *, output: str, reason: str | None) -> None:
    """Write the printer's file of a batch, as CSV. It is given out once: keep it safe until all is printed."""

    async def work(deps: CommandDependencies) -> list[PrintedCard]:
        merchant = await merchant_of(deps, slug)
        now = deps.clock.now()
        return await services.take_file(deps, merchant, batch_id, actor=actor(), reason=reason, now=now)

    with target_file(output) as file:
        write_into(file, printers_csv(runtime.run(work)))


def printers_csv(printed_cards: Sequence[PrintedCard]) -> bytes:
    """Return the printer's file: what is printed outside and inside of each card."""
    rows = [msgspec.structs.astuple(one) for one in printed_cards]
    return table_as_csv(FileTable(name="cards", headings=PrintedCard.__struct_fields__, rows=rows))


def _unsold_row(one: UnsoldCard) -> str:
    return f"{one.position:>6}  …{one.last_four}  {one.certificate_id}"


@cards.command()
@_MERCHANT
@_BATCH
@printed(listed(_unsold_row, otherwise="All of them are sold or void."))
async def unsold(deps: CommandDependencies, /, slug: str, batch_id: UUID) -> list[UnsoldCard]:
    """List the cards of a batch that nobody has bought."""
    return await services.unsold(deps, await merchant_of(deps, slug), batch_id, limit=batches.COUNT_MAX)


@cards.command()
@_MERCHANT
@_BATCH
@_REASON
@printed(_lines)
async def void(deps: CommandDependencies, /, slug: str, batch_id: UUID, *, reason: str | None) -> BatchTold:
    """Void what is unsold of a batch that is lost. Cards that were sold stay good."""
    merchant = await merchant_of(deps, slug)
    now = deps.clock.now()
    await services.void_batch(deps, merchant, batch_id, actor=actor(), reason=reason, now=now)
    await services.end(deps, merchant, batch_id, now=now)
    return await _told(deps, slug, batch_id)


def _drawn(found: Mapping[str, object]) -> str:
    return "\n".join(str(value) for value in found.values() if value)


@cards.command("assign")
@_MERCHANT
@_BATCH
@click.argument("offering", default="")
@printed(_lines)
async def assign_(deps: CommandDependencies, /, slug: str, batch_id: UUID, offering: str) -> BatchTold:
    """Let each sale of OFFERING draw the next code of a pool by itself; without one, none does."""
    merchant = await merchant_of(deps, slug)
    await services.assign_pool(deps, merchant, batch_id, offering, actor=actor(), now=deps.clock.now())
    return await _told(deps, slug, batch_id)


@cards.command()
@_MERCHANT
@_BATCH
@said(_drawn)
async def draw(deps: CommandDependencies, /, slug: str, batch_id: UUID) -> Mapping[str, object]:
    """Draw the next code of a pool. Each is drawn once; what is on it says who activates it."""
    batch, _, code = await services.draw(deps, await merchant_of(deps, slug), batch_id)
    left = batch.count - batch.drawn
    return {"code": code, "warning": f"Only {left} are left: upload more." if batch.is_low else ""}


@cards.command("activate")
@_MERCHANT
@_BATCH
@click.argument("amount")
@click.option("--from", "first", type=click.IntRange(1), required=True, help="The first card, by its place.")
@click.option("--to", "last", type=click.IntRange(1), required=True, help="The last card, by its place.")
@paid_by(Tender.CASH, Tender.TERMINAL, Tender.TRANSFER, Tender.GIVEN, Tender.IMPORTED)
@click.option("--through", type=click.DateTime(["%Y-%m-%d"]), help="Their last good day.")
@click.option("--for-ever", is_flag=True, help="They never expire.")
@said(lambda text: text)
async def activate_(
    deps: CommandDependencies,
    /,
    slug: str,
    batch_id: UUID,
    amount: str,
    *,
    first: int,
    last: int,
    tender: str,
    through: datetime | None,
    for_ever: bool,
) -> str:
    """Activate a range of cards with AMOUNT each, such as those that a reseller took. Again changes nothing."""
    if (through is None) == (not for_ever):
        raise click.UsageError("Give --through with a day, or --for-ever.")
    merchant = await merchant_of(deps, slug)
    batch = await services.find_batch(deps, merchant, batch_id)
    if batch.state is not BatchState.READY:
        raise batches.BatchNotReady
    async with deps.database.connection() as connection:
        chosen = await batches.cards_from(connection, batch, after=first - 1, limit=max(last - first + 1, 0))
    done, refused = 0, list[str]()
    for place, certificate_id in chosen:
        found = await locate_id(deps, merchant, certificate_id)
        try:
            await activate(
                deps,
                merchant,
                found.certificate,
                value=minor(amount, batch.currency),
                tender=Tender(tender),
                good_through=through.date() if through else None,
                request=Request(operation_id=derived_id("card-activation", certificate_id, amount), actor=actor()),
                now=deps.clock.now(),
            )
            done += 1
        except LargesseError as error:
            refused.append(f"card {place}: {error.message} [{error.code}]")
    return "\n".join([f"{done} activated.", *refused])
