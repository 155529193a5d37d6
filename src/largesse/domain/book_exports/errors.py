"""Why the books cannot be handed to a bookkeeper's program."""

from largesse.kernel.errors import Conflict, InvalidInput, NotFound


class BookMappingInvalid(InvalidInput):
    """A line of the accounts mapping, or a fact that a program wants to know, cannot be kept; the fields say which."""

    code = "books.mapping"
    message = "The accounts cannot be kept as they are. Correct what is listed."


class BookMappingChanged(Conflict):
    """Somebody else changed the accounts since they were read."""

    code = "books.mapping_changed"
    message = "Somebody else changed the accounts in the meantime. Look at them again, and repeat your change."


class BooksUnmapped(Conflict):
    """Rows of the export stand on accounts without an account in the bookkeeper's program; the message says which.

    Nothing was taken.
    """

    code = "books.unmapped"
    message = "Some accounts have no account in your bookkeeper's program yet."


class BooksNothing(Conflict):
    """There is nothing that was not exported already."""

    code = "books.nothing"
    message = "Nothing up to that day waits to be exported. Choose a later day, or another currency or legal entity."


class BookExportInvalid(InvalidInput):
    """What was asked for names no day that has ended, no currency or no legal entity of the merchant."""

    code = "books.export"
    message = "The export cannot be made as asked. Correct what is listed."


class BookSetUnknown(NotFound):
    """The merchant has no export of that number."""

    code = "books.set_unknown"
    message = "There is no export of this number. `largesse books list` tells which there are."


class BookFactsMissing(Conflict):
    """The program wants to know something that was not said yet, such as DATEV the number of the client."""

    code = "books.facts"
    message = "This program needs facts that are not known yet."


class BookFormatUnfit(Conflict):
    """The format cannot hold what the export has: another currency, too many decimals."""

    code = "books.format"
    message = "This format cannot hold the export. Choose CSV or XLSX."
