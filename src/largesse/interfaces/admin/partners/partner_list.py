"""`/admin/{slug}/partners`: who orders on account, and how much of their credit is used."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from largesse.db.connection import Row
from largesse.db.dataset import Dataset
from largesse.db.listing import Condition, ListAsked
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act
from largesse.interfaces.admin.lists import Blank, Head, one_of
from largesse.interfaces.admin.office.list_page import ListView, OfficeList
from largesse.interfaces.admin.partners.wording import states
from largesse.kernel.currency import currency
from largesse.kernel.money import Money
from largesse.services.office import PARTNERS, partners_to_export
from largesse.ui import Voice


class PartnerList(OfficeList[None]):
    """Who orders on account."""

    name = "partners"
    listing = PARTNERS
    read = Act.PARTNERS_READ
    take = Act.PEOPLE_EXPORT
    add: ClassVar[Act | None] = Act.PARTNERS_TRUST

    def sentence(self, voice: Voice) -> str:
        """Return the sentence that the blanks stand in."""
        return voice.t("Partners that {state}, with {credit}")

    def blanks(self, view: ListView) -> tuple[Blank, ...]:
        """Return the blanks of the sentence."""
        voice = view.voice
        kinds = (
            ("", voice.t("order or do not")),
            ("orders", voice.t("order")),
            ("suspended", voice.t("are suspended")),
            ("ended", voice.t("order no more")),
        )
        credit = (("", voice.t("any credit")), ("high", voice.t("more than 80% of their credit used")))
        return (
            Blank(name="state", label=voice.t("State"), options=kinds, asks=one_of("state")),
            Blank(name="credit", label=voice.t("Credit"), options=credit, asks=_high),
        )

    def heads(self, voice: Voice) -> Sequence[Head]:
        """Return the columns."""
        return (
            Head(key="name", title=voice.t("Partner"), kind="lead", sorts=("name",)),
            Head(key="email", title=voice.t("Address")),
            Head(key="state", title=voice.t("State")),
            Head(key="since", title=voice.t("Since"), sorts=("newest", "oldest")),
            Head(key="used", title=voice.t("Credit used"), kind="money", sorts=("credit",)),
            Head(key="limit", title=voice.t("Credit limit"), kind="money"),
        )

    def said(self, voice: Voice, count: int) -> str:
        """Return how many partners the list has, in words."""
        return voice.n("{count} partner", "{count} partners", count)

    async def beside(self, merchant: Merchant, rows: Sequence[Row]) -> None:
        """Read nothing more."""

    def row(self, row: Row, view: ListView, beside: None) -> Mapping[str, object]:  # noqa: ARG002 - nothing stands beside
        """Return what a row shows."""
        text, kind = states(view.voice)[row["state"]]
        money = currency(row["currency"]) if row["currency"] else None
        return {
            "name": {"text": row["name"], "href": f"{view.here}/{row['partner_id']}"},
            "email": row["contact_email"],
            "state": {"badge": text, "kind": kind},
            "since": view.moment(row["created_at"]),
            "used": view.voice.money(Money(row["credit_used"], money)) if money else "",
            "limit": view.voice.money(Money(row["credit_limit"], money)) if money else "",
        }

    def dataset(self, merchant: Merchant, asked: ListAsked) -> Dataset:
        """Return what an export of the list holds."""
        return partners_to_export(merchant, asked)


def _high(value: str) -> list[Condition]:
    return [Condition("share", ">", 80, "bigint")] if value == "high" else []
