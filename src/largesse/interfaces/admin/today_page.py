"""`/admin/{slug}`: Today, with what was sold and redeemed, what waits for somebody, and what was done lately."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote

from litestar.handlers import HTTPRouteHandler

from largesse.db.connection import Row
from largesse.domain import monitors, staff
from largesse.domain.merchants import Merchant
from largesse.domain.setup import BACKUP_GOOD_FOR, BackupTrouble
from largesse.domain.staff import Act, AuditEntry, MembershipState, may
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.office.telling import Teller
from largesse.interfaces.admin.rules import for_act
from largesse.interfaces.admin.setup.checklist import checklist_shown
from largesse.interfaces.admin.wording import audit_sentence, role_names
from largesse.kernel.clock import zone
from largesse.kernel.currency import currency
from largesse.kernel.money import Money
from largesse.services.monitors import sentence_of, value_text
from largesse.services.office import TodayFigures, WorkLists, figures_of, names_in, second_person_lists, work_lists
from largesse.ui import Voice

_ENTRIES = 12


class TodayPage:
    """Answer what there is to do."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return the page."""
        merchant, authority = caller.merchant, caller.authority
        assert merchant is not None
        assert authority is not None
        voice, now, role = self._front.voice(caller), self._deps.clock.now(), authority.role
        names = role_names(voice)
        reads_staff = may(role, Act.STAFF_READ)
        async with self._deps.database.connection() as connection:
            people = await staff.members(connection, merchant.merchant_id) if reads_staff else []
            entries = (
                await staff.latest_entries(connection, merchant.merchant_id, limit=_ENTRIES)
                if may(role, Act.AUDIT_READ)
                else []
            )
        figures = await figures_of(self._deps, merchant, now=now) if may(role, Act.FIGURES_READ) else None
        lists = await work_lists(
            self._deps,
            merchant.merchant_id,
            now=now,
            orders=may(role, Act.ORDERS_READ),
            deliveries=may(role, Act.DELIVERIES_READ),
            partners=may(role, Act.PARTNERS_READ),
            catalogue=may(role, Act.CATALOGUE_READ),
            backups=may(role, Act.SETTINGS_EDIT),
            tills=may(role, Act.OFFLINE_SETTLE),
            bank=may(role, Act.PAYMENTS_BOOK),
            keys=may(role, Act.PAYMENT_ACCOUNTS),
        )
        assert caller.person is not None
        lists = await second_person_lists(
            self._deps,
            merchant,
            lists,
            approver=caller.person.person_id if may(role, Act.APPROVE) else None,
            owner=may(role, Act.OWNERS_WORD),
            closes=may(role, Act.MONTH_CLOSE),
            now=now,
        )
        over = await self._over(merchant, voice) if may(role, Act.FIGURES_READ) else []
        waiting = [person.name for one, person in people if one.state is MembershipState.WAITING]
        values = {
            "role": names[role.value],
            "figures": _shown(figures, merchant, voice) if figures else [],
            "work": [
                *_people(waiting, merchant, voice),
                *_second_person(lists, merchant, voice),
                *over,
                *_tills(lists, merchant, voice, now),
                *_bank(lists, merchant, voice),
                *_wallets(lists, merchant, voice, now),
                *_work(lists, merchant, voice),
                *_stock(lists, merchant, voice),
                *_backup(lists, merchant, voice, now),
            ],
            "steps": await checklist_shown(self._front, caller, merchant),
            # Whoever sells already comes for the figures and for what waits.
            "steps_first": figures is None or figures.outstanding == 0,
            "shop": f"/{merchant.slug}",
            "audit": f"/admin/{merchant.slug}/audit" if may(role, Act.AUDIT_READ) else "",
            "moments": await self._moments(entries, merchant, voice, names),
        }
        return await self._front.page(caller, "today.html", values)

    async def _over(self, merchant: Merchant, voice: Voice) -> list[dict[str, object]]:
        """Return what is watched and beyond its bound."""
        async with self._deps.database.connection() as connection:
            known = await monitors.list_monitors(connection, merchant.merchant_id)
        link = {"text": voice.t("To the monitors"), "href": f"/admin/{merchant.slug}/monitors"}
        return [
            {
                "what": voice.t("Beyond its bound: {what}", what=sentence_of(one, voice)),
                "note": voice.t("Now: {value}", value=value_text(one, one.value, voice)),
                "links": [link],
            }
            for one in known
            if one.over_since is not None
        ]

    async def _moments(
        self, entries: Sequence[AuditEntry], merchant: Merchant, voice: Voice, names: dict[str, str]
    ) -> list[dict[str, str]]:
        now = self._deps.clock.now()
        named = await names_in(self._deps, merchant, [one.actor for one in entries])
        teller = Teller(voice, merchant, named, now=now)
        return [
            {
                "what": audit_sentence(one.action.value, voice),
                "when": voice.moment(one.recorded_at, zone=zone(merchant.time_zone), now=now),
                "at": one.recorded_at.isoformat(),
                "note": " · ".join(
                    filter(None, [teller.who(one.actor), names.get(one.reason or "", one.reason or "")])
                ),
            }
            for one in entries
        ]


def _shown(figures: TodayFigures, merchant: Merchant, voice: Voice) -> list[dict[str, str]]:
    """Return the figures, each with what stands beside it."""

    def money(minor: int) -> str:
        return voice.money(Money(minor, currency(merchant.currency)))

    def beside(yesterday: int, last_year: int) -> str:
        return voice.t(
            "{yesterday} yesterday, {last_year} a year ago", yesterday=money(yesterday), last_year=money(last_year)
        )

    today, before, year = figures.today, figures.yesterday, figures.last_year
    return [
        {"name": voice.t("Sold today"), "value": money(today.sold), "beside": beside(before.sold, year.sold)},
        {
            "name": voice.t("Redeemed today"),
            "value": money(today.redeemed),
            "beside": beside(before.redeemed, year.redeemed),
        },
        {
            "name": voice.t("Outstanding"),
            "value": money(figures.outstanding),
            "beside": voice.t("{amount} when the day began", amount=money(figures.outstanding_yesterday)),
        },
    ]


def _people(waiting: list[str], merchant: Merchant, voice: Voice) -> list[dict[str, object]]:
    if not waiting:
        return []
    said = voice.n("{count} person waits to be confirmed", "{count} people wait to be confirmed", len(waiting))
    link = {"text": voice.t("Look at who it is"), "href": f"/admin/{merchant.slug}/people"}
    return [{"what": said, "note": voice.listing(waiting), "links": [link]}]


def _second_person(lists: WorkLists, merchant: Merchant, voice: Voice) -> list[dict[str, object]]:
    """Return what takes a second person, or begins with a first one."""
    home = f"/admin/{merchant.slug}"
    found: list[dict[str, object]] = []
    if lists.requests:
        said = voice.n("{count} request waits for you", "{count} requests wait for you", lists.requests)
        note = voice.t("Beyond the limits of whoever asked.")
        found.append({"what": said, "note": note, "links": [{"text": voice.t("Decide"), "href": f"{home}/requests"}]})
    if lists.open_month is not None:
        said = voice.t("{month} is not closed", month=voice.month(lists.open_month))
        link = {"text": voice.t("Close it"), "href": f"{home}/reports/months"}
        found.append({"what": said, "note": voice.t("It takes two persons."), "links": [link]})
    return found


def _tills(lists: WorkLists, merchant: Merchant, voice: Voice, now: datetime) -> list[dict[str, object]]:
    """Return what has to be settled of what tills took without a line, and tills that are silent."""
    home = f"/admin/{merchant.slug}/devices"
    found: list[dict[str, object]] = []
    if lists.tills:
        said = voice.n("{count} conflict of the tills", "{count} conflicts of the tills", lists.tills)
        link = {"text": voice.t("Settle"), "href": f"{home}/offline"}
        found.append({"what": said, "note": voice.t("From redemptions without a line."), "links": [link]})
    for one in lists.silent:
        said = voice.t("Nothing is heard of the till {name}", name=one["name"])
        since = voice.on_moment(one["heard_at"], zone=merchant.zone, now=now)
        note = voice.t("It was last heard of {when}. If it is lost, revoke it.", when=since)
        found.append({"what": said, "note": note, "links": [{"text": voice.t("Look at the devices"), "href": home}]})
    return found


def _wallets(lists: WorkLists, merchant: Merchant, voice: Voice, now: datetime) -> list[dict[str, object]]:
    """Return which keys of telephones' wallets end soon: without them no pass is made."""
    found: list[dict[str, object]] = []
    for one in lists.wallets:
        day = voice.day(one["ends_at"].astimezone(merchant.zone).date())
        if now < one["ends_at"]:
            said = voice.t("The keys of Apple Wallet end soon")
            note = voice.t("They end on {day}. After that no passes are made until you give others.", day=day)
        else:
            said = voice.t("The keys of Apple Wallet have ended")
            note = voice.t("They ended on {day}. No passes are made until you give others.", day=day)
        link = {"text": voice.t("Give others"), "href": f"/admin/{merchant.slug}/settings/wallets"}
        found.append({"what": said, "note": note, "links": [link]})
    return found


def _bank(lists: WorkLists, merchant: Merchant, voice: Voice) -> list[dict[str, object]]:
    """Return that lines of statements wait, and for how long the oldest has."""
    if not lists.bank_lines or lists.bank_since is None:
        return []
    said = voice.n(
        "{count} payment at the bank waits to be matched",
        "{count} payments at the bank wait to be matched",
        lists.bank_lines,
    )
    note = voice.t("The oldest is of {day}.", day=voice.day(lists.bank_since))
    link = {"text": voice.t("Match them"), "href": f"/admin/{merchant.slug}/bank"}
    return [{"what": said, "note": note, "links": [link]}]


def _work(lists: WorkLists, merchant: Merchant, voice: Voice) -> list[dict[str, object]]:
    """Return what waits, each with its remedy."""
    home = f"/admin/{merchant.slug}"
    found: list[dict[str, object]] = []

    def money(minor: int, code: str) -> str:
        return voice.money(Money(minor, currency(code)))

    for gift in lists.gifts:
        said = voice.t("A gift for {address} did not arrive", address=gift["recipient_email"] or "?")
        link = {
            "text": voice.t("Correct and send again"),
            "href": f"{home}/orders/{quote(gift['order_number'], safe='')}/correct",
        }
        found.append({"what": said, "note": gift["order_number"], "links": [link]})
    found += _withdrawn(lists, home, voice) + _going_back(lists, home, voice)
    found += [_endpoint(endpoint, home, voice) for endpoint in lists.endpoints]
    if lists.deliveries:
        said = voice.n("{count} delivery was given up", "{count} deliveries were given up", lists.deliveries)
        link = {"text": voice.t("Look at them"), "href": f"{home}/deliveries?status=failed"}
        found.append({"what": said, "note": voice.t("Send them again, one or all."), "links": [link]})
    if lists.askings:
        said = voice.n(
            "{count} organisation asks about an agreement",
            "{count} organisations ask about an agreement",
            lists.askings,
        )
        link = {"text": voice.t("Answer"), "href": f"{home}/partners/askings"}
        found.append({"what": said, "note": voice.t("To order on account, or to change how."), "links": [link]})
    for partner in lists.credit:
        used, limit = (money(partner[name], partner["currency"]) for name in ("credit_used", "credit_limit"))
        said = voice.t("{partner} has used {used} of {limit} credit", partner=partner["name"], used=used, limit=limit)
        link = {"text": voice.t("Look at the partner"), "href": f"{home}/partners/{partner['partner_id']}"}
        found.append({"what": said, "note": voice.t("Above that, new orders are refused."), "links": [link]})
    if lists.lapsed:
        said = voice.n(
            "{count} certificate is past its last day, with value on it",
            "{count} certificates are past their last day, with value on them",
            lists.lapsed,
        )
        link = {"text": voice.t("Look at them"), "href": f"{home}/certificates?good=past"}
        found.append({"what": said, "note": voice.t("They are booked as expired in the night."), "links": [link]})
    if lists.unpaid:
        said = voice.n("{count} order waits for its payment", "{count} orders wait for their payment", lists.unpaid)
        link = {"text": voice.t("Look at them"), "href": f"{home}/orders?status=placed"}
        reloads = lists.unpaid_reloads
        note = voice.n("{count} of them reloads a certificate.", "{count} of them reload a certificate.", reloads)
        found.append({"what": said, "note": note if reloads else "", "links": [link]})
    return found


def _withdrawn(lists: WorkLists, home: str, voice: Voice) -> list[dict[str, object]]:
    """Return that buyers withdrew, and by when the first has the money back."""
    if not lists.withdrawals or lists.withdrawals_due is None:
        return []
    said = voice.n("{count} buyer has withdrawn", "{count} buyers have withdrawn", lists.withdrawals)
    note = voice.t("The first must have the money back by {day}.", day=voice.day(lists.withdrawals_due))
    link = {"text": voice.t("Look at them"), "href": f"{home}/orders/withdrawals"}
    return [{"what": said, "note": note, "links": [link]}]


def _going_back(lists: WorkLists, home: str, voice: Voice) -> list[dict[str, object]]:
    """Return what could not be paid back, and what was paid for nothing."""
    found: list[dict[str, object]] = []
    for refund in lists.refunds:
        amount = voice.money(Money(refund["amount"], currency(refund["currency"])))
        said = voice.t("{amount} could not be paid back", amount=amount)
        number = refund["order_number"]
        links = [{"text": voice.t("Hand it back"), "href": f"{home}/bank/by-hand"}]
        if number:
            links.append({"text": voice.t("Look at the order"), "href": f"{home}/orders/{quote(number, safe='')}"})
        found.append({"what": said, "note": number or "", "links": links})
    if lists.payments:
        said = voice.n("{count} payment bought nothing", "{count} payments bought nothing", lists.payments)
        link = {"text": voice.t("Look at what goes back"), "href": f"{home}/bank/by-hand"}
        note = voice.t("What the payment provider took goes back by itself; the rest you hand back.")
        found.append({"what": said, "note": note, "links": [link]})
    return found


def _stock(lists: WorkLists, merchant: Merchant, voice: Voice) -> list[dict[str, object]]:
    """Return what there is little left of."""
    home = f"/admin/{merchant.slug}"
    found: list[dict[str, object]] = []
    for one in lists.stock:
        left = one["stock_left"]
        said = (
            voice.n("{count} left of {title}", "{count} left of {title}", left, title=one["title"])
            if left
            else voice.t("{title} is sold out", title=one["title"])
        )
        link = {"text": voice.t("Look at the stock"), "href": f"{home}/catalogue/offerings/{one['offering_id']}"}
        found.append({"what": said, "note": voice.t("Raise the stock, or hide it."), "links": [link]})
    for one in lists.pools:
        said = voice.n(
            "{count} code left in the pool {name}",
            "{count} codes left in the pool {name}",
            one["codes_left"],
            name=one["name"],
        )
        link = {"text": voice.t("Upload more"), "href": f"{home}/cards#pool"}
        found.append(
            {"what": said, "note": voice.t("Without a code, your till’s cards cannot be sold."), "links": [link]}
        )
    return found


def _backup(lists: WorkLists, merchant: Merchant, voice: Voice, now: datetime) -> list[dict[str, object]]:
    """Return what is the matter with backups; a new shop is asked for its first one by the first steps."""
    if lists.backup is None:
        return []
    trouble, at = lists.backup
    if trouble is BackupTrouble.NEVER and now - merchant.created_at < BACKUP_GOOD_FOR:
        return []
    when = voice.on_moment(at, zone=merchant.zone, now=now) if at else ""
    said = {
        BackupTrouble.NEVER: voice.t("No backup was ever made"),
        BackupTrouble.OLD: voice.t("The last backup was made {when}", when=when),
        BackupTrouble.FAILED: voice.t("The backup failed {when}", when=when),
    }[trouble]
    link = {"text": voice.t("What to do"), "href": f"/admin/{merchant.slug}/settings#backup"}
    return [{"what": said, "note": voice.t("A lost disk would lose every certificate with it."), "links": [link]}]


def _endpoint(endpoint: Row, home: str, voice: Voice) -> dict[str, object]:
    """Return what is the matter with an endpoint, beside what may be done."""
    here = f"{home}/deliveries/{endpoint['endpoint_id']}"
    text, href = voice.t("Look at it"), here
    if endpoint["asked"]:
        said, text = voice.t("An endpoint waits for an owner’s word"), voice.t("Decide")
    elif endpoint["status"] == "disabled":
        said = voice.t("An endpoint was turned off, for it failed")
        text, href = voice.t("Resume"), f"{here}/resume"
    else:
        said = voice.t("An endpoint fails")
    return {"what": said, "note": endpoint["url"], "links": [{"text": text, "href": href}]}


def today_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the route of Today."""
    return [front.route("GET", "/admin/{slug:str}", for_act(Act.OFFICE), TodayPage(front).show)]
