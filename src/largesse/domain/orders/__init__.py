"""Orders and checkouts: one gift for one recipient, one payment for one or more of them."""

from largesse.domain.orders.actions import cancelled, issued, paid, taken_back
from largesse.domain.orders.addresses import COUNTRIES, HAVE_STATES, WITHOUT_ZIP
from largesse.domain.orders.contacts import PhoneInvalid, phone_as_read, read_phone
from largesse.domain.orders.errors import (
    ChargeInvalid,
    CheckoutClosed,
    CheckoutNotFound,
    OrderNotFound,
    OrderNotIssued,
    OrderNotPlaced,
    OrderNumberTaken,
    OrderPlacedAlready,
)
from largesse.domain.orders.events import (
    ORDER_ISSUED,
    OrderIssued,
    OrderRefunded,
    issued_event_id,
    order_issued_event,
    order_refunded_event,
)
from largesse.domain.orders.importing import (
    ImportedOrder,
    ImportRules,
    OrderSheet,
    RowRefused,
    SheetRow,
    is_same_order,
    read_order,
)
from largesse.domain.orders.model import (
    ADDRESS_MAX,
    CITY_MAX,
    CUSTOM_MAX,
    FROM_MESSAGE_MAX,
    MESSAGE_MAX,
    NAME_MAX,
    NO_BILLING,
    STATE_MAX,
    TO_MESSAGE_MAX,
    ZIP_MAX,
    Billing,
    Channel,
    Checkout,
    CheckoutStatus,
    DeliveryMethod,
    Order,
    OrderStatus,
    RefcodeUse,
)
from largesse.domain.orders.money import Charge, checked
from largesse.domain.orders.numbers import folded_prefix_of_order, new_order_number
from largesse.domain.orders.phones import PhoneForm
from largesse.domain.orders.post import (
    CUSTOMS,
    FORM_TYPE,
    POST_FIELDS,
    POST_NAMES,
    PostedOrder,
    order_forms,
    read_issued,
)
from largesse.domain.orders.store import (
    checkouts_by_id,
    erase_person,
    find_by_email,
    find_by_id,
    find_by_identifier,
    find_by_ids,
    find_by_number,
    find_by_numbers,
    find_by_operation,
    find_by_optional_number,
    find_checkout,
    insert_checkouts,
    insert_orders,
    issued_page,
    list_orders,
    lock_checkouts,
    note_buyer,
    numbers_of_others,
    orders_of_checkouts,
    payment_links,
    put_payment_link,
    refcodes_of_partner,
    reloads_waiting,
    reserve_numbers,
    rewrite,
    settle_checkouts,
    settle_orders,
    take_back,
    unpaid_checkouts,
    waiting_at_counter,
    waiting_checkouts,
)
from largesse.domain.orders.views import OrderFilter, orders_dataset, posted_dataset
