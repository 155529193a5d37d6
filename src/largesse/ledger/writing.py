"""Turn movements between accounts into journal rows and the state they lead to.

The state follows from the accounts alone: a credit of an account in `OUTSTANDING` fills a pot, a debit of it empties
one, and the contra accounts do the same to what stands beside it. So the state can always be computed again from the
journal, and `proofs` does.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from largesse.ledger.accounts import OF_PARTNERS, OUTSTANDING, Account, Leg
from largesse.ledger.commands import Command
from largesse.ledger.lots import Lot
from largesse.ledger.model import Certificate, Entry, Kind, SubjectKind
from largesse.ledger.movements import Movement
from largesse.ledger.tax_lines import PPM, TaxLine

_POT_OF = {Leg.VALUE: 0, Leg.DISCOUNT: 0, Leg.GRATUITY: 1}


def effect(debit: Account | None, credit: Account | None, amount: int | None) -> int:
    """Return what a row does to the balance of its pot."""
    return ((credit in OUTSTANDING) - (debit in OUTSTANDING)) * (amount or 0)


def write(
    certificate: Certificate,
    command: Command,
    kind: Kind,
    movements: Iterable[Movement],
    *,
    now: datetime,
    refers_to: UUID | None = None,
    first_line: int = 0,
    hold_ends_at: datetime | None = None,
) -> tuple[Certificate, list[Entry]]:
    """Return the state after `movements`, and a journal row for each; at least one row.

    `certificate` has its new status and last good day already, and every lot that moves: every row of an operation
    tells them. The first row of what is sold tells its class, its order and its kind of tax, which each row of tax
    tells again; that of a reload tells the order that paid for it; each row of a lot tells its offering, its refcode
    and where it was sold.
    """
    rows = [movement for movement in movements if movement.is_told] or [Movement()]
    lots = {lot.lot_id: lot for lot in certificate.lots}
    balances = [certificate.balance, certificate.gratuity_balance]
    holds = [certificate.held, certificate.gratuity_held]
    entries = []
    for line, row in enumerate(rows):
        if row.leg in _POT_OF:
            balances[_POT_OF[row.leg]] += effect(row.debit, row.credit, row.amount)
            holds[_POT_OF[row.leg]] += row.held_change
        lot = None
        if row.lot_id is not None:
            lot = lots[row.lot_id] = _after(lots[row.lot_id], row)
        is_first = line == 0 and (kind is Kind.ACTIVATE or (certificate.seq == 0 and kind is not Kind.PREPARE))
        tax = row.tax or _tax_of(lot, row)
        entries.append(
            Entry(
                merchant_id=certificate.merchant_id,
                subject_id=certificate.certificate_id,
                subject_kind=SubjectKind.CERTIFICATE,
                seq=certificate.seq + line + 1,
                operation_id=command.operation_id,
                line=first_line + line,
                kind=kind,
                leg=row.leg,
                currency=certificate.currency,
                debit=row.debit if row.amount else None,
                credit=row.credit if row.amount else None,
                amount=row.amount or None,
                held_change=row.held_change,
                balance_after=balances[0],
                held_after=holds[0],
                gratuity_after=balances[1],
                gratuity_held_after=holds[1],
                status_after=certificate.status,
                good_through_after=certificate.good_through,
                expires_at_after=certificate.expires_at,
                hold_ends_at=hold_ends_at,
                class_of_value=certificate.class_of_value if is_first else None,
                offering_id=None if lot is None else lot.offering_id,
                refcode=None if lot is None else lot.refcode,
                order_number=certificate.order_number if is_first else _reload_order(kind, line, lot),
                tax_kind=certificate.treatment.kind if is_first or tax else None,
                tax_country=None if tax is None else tax.country,
                tax_rate_ppm=None if tax is None else tax.rate_ppm,
                taxable_amount=None if tax is None else tax.taxable,
                tax_amount=None if tax is None else tax.tax,
                legal_entity_id=row.legal_entity_id or (None if lot is None else lot.legal_entity_id),
                party_id=None if lot is None or lot.party_id is None else _party_of(lot, row),
                home_location_id=None if lot is None else lot.location_id,
                lot_id=row.lot_id,
                lot_face_after=None if lot is None else lot.face,
                lot_gratuity_after=None if lot is None else lot.gratuity,
                lot_discount_after=None if lot is None else lot.discount,
                lot_included_tax_after=None if lot is None else lot.included_tax,
                lot_added_tax_after=None if lot is None else lot.added_tax,
                refers_to=refers_to,
                actor=command.actor,
                memo=command.memo,
                recorded_at=now,
            )
        )
    after = replace(
        certificate,
        balance=balances[0],
        held=holds[0],
        gratuity_balance=balances[1],
        gratuity_held=holds[1],
        lots=tuple(lots.values()),
        seq=certificate.seq + len(rows),
    )
    return after, entries


def _after(lot: Lot, row: Movement) -> Lot:
    if row.leg is Leg.GRATUITY:
        return replace(lot, gratuity=lot.gratuity + effect(row.debit, row.credit, row.amount))
    return replace(
        lot,
        face=lot.face + effect(row.debit, row.credit, row.amount),
        discount=lot.discount + _change(Account.DISCOUNT_ON_OUTSTANDING, row.debit, row.credit, row.amount),
        included_tax=lot.included_tax + _change(Account.TAX_ON_OUTSTANDING, row.debit, row.credit, row.amount),
        added_tax=lot.added_tax + row.added_tax_change,
    )


def _tax_of(lot: Lot | None, row: Movement) -> TaxLine | None:
    """Return what a row of a lot's own tax is computed from: its treatment, and the price that the tax belongs to."""
    if lot is None or row.taxable is None or not row.amount:
        return None
    return TaxLine(lot.treatment.country, int(lot.treatment.rate * PPM), row.taxable, row.amount)


def _reload_order(kind: Kind, line: int, lot: Lot | None) -> str | None:
    """Return the order that paid for a reload, which its first row tells."""
    return lot.order_number if kind is Kind.RELOAD and line == 0 and lot is not None else None


def _party_of(lot: Lot, row: Movement) -> UUID | None:
    """Return the partner whose account a row moves, if it does."""
    return lot.party_id if row.debit in OF_PARTNERS or row.credit in OF_PARTNERS else None


def _change(account: Account, debit: Account | None, credit: Account | None, amount: int) -> int:
    """Return what a row does to the debit balance of an account."""
    return amount if debit is account else -amount if credit is account else 0
