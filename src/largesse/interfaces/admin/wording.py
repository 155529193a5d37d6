"""What is said beside a field that was refused, in the reader's language."""

from collections.abc import Mapping

from largesse.domain.catalog import Design
from largesse.domain.staff import PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN, AuditReason, Role
from largesse.kernel.errors import InvalidInput
from largesse.ui import Voice

Errors = Mapping[str, str]


def sentences(error: InvalidInput, voice: Voice) -> dict[str, str]:
    """Return what is said beside each field that an error names."""
    return {fault.field: _sentence(fault.code, fault.message, voice) for fault in error.fields}


def _sentence(code: str, otherwise: str, voice: Voice) -> str:
    known = {
        "staff.password.too_short": voice.t(
            "Use at least {count} characters. Several words are fine.", count=PASSWORD_LENGTH_MIN
        ),
        "staff.password.too_long": voice.t("Use at most {count} characters.", count=PASSWORD_LENGTH_MAX),
        "staff.password.common": voice.t("This is one of the passwords that are tried first. Choose another."),
        "staff.password.personal": voice.t("This is little more than your name or address. Choose another."),
        "staff.person.name": voice.t("Write your name in 1 to {count} characters.", count=80),
        "email.invalid": voice.t("That is not an e-mail address. Write it like name@example.com."),
    }
    return known.get(code, otherwise)


def wrong_code(voice: Voice) -> str:
    """Return what is said of a code that does not count."""
    return voice.t("This code does not count. Wait for the next one: each works once.")


def role_names(voice: Voice) -> dict[str, str]:
    """Return what each role is called."""
    return {
        Role.OWNER.value: voice.t("Owner"),
        Role.MANAGER.value: voice.t("Manager"),
        Role.CLERK.value: voice.t("Clerk"),
        Role.BOOKKEEPER.value: voice.t("Bookkeeper"),
        Role.DEVELOPER.value: voice.t("Developer"),
    }


def reason_codes(voice: Voice) -> list[tuple[str, str]]:
    """Return why somebody may do something, in pairs of code and words."""
    return [
        (AuditReason.REQUESTED.value, voice.t("Somebody asked for it")),
        (AuditReason.MISTAKE.value, voice.t("Something was wrong")),
        (AuditReason.LOST.value, voice.t("Something was lost")),
        (AuditReason.SECURITY.value, voice.t("Somebody has what they should not")),
        (AuditReason.OTHER.value, voice.t("Something else")),
    ]


def audit_sentence(action: str, voice: Voice) -> str:
    """Return what somebody did, as people say it."""
    known = {
        "merchant.opened": voice.t("The shop was opened"),
        "withdrawal.closed": voice.t("A withdrawal was closed"),
        "staff.invited": voice.t("Somebody was invited"),
        "staff.uninvited": voice.t("An invitation was withdrawn"),
        "staff.joined": voice.t("An invitation was accepted"),
        "staff.confirmed": voice.t("Somebody was confirmed"),
        "staff.role_changed": voice.t("Somebody has another role"),
        "staff.ended": voice.t("Somebody left"),
        "staff.recovered": voice.t("The operator let somebody in again"),
        "bank.account_added": voice.t("A bank account was added"),
        "bank.account_changed": voice.t("A bank account was changed"),
        "bank.statement_taken": voice.t("A bank statement was imported"),
        "bank.line_matched": voice.t("A line of a bank statement was matched"),
        "bank.line_unmatched": voice.t("A match with a bank statement was undone"),
        "bank.line_set_aside": voice.t("A line of a bank statement was set aside, or taken up again"),
        "rates.kept": voice.t("Exchange rates were kept"),
        "payout.taken": voice.t("A payout of a gateway was taken"),
        "partner.payment_booked": voice.t("A payment of a partner was booked by hand"),
        "partner.payment_taken_back": voice.t("A payment of a partner was taken back"),
        "partner.payment_applied": voice.t("A payment was set against an invoice, or set free"),
        "partner.person_invited": voice.t("Somebody was invited to act for a partner"),
        "partner.person_uninvited": voice.t("An invitation to act for a partner was withdrawn"),
        "partner.person_joined": voice.t("Somebody came to act for a partner"),
        "partner.person_changed": voice.t("Somebody who acts for a partner was changed"),
        "partner.person_ended": voice.t("Somebody acts for a partner no more"),
        "partner.batch_ordered": voice.t("Something was ordered for somebody of a partner"),
        "partner.batch_approved": voice.t("An order of a partner was approved"),
        "partner.batch_refused": voice.t("An order of a partner was refused by its own people"),
        "partner.batch_withdrawn": voice.t("An order of a partner was withdrawn"),
        "partner.numbers_taken": voice.t("The numbers of a partner’s order were downloaded"),
        "partner.order_cancelled": voice.t("A partner cancelled an order"),
        "partner.answered": voice.t("Somebody who asked for an agreement was answered"),
        "partner.person_refused": voice.t("Somebody of a partner tried what their role does not allow"),
        "manual_entry.requested": voice.t("Somebody asked for a manual entry"),
        "manual_entry.booked": voice.t("A manual entry was booked"),
        "manual_entry.refused": voice.t("A manual entry was refused"),
        "monitor.set": voice.t("A monitor was set"),
        "monitor.removed": voice.t("A monitor was taken away"),
        "breakage.requested": voice.t("Somebody asked for a rule of breakage"),
        "invoice.changed": voice.t("A draft of an invoice was changed"),
        "invoice.discarded": voice.t("A draft of an invoice was discarded"),
        "invoice.issued": voice.t("An invoice was issued"),
        "invoice.written_off": voice.t("An invoice was written off"),
        "invoice.disputed": voice.t("A dispute of an invoice was noted, or settled"),
        "invoice.mailed": voice.t("An invoice was mailed again"),
        "invoice.reminded": voice.t("A reminder of an invoice was sent"),
        "invoice.commission": voice.t("A partner’s commission was booked"),
        "invoice.commission_undone": voice.t("A partner’s commission was taken back"),
        "billing.changed": voice.t("What invoices say was changed"),
        "breakage.agreed": voice.t("A rule of breakage was agreed to"),
        "breakage.refused": voice.t("A rule of breakage was refused"),
        "books.mapped": voice.t("The accounts of the bookkeeper’s program were changed"),
        "books.exported": voice.t("An export for the bookkeeper was made"),
        "books.filed": voice.t("An export for the bookkeeper was written to a file"),
        "books.scheduled": voice.t("Exports for the bookkeeper are made each month"),
        "books.unscheduled": voice.t("Exports for the bookkeeper are not made each month any more"),
        "books.archived": voice.t("The archive of the books was written"),
        "month.requested": voice.t("Somebody asked to close a month"),
        "month.closed": voice.t("A month was closed"),
        "month.reopened": voice.t("A month was opened again"),
        "staff.refused": voice.t("Somebody tried what their role does not allow"),
        "certificate.number.revealed": voice.t("A whole number was shown"),
        "certificate.reissued": voice.t("A certificate got a new number"),
        "certificate.new_number_asked": voice.t("A new number was asked for"),
        "certificate.adjusted": voice.t("A certificate was adjusted"),
        "certificate.reloaded_by_staff": voice.t("A certificate was reloaded at the desk"),
        "certificate.blocked_by_staff": voice.t("A certificate was blocked"),
        "certificate.unblocked_by_staff": voice.t("A certificate was unblocked"),
        "certificate.voided_by_staff": voice.t("A certificate was voided"),
        "certificate.extended_by_staff": voice.t("A certificate was made good for longer"),
        "certificate.cashed_out_by_staff": voice.t("The rest of a certificate was paid out at the desk"),
        "certificate.moved_to_offering": voice.t("A certificate was moved to another offering"),
        "certificate.merged": voice.t("Value was moved to another certificate"),
        "certificate.paid_out_all_the_same": voice.t("A certificate was paid out all the same"),
        "gift.sent_again": voice.t("A gift was sent again"),
        "gift.changed": voice.t("A gift was changed before it was sent"),
        "gift.recipient.corrected": voice.t("A recipient was corrected"),
        "order.refunded_by_staff": voice.t("An order was refunded"),
        "order.marked_paid": voice.t("An order was said to be paid"),
        "order.cancelled_by_staff": voice.t("An order was cancelled"),
        "certificate.number.searched": voice.t("A whole number was looked up"),
        "partner.added": voice.t("A partner was added"),
        "partner.changed": voice.t("A partner was changed"),
        "partner.stopped": voice.t("A partner’s orders were stopped"),
        "partner.resumed": voice.t("A partner orders again"),
        "partner.user_changed": voice.t("A user of a partner was changed"),
        "partner.key_made": voice.t("A key or token of a partner was made"),
        "partner.key_revoked": voice.t("A key or tokens of a partner were ended"),
        "offering.saved": voice.t("Something on sale was changed"),
        "offering.hidden": voice.t("Something was taken off sale"),
        "offering.shown": voice.t("Something is on sale again"),
        "catalogue.arranged": voice.t("The shop shows its offerings in another order"),
        "theme.saved": voice.t("The look of the shop was changed"),
        "picture.removed": voice.t("A picture was removed"),
        "promo.saved": voice.t("A promo code was changed"),
        "promo.stopped": voice.t("A promo code was stopped"),
        "list.exported": voice.t("A list was exported"),
        "endpoint.added": voice.t("An endpoint was added"),
        "endpoint.admitted": voice.t("An endpoint was admitted"),
        "endpoint.declined": voice.t("An endpoint was refused"),
        "endpoint.address_asked": voice.t("Another host of an endpoint was asked for"),
        "endpoint.paused": voice.t("An endpoint was paused"),
        "endpoint.resumed": voice.t("An endpoint was resumed"),
        "endpoint.secret_rotated": voice.t("An endpoint got another secret"),
        "endpoint.tried": voice.t("A sample was sent to an endpoint"),
        "endpoint.deliveries_sent_again": voice.t("Deliveries were sent again"),
        "endpoint.changed": voice.t("An endpoint was changed"),
        "endpoint.removed": voice.t("An endpoint was removed"),
        "endpoint.revealed": voice.t("Key phrases of an endpoint were shown"),
        "endpoint.orders_posted": voice.t("Orders were posted to an endpoint"),
        "payment_account.added": voice.t("A payment account was added"),
        "payment_account.changed": voice.t("A payment account was changed"),
        "payment_instructions.written": voice.t("How to pay by hand was written"),
        "wallet_keys.changed": voice.t("The keys of a telephone’s wallet were changed"),
        "payment_account.retired": voice.t("A payment account takes nothing new"),
        "device.invited": voice.t("A code for a device was made"),
        "device.confirmed": voice.t("A device was confirmed"),
        "device.moved": voice.t("A device was moved"),
        "device.revoked": voice.t("A device was ended for good"),
        "merchant.changed": voice.t("The shop’s settings were changed"),
        "shop.closed": voice.t("The shop was closed on the web"),
        "shop.opened_again": voice.t("The shop was opened again on the web"),
        "legal_text.written": voice.t("A legal text of the shop was written"),
        "embed_origin.added": voice.t("Another web site may show the gift form"),
        "embed_origin.removed": voice.t("Another web site may show the gift form no more"),
        "location.added": voice.t("A location was added"),
        "location.changed": voice.t("A location was changed"),
        "location.closed": voice.t("A location was closed"),
        "entity.added": voice.t("A legal entity was added"),
        "entity.changed": voice.t("A legal entity was changed"),
        "entity.archived": voice.t("A legal entity is used no more"),
        "law.chosen": voice.t("A law profile was chosen"),
        "certificate.looked_for": voice.t("A certificate was looked for without its number"),
        "sale.printed": voice.t("A certificate was printed at the counter"),
        "staff.numbers_renewed": voice.t("What somebody who left knew got new numbers"),
        "sale.renewed": voice.t("A certificate got a new number at the counter"),
        "import.confirmed": voice.t("An import was confirmed"),
        "import.reversed": voice.t("An import was taken back"),
        "cards.revealed": voice.t("The printer’s file of a batch of cards was shown"),
        "cards.voided": voice.t("A batch of cards was voided"),
        "cards.pool_assigned": voice.t("Which sales draw from a pool of codes was changed"),
        "program_key.made": voice.t("A key for a program was made"),
        "program_key.rotated": voice.t("A program’s key was rotated"),
        "program_key.revoked": voice.t("A program’s key was revoked"),
        "staff.pin.code_made": voice.t("A code for setting a PIN was made"),
        "staff.pin.set": voice.t("Somebody set their PIN"),
        "till.approved": voice.t("Something was approved at a till"),
        "request.made": voice.t("Somebody asked a second person"),
        "request.decided": voice.t("A request was decided"),
        "limit.changed": voice.t("A limit was changed"),
        "limit.own_changed": voice.t("A limit of one person was changed"),
        "networks.changed": voice.t("The networks to sign in from were changed"),
        "offline.changed": voice.t("What devices may do without a line was changed"),
        "offline.settled": voice.t("A conflict of a till was settled"),
        "offline.paper": voice.t("A redemption was posted from its receipt"),
        "refund.handed_back": voice.t("Money was handed back"),
        "gratuities.paid_out": voice.t("Gratuities were paid out"),
        "tender.closed": voice.t("A day of the shop’s own till was closed"),
        "person.erased": voice.t("Somebody’s data was erased"),
    }
    return known.get(action, action)


def design_names(voice: Voice) -> dict[Design, str]:
    """Return what each design is called."""
    return {
        Design.ENGRAVED: voice.t("Engraved"),
        Design.BOTANICAL: voice.t("Botanical"),
        Design.GEOMETRIC: voice.t("Geometric"),
        Design.LETTERPRESS: voice.t("Letterpress"),
        Design.WINTER: voice.t("Winter"),
    }
