"""Gifts on their way: delivery, the buyer's care for them, what the holder sees."""

from largesse.services.gifts.arrival import THANKS_MAX, thank
from largesse.services.gifts.buying import bought_together
from largesse.services.gifts.care import (
    NAME_MAX,
    Gifts,
    Given,
    SentAgain,
    gifts_of,
    picture_of_gift,
    print_gift,
    send_again,
)
from largesse.services.gifts.delivery import (
    hand_over,
    mail_to_buyer,
    post,
    replaced_mail,
    schedule,
    schedule_on_account,
    send_due,
)
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
from largesse.services.gifts.reminding import (
    REMINDERS_PATH,
    read_refusal,
    refusal_url,
    refuse,
    remind_due,
    reminders_are_on,
    reminds,
    stage_of,
)
from largesse.services.gifts.sheet import (
    REDEEM_PATH,
    Sheet,
    as_bought,
    home_paper,
    pictured,
    redeem_url,
    sheet_of,
    tax_words,
    typeset,
    where_of,
)
from largesse.services.gifts.state import (
    GiftTakenBack,
    Standing,
    lineage,
    lock_lineages,
    newest,
    standing_of,
    was_replaced,
)
from largesse.services.gifts.unwrapping import Dedication, note_pass, picture_of_held, unwrap
