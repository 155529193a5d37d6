"""Prove the seals: each is made anew from the journal and compared with what was written down.

One pass over the journal makes the trees of all seals side by side (`merkle.Forest`), another adds up its days; the
seals of one merchant are in memory, its rows are not. Rows that no seal covers yet are nobody's concern here.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from largesse.db import Connection, load
from largesse.ledger.merkle import Forest, Versions
from largesse.ledger.seals import FORMAT, NO_SEAL, Seal, Totals, leaf_of, list_seals, seal_hash

_SQL = load(__package__, "seals.sql")
_FIGURES = load(__package__, "day_figures.sql")
_PREFETCH = 1_000


class SealFinding(NamedTuple):
    """Something about a merchant's seals that does not agree."""

    merchant_id: UUID
    subject: str
    finding: str


async def findings(connection: Connection) -> AsyncIterator[SealFinding]:
    """Yield every difference between seals, the sums of days and the journal. Only in a transaction of one moment."""
    for row in await connection.fetch(_SQL.sealed_merchants):
        merchant_id: UUID = row["merchant_id"]
        seals = await list_seals(connection, merchant_id)
        sealed_through = await connection.fetchval(_SQL.cut_of, merchant_id)
        broken = [_of(seal, finding) for seal, finding in _broken(seals, sealed_through)]
        for one in broken:
            yield one
        if broken:  # by cuts that cannot be believed, every row would be another's
            continue
        async for one in _of_days(connection, merchant_id, seals):
            yield one
        async for one in _of_figures(connection, merchant_id, seals):
            yield one
        for one in await _of_totals(connection, merchant_id, seals):
            yield one
        for one in await _of_roots(connection, merchant_id, seals):
            yield one


def _broken(seals: Sequence[Seal], sealed_through: datetime | None) -> list[tuple[Seal, str]]:
    """Return what is wrong with seals by themselves: their numbers, cuts and hashes."""
    found = []
    previous, cut = NO_SEAL, None
    for number, seal in enumerate(seals, 1):
        if seal.number != number:
            found.append((seal, f"seal {number} is missing before it"))
            break
        if seal.format != FORMAT or seal.hash != seal_hash(seal):
            found.append((seal, "it is not what its hash was made of"))
        if seal.previous != previous:
            found.append((seal, "it does not follow from the seal before it"))
        if cut is not None and seal.cut <= cut:
            found.append((seal, "it is not later than the seal before it"))
        previous, cut = seal.hash, seal.cut
    if cut is not None and (sealed_through is None or sealed_through < cut):
        found.append((seals[-1], f"the books say that they are sealed up to {sealed_through} only"))
    return found


async def _of_days(connection: Connection, merchant_id: UUID, seals: Sequence[Seal]) -> AsyncIterator[SealFinding]:
    cuts = [seal.cut for seal in seals]
    async for row in connection.cursor(_SQL.day_differences, merchant_id, cuts, prefetch=_PREFETCH):
        said = (
            f"its {row['booked_on']} has {row['count']} rows of {row['sum']}, "
            f"the journal {row['rows']} of {row['rows_sum']}"
        )
        yield SealFinding(merchant_id, f"seal {row['seal_number']}", said)


async def _of_figures(connection: Connection, merchant_id: UUID, seals: Sequence[Seal]) -> AsyncIterator[SealFinding]:
    """Compare what reports are made of with the journal; seals from before there were figures may have none."""
    through = await connection.fetchval(_FIGURES.figured_through, merchant_id) or 0
    cuts = [seal.cut for seal in seals[:through]]
    for query, what in ((_FIGURES.figure_differences, "figures"), (_FIGURES.act_differences, "acts")):
        async for row in connection.cursor(query, merchant_id, cuts, prefetch=_PREFETCH):
            said = f"the {what} of its {row['booked_on']} are not what the journal comes to"
            yield SealFinding(merchant_id, f"seal {row['seal_number']}", said)


async def _of_totals(connection: Connection, merchant_id: UUID, seals: Sequence[Seal]) -> list[SealFinding]:
    """Compare totals and counts with the sums of days, which are compared with the journal."""
    rows = await connection.fetch(_SQL.days_by_seal, merchant_id, None)
    by_seal = {number: list(some) for number, some in groupby(rows, key=lambda row: int(row["seal_number"]))}
    totals, count, found = Totals(), 0, []
    for seal in seals:
        count += totals.add(by_seal.get(seal.number, ()))
        if seal.totals != totals.text():
            found.append(_of(seal, "its totals are not what its days come to"))
        if seal.row_count != count:
            found.append(_of(seal, f"it says {seal.row_count} rows, its days {count}"))
    return found


async def _of_roots(connection: Connection, merchant_id: UUID, seals: Sequence[Seal]) -> list[SealFinding]:
    forest = Forest(len(seals))
    subject: UUID | None = None
    versions = Versions()
    cuts = [seal.cut for seal in seals]
    async for row in connection.cursor(_SQL.leaves_of_all, merchant_id, cuts, prefetch=_PREFETCH):
        if row["subject_id"] != subject:
            if versions:
                forest.append(versions)
            subject, versions = row["subject_id"], Versions()
        while versions and versions[-1][0] >= row["seal_place"]:  # only where rows are older than the one before
            versions.pop()
        versions.append((row["seal_place"], leaf_of(row["subject_id"], row["seq"], row["hash"])))
    if versions:
        forest.append(versions)
    found = []
    for seal, (leaves, root) in zip(seals, forest.roots(), strict=True):
        if seal.leaf_count != leaves:
            found.append(_of(seal, f"it says {seal.leaf_count} subjects, the journal has {leaves}"))
        if seal.root != root:
            found.append(_of(seal, "the journal up to it is not what was sealed"))
    return found


def _of(seal: Seal, finding: str) -> SealFinding:
    return SealFinding(seal.merchant_id, f"seal {seal.number}", finding)
