"""`/admin/{slug}/bank/accounts`: accounts, statements brought by file, and payments of partners that somebody types."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from litestar.handlers import HTTPRouteHandler

from largesse.domain import invoices
from largesse.domain.banking import (
    DAY_ORDERS,
    DECIMAL_SIGNS,
    FIELDS,
    BankAccount,
    BankColumnsInvalid,
    BankColumnsMissing,
    ColumnMap,
    PartnerPayment,
    StatementTaken,
    find_account,
    guess,
    list_accounts,
    list_statements,
    payments_of,
)
from largesse.domain.partners import find_partner, list_partners
from largesse.domain.staff import Act, may
from largesse.interfaces.admin.bank.queue_page import HERE, PATH
from largesse.interfaces.admin.bank.wording import field_names, money, number_text, refusal_text
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.rules import for_act
from largesse.kernel import free_text
from largesse.kernel.amounts import read_amount
from largesse.kernel.currency import currency
from largesse.kernel.errors import InvalidInput, LargesseError
from largesse.kernel.ids import derived_id, new_id
from largesse.services import banking
from largesse.services.banking import Against
from largesse.ui import Voice
from largesse.web.bank_files import read_bank_file, read_table_of
from largesse.web.choices import chosen
from largesse.web.forms import an_id
from largesse.web.responses import see_other
from largesse.wire.loose_tables import EncodingUnsure

ACCOUNTS: Final = f"{PATH}/accounts"
_BACK: Final = f"{HERE}/accounts"
_BODY_BYTES_MAX: Final = 32 * 1024 * 1024 + 64 * 1024
_TYPED_MAX: Final = 300
_FIELDS: Final = ("name", "number", "currency", "partner", "amount", "on", "account", "reference", "invoices")
_DONE: Final = frozenset({"added", "changed", "taken", "again", "gap", "paid", "back"})


class BankAccountPages:
    """Answer about accounts, statements and payments."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return the page."""
        return await self._page(caller)

    async def add(self, caller: Caller) -> Answer:
        """Keep an account."""
        merchant, typed = caller.merchant, _typed(caller)
        assert merchant is not None
        try:
            await banking.add_account(
                self._deps, merchant, name=typed["name"], number=typed["number"],
                currency=typed["currency"].upper() or merchant.currency, by=caller.manager,
                now=self._deps.clock.now(),
            )  # fmt: skip
        except LargesseError as refused:
            return await self._refused(caller, refused)
        return self._to(caller, "added")

    async def retire(self, caller: Caller) -> Answer:
        """Take an account out of use, or into use again."""
        try:
            account = await self._account(caller)
            again = caller.fields.get("again", "") == "yes"
            await banking.retire(self._deps, account, by=caller.manager, again=again, now=self._deps.clock.now())
        except LargesseError as refused:
            return await self._refused(caller, refused)
        return self._to(caller, "changed")

    async def bring(self, caller: Caller) -> Answer:
        """Take a statement; of a CSV, ask once what its columns mean."""
        voice, upload = self._front.voice(caller), caller.upload
        if upload is None or not upload.content:
            return await self._page(caller, error=voice.t("Choose a file."), status=422)
        try:
            account = await self._account(caller)
            said = _columns(caller.fields)
            if said is not None:
                await self._keep(caller, account, said, upload.content)
                account = await self._account(caller)
            read = await asyncio.to_thread(read_bank_file, upload.content, account, encoding=_encoding(caller))
            taken = await banking.take_statement(
                self._deps, account, read.statements, digest=read.digest, file_name=upload.name,
                repeated=caller.fields.get("repeated", "") == "yes", by=caller.manager, now=self._deps.clock.now(),
            )  # fmt: skip
        except (BankColumnsMissing, BankColumnsInvalid) as refused:
            return await self._ask_columns(caller, upload.content, refused)
        except EncodingUnsure as unsure:
            return await self._page(caller, error=unsure.message, status=422)
        except LargesseError as refused:
            return await self._refused(caller, refused)
        done = "again" if taken.again else "gap" if taken.gap else "taken"
        return see_other(f"{_BACK.format(slug=self._slug(caller))}?done={done}&new={taken.added}")

    async def pay(self, caller: Caller) -> Answer:
        """Book a payment of a partner."""
        merchant, typed, voice = caller.merchant, _typed(caller), self._front.voice(caller)
        assert merchant is not None
        now = self._deps.clock.now()
        try:
            account = await self._account(caller)
            amount = read_amount(typed["amount"], currency(account.currency), language=voice.language).minor
            async with self._deps.database.connection() as connection:
                partner = await find_partner(connection, merchant.merchant_id, typed["partner"])
                named = [
                    await invoices.find_invoice(connection, merchant.merchant_id, one)
                    for one in typed["invoices"].replace(",", " ").split()
                ]
            against, rest = [], amount
            for one in named:
                part = min(one.open, rest)
                against += [Against(one.invoice_id, part)] if part > 0 else []
                rest -= max(part, 0)
            await banking.book_payment(
                self._deps, merchant, partner,
                payment_id=an_id(caller.fields.get("operation", "")) or derived_id("pay", str(sorted(typed.items()))),
                currency=account.currency, amount=amount,
                received_on=_day(typed["on"]) or now.astimezone(merchant.zone).date(), account=account,
                reference=typed["reference"], against=against, by=caller.manager, now=now,
            )  # fmt: skip
        except LargesseError as refused:
            return await self._refused(caller, refused)
        return self._to(caller, "paid")

    async def take_back(self, caller: Caller) -> Answer:
        """Take a payment back that was typed."""
        assert caller.merchant is not None
        payment_id = an_id(caller.fields.get("payment", "")) or UUID(int=0)
        try:
            await banking.take_back_payment(
                self._deps, caller.merchant, payment_id, by=caller.manager, now=self._deps.clock.now()
            )
        except LargesseError as refused:
            return await self._refused(caller, refused)
        return self._to(caller, "back")

    async def _keep(self, caller: Caller, account: BankAccount, said: ColumnMap, content: bytes) -> None:
        """Remember what columns mean, once the file can be read by them."""
        trial = BankAccount(
            **{name: getattr(account, name) for name in account.__struct_fields__ if name != "columns"}, columns=said
        )
        await asyncio.to_thread(read_bank_file, content, trial, encoding=_encoding(caller))
        await banking.remember_columns(self._deps, account, said, by=caller.manager, now=self._deps.clock.now())

    async def _ask_columns(
        self, caller: Caller, content: bytes, refused: BankColumnsMissing | BankColumnsInvalid
    ) -> Answer:
        voice = self._front.voice(caller)
        columns, names = guess(await asyncio.to_thread(read_table_of, content, encoding=_encoding(caller)))
        said = _columns(caller.fields) or columns
        faults = refused.fields if isinstance(refused, InvalidInput) else ()
        options = [("", voice.t("Not in the file")), *((name, name) for name in dict.fromkeys(names) if name)]
        values = {
            "here": _BACK.format(slug=self._slug(caller)),
            "account": caller.fields.get("account", ""),
            "error": refusal_text(refused, voice) if faults else "",
            "faults": [{"where": one.field, "what": one.message} for one in faults],
            "asked": [(f"column_{field}", name, getattr(said, field, "")) for field, name in field_names(voice)],
            "options": options,
            "decimal": said.decimal if said else ".",
            "days": said.days if said else "ymd",
            "trail": [(voice.t("Bank"), HERE.format(slug=self._slug(caller))), (voice.t("Columns of a CSV"), None)],
        }
        return await self._front.page(caller, "bank/columns.html", values, status=422)

    async def _account(self, caller: Caller) -> BankAccount:
        assert caller.merchant is not None
        async with self._deps.database.connection() as connection:
            return await find_account(connection, caller.merchant.merchant_id, caller.fields.get("account", "")[:80])

    async def _refused(self, caller: Caller, refused: LargesseError) -> Answer:
        faults = refused.fields if isinstance(refused, InvalidInput) else ()
        error = refusal_text(refused, self._front.voice(caller))
        return await self._page(
            caller, error=error, faults=[f"{one.field}: {one.message}" for one in faults], status=422
        )

    def _to(self, caller: Caller, done: str) -> Answer:
        return see_other(f"{_BACK.format(slug=self._slug(caller))}?done={done}")

    def _slug(self, caller: Caller) -> str:
        assert caller.merchant is not None
        return caller.merchant.slug

    async def _page(self, caller: Caller, *, error: str = "", faults: Sequence[str] = (), status: int = 200) -> Answer:
        merchant, authority = caller.merchant, caller.authority
        assert merchant is not None
        assert authority is not None
        voice, now = self._front.voice(caller), self._deps.clock.now()
        here, query = _BACK.format(slug=merchant.slug), caller.request.query_params
        async with self._deps.database.connection() as connection:
            accounts = await list_accounts(connection, merchant.merchant_id)
            statements = await list_statements(connection, merchant.merchant_id, limit=20)
            payments = await payments_of(connection, merchant.merchant_id, limit=20)
            partners = await list_partners(connection, merchant.merchant_id)
        by_id = {one.account_id: one for one in accounts}
        names = {one.partner_id: one.name for one in partners}
        new = query.get("new", "0")
        values = {
            "here": here,
            "queue": HERE.format(slug=merchant.slug),
            "done": query.get("done", "") if query.get("done", "") in _DONE else "",
            "new": int(new) if new.isascii() and new.isdigit() and len(new) < 7 else 0,
            "error": error,
            "faults": faults,
            "typed": _typed(caller) | ({} if caller.fields else {"currency": merchant.currency}),
            "books": may(authority.role, Act.PAYMENTS_BOOK),
            "accounts": [_account_shown(one) for one in accounts],
            "in_use": [(str(one.account_id), f"{one.name} ({one.currency})") for one in accounts if one.in_use],
            "partners": [(str(one.partner_id), one.name) for one in partners],
            "today": now.astimezone(merchant.zone).date().isoformat(),
            "operation": str(new_id(now)),
            "statements": [_statement_shown(one, by_id[one.account_id], voice) for one in statements],
            "payments": [_payment_shown(one, names.get(one.partner_id, ""), voice) for one in payments],
            "trail": [(voice.t("Bank"), HERE.format(slug=merchant.slug)), (voice.t("Accounts and statements"), None)],
        }
        return await self._front.page(caller, "bank/accounts.html", values, status=status, here=here)


def _typed(caller: Caller) -> dict[str, str]:
    return {name: free_text.one_line(caller.fields.get(name, "")[:_TYPED_MAX]) for name in _FIELDS}


def _encoding(caller: Caller) -> str:
    return caller.fields.get("encoding", "")[:20]


def _columns(fields: Mapping[str, str]) -> ColumnMap | None:
    """Return what was said of columns, None where nothing was.

    Raises:
        ChoiceUnknown: decimals are parted, or days written, as the form does not offer.
    """
    if "column_booked_on" not in fields:
        return None
    said = {field: fields.get(f"column_{field}", "")[:120] for field in FIELDS}
    return ColumnMap(
        **said,
        decimal=chosen(fields, "decimal", DECIMAL_SIGNS, usual="."),
        days=chosen(fields, "days", DAY_ORDERS, usual="ymd"),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _account_shown(one: BankAccount) -> dict[str, object]:
    return {
        "id": str(one.account_id),
        "name": one.name,
        "number": number_text(one.number),
        "currency": one.currency,
        "in_use": one.in_use,
        "csv": one.columns is not None,
    }


def _statement_shown(one: StatementTaken, account: BankAccount, voice: Voice) -> dict[str, str]:
    return {
        "file": one.file_name,
        "account": account.name,
        "day": voice.day(one.closed_on) if one.closed_on else "",
        "closing": money(one.closing, account.currency, voice) if one.closing is not None else "",
        "lines": voice.n("{count} new of {all}", "{count} new of {all}", one.added, all=one.lines),
        "gap": voice.t("one before it seems to be missing") if one.gap else "",
    }


def _payment_shown(one: PartnerPayment, partner: str, voice: Voice) -> dict[str, object]:
    return {
        "id": str(one.payment_id),
        "partner": partner,
        "day": voice.day(one.received_on),
        "amount": money(one.amount, one.currency, voice),
        "reference": one.reference,
        "typed": one.source.value != "line" and one.undone_at is None,
        "undone": one.undone_at is not None,
    }


def account_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of accounts, statements and payments."""
    pages = BankAccountPages(front)
    booking = for_act(Act.PAYMENTS_BOOK, back=_BACK)
    return [
        front.route("GET", ACCOUNTS, for_act(Act.PAYMENTS_READ), pages.show),
        front.route("POST", f"{ACCOUNTS}/add", booking, pages.add),
        front.route("POST", f"{ACCOUNTS}/retire", booking, pages.retire),
        front.route("POST", f"{ACCOUNTS}/bring", booking, pages.bring, body_max=_BODY_BYTES_MAX),
        front.route("POST", f"{ACCOUNTS}/pay", booking, pages.pay),
        front.route("POST", f"{ACCOUNTS}/take-back", booking, pages.take_back),
    ]
