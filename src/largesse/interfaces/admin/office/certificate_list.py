"""`/admin/{slug}/certificates`: what stands, filtered by a sentence, and exported as it is shown."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from litestar.handlers import HTTPRouteHandler

from largesse.db.connection import Row
from largesse.db.dataset import Dataset
from largesse.db.listing import Condition, ListAsked
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act
from largesse.interfaces.admin.front import StaffFront
from largesse.interfaces.admin.lists import Blank, Conditions, Head, one_of, periods, within
from largesse.interfaces.admin.office.list_page import ListView, OfficeList
from largesse.interfaces.admin.office.wording import badge_kind, certificate_states, classes_of_value
from largesse.kernel.clock import day_of
from largesse.kernel.currency import currency
from largesse.kernel.money import Money
from largesse.services.office import CERTIFICATES, certificates_to_export, endings_of
from largesse.ui import Voice

_SOON: Final = timedelta(days=30)


class CertificateList(OfficeList[Mapping[UUID, str]]):
    """Which certificates there are; beside its rows, the last four symbols of their numbers."""

    name = "certificates"
    listing = CERTIFICATES
    read = Act.CERTIFICATES_READ
    take = Act.EXPORT

    def sentence(self, voice: Voice) -> str:
        """Return the sentence that the blanks stand in."""
        return voice.t("Certificates that are {status}, {value}, issued {issued}, good {good}")

    def blanks(self, view: ListView) -> tuple[Blank, ...]:
        """Return the blanks of the sentence."""
        voice = view.voice
        return (
            Blank(
                name="status",
                label=voice.t("State"),
                options=(("", voice.t("in any state")), *certificate_states(voice).items()),
                asks=one_of("status"),
            ),
            Blank(
                name="value",
                label=voice.t("Kind of value"),
                options=(("", voice.t("of any kind")), *classes_of_value(voice).items()),
                asks=one_of("class_of_value"),
            ),
            Blank(
                name="issued",
                label=voice.t("When they were issued"),
                options=periods(voice),
                asks=within("issued_at", view.merchant, now=view.now),
            ),
            Blank(
                name="good",
                label=voice.t("How long they are good"),
                options=(
                    ("", voice.t("however long")),
                    ("30", voice.t("for 30 days at most")),
                    ("past", voice.t("no more")),
                ),
                asks=_good(view.now),
            ),
        )

    def heads(self, voice: Voice) -> Sequence[Head]:
        """Return the columns."""
        return (
            Head(key="number", title=voice.t("Number ends in"), kind="lead"),
            Head(key="order", title=voice.t("Order")),
            Head(key="issued", title=voice.t("Issued"), sorts=("newest", "oldest")),
            Head(key="good", title=voice.t("Good through")),
            Head(key="state", title=voice.t("State")),
            Head(key="gratuity", title=voice.t("Gratuity"), kind="money"),
            Head(key="balance", title=voice.t("Value left"), kind="money"),
        )

    def said(self, voice: Voice, count: int) -> str:
        """Return how many certificates the list has, in words."""
        return voice.n("{count} certificate", "{count} certificates", count)

    async def beside(self, merchant: Merchant, rows: Sequence[Row]) -> Mapping[UUID, str]:
        """Read how the numbers of a page end."""
        async with self._deps.database.connection() as connection:
            return await endings_of(connection, merchant.merchant_id, [row["certificate_id"] for row in rows])

    def row(self, row: Row, view: ListView, beside: Mapping[UUID, str]) -> Mapping[str, object]:
        """Return what a certificate shows."""
        voice, money = view.voice, currency(row["currency"])
        gratuity = voice.money(Money(row["gratuity_balance"], money)) if row["gratuity_balance"] else ""
        return {
            "number": {
                "text": f"… {beside.get(row['certificate_id'], '?')}",
                "href": f"{view.here}/{row['certificate_id']}",
            },
            "order": row["order_number"] or "",
            "issued": voice.short_day(day_of(row["issued_at"], in_zone=view.merchant.zone)),
            "good": voice.short_day(row["good_through"]) if row["good_through"] else voice.t("for ever"),
            "state": {"badge": certificate_states(voice)[row["status"]], "kind": badge_kind(row["status"])},
            "gratuity": gratuity,
            "balance": voice.money(Money(row["balance"], money)),
        }

    def dataset(self, merchant: Merchant, asked: ListAsked) -> Dataset:
        """Return the certificates of an export: of numbers, the last four."""
        return certificates_to_export(merchant, asked)


def _good(now: datetime) -> Conditions:
    def asks(word: str) -> list[Condition]:
        if word == "past":
            return [Condition("expires_at", "<=", now, "timestamptz")]
        if word == "30":
            soon = now + _SOON
            ends = (("expires_at", ">", now), ("expires_at", "<=", soon))
            return [Condition(column, sign, moment, "timestamptz") for column, sign, moment in ends]
        return []

    return asks


def certificate_list_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of the list of certificates."""
    return CertificateList(front).routes()
