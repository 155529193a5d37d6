"""Work without a line: what a merchant allows, the book that a device keeps, and the queue that it sends later."""

from largesse.services.offline.book import OpenedBook, ShownMac, book_keys, open_book, shown_macs
from largesse.services.offline.dependencies import OfflineDependencies
from largesse.services.offline.intake import RowOutcome, take_queue, take_row
from largesse.services.offline.rules import (
    OfflineDevice,
    change_rules,
    hear_of,
    hours_of,
    offline_devices,
    works_offline,
)
from largesse.services.offline.settling import settle_conflict, take_paper
