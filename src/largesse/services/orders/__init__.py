"""Orders: placed, fulfilled, imported."""

from largesse.services.orders.dependencies import OrderDependencies
from largesse.services.orders.fulfilment import Fulfilled, fulfil, fulfil_all, mark_paid
from largesse.services.orders.importing import Imported, import_orders
from largesse.services.orders.issuing import operation_of, reload_refusal
from largesse.services.orders.selling import Basket, GiftOrder, Placed, add_placed, as_placed, give_up, give_up_checkout
