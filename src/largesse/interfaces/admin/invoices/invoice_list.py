"""`/admin/{slug}/invoices`: what was issued to partners, and how much of it is open and overdue."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import ClassVar

from largesse.db.connection import Row
from largesse.db.dataset import Dataset
from largesse.db.listing import Condition, ListAsked
from largesse.domain.invoices import drafts_of, open_totals
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act
from largesse.interfaces.admin.invoices.wording import kinds, money, states
from largesse.interfaces.admin.lists import Blank, Conditions, Head, one_of, periods, within
from largesse.interfaces.admin.office.list_page import ListView, OfficeList
from largesse.kernel.clock import day_of
from largesse.services.office import INVOICES, invoices_to_export
from largesse.ui import Voice


class InvoiceList(OfficeList[None]):
    """What was issued to partners."""

    name = "invoices"
    listing = INVOICES
    read = Act.PAYMENTS_READ
    take = Act.EXPORT
    add: ClassVar[Act | None] = Act.INVOICES

    def sentence(self, voice: Voice) -> str:
        """Return the sentence that the blanks stand in."""
        return voice.t("{kind} that are {state}, issued {issued}, to {partner}")

    def blanks(self, view: ListView) -> tuple[Blank, ...]:
        """Return the blanks of the sentence."""
        voice = view.voice
        which = (
            ("", voice.t("Invoices and credit notes")),
            ("invoice", voice.t("Invoices")),
            ("credit_note", voice.t("Credit notes")),
        )
        how = (
            ("", voice.t("in any state")),
            ("open", voice.t("open")),
            ("overdue", voice.t("overdue")),
            ("disputed", voice.t("disputed")),
            ("settled", voice.t("settled")),
            ("written_off", voice.t("written off")),
        )
        return (
            Blank(name="kind", label=voice.t("Kind"), options=which, asks=one_of("kind")),
            Blank(name="state", label=voice.t("State"), options=how, asks=_standing(_today(view))),
            Blank(
                name="issued",
                label=voice.t("When they were issued"),
                options=periods(voice),
                asks=within("issued_at", view.merchant, now=view.now),
            ),
            Blank(name="partner", label=voice.t("Partner"), hint=voice.t("any partner"), asks=_named),
        )

    def heads(self, voice: Voice) -> Sequence[Head]:
        """Return the columns."""
        return (
            Head(key="number", title=voice.t("Number"), kind="lead"),
            Head(key="partner", title=voice.t("Partner")),
            Head(key="issued", title=voice.t("Issued"), sorts=("newest", "oldest")),
            Head(key="due", title=voice.t("Due"), sorts=("due", "due_last")),
            Head(key="state", title=voice.t("State")),
            Head(key="total", title=voice.t("Total"), kind="money"),
            Head(key="open", title=voice.t("Open"), kind="money"),
        )

    def said(self, voice: Voice, count: int) -> str:
        """Return how many documents the list has, in words."""
        return voice.n("{count} document", "{count} documents", count)

    async def above(self, view: ListView) -> Mapping[str, object]:
        """Return what is open in each currency, and how many drafts wait."""
        voice, merchant_id = view.voice, view.merchant.merchant_id
        async with self._deps.database.connection() as connection:
            totals = await open_totals(connection, merchant_id, today=_today(view))
            drafts = await drafts_of(connection, merchant_id)
        return {
            "totals": [
                {
                    "open": money(one.open, one.currency, voice),
                    "said": voice.n("open on {count} invoice", "open on {count} invoices", one.invoices),
                    "overdue": money(one.overdue, one.currency, voice) if one.overdue else "",
                    "disputed": money(one.disputed, one.currency, voice) if one.disputed else "",
                }
                for one in totals
            ],
            "drafts": len(drafts),
        }

    async def beside(self, merchant: Merchant, rows: Sequence[Row]) -> None:
        """Read nothing more."""

    def row(self, row: Row, view: ListView, beside: None) -> Mapping[str, object]:  # noqa: ARG002 - nothing stands beside
        """Return what a row shows."""
        voice, code = view.voice, row["currency"]
        number = row["invoice_number"]
        text = number if row["kind"] == "invoice" else f"{number} ({kinds(voice)['credit_note']})"
        return {
            "number": {"text": text, "href": f"{view.here}/{row['invoice_id']}"},
            "partner": row["partner"],
            "issued": voice.short_day(row["issued_on"]),
            "due": voice.short_day(row["due_on"]) if row["due_on"] else "",
            "state": _badge(row, _today(view), voice),
            "total": money(row["total"], code, voice),
            "open": money(row["open"], code, voice) if row["open"] else "",
        }

    def dataset(self, merchant: Merchant, asked: ListAsked) -> Dataset:
        """Return what an export of the list holds."""
        return invoices_to_export(merchant, asked)


def _today(view: ListView) -> date:
    return day_of(view.now, in_zone=view.merchant.zone)


def _badge(row: Row, today: date, voice: Voice) -> Mapping[str, str]:
    if row["open"] and row["disputed"]:
        return {"badge": voice.t("disputed"), "kind": "bad"}
    if row["open"] and row["due_on"] is not None and row["due_on"] < today:
        return {"badge": voice.t("overdue"), "kind": "bad"}
    text, kind = states(voice)[row["state"]]
    return {"badge": text, "kind": kind}


def _standing(today: date) -> Conditions:
    """Return how a blank asks for what is open, overdue, disputed, settled or given up."""

    def asks(word: str) -> list[Condition]:
        is_open = Condition("open", ">", 0, "bigint")
        return {
            "open": [is_open],
            "overdue": [is_open, Condition("due_on", "<", today, "date")],
            "disputed": [is_open, Condition("disputed", "=", True, "boolean")],
            "settled": [Condition("open", "=", 0, "bigint"), Condition("state", "<>", "written_off", "text")],
            "written_off": [Condition("state", "=", "written_off", "text")],
        }.get(word, [])

    return asks


def _named(text: str) -> list[Condition]:
    """Return how a blank asks for a part of a partner's name, taken as it is typed."""
    told = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return [Condition("partner", "ILIKE", f"%{told}%", "text")] if text else []
