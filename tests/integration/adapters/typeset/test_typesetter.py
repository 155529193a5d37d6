"""Many pages at once, off the event loop."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from largesse.adapters.typeset import TypesettingFailed, TypstTypesetter
from largesse.domain.catalog.certificate_face import Design, Paper
from largesse.domain.catalog.typesetter import Typesetter
from largesse.kernel.errors import Unavailable
from tests.builders.faces import a_face
from tests.fakes.typesetter import PlainTypesetter


@pytest.fixture
async def typesetter() -> AsyncIterator[TypstTypesetter]:
    async with TypstTypesetter(threads=2) as opened:
        yield opened


async def test_many_at_once_each_get_their_own_page(typesetter: TypstTypesetter) -> None:
    faces = [a_face(design=design, to=f"Guest {place}") for place in range(4) for design in Design]
    pages = await asyncio.gather(*(typesetter.typeset(face, Paper.A5) for face in faces))
    again = [await typesetter.typeset(face, Paper.A5) for face in faces]
    assert pages == again
    assert len(set(pages)) == len(faces)


async def test_the_loop_goes_on_while_pages_are_made(typesetter: TypstTypesetter) -> None:
    await typesetter.typeset(a_face(), Paper.A5)
    work = asyncio.gather(*(typesetter.typeset(a_face(to=f"Guest {place}"), Paper.A4) for place in range(20)))
    turns = 0
    while not work.done():
        await asyncio.sleep(0)
        turns += 1
    await work
    # On the loop itself all would be made in the first turn.
    assert turns > 5


async def test_who_comes_to_a_full_shop_is_told_so() -> None:
    async with TypstTypesetter(threads=2, waiting_max=20) as typesetter:
        answers = await asyncio.gather(
            *(typesetter.typeset(a_face(), Paper.A5) for _ in range(23)), return_exceptions=True
        )
        assert (await typesetter.preview_svg(a_face())).startswith(b"<svg")
    turned_away = [answer for answer in answers if isinstance(answer, BaseException)]
    assert len(turned_away) == 3
    assert all(isinstance(answer, Unavailable) and answer.retry_after_s == 3 for answer in turned_away)


async def test_a_page_that_fails_harms_no_other(typesetter: TypstTypesetter) -> None:
    broken = a_face(logo=b"\xff\xd8\xff nothing")
    answers = await asyncio.gather(
        *(typesetter.typeset(face, Paper.A5) for face in (a_face(), broken, a_face())), return_exceptions=True
    )
    assert isinstance(answers[1], TypesettingFailed)
    assert answers[0] == answers[2]


@pytest.mark.parametrize("kind", [TypstTypesetter, PlainTypesetter])
async def test_the_fake_answers_as_the_real_one_does(kind: type[Typesetter]) -> None:
    typesetter = kind()
    assert (await typesetter.typeset(a_face(), Paper.A4)).startswith(b"%PDF-")
    assert b'viewBox="0 0 ' in await typesetter.preview_svg(a_face())
