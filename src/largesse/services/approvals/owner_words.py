"""What one owner asks of another, in the reader's language. Pure."""

from collections.abc import Mapping
from typing import Final

from largesse.domain.approvals import LimitedAct, OwnerAct, OwnerChange
from largesse.domain.merchants import Merchant
from largesse.kernel.iban import written_iban
from largesse.kernel.money import Money
from largesse.services.approvals.wording import act_name
from largesse.ui import Voice

_DAYS: Final = "|"


def owner_sentence(change: OwnerChange, merchant: Merchant, roles: Mapping[str, str], voice: Voice) -> str:
    """Return what will happen once the other owner agrees, in a sentence; `roles` is what roles are called."""
    name, to = change.name, change.to
    said = {
        OwnerAct.ROLE: lambda: voice.t(
            "{name} becomes {role}", name=name, role=roles.get(to.get("role", ""), to.get("role", ""))
        ),
        OwnerAct.CONFIRM: lambda: voice.t(
            "{name} comes in as {role}", name=name, role=roles.get(to.get("role", ""), to.get("role", ""))
        ),
        OwnerAct.END: lambda: voice.t("{name}, an owner, works here no more", name=name),
        OwnerAct.LIMIT: lambda: _limit(change, merchant, voice),
        OwnerAct.OWN_LIMIT: lambda: _own_limit(change, merchant, voice),
        OwnerAct.ACCOUNT_NEW: lambda: voice.t("A payment account is added: {name}", name=name),
        OwnerAct.ACCOUNT_KEY: lambda: voice.t("The payment account {name} gets another key", name=name),
        OwnerAct.ACCOUNT_SIGNING: lambda: voice.t("The payment account {name} gets another signing secret", name=name),
        OwnerAct.ACCOUNT_DEFAULT: lambda: voice.t("What buyers pay goes to {name} from now on", name=name),
        OwnerAct.ACCOUNT_RETIRE: lambda: voice.t("The payment account {name} takes no new payments", name=name),
        OwnerAct.INVOICE_ACCOUNT: lambda: voice.t(
            "Invoices of {name} ask to be paid into: {after}. Until now: {before}",
            name=name,
            after=written_account(to) or voice.t("no account"),
            before=change.before or voice.t("no account"),
        ),
        OwnerAct.PAID_BY_HAND: lambda: _by_hand(change, voice),
    }
    return said[change.act]()


def written_account(to: Mapping[str, str]) -> str:
    """Return an account that invoices name, as people read it; nothing where there is none."""
    return ", ".join(filter(None, (_iban(to), to.get("bic", ""), to.get("account_holder", ""))))


def written_instructions(to: Mapping[str, str]) -> str:
    """Return what buyers are told who pay by hand, as people read it, behind the days that they have."""
    account = (to.get("holder", ""), _iban(to), to.get("bic", ""))
    return f"{to.get('days', '')}{_DAYS}{', '.join(filter(None, (*account, *to.get('further', '').splitlines())))}"


def _iban(to: Mapping[str, str]) -> str:
    return written_iban("".join(to.get("iban", "").split()).upper())


def _by_hand(change: OwnerChange, voice: Voice) -> str:
    def shown(written: str) -> str:
        days, _, text = written.partition(_DAYS)
        return voice.n("{text} ({count} day)", "{text} ({count} days)", int(days), text=text) if days else ""

    return voice.t(
        "Who pays by hand in {currency} reads: {after}. Until now: {before}",
        currency=change.subject,
        after=shown(written_instructions(change.to)) or voice.t("that nobody is offered to"),
        before=shown(change.before) or voice.t("that nobody is offered to"),
    )


def _own_limit(change: OwnerChange, merchant: Merchant, voice: Voice) -> str:
    act = act_name(LimitedAct(change.to["act"]), voice)
    if change.to.get("own") == "no":
        return voice.t("For {name} the limit of everybody counts again: {act}", name=change.name, act=act)
    return voice.t(
        "Alone, {name} may do this: {act}: at once {once}, in a day {day}, on one certificate {each}",
        name=change.name,
        act=act,
        once=_shown(change, "once", merchant, voice),
        day=_shown(change, "day", merchant, voice),
        each=_shown(change, "each", merchant, voice),
    )


def _shown(change: OwnerChange, name: str, merchant: Merchant, voice: Voice) -> str:
    text = change.to.get(name, "none")
    return voice.t("no limit") if text == "none" else voice.money(Money(int(text), merchant.money))


def _limit(change: OwnerChange, merchant: Merchant, voice: Voice) -> str:
    return voice.t(
        "Alone, one person may do this: {act}: at once {once}, in a day {day}, on one certificate {each}",
        act=act_name(LimitedAct(change.subject), voice),
        once=_shown(change, "once", merchant, voice),
        day=_shown(change, "day", merchant, voice),
        each=_shown(change, "each", merchant, voice),
    )
