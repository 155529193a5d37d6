"""Take a statement: its new lines are kept, and booked on the account, all of them or none.

Each line moves `bank` against `bank_clearing` and opens an item there: the account stands in the books as it does at
the bank, and what nobody knows the purpose of yet is told by open items. Lines that came before are known again.
"""

from collections.abc import Sequence
from datetime import datetime, time

from msgspec.structs import replace

from largesse.db import Connection
from largesse.domain.banking import (
    BankAccount,
    BankAccountRetired,
    KeptLine,
    LineState,
    StatementTaken,
    balance_before,
    digests,
    insert_lines,
    insert_statement,
    judge,
    known_lines,
    lock_account,
    statement_of,
)
from largesse.domain.staff import Audited
from largesse.kernel import free_text
from largesse.kernel.bank_statements import BankLine, BankStatement
from largesse.kernel.errors import LargesseError
from largesse.kernel.ids import derived_id, new_id
from largesse.kernel.where import Where
from largesse.ledger import Kind, PostEntry, SubjectKind
from largesse.services.banking.accounts import demand_booking, record, where_of_account
from largesse.services.banking.booking import booking_of_line, item_of_line
from largesse.services.banking.dependencies import BankingDependencies
from largesse.services.staff import Manager

_FILE_NAME_MAX = 200


async def take_statement(
    deps: BankingDependencies,
    account: BankAccount,
    statements: Sequence[BankStatement],
    *,
    digest: bytes,
    file_name: str,
    repeated: bool = False,
    by: Manager,
    now: datetime,
) -> StatementTaken:
    """Import what a file says of an account. The same file again adds nothing, and is told as it was taken.

    `digest` is the SHA-256 of the file; `repeated`: lines that are alike are several payments.

    Raises:
        ActRefused: the role does not allow it.
        BankAccountRetired: the account is not used any more.
        InvalidInput: the file is refused (`domain.banking.judge`); nothing was taken.
    """
    demand_booking(by)
    statement = judge(statements, account, repeated=repeated)
    where = await where_of_account(deps, account, now=now)

    async def work(connection: Connection) -> StatementTaken:
        known = await lock_account(connection, account.merchant_id, account.account_id)
        before = await statement_of(connection, known, digest)
        if before is not None:
            return _again(before)
        if not known.in_use:
            raise BankAccountRetired
        all_known_by = digests(statement.lines)
        seen = await known_lines(connection, known, all_known_by)
        taken = StatementTaken(
            merchant_id=known.merchant_id,
            statement_id=new_id(now),
            account_id=known.account_id,
            digest=digest,
            format=statement.format,
            file_name=free_text.one_line(file_name)[:_FILE_NAME_MAX],
            number=statement.number,
            lines=len(statement.lines),
            added=sum(known_by not in seen for known_by in all_known_by),
            opened_on=statement.opening.on if statement.opening else None,
            opening=statement.opening.amount if statement.opening else None,
            closed_on=statement.closing.on if statement.closing else None,
            closing=statement.closing.amount if statement.closing else None,
            gap=await _gap(connection, known, statement),
            taken_by=by.actor,
            taken_at=now,
        )
        lines = [
            _kept(line, taken, known_by)
            for line, known_by in zip(statement.lines, all_known_by, strict=True)
            if known_by not in seen
        ]
        await insert_statement(connection, taken)
        await insert_lines(connection, taken, lines)
        await _book(deps, connection, where, lines, by=by, now=now)
        await record(connection, known, Audited.STATEMENT_TAKEN, by, reason=taken.file_name, now=now)
        return taken

    # A statement of many lines takes longer than is tried again; whoever brings another one of the account waits.
    async with deps.transaction(long=True) as connection:
        return await work(connection)


def _again(before: StatementTaken) -> StatementTaken:
    return replace(before, added=0, again=True)


async def _gap(connection: Connection, account: BankAccount, statement: BankStatement) -> bool:
    """Return whether a statement before this one seems to be missing."""
    if statement.opening is None:
        return False
    before = await balance_before(connection, account, statement.opening.on)
    return before is not None and before != statement.opening.amount


def _kept(line: BankLine, taken: StatementTaken, known_by: bytes) -> KeptLine:
    return KeptLine(
        merchant_id=taken.merchant_id,
        line_id=derived_id("bank-line", taken.account_id, known_by.hex()),
        account_id=taken.account_id,
        statement_id=taken.statement_id,
        line=line,
        digest=known_by,
        state=LineState.OPEN,
        left=line.amount,
        kept_at=taken.taken_at,
    )


async def _book(
    deps: BankingDependencies,
    connection: Connection,
    where: Where,
    lines: Sequence[KeptLine],
    *,
    by: Manager,
    now: datetime,
) -> None:
    """Book lines on their account, in the order of their days, which the account's chain keeps."""
    in_order = sorted(lines, key=lambda one: (one.line.booked_on, one.line.place, one.line.part))
    commands = [_entry(where, one, by, now) for one in in_order]
    for outcome in await deps.ledger.post(connection, commands, now=now):
        if isinstance(outcome, LargesseError):
            raise outcome


def _entry(where: Where, one: KeptLine, by: Manager, now: datetime) -> PostEntry:
    noon = datetime.combine(one.line.booked_on, time(12), tzinfo=where.zone)
    return PostEntry(
        merchant_id=one.merchant_id,
        operation_id=booking_of_line(one.line_id),
        actor=by.actor,
        where=where,
        claimed_at=min(noon, now),
        subject_kind=SubjectKind.BANK_ACCOUNT,
        subject_id=one.account_id,
        kind=Kind.RECEIVE,
        reason="cleared" if one.line.amount > 0 else "drawn",
        open_item=item_of_line(one.line_id),
        currency=one.line.currency,
        amount=abs(one.line.amount),
    )
