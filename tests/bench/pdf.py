"""How fast certificates are typeset: every page different (name, number, codes), every design in turn.

Per core means per second of processor time of one thread, so that a busy machine does not make typst look slow;
beside it stands what two threads really deliver on this machine.
"""

import asyncio
import time

from largesse.adapters.typeset import Press, TypstTypesetter
from largesse.domain.catalog.certificate_face import CertificateFace, Design, Paper
from largesse.kernel.numbers import in_groups, make_number
from tests.bench.report import Figure, bounded
from tests.builders.faces import a_face

GOAL = 60.0
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
    figures = [
        bounded(f"certificates as PDF, {paper.upper()}, per core", _per_core(press, paper), unit="pages/s", least=GOAL)
        for paper in Paper
    ]
    figures.append(bounded("certificate previews as SVG, per core", _previews(press), unit="pages/s"))
    figures.append(bounded("certificates as PDF, A5, two threads", asyncio.run(_together()), unit="pages/s"))
    return figures


def _per_core(press: Press, paper: Paper) -> list[float]:
    rates = []
    for _ in range(ROUNDS):
        wanted = faces(PAGES)
        began = time.process_time()
        for face in wanted:
            press.typeset(face, paper)
        rates.append(PAGES / (time.process_time() - began))
    return rates


def _previews(press: Press) -> list[float]:
    rates = []
    for _ in range(ROUNDS):
        wanted = faces(PAGES // 2)
        began = time.process_time()
        for face in wanted:
            press.preview_svg(face)
        rates.append(len(wanted) / (time.process_time() - began))
    return rates


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
