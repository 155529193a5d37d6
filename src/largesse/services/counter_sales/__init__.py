"""Sell, activate and reload at a counter; what lies in its drawers, and the close of its days."""

from pathlib import Path

from largesse.services.counter_sales.closing import DayCount, close_day
from largesse.services.counter_sales.closing_told import told_closing
from largesse.services.counter_sales.closing_words import (
    closing_face,
    counted_facts,
    counted_words,
    difference_words,
    terminal_facts,
    who_closed,
)
from largesse.services.counter_sales.dependencies import CounterSaleDependencies
from largesse.services.counter_sales.drawers import (
    EXPLAINED,
    DrawerCount,
    DrawerMove,
    DrawerStanding,
    Moved,
    glance_at_drawer,
    hand_over,
    move_cash,
)
from largesse.services.counter_sales.errors import (
    FiscalTillAsked,
    LargesseBooksSale,
    SaleInvalid,
    SaleUnknown,
    TakesNoMoney,
    TillBooksSale,
)
from largesse.services.counter_sales.moving import (
    MovedTo,
    MoveQuote,
    MoveRefused,
    MoveWanted,
    move_to_offering,
    moved_before,
    quote_move,
)
from largesse.services.counter_sales.payment_links import NotToBePaidByLink, hand_out_payment_link, send_payment_link
from largesse.services.counter_sales.printing import (
    Print,
    PrintElsewhere,
    PrintTooLate,
    SalePaper,
    mail_instead,
    may_print,
    may_renew,
    print_anew,
    print_sale,
    prints_of,
    renewed_by,
    words_on_receipt,
)
from largesse.services.counter_sales.recent import RecentSale, recent_sales
from largesse.services.counter_sales.selling import (
    TRANSFER_GOOD_FOR,
    Sale,
    Sold,
    card_gateway,
    sale_of_order,
    sell,
    sold,
)
from largesse.services.counter_sales.tenders import SaleTender, asks_fiscal_till, tenders_of
from largesse.services.counter_sales.undoing import SaleUndone, undo_sale
from largesse.services.counter_sales.waiting import (
    PaymentUnderWay,
    WaitingSale,
    collect,
    give_up_sale,
    look_after,
    waiting_at,
    waits_until,
)

FOLDER = Path(__file__).parent  # its part of the look: locale/
