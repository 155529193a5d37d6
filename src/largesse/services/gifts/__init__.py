"""Gifts on their way: delivery, the buyer's care for them, what the holder sees."""

from largesse.services.gifts.care import NAME_MAX, Gifts, Given, SentAgain, gifts_of, print_gift, send_again
from largesse.services.gifts.delivery import mail_to_buyer, post, replaced_mail, schedule, send_due
from largesse.services.gifts.dependencies import GiftDependencies
from largesse.services.gifts.holder import Dress, Held, dress_of, hold, print_held
from largesse.services.gifts.links import (
    GOOD_FOR,
    PATH,
    GiftLink,
    LinkExpired,
    LinkRefused,
    link_to_gifts,
    make_token,
    read_token,
)
from largesse.services.gifts.sheet import Sheet, redeem_url, sheet_of, typeset, where_of
from largesse.services.gifts.state import GiftTakenBack, lineage, lock_lineages, newest, standing_of, was_replaced

__all__ = [
    "GOOD_FOR",
    "NAME_MAX",
    "PATH",
    "Dress",
    "GiftDependencies",
    "GiftLink",
    "GiftTakenBack",
    "Gifts",
    "Given",
    "Held",
    "LinkExpired",
    "LinkRefused",
    "SentAgain",
    "Sheet",
    "dress_of",
    "gifts_of",
    "hold",
    "lineage",
    "link_to_gifts",
    "lock_lineages",
    "mail_to_buyer",
    "make_token",
    "newest",
    "post",
    "print_gift",
    "print_held",
    "read_token",
    "redeem_url",
    "replaced_mail",
    "schedule",
    "send_again",
    "send_due",
    "sheet_of",
    "standing_of",
    "typeset",
    "was_replaced",
    "where_of",
]
