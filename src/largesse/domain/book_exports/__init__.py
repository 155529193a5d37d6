"""Exports into a bookkeeper's program: the accounts there, sets of rows that left, and the formats that carry them."""

from largesse.domain.book_exports.errors import (
    BookExportInvalid,
    BookFactsMissing,
    BookFormatUnfit,
    BookMappingChanged,
    BookMappingInvalid,
    BookSetUnknown,
    BooksNothing,
    BooksUnmapped,
)
from largesse.domain.book_exports.formats import demand_fit, writer_of
from largesse.domain.book_exports.lines import BookHead, BookLine, BookWriter, Piece
from largesse.domain.book_exports.mappings import (
    MAPPABLE,
    StarterChart,
    demand_valid,
    starter_charts,
    unmapped,
)
from largesse.domain.book_exports.model import (
    MEMORANDUM,
    BookAsked,
    BookCover,
    BookFacts,
    BookFormat,
    BookGrain,
    BookMapping,
    BookSchedule,
    BookSet,
    MappedAccount,
    MappingKey,
    find_line,
)
from largesse.domain.book_exports.store import (
    cover_of,
    end_schedule,
    find_mapping,
    find_schedule,
    find_set,
    insert_mapping,
    insert_set,
    list_mappings,
    list_sets,
    lock_books,
    move_schedule,
    next_number,
    note_file,
    schedule_merchants,
    set_rows,
    set_schedule,
    take_rows,
)
