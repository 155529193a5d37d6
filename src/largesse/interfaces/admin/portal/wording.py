"""What the pages of the portal say."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from largesse.domain.portal import PortalBatchState
from largesse.interfaces.admin.invoices.wording import states
from largesse.kernel.errors import FieldError, LargesseError
from largesse.ui import Voice, choose_one
from largesse.web.choices import CHOICE_UNKNOWN


def batch_states(voice: Voice) -> dict[str, tuple[str, str]]:
    """Return what the state of a batch is called, with the kind of its badge."""
    return {
        PortalBatchState.WAITING.value: (voice.t("waits for approval"), "warn"),
        PortalBatchState.PLACING.value: (voice.t("is being issued"), "warn"),
        PortalBatchState.DONE.value: (voice.t("issued"), "good"),
        PortalBatchState.STOPPED.value: (voice.t("stopped"), "bad"),
        PortalBatchState.REFUSED.value: (voice.t("refused"), ""),
        PortalBatchState.WITHDRAWN.value: (voice.t("withdrawn"), ""),
    }


def invoice_badge(row: Mapping[str, Any], today: date, voice: Voice) -> dict[str, str]:
    """Return how an invoice of a list stands."""
    if row["open"] and row["disputed"]:
        return {"badge": voice.t("disputed"), "kind": "bad"}
    if row["open"] and row["due_on"] is not None and row["due_on"] < today:
        return {"badge": voice.t("overdue"), "kind": "bad"}
    text, kind = states(voice)[row["state"]]
    return {"badge": text, "kind": kind}


def column_names(voice: Voice) -> dict[str, str]:
    """Return what each column of an order is called."""
    return {
        "amount": voice.t("Amount"),
        "email": voice.t("E-mail address"),
        "name": voice.t("Name"),
        "identifier": voice.t("Your identifier"),
        "message": voice.t("Message"),
        "good_through": voice.t("Good through"),
    }


def fault_sentence(fault: FieldError, voice: Voice) -> str:
    """Return what is said of a cell or a field; what has no words of its own says what the service says."""
    known = {
        "refcode.required": voice.t("Name the batch that this order is invoiced with."),
        "refcode.too_long": voice.t("A refcode has at most 20 characters that can be printed."),
        "refcode.not_agreed": voice.t("Your agreement does not name this refcode."),
        "currency.not_agreed": voice.t("Choose a currency that is agreed."),
        "delivery.not_agreed": voice.t("Your agreement does not let you download numbers."),
        "amount.required": voice.t("Say how much the certificate is worth."),
        "amount.invalid": voice.t("Write an amount, such as 25.00."),
        "amount.too_small": voice.t("The amount must be greater than one."),
        "amount.too_large": voice.t("This is more than one certificate may be worth by your agreement."),
        "email.required": voice.t("Give the address that the certificate is mailed to."),
        "email.invalid": voice.t("That is not an e-mail address. Write it like name@example.com."),
        "name.too_long": voice.t("First and last name have at most 60 characters each."),
        "message.too_long": voice.t("The message has more than 200 characters. Shorten it."),
        "identifier.too_long": voice.t("The identifier has at most 64 characters that can be printed."),
        "identifier.damaged": voice.t("A spreadsheet changed this. Format the column as text, and try again."),
        "good_through.invalid": voice.t("Write a day that exists as YYYY-MM-DD, such as 2027-12-31."),
        "good_through.too_early": voice.t("The certificate must be good for longer than today."),
        "good_through.too_late": voice.t("The certificate may be good for two years at most."),
        "column.unknown": voice.t("No column is called that. Rename it, or take it out."),
        "column.repeated": voice.t("Two columns have this name. Keep one."),
        "column.unnamed": voice.t("This column has no name. Name it in the first line, or empty it."),
        "batch.empty": voice.t("Give at least one line: an amount, and whom it is for."),
        "batch.too_many": voice.t("These are too many lines for one order. Part them into several."),
    }
    return known.get(fault.code, fault.message)


def refusal_sentence(refused: LargesseError, voice: Voice) -> str:
    """Return why something was refused as a whole."""
    return refusal_words_of(refused.code, refused.message, voice)


def refusal_words_of(code: str, message: str, voice: Voice) -> str:
    """Return what is said of a refusal, by its code; what has no words of its own says its `message`."""
    known = {
        CHOICE_UNKNOWN: choose_one(voice),
        "agreement.disabled": voice.t("The agreement is not in force. Ask the merchant."),
        "agreement.suspended": voice.t("The agreement is suspended. Open invoices are the usual reason."),
        "agreement.credit_exhausted": voice.t(
            "This does not fit in the credit that is left. Settle open invoices, or ask for a higher limit."
        ),
        "agreement.spending_limit": voice.t("This does not fit in what you may still order this month."),
        "portal.batch.known": voice.t("This form was sent before, with something else in it. Open a new one."),
        "portal.batch.closed": voice.t("It is past that: somebody else has decided it, or it is being issued."),
        "portal.batch.lapsed": voice.t(
            "The last day of a certificate in it has come. Withdraw it, and order with a later day."
        ),
        "portal.batch.own": voice.t("You ordered this yourself. Another person who approves has to decide."),
        "portal.numbers.taken": voice.t("The numbers were downloaded already. They are given out once."),
        "portal.order.used": voice.t("Something of this certificate was used already, or it has ended."),
        "certificate.changed": voice.t("Somebody has just used this certificate. Nothing was done."),
        "gift.sent_too_often": voice.t("It was mailed five times within a day. Try again tomorrow."),
        "gift.corrected_too_often": voice.t("The address was corrected twice already. Ask the merchant."),
        "gift.used": voice.t("Something of it was used already, so it stays where it is."),
        "gift.taken_back": voice.t("This certificate cannot be used any more, so it is not mailed."),
        "table.encoding": voice.t("The file is not Unicode. Save it as “CSV UTF-8” or as XLSX."),
        "table.empty": voice.t("There is nothing in it."),
        "table.too_long": voice.t("These are too many lines for one order. Part them into several."),
        "wire.too_large": voice.t("The file is too large."),
        "token.refused": voice.t("This form was too old. Nothing was downloaded; open the page again."),
        "portal.keys.limited": voice.t(
            "What people or keys order alone is limited, so the merchant makes the keys. Ask there for one."
        ),
        "portal.keys.refused": voice.t("Your agreement does not let you make keys. Ask the merchant for one."),
        "partner.user_unknown": voice.t("There is no such user any more."),
        "partner.key_made": voice.t("This key was made a moment ago and shown once. Where it is lost, revoke it."),
        "partner.key_unknown": voice.t("There is no such key any more."),
    }
    return known.get(code, message)
