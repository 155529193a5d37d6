"""The page itself: read back as a recipient, a scanner and a screen reader would."""

import gzip
import io
import re
from datetime import date
from typing import Any

import pytest
import typst
import zxingcpp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat
from pypdf import PdfReader

from largesse.adapters.typeset import Press, Shelf, TypesettingFailed
from largesse.domain.catalog.certificate_face import Design, Paper
from largesse.domain.catalog.face_words import WORDS, gratuity_sentence, receipt_sentence
from tests.builders.faces import NUMBER, REDEEM_URL, TERMS, a_face

PRESS = Press()
MM = 72 / 25.4
EVERY_PAGE = [(design, paper) for design in Design for paper in Paper]
HOSTILE = [
    '#panic("evaluated") #import "/etc/passwd": * $x$ \\u{41} `raw` *bold* _it_ <label> @ref // comment',
    "<script>alert(1)</script><b>&amp;</b>]]>--%>",
    "\u202eetacifitrec a si siht\u202c \u2066isolated\u2069 \u200bzero\ufeffwidth\u00ad",
    "Z" + "\u0337\u0321\u0327\u0334\u031b\u0322\u0328" * 20 + "algo",
    "\n".join("x" * 99),
    "W" * 200,
    "\ufdfd" * 200,
    "👩‍👩‍👧‍👦🏳️‍🌈🇯🇵👍🏽❤️" * 10,
    "漢字かな交じり文" * 25,
    "\x00\x01\x1b[31m\x7f",
    "\ud800 lone",
    "\ue000 private \U000e0041",
    '"} , ` " \\" could not be displayed',
]


def page(document: bytes) -> Any:
    pages = PdfReader(io.BytesIO(document)).pages
    assert len(pages) == 1
    return pages[0]


def root_of(document: bytes) -> Any:
    return PdfReader(io.BytesIO(document)).root_object


def words_of(document: bytes) -> str:
    text: str = page(document).extract_text()
    return re.sub(r"\s+", " ", text.replace("\u00a0", " ").replace("\u200b", ""))


def codes_of(picture: bytes) -> dict[str, str]:
    image = Image.open(io.BytesIO(picture)).convert("L")
    return {str(code.format): code.text for code in zxingcpp.read_barcodes(image)}


@pytest.mark.parametrize("design,paper", EVERY_PAGE)
def test_every_design_says_everything_on_one_page_of_its_paper(design: Design, paper: Paper) -> None:
    face = a_face(design=design)
    document = PRESS.typeset(face, paper)
    said = words_of(document).casefold()
    for words in (
        face.merchant_name, face.to, face.sender, face.message, face.amount, face.description, face.number,
        face.good_through.replace("\u00a0", " "), gratuity_sentence(face.gratuity, "en"), "Gift certificate",
        "Certificate number", "Scan to see what remains", TERMS, face.how_to_use,
    ):  # fmt: skip
        assert words.casefold() in said
    box = page(document).mediabox
    wide, high = {Paper.A5: (210, 148), Paper.A4: (210, 297), Paper.LETTER: (215.9, 279.4)}[paper]
    assert (float(box.width), float(box.height)) == pytest.approx((wide * MM, high * MM), abs=0.1)
    assert PRESS.overflows(face, paper) == []


@pytest.mark.parametrize("design,paper", EVERY_PAGE)
def test_scanners_read_the_number_and_phones_the_address(design: Design, paper: Paper) -> None:
    picture = PRESS.picture_png(a_face(design=design), paper, dots_per_inch=300)
    read = codes_of(picture)
    assert set(read.values()) == {NUMBER, REDEEM_URL}


def test_the_codes_are_read_in_a_photograph_of_half_the_sharpness() -> None:
    picture = Image.open(io.BytesIO(PRESS.picture_png(a_face(), Paper.A4, dots_per_inch=440))).convert("L")
    small = picture.resize((picture.width // 2, picture.height // 2)).rotate(4, expand=True, fillcolor=200)
    assert {code.text for code in zxingcpp.read_barcodes(small)} == {NUMBER, REDEEM_URL}


@pytest.mark.parametrize("locale", ["en", "es", "fr-CA", "de_AT"])
def test_each_language_has_its_own_words(locale: str) -> None:
    document = PRESS.typeset(a_face(locale=locale), Paper.A4)
    language = locale[:2]
    words = WORDS[language]
    said = words_of(document).casefold()
    for expected in (words.title, words.to, words.sender, words.how_to_use, words.terms, words.fold, words.scan):
        assert expected.casefold() in said
    assert str(root_of(document)["/Lang"]) == language


def test_a_page_names_its_title_and_merchant_and_nothing_secret() -> None:
    document = PRESS.typeset(a_face(), Paper.A5)
    reader = PdfReader(io.BytesIO(document))
    assert reader.metadata is not None
    assert reader.metadata.title == "Gift certificate · Willow & Tide Spa"
    assert reader.metadata.author == "Willow & Tide Spa"
    told = str(reader.metadata) + str(reader.xmp_metadata and reader.xmp_metadata.stream.get_data())
    assert NUMBER not in told
    assert "7K2M" not in told


def test_a_page_is_tagged_for_those_who_hear_it() -> None:
    root = root_of(PRESS.typeset(a_face(), Paper.A5))
    assert bool(root["/MarkInfo"]["/Marked"].value)
    assert "/StructTreeRoot" in root
    assert b"pdfuaid" in root["/Metadata"].get_data()


def test_the_same_face_gives_the_same_bytes_from_another_press() -> None:
    again = Press()
    for paper in Paper:
        assert PRESS.typeset(a_face(), paper) == again.typeset(a_face(), paper)
    assert PRESS.preview_svg(a_face()) == again.preview_svg(a_face())


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_as_text_and_keeps_to_its_place(text: str) -> None:
    typed = {"message": text[:200], "to": text[:30], "sender": text[-30:], "merchant_name": text[:120], "terms": text}
    for design, paper in EVERY_PAGE[:: 2 if len(text) % 2 else 3]:
        face = a_face(design=design, **typed)
        assert page(PRESS.typeset(face, paper)) is not None
        assert PRESS.overflows(face, paper) == []


def test_markup_arrives_to_the_letter() -> None:
    said = words_of(PRESS.typeset(a_face(message="#strong[x] $1+1$ \\u{41} <b>bold</b> `raw` @ref"), Paper.A5))
    assert "#strong[x] $1+1$ \\u{41} <b>bold</b> `raw` @ref" in said


def test_an_override_cannot_turn_a_name_around() -> None:
    said = words_of(PRESS.typeset(a_face(to="\u202eadA\u202c"), Paper.A5))
    assert "adA" in said
    assert "\u202e" not in said


TYPED = st.text(
    alphabet=st.one_of(
        st.characters(codec="utf-8", max_codepoint=0x24F),
        st.sampled_from("\n\t\u200d\u200b\u202e\u0301\u0337Wmißﷺ漢あ한אعกक🎂❤️🏽🇯🇵#$\\<>{}[]@"),
        st.characters(codec="utf-8"),
    )
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    design=st.sampled_from(Design),
    paper=st.sampled_from(Paper),
    message=TYPED.map(lambda text: text[:200]),
    to=TYPED.map(lambda text: text[:30]),
    sender=st.one_of(st.just(""), st.text(alphabet="WM@%—", min_size=30, max_size=30)),
    description=TYPED.map(lambda text: text[:120]),
    terms=st.one_of(st.just(""), st.just("Wonderful words of the merchant. " * 18), st.just("W" * 600)),
    gratuity=st.sampled_from(["", "$20.00", "BHD 123,456,789,012,345.000"]),
)
def test_whatever_is_typed_within_the_limits_fits_on_one_page(design: Design, paper: Paper, **typed: str) -> None:
    face = a_face(design=design, how_to_use="Hints. " * 34, **typed)
    assert page(PRESS.typeset(face, paper)) is not None
    assert PRESS.overflows(face, paper) == []


def test_without_further_faces_a_box_stands_for_what_cannot_be_drawn() -> None:
    bare = Press(Shelf(folders=[]))
    document = bare.typeset(a_face(message="Happy 誕生日, Ada 🎂! Любовь и дружба.", to="花子"), Paper.A5)
    said = words_of(document)
    assert "Happy □□□, Ada □! Любовь и дружба." in said
    assert b"pdfuaid" in root_of(document)["/Metadata"].get_data()


def test_a_page_with_two_hundred_strange_characters_is_made_in_few_tries() -> None:
    bare = Press(Shelf(folders=[]))
    strange = "".join(chr(0x4E00 + place) for place in range(200))
    assert "□" * 100 in words_of(bare.typeset(a_face(message=strange), Paper.A5)).replace(" ", "")


@pytest.mark.skipif(not Shelf().has_emoji or not Shelf().has_cjk, reason="Noto emoji and CJK are not installed here")
def test_with_noto_every_script_and_emoji_is_drawn() -> None:
    message = "誕生日 생일 生日 שלום مرحبا สวัสดี नमस्ते Χρόνια 🎂👩‍👩‍👧🇯🇵"
    said = words_of(PRESS.typeset(a_face(message=message), Paper.A5))
    assert "□" not in said
    for word in ("誕生日", "생일", "生日", "Χρόνια", "🎂"):
        assert word in said


def test_a_sample_says_that_it_is_one() -> None:
    for paper in Paper:
        said = words_of(PRESS.typeset(a_face(sample=True), paper))
        assert "This is a sample. It is worth nothing." in said
    assert "sample" not in words_of(PRESS.typeset(a_face(), Paper.A5)).casefold()


def logo(width: int, height: int, kind: str = "PNG") -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (width, height), "#884422").save(written, kind)
    return written.getvalue()


@pytest.mark.parametrize("size", [(400, 120), (40, 900), (3000, 20), (1, 1)])
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_logo_stands_beside_the_name_and_fits(size: tuple[int, int], kind: str) -> None:
    face = a_face(logo=logo(*size, kind))
    for paper in Paper:
        assert len(page(PRESS.typeset(face, paper)).images) >= 1
        assert PRESS.overflows(face, paper) == []
        assert face.merchant_name.casefold() in words_of(PRESS.typeset(face, paper)).casefold()


def left_of(document: bytes, words: str) -> float:
    """How far from the left edge a line begins, in points."""
    found = list[float]()

    def visit(text: str, _matrix: Any, place: Any, *_: Any) -> None:
        if words in text:
            found.append(float(place[4]))

    page(document).extract_text(visitor_text=visit)
    return min(found)


def test_each_line_of_a_message_runs_its_own_way() -> None:
    """An Arabic line begins at the right, and the English one below it at the left, as the form shows both."""
    english = a_face(design=Design.GEOMETRIC, message="See you soon")
    both = a_face(design=Design.GEOMETRIC, message="عيد ميلاد سعيد\nSee you soon")
    alone, mixed = (left_of(PRESS.typeset(face, Paper.A5), "See you") for face in (english, both))
    assert mixed == pytest.approx(alone, abs=1)
    assert PRESS.overflows(both, Paper.A5) == []


WHERE = "12 Harbor Street, Portland, ME 04101 · +1 212-555-0100 · willowtide.example"


@pytest.mark.parametrize("design,paper", EVERY_PAGE)
@pytest.mark.parametrize("with_logo", [False, True])
def test_every_page_names_the_shop_where_it_is_and_the_order(design: Design, paper: Paper, *, with_logo: bool) -> None:
    face = a_face(design=design, where=WHERE, order_number="GL-7K2M9QXR4T", logo=logo(400, 120) if with_logo else None)
    said = " ".join(words_of(PRESS.typeset(face, paper)).casefold().split())
    for words in (face.merchant_name, WHERE, "Order GL-7K2M9QXR4T", "plus $20.00 gratuity"):
        assert words.casefold() in said
    assert PRESS.overflows(face, paper) == []


@pytest.mark.parametrize("design,paper", EVERY_PAGE)
@pytest.mark.parametrize("language", ["en", "es", "fr", "de"])
def test_every_page_says_what_tax_its_price_included(design: Design, paper: Paper, language: str) -> None:
    tax = WORDS[language].tax.format(rate="25.5\u00a0%")
    face = a_face(design=design, locale=language, order_number="GL-7K2M9QXR4T", tax=tax)
    said = " ".join(words_of(PRESS.typeset(face, paper)).split())
    assert f"GL-7K2M9QXR4T · {tax}".replace("\u00a0", " ") in said.replace("\u00a0", " ")
    assert PRESS.overflows(face, paper) == []
    assert tax.split()[0] in words_of(PRESS.typeset(a_face(design=design, locale=language, tax=tax), paper))


@pytest.mark.parametrize("design,paper", EVERY_PAGE)
@pytest.mark.parametrize("language", ["en", "es", "fr", "de"])
def test_every_page_is_a_gift_receipt_where_it_shall_be_one(design: Design, paper: Paper, language: str) -> None:
    tax, receipt = WORDS[language].tax.format(rate="25.5\u00a0%"), receipt_sentence(date(2026, 9, 29), language)
    face = a_face(design=design, locale=language, order_number="GL-7K2M9QXR4T", tax=tax, receipt=receipt)
    said = " ".join(words_of(PRESS.typeset(face, paper)).split())
    assert receipt.replace("\u00a0", " ") in said.replace("\u00a0", " ")
    assert PRESS.overflows(face, paper) == []


@pytest.mark.parametrize("design", Design)
def test_long_names_are_set_smaller_and_whole(design: Design) -> None:
    face = a_face(
        design=design,
        to="Countess Augusta Ada King of Lovelace, born Byron, of Ockham",
        sender="The Whole Crew of the Willow and Tide Spa and Bathing Pools " * 2,
        merchant_name="Willow " * 17,
        where=WHERE * 6,
        logo=logo(3000, 20),
    )
    said = " ".join(words_of(PRESS.typeset(face, Paper.A5)).casefold().split())
    assert face.to.casefold() in said
    assert face.sender.strip().casefold() in said
    assert PRESS.overflows(face, Paper.A5) == []


def test_a_damaged_logo_is_told_and_not_printed() -> None:
    for damaged in (b"\x89PNG\r\n\x1a\nnot really", logo(50, 50)[:60]):
        with pytest.raises(TypesettingFailed):
            PRESS.typeset(a_face(logo=damaged), Paper.A5)
        with pytest.raises(TypesettingFailed):
            PRESS.preview_svg(a_face(logo=damaged))


def test_a_preview_holds_a_logo_no_larger_than_it_shows() -> None:
    written = io.BytesIO()
    Image.effect_noise((900, 500), 90).save(written, "PNG")
    face = a_face(logo=written.getvalue())
    page_picture = Image.open(io.BytesIO(PRESS.picture_png(face, Paper.A5, dots_per_inch=60))).convert("RGB")
    preview = PRESS.preview_svg(face)
    assert len(preview) < 0.6 * len(written.getvalue())
    difference = ImageChops.difference(pictured(preview).reduce(8), page_picture.reduce(8))
    assert max(ImageStat.Stat(difference).mean) < 1.5


@pytest.mark.parametrize("design", Design)
def test_a_preview_is_light_enough_for_a_slow_line(design: Design) -> None:
    assert len(gzip.compress(PRESS.preview_svg(a_face(design=design)), 6)) < 30_000


def pictured(svg: bytes) -> Image.Image:
    """Rasterise an SVG with resvg, which typst draws pictures with."""
    source = b"#set page(width: 210mm, height: 148mm, margin: 0mm)\n#image(bytes(sys.inputs.svg), width: 210mm)"
    made = typst.compile(source, format="png", ppi=60, sys_inputs={"svg": svg.decode()})
    return Image.open(io.BytesIO(made)).convert("RGB")


@pytest.mark.parametrize("design", Design)
def test_the_preview_looks_like_the_page(design: Design) -> None:
    face = a_face(design=design, message="Happy birthday, dear Ada! 誕生日 🎂")
    page_picture = Image.open(io.BytesIO(PRESS.picture_png(face, Paper.A5, dots_per_inch=60))).convert("RGB")
    preview = pictured(PRESS.preview_svg(face))
    assert preview.size == page_picture.size
    # Letters and bars are smoothed differently, so areas of eight by eight are compared. A hidden drawing makes 20.
    difference = ImageChops.difference(preview.reduce(8), page_picture.reduce(8))
    assert max(ImageStat.Stat(difference).mean) < 1.5


def test_a_preview_brings_everything_it_needs_and_nothing_that_acts() -> None:
    drawn = PRESS.preview_svg(a_face(logo=logo(40, 20))).decode()
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', drawn)
    assert box is not None
    assert float(box[1]) / float(box[2]) == pytest.approx(210 / 148, rel=1e-3)
    assert "<script" not in drawn
    assert re.findall(r'href="(?!#|data:image/)[^"]*"', drawn) == []


def size_of(document: bytes, words: str) -> float:
    """Return at which size `words` are set, in points."""
    found: list[float] = []

    def heard(text: str, ground: list[float], matrix: list[float], _font: object, size: float) -> None:
        if words in text:
            found.append(round(abs(matrix[3] * ground[3]) * size, 1))

    page(document).extract_text(visitor_text=heard)
    return max(found)


@pytest.mark.parametrize("design", Design)
def test_where_less_is_said_the_amount_is_set_larger(design: Design) -> None:
    said_less: list[dict[str, str]] = [{}, {"message": ""}, {"message": "", "to": "", "sender": ""}]
    sizes = [size_of(PRESS.typeset(a_face(design=design, **less), Paper.A5), "110.00") for less in said_less]
    assert sizes[0] * 1.2 < sizes[1] < sizes[2]


def test_two_names_stand_at_one_size() -> None:
    document = PRESS.typeset(a_face(to="Theodora Wilhelmina Papadopou", sender="Theodora Wilhelmina"), Paper.A5)
    assert size_of(document, "Papadopou") == size_of(document, "Theodora Wilhelmina") < 14
