"""The delivery of gifts: what is to be mailed, to whom, in which language, when, and what came of it."""

from largesse.domain.gifts.errors import (
    CorrectedTooOften,
    DayNotOffered,
    GiftLeft,
    GiftNotFound,
    GiftUsed,
    RecipientInvalid,
    SentTooOften,
    ThanksInvalid,
)
from largesse.domain.gifts.events import (
    DELIVERED,
    DELIVERY_FAILED,
    RECIPIENT_CHANGED,
    DeliverySettled,
    MailDue,
    RecipientChanged,
    delivery_event,
    mail_due_event,
    read_mail_due,
    recipient_changed_event,
)
from largesse.domain.gifts.model import Fate, Gift, GiftStatus, Mail, MailStatus, Purpose, Trouble
from largesse.domain.gifts.schedule import DAYS_AHEAD_MAX, delivery_moment
from largesse.domain.gifts.store import (
    address_digest,
    by_hand_mails_to,
    deliveries_of_checkout,
    deliveries_of_orders,
    erase_person,
    find_gift,
    forget_mails,
    forget_thanks,
    insert_gifts,
    insert_mails,
    lock_due,
    lock_gift,
    mails_since,
    merchants_due,
    note_pass,
    note_thanks,
    note_unwrapped,
    receipt_status,
    refuse_reminders,
    refused_reminders,
    settle_gift,
    settle_mail,
    update_gifts,
)
