"""How fast certificates are typeset: every page different (name, number, codes), every design in turn.

Beside each stands the same typesetter with the same fonts at hand, on a page with nothing on it but a number that is
never the same and is not seen.
Per core means per second of processor time of one thread, so that a busy machine does not make typst look slow;
beside it stands what two threads really deliver on this machine.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import typst

from largesse.adapters.typeset import Press, TypstTypesetter
from largesse.adapters.typeset.fonts import default_shelf
from largesse.domain.catalog.certificate_face import CertificateFace, Design, Paper
from largesse.kernel.numbers import in_groups, make_number
from tests.bench.report import Figure, bounded, compared
from tests.builders.faces import a_face

GOAL = 0.5
ROUNDS = 5
PAGES = 60


def faces(count: int) -> list[CertificateFace]:
    """Return `count` faces that share nothing but their merchant."""
    numbers = [make_number("GL") for _ in range(count)]
    return [
        a_face(
            design=list(Design)[place % len(Design)],
            to=f"Guest {place}",
            message=f"Happy birthday number {place}! Take the whole afternoon and turn off the telephone. 🎂",
            number=in_groups(number),
            barcode_text=number,
            redeem_url=f"https://gifts.example.com/gifts/redeem.html?code={number}",
        )
        for place, number in enumerate(numbers)
    ]


def measure(_: object = None) -> list[Figure]:
    """Measure PDFs on both papers and previews; needs no instance."""
    press = Press()
    for face in faces(10):
        press.typeset(face, Paper.A5)
    with EmptyPage() as empty:
        figures = [
            _beside(f"certificates as PDF, {paper.upper()}", partial(press.typeset, paper=paper), empty.pdf, goal=GOAL)
            for paper in Paper
        ]
        figures.append(_beside("certificate previews as SVG", press.preview_svg, empty.svg))
    figures.append(bounded("certificates as PDF, A5, two threads", asyncio.run(_together()), unit="pages/s"))
    return figures


class EmptyPage:
    """An A5 page with nothing on it, by the same typesetter with the same fonts. Use with `with`."""

    def __enter__(self) -> "EmptyPage":
        self._folder = tempfile.TemporaryDirectory()
        source = Path(self._folder.name) / "empty.typ"
        source.write_text('#set page(paper: "a5")\n#metadata(sys.inputs.number)\n')
        self._compiler = typst.Compiler(input=str(source), font_paths=default_shelf().fonts, ignore_system_fonts=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def pdf(self, number: str) -> None:
        """Make the page as PDF; `number` keeps typst from giving back what it remembers."""
        self._compiler.compile(format="pdf", sys_inputs={"number": number})

    def svg(self, number: str) -> None:
        """Make the page as SVG."""
        self._compiler.compile(format="svg", sys_inputs={"number": number})


def _beside(
    name: str, typeset: Callable[[CertificateFace], object], empty: Callable[[str], None], *, goal: float | None = None
) -> Figure:
    """Return pages per second of processor time, round by round beside the empty page."""
    rates, yardstick = [], []
    for _ in range(ROUNDS):
        wanted = faces(PAGES)
        began = time.process_time()
        for face in wanted:
            empty(face.number)
        between = time.process_time()
        for face in wanted:
            typeset(face)
        yardstick.append(PAGES / (between - began))
        rates.append(PAGES / (time.process_time() - between))
    return compared(f"{name}, per core", rates, yardstick, unit="pages/s", yardstick="empty page", goal=goal)


async def _together() -> list[float]:
    rates = []
    async with TypstTypesetter(threads=2) as typesetter:
        await asyncio.gather(*(typesetter.typeset(face, Paper.A5) for face in faces(10)))
        for _ in range(ROUNDS):
            wanted = faces(PAGES * 2)
            began = time.perf_counter()
            await asyncio.gather(*(typesetter.typeset(face, Paper.A5) for face in wanted))
            rates.append(len(wanted) / (time.perf_counter() - began))
    return rates
