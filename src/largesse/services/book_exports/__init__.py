"""What is booked, handed to the bookkeeper's program: each row once, in accounts as they are called there."""

from pathlib import Path

from largesse.services.book_exports.archive import BookArchive, write_archive
from largesse.services.book_exports.dependencies import BookExportDependencies
from largesse.services.book_exports.filing import BookFile, file_set
from largesse.services.book_exports.looking import (
    BookPart,
    BookPlace,
    BookTotal,
    BookWaiting,
    places_of,
    totals_of,
    waiting,
)
from largesse.services.book_exports.mapping import change_mapping, mapping_of
from largesse.services.book_exports.reading import MAPPING_COLUMNS, rate_said, read_lines, write_lines
from largesse.services.book_exports.scheduling import export_due, first_due, schedule_exports, unschedule_exports
from largesse.services.book_exports.taking import BookManner, make_set

FOLDER = Path(__file__).parent  # its part of the look: locale/
