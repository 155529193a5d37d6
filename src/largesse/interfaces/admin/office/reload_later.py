"""Reload a certificate once somebody has paid for it: by a link that is mailed, or by transfer."""

from collections.abc import Sequence
from urllib.parse import quote

from largesse.domain import catalog
from largesse.domain.orders import Billing
from largesse.domain.staff import Act, Audited
from largesse.interfaces.admin.office.acts import ActInput, ActPlan, ActShown, ActSubject, Setting, Unfit
from largesse.interfaces.admin.office.certificate_subject import CertificateAct, subject_of
from largesse.kernel.errors import InvalidInput
from largesse.kernel.mail import read_email
from largesse.ledger import Status
from largesse.services.certificates import Request, spot_of
from largesse.services.counter_sales import TRANSFER_GOOD_FOR, Sale, SaleTender, sell, send_payment_link
from largesse.ui import LANGUAGE_NAMES, LANGUAGES, Voice, choose_one


class ReloadLaterAct(CertificateAct):
    """Add value once it is paid: an order of its own, which waits."""

    name = "reload-later"
    act = Act.SELL_ON_BEHALF
    audited: Audited | None = None  # its order tells who asked for it
    states = frozenset({Status.ACTIVE})

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Reload, to be paid")

    def done(self, voice: Voice) -> str:
        """Return what is said when it is done."""
        return voice.t("The reload waits for its payment.")

    def inputs(self, setting: Setting, subject: ActSubject) -> Sequence[ActInput]:
        """Return what it asks for: how much, how it will be paid, and who is mailed the link."""
        voice, code = setting.voice, subject_of(subject).one.currency
        where = voice.t("A link to the usual page to pay goes there, and the receipt once it is paid.")
        read = catalog.language_of(setting.merchant.language)
        return (
            ActInput(name="value", label=voice.t("Value"), kind="money", sign=code),
            ActInput(name="gratuity", label=voice.t("Gratuity"), kind="money", sign=code, required=False),
            ActInput(name="paid", label=voice.t("Will be paid by"), kind="choice", options=_ways(voice)),
            ActInput(name="address", label=voice.t("E-mail of the buyer"), hint=where, required=False),
            ActInput(
                name="language",
                label=voice.t("Language of the buyer"),
                kind="choice",
                options=tuple(LANGUAGE_NAMES.items()),
                value=read,
            ),
        )

    async def plan(self, setting: Setting, subject: ActSubject) -> ActPlan:
        """Return what would come of it."""
        one, voice = subject_of(subject).one, setting.voice
        value = setting.amount("value", one.currency) or 0
        gratuity = setting.amount("gratuity", one.currency) or 0
        paid, address, faults = setting.text("paid"), setting.text("address"), dict[str, str]()
        if value <= 0:
            faults["value"] = voice.t("Write how much.")
        if paid not in dict(_ways(voice)):
            faults["paid"] = voice.t("Choose how it will be paid.")
        language = setting.text("language")
        if language not in LANGUAGES:
            faults["language"] = choose_one(voice)
        by_link = paid == SaleTender.PHONE
        if (by_link or address) and not _is_email(address):
            faults["address"] = voice.t("That is not an e-mail address. Write it like name@example.com.")
        if faults:
            raise Unfit(**faults)

        async def run(request: Request) -> str | ActShown:
            deps, merchant = setting.front.deps, setting.merchant
            sale = Sale(
                tender=SaleTender(paid),
                amount=value,
                gratuity=gratuity,
                buyer=Billing(email=address),
                card=one.certificate_id,
                locale=language,
            )
            spot = await spot_of(deps, merchant.merchant_id, now=setting.now)
            sold = await sell(deps, merchant, sale, spot=spot, request=request, now=setting.now)
            if by_link and sold.waits:
                await send_payment_link(deps, merchant, sold, address=address, now=setting.now)
            return f"/admin/{merchant.slug}/orders/{quote(sold.order.order_number, safe='')}"

        sum_ = setting.money(value + gratuity, one.currency)
        effects = [voice.t("An order over {amount} is made; nothing changes on the certificate yet.", amount=sum_)]
        if by_link:
            effects.append(voice.t("{address} is mailed a link to pay, good for three days.", address=address))
        else:
            most = TRANSFER_GOOD_FOR.days
            waits = voice.t("It waits up to {count} days until somebody says that the money has come.", count=most)
            effects.append(waits)
        if address:
            effects.append(voice.t("Once it is paid, the receipt is mailed to {address}.", address=address))
        effects.append(voice.t("Once it is paid, the certificate holds that much more. Unpaid, it is given up."))
        return ActPlan(effects=effects, run=run)


def _ways(voice: Voice) -> tuple[tuple[str, str], ...]:
    return (
        (SaleTender.PHONE.value, voice.t("card, by a link that is mailed")),
        (SaleTender.TRANSFER.value, voice.t("transfer")),
    )


def _is_email(text: str) -> bool:
    try:
        read_email(text)
    except InvalidInput:
        return False
    return True
