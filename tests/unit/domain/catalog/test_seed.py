"""A catalogue in a file: read exactly, and every fault told at once."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from largesse.app import demo_catalogue
from largesse.domain.catalog import (
    BonusRule,
    Design,
    Gratuity,
    InvalidCatalogue,
    OfferingDraft,
    OfferingKind,
    OfferingStatus,
    PromoDraft,
    ThemeWords,
    Validity,
    Words,
)
from largesse.domain.catalog.seed import BYTES_MAX, Seed, SeedPicture, read_seed
from largesse.kernel.currency import currency
from largesse.kernel.tax import UNTAXED, TaxKind, TaxTreatment
from tests.builders.catalog import SALES_TAX

SINGLE = TaxKind.SINGLE_PURPOSE
NEW_YORK = ZoneInfo("America/New_York")


def _read(text: str, code: str = "USD") -> Seed:
    return read_seed(text.encode(), money=currency(code), zone=NEW_YORK, region="US")


def _faults(text: str, code: str = "USD") -> dict[str, str]:
    return {fault.field: fault.code for fault in _read(text, code).faults}


def test_everything_that_can_be_said_is_read() -> None:
    seed = _read("""
        [theme]
        accent = "#2F5D50"
        logo = "logo.png"
        logo_alt = "Our sign"
        phone = "(212) 555-0100"
        website = "https://spa.example.com"
        translations.fr = { about = "Une maison calme." }

        [[offerings]]
        slug = "any-amount"
        kind = "amount"
        title = "An amount of your choice"
        presets = [50, "99.50", 100.25]
        free_amount = { min = 10, max = 1000 }
        tax = 8.25
        gratuity = { percents = [15, 18.5], max = 200 }
        validity = { months = 24 }
        available = { from = 2026-12-01, until = 2026-12-24 }
        stock = 40
        sort = 3
        hidden = true
        designs = ["winter", "engraved"]
        picture = "spa.jpg"
        bonus = { threshold = 100, percent = 12.5, validity = { days = 90 } }
        translations.de = { title = "Ein Betrag Ihrer Wahl" }

        [[promo_codes]]
        code = "Winter-26"
        amount = "7.50"
        from = 2026-12-01T09:00:00
        until = 2026-12-31T23:00:00Z
        uses = 100
        uses_per_buyer = 1
        minimum = 50
        offerings = ["any-amount"]
    """)

    assert seed.faults == ()
    assert seed.theme is not None
    assert seed.theme.translations == {"fr": ThemeWords(about="Une maison calme.")}
    assert seed.pictures == (SeedPicture(file="logo.png", alt="Our sign"), SeedPicture(file="spa.jpg"))
    assert seed.offerings[0].draft == OfferingDraft(
        slug="any-amount",
        kind=OfferingKind.AMOUNT,
        title="An amount of your choice",
        presets=(5_000, 9_950, 10_025),
        amount_min=1_000,
        amount_max=100_000,
        tax=SALES_TAX,
        gratuity=Gratuity(percents=(Decimal(15), Decimal("18.5")), tip_max=20_000),
        validity=Validity(months=24),
        available_from=datetime(2026, 12, 1, 5, tzinfo=UTC),
        available_until=datetime(2026, 12, 25, 5, tzinfo=UTC),
        stock=40,
        sort=3,
        status=OfferingStatus.HIDDEN,
        designs=(Design.WINTER, Design.ENGRAVED),
        bonus=BonusRule(threshold=10_000, percent=Decimal("12.5"), validity=Validity(days=90)),
        translations={"de": Words(title="Ein Betrag Ihrer Wahl")},
    )
    assert seed.promo_codes[0].slugs == ("any-amount",)
    assert seed.promo_codes[0].draft == PromoDraft(
        code="Winter-26",
        amount=750,
        starts_at=datetime(2026, 12, 1, 14, tzinfo=UTC),
        ends_at=datetime(2026, 12, 31, 23, tzinfo=UTC),
        uses_max=100,
        uses_per_buyer_max=1,
        amount_min=5_000,
    )


@pytest.mark.parametrize(
    "lines, tax",
    [
        ("", UNTAXED),
        ("tax = 0", UNTAXED),
        ("tax_kind = 'none'", UNTAXED),
        ("tax = 8.25", SALES_TAX),
        ("tax = 8.25\ntax_kind = 'sales_tax'\ntax_country = 'us'", SALES_TAX),
        ("tax = 19\ntax_kind = 'single_purpose'\ntax_country = 'DE'", TaxTreatment(SINGLE, "DE", Decimal("0.19"))),
        ("tax_kind = 'multi_purpose'", TaxTreatment(kind=TaxKind.MULTI_PURPOSE, country="US")),
        ("tax_kind = 'multi_purpose'\ntax_country = 'none'", TaxTreatment(kind=TaxKind.MULTI_PURPOSE)),
    ],
)
def test_the_tax_of_an_offering_is_read_with_what_follows_from_it(lines: str, tax: TaxTreatment) -> None:
    seed = _read(f"[[offerings]]\nslug = 'tea'\nkind = 'package'\ntitle = 'Tea'\nprice = 5\n{lines}")
    assert seed.faults == ()
    assert seed.offerings[0].draft.tax == tax


def test_rates_of_redeeming_are_read_in_per_cent() -> None:
    text = "[[offerings]]\nslug = 'tea'\nkind = 'package'\ntitle = 'Tea'\nprice = 5\ntax_kind = 'multi_purpose'\n"
    seed = _read(text + "redemption_rates = [7, 19]")
    assert (seed.faults, seed.offerings[0].draft.redemption_rates) == ((), (Decimal("0.07"), Decimal("0.19")))
    assert _faults(text + "redemption_rates = [7, 7]") == {
        "offerings.tea.redemption_rates": "offering.redemption_rates.invalid"
    }


def test_every_fault_is_told_by_the_name_of_its_entry() -> None:
    assert _faults("""
        colour = "green"
        [theme]
        accent = "green"
        phone = "call us"
        website = "spa"
        translations.tlh = { about = "nuqneH" }

        [[offerings]]
        slug = "Massage"
        kind = "packet"
        title = ""
        price = "1.005"
        tax = 101
        gratuity = { percents = [0], max = -1 }
        validity = { months = 12, days = 3 }
        stock = 1.5
        designs = ["baroque"]
        free = { min = 1 }

        [[offerings]]
        slug = "tea"
        kind = "package"
        title = "Tea"
        presets = [1]

        [[promo_codes]]
        code = "a b"
        percent = 10
        amount = 10
        from = 2026-12-02
        until = 2026-11-02
        uses = 0
    """) == {
        "colour": "seed.unknown",
        "theme.accent": "look.accent.invalid",
        "theme.phone": "phone.invalid",
        "theme.website": "website.invalid",
        "theme.translations.tlh": "language.unknown",
        "offerings.Massage.slug": "offering.slug.invalid",
        "offerings.Massage.kind": "seed.choice",
        "offerings.Massage.title": "title.missing",
        "offerings.Massage.price": "amount.decimals",
        "offerings.Massage.presets": "offering.amounts.missing",
        "offerings.Massage.tax": "offering.tax.invalid",
        "offerings.Massage.gratuity.percents": "offering.gratuity.invalid",
        "offerings.Massage.gratuity.max": "amount.out_of_range",
        "offerings.Massage.validity": "validity.both",
        "offerings.Massage.stock": "seed.integer",
        "offerings.Massage.designs": "seed.choice",
        "offerings.Massage.free": "seed.unknown",
        "offerings.tea.price": "offering.price.missing",
        "offerings.tea.presets": "offering.presets.package",
        "promo_codes.a b.code": "promo.code.invalid",
        "promo_codes.a b.percent": "promo.one",
        "promo_codes.a b.ends_at": "window.order",
        "promo_codes.a b.uses_max": "promo.uses.invalid",
    }


def test_what_stands_there_twice_is_a_fault() -> None:
    one = '[[offerings]]\nslug = "tea"\nkind = "package"\ntitle = "Tea"\nprice = 5\n'
    code = '[[promo_codes]]\ncode = "{}"\npercent = 10\n'
    assert _faults(one * 2 + code.format("SPRING") + code.format("spring")) == {
        "offerings.tea": "seed.twice",
        "promo_codes.spring": "seed.twice",
    }


@pytest.mark.parametrize(
    "text, field",
    [
        ("theme = 3", "theme"),
        ("offerings = 3", "offerings"),
        ("offerings = [3]", "offerings"),
        ("[[offerings]]\nslug = 3", "offerings[1].slug"),
        ("[[offerings]]\nslug = 'a'\npresets = 50", "offerings.a.presets"),
        ("[[offerings]]\nslug = 'a'\npresets = [true]", "offerings.a.presets"),
        ("[[offerings]]\nslug = 'a'\npresets = ['1e3']", "offerings.a.presets"),
        ("[[offerings]]\nslug = 'a'\ntax = nan", "offerings.a.tax"),
        ("[[offerings]]\nslug = 'a'\ntax = inf", "offerings.a.tax"),
        ("[[offerings]]\nslug = 'a'\nhidden = 'yes'", "offerings.a.hidden"),
        ("[[offerings]]\nslug = 'a'\navailable.from = 'soon'", "offerings.a.available.from"),
        ("[[promo_codes]]\ncode = 'abc'\nofferings = [1]", "promo_codes.abc.offerings"),
    ],
)
def test_a_value_of_the_wrong_form_is_a_fault_of_its_own(text: str, field: str) -> None:
    assert field in _faults(text)


@pytest.mark.parametrize(
    "content", [b"not toml", b"\xff\xfe", b"a = 1\na = 2", b"#" * (BYTES_MAX + 1), b"a=" + b"[" * 5_000]
)
def test_what_is_no_seed_file_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidCatalogue):
        read_seed(content, money=currency("USD"), zone=NEW_YORK)


@pytest.mark.parametrize("code, given, minor", [("JPY", "500", 500), ("BHD", "1.005", 1_005), ("USD", "1.5", 150)])
def test_amounts_are_exact_in_every_currency(code: str, given: str, minor: int) -> None:
    text = f'[[offerings]]\nslug = "tea"\nkind = "package"\ntitle = "Tea"\nprice = {given}\n'
    seed = _read(text, code)
    assert seed.faults == ()
    assert seed.offerings[0].draft.price == minor


def test_the_demo_has_no_fault_and_names_only_pictures_that_are_drawn() -> None:
    seed = read_seed(demo_catalogue.content(), money=currency("USD"), zone=NEW_YORK, region="US")
    assert seed.faults == ()
    assert all(demo_catalogue.drawing(picture.file) for picture in seed.pictures)
    assert demo_catalogue.drawing("photograph") is None
    assert [promo.draft.code for promo in seed.promo_codes] == [demo_catalogue.PROMO_CODE]
