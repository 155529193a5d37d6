"""What the audit log remembers."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec


class Audited(StrEnum):
    """What somebody did that needs a permission."""

    # opened the merchant at the first run, and became its owner
    MERCHANT_OPENED = "merchant.opened"
    # saw a whole certificate number
    NUMBER_REVEALED = "certificate.number.revealed"
    # looked for a certificate without its number; the reason says by what
    CERTIFICATE_LOOKED_FOR = "certificate.looked_for"
    # gave a certificate a new number
    CERTIFICATE_REISSUED = "certificate.reissued"
    # corrected what a certificate holds
    CERTIFICATE_ADJUSTED = "certificate.adjusted"
    # added value to a certificate at the desk
    CERTIFICATE_RELOADED = "certificate.reloaded_by_staff"
    # refused spending of a certificate
    CERTIFICATE_BLOCKED = "certificate.blocked_by_staff"
    # allowed spending of a certificate again
    CERTIFICATE_UNBLOCKED = "certificate.unblocked_by_staff"
    # ended a certificate for good
    CERTIFICATE_VOIDED = "certificate.voided_by_staff"
    # made a certificate good for longer, or undid its expiry
    CERTIFICATE_EXTENDED = "certificate.extended_by_staff"
    # moved value from a certificate to another
    CERTIFICATE_MERGED = "certificate.merged"
    # paid the rest of a certificate out at the desk
    CERTIFICATE_CASHED_OUT = "certificate.cashed_out_by_staff"
    # moved a certificate to another offering
    CERTIFICATE_MOVED = "certificate.moved_to_offering"
    # asked for a new number of a certificate at the desk
    NEW_NUMBER_ASKED = "certificate.new_number_asked"
    # took an order back, for money or for credit
    ORDER_REFUNDED = "order.refunded_by_staff"
    # gave their word that an order is paid
    ORDER_MARKED_PAID = "order.marked_paid"
    # cancelled an order that waited for payment
    ORDER_CANCELLED = "order.cancelled_by_staff"
    # had a gift mailed once more
    GIFT_SENT_AGAIN = "gift.sent_again"
    # changed a gift before it was sent
    GIFT_CHANGED = "gift.changed"
    # changed whom a gift is mailed to
    GIFT_RECIPIENT_CORRECTED = "gift.recipient.corrected"
    # added an endpoint; the reason says where it leads, without the query
    ENDPOINT_ADDED = "endpoint.added"
    # let a new endpoint be told, or one lead to another host
    ENDPOINT_ADMITTED = "endpoint.admitted"
    # did not let a new endpoint be told, or one lead to another host
    ENDPOINT_DECLINED = "endpoint.declined"
    # asked for another host of an endpoint, which takes an owner's word
    ENDPOINT_ASKED = "endpoint.address_asked"
    # had an endpoint told nothing for now
    ENDPOINT_PAUSED = "endpoint.paused"
    # had an endpoint told again
    ENDPOINT_RESUMED = "endpoint.resumed"
    # gave an endpoint another signing secret
    ENDPOINT_SECRET_ROTATED = "endpoint.secret_rotated"  # noqa: S105 - a word of the log
    # sent an endpoint a sample
    ENDPOINT_TRIED = "endpoint.tried"
    # had deliveries sent once more; the reason says which
    DELIVERIES_SENT_AGAIN = "endpoint.deliveries_sent_again"
    # changed where an endpoint leads, what it is told, or its constants; the reason names the parts
    ENDPOINT_CHANGED = "endpoint.changed"
    # removed an endpoint for good
    ENDPOINT_REMOVED = "endpoint.removed"
    # saw the key phrases of an endpoint
    ENDPOINT_REVEALED = "endpoint.revealed"
    # had orders posted that an endpoint had not been told of
    ORDERS_POSTED = "endpoint.orders_posted"
    # added a payment account
    PAYMENT_ACCOUNT_ADDED = "payment_account.added"
    # changed the secrets of a payment account, or chose it for new payments; the reason says which
    PAYMENT_ACCOUNT_CHANGED = "payment_account.changed"
    # said how to pay by hand, or that nobody may; the reason names the currency
    PAYMENT_INSTRUCTIONS_WRITTEN = "payment_instructions.written"
    # gave keys for passes of a wallet, or took them away; the reason names it
    WALLET_KEYS_CHANGED = "wallet_keys.changed"
    # had a payment account take no new payments
    PAYMENT_ACCOUNT_RETIRED = "payment_account.retired"
    # made a code that a device is enrolled with
    DEVICE_INVITED = "device.invited"
    # said of a device that it is the one that was meant
    DEVICE_CONFIRMED = "device.confirmed"
    # moved a device to another location; the reason names both
    DEVICE_MOVED = "device.moved"
    # ended a device for good
    DEVICE_REVOKED = "device.revoked"
    # changed the shop: its name, address, zone, mail; the reason names the parts
    MERCHANT_CHANGED = "merchant.changed"
    # closed the shop on the web, or opened it again
    SHOP_CLOSED = "shop.closed"
    SHOP_OPENED = "shop.opened_again"
    # wrote a text that the law asks for, or took it away; the reason names it
    LEGAL_TEXT_WRITTEN = "legal_text.written"
    # said what became of a buyer's withdrawal; the subject is the declaration
    WITHDRAWAL_CLOSED = "withdrawal.closed"
    # let another web site show the gift form; the reason is its origin
    EMBED_ORIGIN_ADDED = "embed_origin.added"
    # let another web site show the gift form no more
    EMBED_ORIGIN_REMOVED = "embed_origin.removed"
    # added a location; the reason is its code
    LOCATION_ADDED = "location.added"
    # changed a location; the reason names the parts
    LOCATION_CHANGED = "location.changed"
    # closed a location
    LOCATION_CLOSED = "location.closed"
    # added a legal entity
    ENTITY_ADDED = "entity.added"
    # changed a legal entity; the reason names the parts
    ENTITY_CHANGED = "entity.changed"
    # ended the use of a legal entity
    ENTITY_ARCHIVED = "entity.archived"
    # chose the law profile that the merchant goes by, or none; the reason says which
    LAW_CHOSEN = "law.chosen"
    # printed what was sold at a counter; the reason says which print it is
    SALE_PRINTED = "sale.printed"
    # printed what was sold at a counter once more, under another number
    SALE_RENEWED = "sale.renewed"
    # paid out a certificate although the law profile does not give the holder that; the reason is its row
    PAID_OUT_ALL_THE_SAME = "certificate.paid_out_all_the_same"
    # looked a whole certificate number up
    NUMBER_SEARCHED = "certificate.number.searched"
    # added a partner; the reason names it
    PARTNER_ADDED = "partner.added"
    # changed who a partner is or what is agreed; the reason names it
    PARTNER_CHANGED = "partner.changed"
    # took no more orders of a partner
    PARTNER_STOPPED = "partner.stopped"
    # took orders of a partner again
    PARTNER_RESUMED = "partner.resumed"
    # added a user of a partner, gave them another password, or let them in no more or again; the reason names them
    PARTNER_USER_CHANGED = "partner.user_changed"
    # made a key or a token of a partner
    PARTNER_KEY_MADE = "partner.key_made"
    # ended a key of a partner, or its tokens
    PARTNER_KEY_REVOKED = "partner.key_revoked"
    # invited somebody to act for a partner in the portal; the reason names the partner and the role
    PARTNER_PERSON_INVITED = "partner.person_invited"
    # withdrew an invitation to act for a partner
    PARTNER_PERSON_UNINVITED = "partner.person_uninvited"
    # accepted an invitation to act for a partner; the reason names the partner and the role
    PARTNER_PERSON_JOINED = "partner.person_joined"
    # gave somebody who acts for a partner another role, or another limit; the reason names it
    PARTNER_PERSON_CHANGED = "partner.person_changed"
    # ended that somebody acts for a partner
    PARTNER_PERSON_ENDED = "partner.person_ended"
    # ordered for somebody of a partner, as the operator; the reason names the partner and who that is
    PARTNER_BATCH_ORDERED = "partner.batch_ordered"
    # approved for a partner what somebody ordered, or let it go on; the reason names the partner
    PARTNER_BATCH_APPROVED = "partner.batch_approved"
    # refused for a partner what somebody ordered
    PARTNER_BATCH_REFUSED = "partner.batch_refused"
    # took back, for a partner, what was ordered and not placed
    PARTNER_BATCH_WITHDRAWN = "partner.batch_withdrawn"
    # downloaded the numbers of what was ordered for a partner; the subject is the batch
    PARTNER_NUMBERS_TAKEN = "partner.numbers_taken"
    # cancelled, for a partner, an order whose certificate nobody had used
    PARTNER_ORDER_CANCELLED = "partner.order_cancelled"
    # answered who asked for an agreement or a change of one; the reason names the organisation
    PARTNER_ANSWERED = "partner.answered"
    # tried in the portal what their role with the partner does not allow; the reason names it
    PARTNER_PERSON_REFUSED = "partner.person_refused"
    # put something on sale, or changed it; the reason names it
    OFFERING_SAVED = "offering.saved"
    # took something off sale; the reason names it
    OFFERING_HIDDEN = "offering.hidden"
    # showed something again that was off sale; the reason names it
    OFFERING_SHOWN = "offering.shown"
    # changed the order in which the shop shows what is on sale
    CATALOGUE_ARRANGED = "catalogue.arranged"
    # changed how the shop looks and what it tells of the merchant
    THEME_SAVED = "theme.saved"
    # removed a picture that was shown nowhere
    PICTURE_REMOVED = "picture.removed"
    # made a promo code or changed it; the reason names it
    PROMO_SAVED = "promo.saved"
    # had a promo code hold no more; the reason names it
    PROMO_STOPPED = "promo.stopped"
    # took a list out of the office as a file; the subject names the list
    LIST_EXPORTED = "list.exported"
    # had a file of another system's certificates imported; the subject is the import
    IMPORT_CONFIRMED = "import.confirmed"
    # had an import taken back as a whole
    IMPORT_REVERSED = "import.reversed"
    # took the printer's file of a batch of cards, with its codes and numbers
    CARDS_REVEALED = "cards.revealed"
    # ended what was unsold of a batch of cards
    CARDS_VOIDED = "cards.voided"
    # let sales of an offering draw from a pool of codes, or of none; the reason names the offering
    POOL_ASSIGNED = "cards.pool_assigned"
    # had the data of a person erased
    PERSON_ERASED = "person.erased"
    # invited somebody to work here; the subject is the invitation, the reason names the role
    STAFF_INVITED = "staff.invited"
    # withdrew an invitation
    STAFF_UNINVITED = "staff.uninvited"
    # accepted an invitation; the reason names the role
    STAFF_JOINED = "staff.joined"
    # said of who accepted an invitation that it is the one who was meant
    STAFF_CONFIRMED = "staff.confirmed"
    # gave somebody another role; the reason names both
    STAFF_ROLE_CHANGED = "staff.role_changed"
    # ended that somebody works here
    STAFF_ENDED = "staff.ended"
    # gave all that somebody who leaves knows new numbers; the subject is the membership
    NUMBERS_RENEWED = "staff.numbers_renewed"
    # let somebody in who lost what they sign in with
    STAFF_RECOVERED = "staff.recovered"
    # made a code with which somebody sets their PIN
    PIN_CODE_MADE = "staff.pin.code_made"
    # set the PIN with which they work on tills
    PIN_SET = "staff.pin.set"
    # approved at a till, with their PIN, what somebody else did; the reason names the act and whom
    TILL_APPROVED = "till.approved"
    # asked for something that takes a second person; the reason names the act
    REQUEST_MADE = "request.made"
    # decided what somebody asked for; the reason says how
    REQUEST_DECIDED = "request.decided"
    # changed up to how much one person does something alone; the reason says it
    LIMIT_CHANGED = "limit.changed"
    # changed up to how much one person does something alone, in place of everybody's limit; the reason says it
    OWN_LIMIT_CHANGED = "limit.own_changed"
    # changed from which networks people come, or what is bound to them; the reason says what
    NETWORKS_CHANGED = "networks.changed"
    # changed what devices may do without a line; the reason says what
    OFFLINE_CHANGED = "offline.changed"
    # settled a conflict of a till's queue; the subject is the conflict, the reason the remedy and why
    OFFLINE_SETTLED = "offline.settled"
    # had a row posted that a device had signed and not sent, read from a receipt
    OFFLINE_PAPER = "offline.paper"
    # asked for a month to be closed; the subject is the month
    MONTH_REQUESTED = "month.requested"
    # agreed that a month is closed; the reason names the version
    MONTH_CLOSED = "month.closed"
    # opened the books for a month again
    MONTH_REOPENED = "month.reopened"
    # kept an account at a bank; the reason names it
    BANK_ACCOUNT_ADDED = "bank.account_added"
    # changed an account at a bank; the reason says what
    BANK_ACCOUNT_CHANGED = "bank.account_changed"
    # took a statement of a bank; the subject is the account, the reason the file's name
    STATEMENT_TAKEN = "bank.statement_taken"
    # said what a line of a statement is for; the reason says of what kind
    LINE_MATCHED = "bank.line_matched"
    # took back what a line was said to be for
    LINE_UNMATCHED = "bank.line_unmatched"
    # took a line out of the queue, or back in; the reason is the note
    LINE_SET_ASIDE = "bank.line_set_aside"
    # kept exchange rates; the reason is their source
    RATES_KEPT = "rates.kept"
    # took a payout of a gateway; the reason is its name there
    PAYOUT_TAKEN = "payout.taken"
    # booked a payment of a partner by hand
    PAYMENT_BOOKED = "partner.payment_booked"
    # took a payment back that was booked by hand
    PAYMENT_TAKEN_BACK = "partner.payment_taken_back"
    # set a payment against an invoice, or set it free again
    PAYMENT_APPLIED = "partner.payment_applied"
    # asked for a manual entry; the reason is that of the entry
    ENTRY_REQUESTED = "manual_entry.requested"
    # agreed to a manual entry, which is booked
    ENTRY_BOOKED = "manual_entry.booked"
    # did not agree to a manual entry, or withdrew it
    ENTRY_REFUSED = "manual_entry.refused"
    # had a figure watched; the reason says which
    MONITOR_SET = "monitor.set"
    # had a figure watched no more
    MONITOR_REMOVED = "monitor.removed"
    # asked for a rule of breakage; the reason is what it rests on
    BREAKAGE_REQUESTED = "breakage.requested"
    # agreed to a rule of breakage, which months go by from then on
    BREAKAGE_AGREED = "breakage.agreed"
    # did not agree to a rule of breakage, or withdrew it
    BREAKAGE_REFUSED = "breakage.refused"
    # said which accounts of the bookkeeper's program the ledger's are
    BOOKS_MAPPED = "books.mapped"
    # made an export of the books; the reason says what it has
    BOOKS_EXPORTED = "books.exported"
    # wrote an export to a file; the reason says in which format, and whether it was a repeat
    BOOKS_FILED = "books.filed"
    # had exports made by themselves each month
    BOOKS_SCHEDULED = "books.scheduled"
    # had no exports made by themselves any more
    BOOKS_UNSCHEDULED = "books.unscheduled"
    # wrote the archive of the books
    BOOKS_ARCHIVED = "books.archived"
    # changed what a draft of an invoice says
    INVOICE_CHANGED = "invoice.changed"
    # forgot a draft of an invoice
    INVOICE_DISCARDED = "invoice.discarded"
    # issued an invoice; the reason is its number
    INVOICE_ISSUED = "invoice.issued"
    # gave up what was open of an invoice; the reason says why
    INVOICE_WRITTEN_OFF = "invoice.written_off"
    # noted that a partner disputes an invoice, or no more; the reason says why
    INVOICE_DISPUTED = "invoice.disputed"
    # sent a reminder of an invoice; the reason is its stage
    INVOICE_MAILED = "invoice.mailed"
    """An invoice was mailed again."""
    INVOICE_REMINDED = "invoice.reminded"
    # booked what a partner earns for an invoice; the reason is the number of its own
    INVOICE_COMMISSION = "invoice.commission"
    # took that back
    INVOICE_COMMISSION_UNDONE = "invoice.commission_undone"
    # handed money back that no gateway pays
    REFUND_HANDED_BACK = "refund.handed_back"
    # paid gratuities out to staff
    GRATUITIES_PAID = "gratuities.paid_out"
    # closed a day of the merchant's own till
    TENDER_CLOSED = "tender.closed"
    # changed what invoices say of a partner, or of the seller
    BILLING_CHANGED = "billing.changed"
    # made a key for a program; the reason names its scopes
    PROGRAM_KEY_MADE = "program_key.made"
    # made a key that stands in for another one; the reason says how long the two work
    PROGRAM_KEY_ROTATED = "program_key.rotated"
    # ended the key of a program at once
    PROGRAM_KEY_REVOKED = "program_key.revoked"
    # tried what the role does not allow; the reason names it
    STAFF_REFUSED = "staff.refused"


class AuditReason(StrEnum):
    """Why somebody did what a reason is asked for; words stand beside it."""

    REQUESTED = "requested"
    """Whom it is about asked for it."""
    MISTAKE = "mistake"
    """Something was wrong, and is put right."""
    LEFT = "left"
    """Somebody works here no more, or as something else."""
    LOST = "lost"
    """Something was lost: a telephone, a paper, a key."""
    SECURITY = "security"
    """Somebody may know or have what they should not."""
    OTHER = "other"


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """State who did what to what, and why. `subject` is an id, never a secret.

    Ids are ordered by time; `operation_id` is that of what happens once, and stands once.
    """

    merchant_id: UUID
    audit_id: UUID
    actor: str
    action: Audited
    subject: str
    reason: str | None = None
    recorded_at: datetime
    reason_code: AuditReason | None = None
    operation_id: UUID | None = None
