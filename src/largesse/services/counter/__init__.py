"""What is done at a counter: reading a number, the answer to it, and the acts that follow."""

from largesse.services.counter.answering import CounterAnswer, Happened, Spendable, answer_to
from largesse.services.counter.bills import BillPart, BillPlan, Lain, plan_bill, take_bill, taking_of
from largesse.services.counter.dependencies import CounterWorkDependencies
from largesse.services.counter.desk import REFERENCE_MAX, Desk
from largesse.services.counter.errors import (
    ActUnknown,
    BillCurrenciesDiffer,
    BillEmpty,
    NumberIsSample,
    PictureUnfit,
    TabOver,
    TabUnknown,
    UndoDayOver,
    UndoElsewhere,
    UndoTooLate,
    UsedSince,
)
from largesse.services.counter.finding import FoundCertificate, find_certificates
from largesse.services.counter.knowing import KnownPerson, people_of
from largesse.services.counter.looking import look_here, read_here
from largesse.services.counter.mailing import (
    CounterMailDue,
    CounterMailPurpose,
    ReceiptAddressInvalid,
    is_from_counter,
    mail_payment_link,
    mail_receipt,
    publish_about,
    read_counter_mail,
    tell_known,
)
from largesse.services.counter.pictures import FRAME_BYTES_MAX, PHOTO_BYTES_MAX, read_picture
from largesse.services.counter.reading import KeyboardLayout, Misread, ReadAs, ReadText, read_text
from largesse.services.counter.receipts import RECENT_MAX, ActPart, CounterAct, act_of, names_of, recent_acts
from largesse.services.counter.tabs import (
    Tab,
    capture_tab,
    change_tab,
    find_tab,
    open_tab,
    release_tab,
    tab_lasts,
    tabs_at,
)
from largesse.services.counter.undoing import undo_act
