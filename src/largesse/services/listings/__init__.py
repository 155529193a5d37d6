"""What programs are listed of a merchant, a page at a time: certificates, orders, and what stands around them."""

from largesse.services.listings.reading import (
    BATCHES_LISTED,
    CERTIFICATES_LISTED,
    DELIVERIES_LISTED,
    DEVICES_LISTED,
    ENDPOINTS_LISTED,
    INVOICES_LISTED,
    LOCATIONS_LISTED,
    OFFERINGS_LISTED,
    ORDERS_LISTED,
    PARTNERS_LISTED,
    PAYMENTS_LISTED,
    CursorInvalid,
    one_of,
    order_of,
    page_of,
    seals_after,
)
