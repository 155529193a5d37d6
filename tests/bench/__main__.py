"""`make bench`: measure everything, or what is named: `python -m tests.bench redemptions relay`."""

import signal
import sys
from collections.abc import Callable

from tests.bench import (
    exports,
    imports,
    matching,
    neighbours,
    office,
    offline_book,
    partner_orders,
    pdf,
    redemptions,
    relay,
    rest_api,
    sign_in,
    storefront,
)
from tests.bench.instance import Instance, instance
from tests.bench.report import Figure, show

MEASURES: dict[str, Callable[[Instance], list[Figure]]] = {
    "partner-orders": partner_orders.measure,
    "redemptions": redemptions.measure,
    "neighbours": neighbours.measure,
    "relay": relay.measure,
    "exports": exports.measure,
    "imports": imports.measure,
    "matching": matching.measure,
    "pdf": pdf.measure,
    "storefront": storefront.measure,
    "office": office.measure,
    "sign-in": sign_in.measure,
    "offline-book": offline_book.measure,
    "rest": rest_api.measure,
}


def main(wanted: list[str]) -> None:
    """Run the measures, each on a fresh instance, and print what they found."""
    # A measurement that is ended still takes its PostgreSQL down with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    unknown = set(wanted) - set(MEASURES)
    if unknown:
        sys.exit(f"There is no measure named {', '.join(sorted(unknown))}; there are {', '.join(MEASURES)}.")
    figures = []
    for name, measure in MEASURES.items():
        if not wanted or name in wanted:
            sys.stderr.write(f"measuring {name} …\n")
            with instance() as opened:
                figures += measure(opened)
    show(figures)


if __name__ == "__main__":
    main(sys.argv[1:])
