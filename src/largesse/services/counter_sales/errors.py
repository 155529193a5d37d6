"""Why a sale at a counter is refused.

LargesseError
├── InvalidInput
│   └── SaleInvalid              counter.sale.invalid
├── Conflict
│   ├── FiscalTillAsked          counter.fiscal_till
│   ├── TakesNoMoney             counter.takes_no_money
│   ├── TillBooksSale            counter.till_books
│   └── LargesseBooksSale        counter.largesse_books
└── NotFound
    └── SaleUnknown              counter.sale.unknown
"""

from largesse.kernel.errors import Conflict, InvalidInput, NotFound


class SaleInvalid(InvalidInput):
    """Some of what a sale says cannot stand."""

    code = "counter.sale.invalid"
    message = "This sale cannot be made as it is. Correct the fields listed; what you typed is kept."


class SaleUnknown(NotFound):
    """Nothing was sold under that operation or number at a counter."""

    code = "counter.sale.unknown"
    message = "No sale of this counter has that number. Look at Recent, or at the list of orders."


class FiscalTillAsked(Conflict):
    """The law asks for a fiscal till, and nothing here signs what a drawer takes."""

    code = "counter.fiscal_till"
    message = (
        "The law here asks for a fiscal till, so Largesse takes no money at the counter. "
        "Sell through your own till, and activate the card here."
    )


class TakesNoMoney(Conflict):
    """Nobody is paid at the location."""

    code = "counter.takes_no_money"
    message = (
        "No money is taken at this location. Have it paid on the buyer’s phone or by transfer, "
        "or sell at a location where money is taken."
    )


class TillBooksSale(Conflict):
    """Money is to go into a drawer that Largesse does not keep."""

    code = "counter.till_books"
    message = "Your own till books the sale at this location. Take the money there, and choose “paid at the till” here."


class LargesseBooksSale(Conflict):
    """The merchant's own till is named where there is none that books."""

    code = "counter.largesse_books"
    message = "Largesse books the sale at this location. Choose cash or card terminal."
