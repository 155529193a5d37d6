"""Move what is left of a certificate to another offering: the price, what is missing and what stays are told before."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from largesse.domain import catalog
from largesse.domain.approvals import FrozenAct, LimitedAct
from largesse.domain.catalog import Availability, InvalidChoice, Offering, OfferingKind
from largesse.domain.staff import Act, Audited
from largesse.interfaces.admin.front import Caller, StaffFront
from largesse.interfaces.admin.office.acts import ActInput, ActPlan, ActShown, ActSubject, Setting, Unfit
from largesse.interfaces.admin.office.certificate_page import story_of
from largesse.interfaces.admin.office.certificate_subject import CertificateAct, CertificateSubject
from largesse.kernel.errors import InvalidInput
from largesse.kernel.mail import read_email
from largesse.ledger import Status
from largesse.services.approvals import forget_counted, may_alone
from largesse.services.certificates import Request, spot_of
from largesse.services.counter_sales import (
    MoveQuote,
    MoveWanted,
    SaleInvalid,
    SaleTender,
    move_to_offering,
    quote_move,
    send_payment_link,
)
from largesse.ui import Voice


class MovableCertificate(CertificateSubject, frozen=True, kw_only=True):
    """A certificate, and what it may be moved to."""

    offerings: tuple[Offering, ...] = ()


async def find_movable(front: StaffFront, caller: Caller) -> ActSubject:
    """Return the certificate in the address, with what is on sale in its currency."""
    story, now = await story_of(front, caller), front.deps.clock.now()
    assert caller.merchant is not None
    async with front.deps.database.connection() as connection:
        found = await catalog.list_offerings(connection, caller.merchant.merchant_id)
    code = story.found.certificate.currency
    on_sale = [one for one in found if one.currency == code and one.availability(now) is Availability.OPEN]
    return MovableCertificate(story=story, offerings=tuple(on_sale))


class MoveToOfferingAct(CertificateAct):
    """Give back what is left, and sell another offering for it."""

    name = "offering"
    act = Act.MERGE
    audited: Audited | None = Audited.CERTIFICATE_MOVED
    states = frozenset({Status.ACTIVE})

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Move to another offering")

    def done(self, voice: Voice) -> str:
        """Return what is said when it is done."""
        return voice.t("It is moved. Its new certificate is that of the order which was made for it.")

    def inputs(self, setting: Setting, subject: ActSubject) -> Sequence[ActInput]:
        """Return what it asks for: which one, how much of it, how what is missing is paid, and where it is sent."""
        voice, one = setting.voice, _movable(subject)
        code = one.one.currency
        choices = tuple((str(offering.offering_id), _named(offering, setting)) for offering in one.offerings)
        ways = (
            ("", voice.t("nothing is missing")),
            (SaleTender.CASH.value, voice.t("cash")),
            (SaleTender.TERMINAL.value, voice.t("card terminal")),
            (SaleTender.TRANSFER.value, voice.t("transfer, which is waited for")),
            (SaleTender.PHONE.value, voice.t("card, by a link that is mailed")),
        )
        free = voice.t("Only where the amount is free; what is paid for it counts.")
        mailed = voice.t("Empty: it is printed from its order.")
        bought = voice.t("For a link to pay, and the receipt.")
        buyer = one.story.bought.checkout.billing.email if one.story.bought and one.story.bought.checkout else ""
        return (
            ActInput(name="to", label=voice.t("Offering"), kind="choice", options=choices),
            ActInput(name="value", label=voice.t("Amount"), kind="money", sign=code, hint=free, required=False),
            ActInput(
                name="paid", label=voice.t("What is missing is paid by"), kind="choice", options=ways, required=False
            ),
            ActInput(name="email", label=voice.t("Mail the new certificate to"), hint=mailed, required=False),
            ActInput(name="buyer", label=voice.t("E-mail of the buyer"), hint=bought, value=buyer, required=False),
        )

    async def plan(self, setting: Setting, subject: ActSubject) -> ActPlan:
        """Return what would come of it: the price, what is taken, what is missing, and what stays."""
        one, voice, deps, merchant = _movable(subject), setting.voice, setting.front.deps, setting.merchant
        offering = next((each for each in one.offerings if str(each.offering_id) == setting.text("to")), None)
        if offering is None:
            raise Unfit(to=voice.t("Choose what it becomes."))
        amount = setting.amount("value", one.one.currency)
        paid, email, buyer = setting.text("paid"), setting.text("email"), setting.text("buyer")
        faults = {
            name: voice.t("That is not an e-mail address. Write it like name@example.com.")
            for name, text in (("email", email), ("buyer", buyer))
            if (text or (name == "buyer" and paid == SaleTender.PHONE)) and not _is_email(text)
        }
        if faults:
            raise Unfit(**faults)
        wanted = MoveWanted(
            offering=str(offering.offering_id),
            amount=None if offering.kind is OfferingKind.PACKAGE else amount or 0,
            tender=SaleTender(paid) if paid in set(SaleTender) else None,
            email=email,
            buyer=buyer,
        )
        try:
            quote_ = await quote_move(deps, merchant, one.place, wanted, now=setting.now)
        except (InvalidChoice, SaleInvalid) as wrong:
            raise Unfit(**_beside(wrong, voice)) from None
        if quote_.missing.minor and wanted.tender is None:
            missing = setting.money(quote_.missing.minor, one.one.currency)
            raise Unfit(paid=voice.t("{amount} is missing: choose how that is paid.", amount=missing))

        async def run(request: Request) -> str | ActShown:
            spot = await spot_of(deps, merchant.merchant_id, now=setting.now)
            moved = FrozenAct(act=LimitedAct.MOVE, certificate_id=one.one.certificate_id, value=quote_.taken.minor)
            by, code = setting.caller.manager, one.one.currency
            if not await may_alone(
                deps, merchant, moved, code, by=by, operation_id=request.operation_id, now=setting.now
            ):
                raise Unfit(to=voice.t("This is more than you may move alone. Ask somebody who may move more."))
            try:
                done = await move_to_offering(
                    deps, merchant, one.place, wanted, spot=spot, request=request, now=setting.now
                )
            except Exception:
                await forget_counted(deps, merchant, request.operation_id)
                raise
            if done.missing is not None and done.missing.waits and wanted.tender is SaleTender.PHONE:
                await send_payment_link(deps, merchant, done.missing, address=buyer, now=setting.now)
            return f"/admin/{merchant.slug}/orders/{quote(done.order.order_number, safe='')}"

        return ActPlan(effects=_effects(quote_, wanted, offering, setting), run=run)


def _effects(told: MoveQuote, wanted: MoveWanted, offering: Offering, setting: Setting) -> list[str]:
    voice = setting.voice

    def money(minor: int) -> str:
        return setting.money(minor, offering.currency)

    said = [
        voice.t("{title} costs {price}.", title=offering.title, price=money(told.price.minor)),
        voice.t("{amount} of what was paid for this certificate goes to it.", amount=money(told.taken.minor)),
    ]
    if told.missing.minor:
        waits = wanted.tender is not None and wanted.tender.at_once is None
        missing = money(told.missing.minor)
        said.append(
            voice.t("{amount} is missing, and added once it is paid.", amount=missing)
            if waits
            else voice.t("{amount} is missing, and booked as received.", amount=missing)
        )
    if told.stays.minor:
        said.append(voice.t("{amount} stays on this certificate.", amount=money(told.stays.minor)))
    else:
        said.append(voice.t("Nothing is left on this certificate."))
    if wanted.email:
        said.append(voice.t("A certificate with a new number is mailed to {address}.", address=wanted.email))
    else:
        said.append(voice.t("A certificate with a new number is made; print it from its order."))
    return said


def _named(offering: Offering, setting: Setting) -> str:
    """Return an offering with its price, where it has one."""
    price = setting.money(offering.price, offering.currency) if offering.price is not None else ""
    return f"{offering.title} · {price}" if price else offering.title


def _beside(wrong: InvalidInput, voice: Voice) -> Mapping[str, str]:
    names = {"amount": "value", "tender": "paid", "email": "email"}
    return {
        names.get(one.field, "to"): voice.t("Write an amount that this offering is sold for.")
        if one.field == "amount"
        else one.message
        for one in wrong.fields
    }


def _movable(subject: ActSubject) -> MovableCertificate:
    assert isinstance(subject, MovableCertificate)
    return subject


def _is_email(text: str) -> bool:
    try:
        read_email(text)
    except InvalidInput:
        return False
    return True
