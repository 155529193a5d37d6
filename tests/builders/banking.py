"""A bookkeeper at work on a real database: invoices of a partner, lines of statements, and what those are for."""

import hashlib
from typing import Any, NamedTuple
from uuid import uuid4

from largesse.app.application import Application
from largesse.domain.banking import BankAccount, BankMatch, KeptLine, find_line, lines_of
from largesse.domain.invoices import Invoice
from largesse.ledger import Account
from largesse.ledger.proofs import trial_balance
from largesse.services import banking
from largesse.services.banking import Against, Matching
from tests.builders.application import NOW
from tests.builders.bank_files import a_line, a_statement
from tests.builders.invoices import assert_sound, invoiced, ordered
from tests.builders.partners import Ordering
from tests.builders.staff import OPERATOR


class Desk(NamedTuple):
    """A partner on account, and an account at a bank that it pays to."""

    application: Application
    ordering: Ordering
    account: BankAccount

    async def invoice(self, amount: str = "50.00", refcode: str = "SPRING") -> Invoice:
        """An issued invoice."""
        await ordered(self.application, self.ordering, amount, refcode=refcode)
        [one] = await invoiced(self.application, self.ordering)
        return one

    async def line(self, amount: int, **more: Any) -> KeptLine:
        """A line of a statement."""
        reference = str(uuid4())[:30]
        code = self.account.currency
        line = a_line(amount, entry_reference=reference, currency=code, **more)
        statement = a_statement([line], currency=code, account=self.account.number)
        digest = hashlib.sha256(reference.encode()).digest()
        await banking.take_statement(
            self.application, self.account, [statement], digest=digest, file_name="x", by=OPERATOR, now=NOW
        )
        async with self.application.database.connection() as connection:
            found = await lines_of(connection, self.account.merchant_id, limit=1_000)
        return next(one for one in found if one.line.entry_reference == reference)

    def says(self, line: KeptLine, **more: Any) -> Matching:
        """What somebody says of a line."""
        facts = {"match_id": uuid4(), "by": OPERATOR, "now": NOW, **more}
        return Matching(merchant=self.ordering.merchant, line_id=line.line_id, **facts)

    async def pays(self, line: KeptLine, *against: tuple[Invoice, int], **more: Any) -> BankMatch:
        """Match a line with invoices of the partner."""
        worth = more.pop("worth", None)
        parts = [Against(invoice.invoice_id, amount) for invoice, amount in against]
        partner_id = self.ordering.partner.partner_id
        return await banking.match_payment(self.application, self.says(line, **more), partner_id, parts, worth=worth)

    async def unmatches(self, match: BankMatch) -> KeptLine:
        """Take back what was said."""
        return await banking.unmatch(self.application, self.ordering.merchant, match.match_id, by=OPERATOR, now=NOW)

    async def again(self, line: KeptLine) -> KeptLine:
        """A line as it is now."""
        async with self.application.database.connection() as connection:
            return await find_line(connection, line.merchant_id, line.line_id)

    async def balance(self, account: Account, code: str = "EUR") -> int:
        """What stands on an account of the books."""
        async with self.application.database.connection() as connection:
            found = await trial_balance(connection)
        return sum(one.balance for one in found if (one.account, one.currency) == (account, code))

    async def sound(self) -> None:
        """Books and invoices are true, and `bank_clearing` is what is left of lines and what is on its way."""
        await assert_sound(self.application)
        async with self.application.database.connection() as connection:
            lines = await lines_of(connection, self.account.merchant_id, limit=1_000)
            waits = await banking.awaited_items(connection, self.account.merchant_id)
        assert await self.balance(Account.BANK_CLEARING) == sum(one.amount for one in waits) - sum(
            one.left for one in lines
        )
        assert await self.balance(Account.BANK) == sum(one.line.amount for one in lines)
