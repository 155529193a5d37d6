"""What an operator types to keep a catalogue."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from largesse.app.application import Application
from largesse.db import Database
from largesse.interfaces.cli.catalog_drafts import catalog
from largesse.interfaces.cli.runtime import Runtime
from tests.builders.catalog import a_picture_file
from tests.builders.shop import a_seller, a_shop


@pytest.fixture(autouse=True)
async def seller(database: Database) -> None:
    await a_seller(database)


async def _run(dsn: str, *words: str) -> Result:
    """Run a command as the command line does, in a thread: it has an event loop of its own."""

    @asynccontextmanager
    async def open_application() -> AsyncIterator[Application]:
        async with await Database.open(dsn) as database, a_shop(database) as application:
            yield application

    given = [*words, "--merchant", "corner-spa"]
    return await asyncio.to_thread(CliRunner().invoke, catalog, given, obj=Runtime(open_application))


async def _json(dsn: str, *words: str) -> dict[str, object]:
    result = await _run(dsn, *words, "--json")
    assert result.exit_code == 0, result.output
    read: dict[str, object] = json.loads(result.stdout)
    return read


async def test_an_amount_is_put_on_sale_shown_changed_and_hidden(dsn: str) -> None:
    added = await _run(
        dsn,
        *("offering", "add", "any-amount", "--kind", "amount", "--title", "An amount", "--presets", "50, 100"),
        *("--free-amount", "10..1000", "--tax", "8.25%", "--gratuity", "15,18", "--gratuity-max", "200"),
        *("--validity", "24m", "--bonus", "100", "20", "3m", "--until", "2026-12-24", "--stock", "9"),
        *("--designs", "winter,engraved"),
    )
    assert added.exit_code == 0, added.output
    for words in (
        "50.00, 100.00",
        "10.00..1000.00",
        "8.25 %",
        "15 %, 18 %, up to 200.00",
        "24 months",
        "20.00 promotional from 100.00, 3 months",
        "2026-12-25 00:00 EST",
        "9 of 9 left",
        "winter, engraved",
    ):
        assert words in added.stdout

    changed = await _json(
        dsn,
        *("offering", "set", "any-amount", "--slug", "sum", "--presets", "none", "--gratuity", "none"),
        *("--until", "none", "--stock", "none", "--no-bonus", "--designs", "none", "--validity", "90d"),
    )
    assert (changed["slug"], changed["presets"], changed["amount_min"]) == ("sum", [], 1_000)
    assert changed["gratuity"] == {"percents": [], "tip_max": 20_000}
    assert (changed["available_until"], changed["stock"], changed["bonus"], changed["designs"]) == (
        None,
        None,
        None,
        [],
    )
    assert changed["validity"] == {"months": None, "days": 90}

    assert (await _json(dsn, "offering", "hide", "sum"))["status"] == "hidden"
    assert "(hidden)" in (await _run(dsn, "offering", "list")).stdout
    assert (await _json(dsn, "offering", "unhide", "sum"))["status"] == "active"
    assert "An amount" in (await _run(dsn, "offering", "show", "sum")).stdout


async def test_each_kind_of_tax_is_set_shown_and_listed(dsn: str) -> None:
    tea = ("offering", "add", "tea", "--kind", "package", "--title", "Tea", "--price", "50")
    added = await _run(dsn, *tea, "--tax-kind", "single_purpose", "--tax", "19", "--tax-country", "de")
    assert added.exit_code == 0, added.output
    assert re.search(r"tax kind +single_purpose\ntax +19 %\ntax country +DE\n", added.stdout)
    assert "single_purpose 19 %" in (await _run(dsn, "offering", "list")).stdout

    words = ("--tax-kind", "multi_purpose", "--tax-country", "none", "--redemption-rates", "7,19")
    several = await _json(dsn, "offering", "set", "tea", *words)
    assert several["tax"] == {"kind": "multi_purpose", "country": None, "rate": "0.000000"}
    assert several["redemption_rates"] == ["0.070000", "0.190000"]
    assert "7 %, 19 %" in (await _run(dsn, "offering", "show", "tea")).stdout

    on_top = await _json(dsn, "offering", "set", "tea", "--tax-kind", "sales_tax", "--tax", "8.25")
    assert on_top["tax"] == {"kind": "sales_tax", "country": "US", "rate": "0.082500"}
    assert on_top["redemption_rates"] == []
    untaxed = await _json(dsn, "offering", "set", "tea", "--tax", "0")
    assert untaxed["tax"] == {"kind": "none", "country": None, "rate": "0.000000"}


async def test_a_kind_that_is_likely_another_is_warned_of_and_saved(dsn: str) -> None:
    tea = ("offering", "add", "tea", "--kind", "package", "--title", "Tea", "--price", "50")
    added = await _run(dsn, *tea, "--tax-kind", "multi_purpose", "--redemption-rates", "19", "--json")
    assert added.exit_code == 0, added.output
    assert "offering.tax.single_purpose_likely" in added.stderr
    assert json.loads(added.stdout)["tax"]["kind"] == "multi_purpose"
    freed = await _run(dsn, "offering", "set", "tea", "--tax-country", "none")
    assert (freed.exit_code, freed.stderr) == (0, "")


async def test_a_rate_with_a_kind_that_has_none_is_refused(dsn: str) -> None:
    tea = ("offering", "add", "tea", "--kind", "package", "--title", "Tea", "--price", "50")
    refused = await _run(dsn, *tea, "--tax-kind", "multi_purpose", "--tax", "19")
    assert refused.exit_code == 1
    assert "[offering.invalid]" in refused.stderr
    assert "tax: No tax is due at sale with this kind" in refused.stderr


async def test_what_cannot_stand_is_told_field_by_field(dsn: str) -> None:
    refused = await _run(dsn, "offering", "add", "tea", "--kind", "package", "--validity", "12m")
    assert refused.exit_code == 1
    assert "[offering.invalid]" in refused.stderr
    assert "title:" in refused.stderr
    assert "price:" in refused.stderr
    unknown = await _run(dsn, "offering", "show", "tea")
    assert (unknown.exit_code, "[offering.unknown]" in unknown.stderr) == (1, True)


@pytest.mark.parametrize(
    "option, value",
    [
        ("--free-amount", "10-1000"),
        ("--tax", "much"),
        ("--validity", "soon"),
        ("--from", "tomorrow"),
        ("--designs", "baroque"),
        ("--stock", "some"),
        ("--picture", "spa.jpg"),
    ],
)
async def test_an_option_that_cannot_be_read_is_a_matter_of_usage(dsn: str, option: str, value: str) -> None:
    refused = await _run(dsn, "offering", "add", "tea", "--kind", "package", "--title", "Tea", option, value)
    assert refused.exit_code == 2, refused.output


@pytest.mark.parametrize("amount", ["1.000", "1000.000", "1,000", "0,500", "1e3", "$5"])
async def test_an_amount_that_could_mean_another_is_refused(dsn: str, amount: str) -> None:
    words = ("offering", "add", "massage", "--kind", "package", "--title", "Massage", "--price", amount)
    refused = await _run(dsn, *words)
    assert refused.exit_code != 0
    assert "[amount." in refused.output


@pytest.mark.parametrize("share", ["NaN", "Infinity", "1e1", "1_0", "٢", "-5"])
async def test_a_percentage_is_a_plain_number(dsn: str, share: str) -> None:
    words = ("offering", "add", "massage", "--kind", "package", "--title", "Massage", "--price", "50", "--tax", share)
    refused = await _run(dsn, *words)
    assert refused.exit_code != 0
    assert "write per cent like 8.25" in refused.output


async def test_a_command_without_a_change_says_what_it_needs(dsn: str) -> None:
    assert (await _run(dsn, "offering", "set", "tea")).exit_code == 2
    assert (await _run(dsn, "theme", "set")).exit_code == 2


async def test_an_empty_catalogue_says_how_to_begin(dsn: str) -> None:
    assert "largesse catalog offering add" in (await _run(dsn, "offering", "list")).stdout
    assert "largesse catalog promo add" in (await _run(dsn, "promo", "list")).stdout


async def test_a_picture_is_uploaded_and_hung_on_offering_and_theme(dsn: str, tmp_path: Path) -> None:
    file = tmp_path / "spa.jpg"
    file.write_bytes(a_picture_file())
    picture_id = (await _run(dsn, "picture", "add", str(file), "--alt", "A spa")).stdout.strip()

    tea = await _json(
        dsn, *("offering", "add", "tea", "--kind", "package", "--title", "Tea", "--price", "5", "--picture", picture_id)
    )
    theme = await _json(dsn, "theme", "set", "--logo", picture_id, "--accent", "#2F5D50", "--phone", "212 555 0100")

    assert tea["picture_id"] == theme["logo_id"] == picture_id
    assert theme["phone"] == "+12125550100"
    assert "#2f5d50" in (await _run(dsn, "theme", "show")).stdout
    assert (await _json(dsn, "theme", "set", "--no-logo"))["logo_id"] is None


async def test_pictures_are_listed_with_where_they_are_shown_and_removed_when_nowhere(dsn: str, tmp_path: Path) -> None:
    assert "largesse catalog picture add" in (await _run(dsn, "picture", "list")).stdout
    file = tmp_path / "spa.jpg"
    file.write_bytes(a_picture_file())
    picture_id = (await _run(dsn, "picture", "add", str(file), "--alt", "A spa")).stdout.strip()
    assert "shown nowhere  (A spa)" in (await _run(dsn, "picture", "list")).stdout
    offering = ("offering", "add", "tea", "--kind", "package", "--title", "Tea", "--price", "5")
    await _json(dsn, *offering, "--picture", picture_id)
    await _json(dsn, "theme", "set", "--logo", picture_id)

    [listed] = json.loads((await _run(dsn, "picture", "list", "--json")).stdout)
    assert (listed["picture"]["picture_id"], listed["offerings"], listed["is_logo"]) == (picture_id, ["tea"], True)
    shown = await _run(dsn, "picture", "remove", picture_id)
    assert (shown.exit_code, "offering tea, the theme's logo" in shown.stderr) == (1, True)
    assert "[picture.in_use]" in shown.stderr
    await _json(dsn, "theme", "set", "--no-logo")
    await _json(dsn, "offering", "set", "tea", "--picture", "none")
    assert (await _run(dsn, "picture", "remove", picture_id)).exit_code == 0
    assert "[picture.unknown]" in (await _run(dsn, "picture", "remove", picture_id)).stderr
    again = await _run(dsn, "offering", "set", "tea", "--picture", picture_id)
    assert "[picture.unknown]" in again.stderr


async def test_what_is_no_picture_is_refused(dsn: str, tmp_path: Path) -> None:
    file = tmp_path / "spa.jpg"
    file.write_bytes(b"<svg/>")
    refused = await _run(dsn, "picture", "add", str(file))
    assert (refused.exit_code, "[picture.kind]" in refused.stderr) == (1, True)


async def test_a_promo_code_is_made_listed_and_stopped(dsn: str) -> None:
    await _run(dsn, "offering", "add", "tea", "--kind", "package", "--title", "Tea", "--price", "5")
    made = await _run(
        dsn,
        *("promo", "add", "TEA10", "--percent", "12.5", "--uses", "100", "--uses-per-buyer", "1"),
        *("--minimum", "5", "--until", "2026-12-24", "--offering", "tea"),
    )
    assert made.exit_code == 0, made.output
    assert (await _run(dsn, "promo", "add", "WELCOME", "--amount", "5")).exit_code == 0

    listed = (await _run(dsn, "promo", "list")).stdout

    assert "12.5 %  0 of 100 used  for tea" in listed
    assert "5.00 USD  0 used" in listed
    assert "(stopped)" in (await _run(dsn, "promo", "stop", "tea10")).stdout
    again = await _run(dsn, "promo", "add", "Tea10", "--percent", "10")
    assert (again.exit_code, "[promo.taken]" in again.stderr) == (1, True)


async def test_a_catalogue_is_loaded_from_a_file_with_the_pictures_beside_it(dsn: str, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "outside.jpg").write_bytes(a_picture_file())
    (tmp_path / "shop" / "tea.jpg").write_bytes(a_picture_file())
    file = tmp_path / "shop" / "catalogue.toml"
    text = '[[offerings]]\nslug = "tea"\nkind = "package"\ntitle = "Tea"\nprice = 5\npicture = "{}"\n'

    file.write_text(text.format("../outside.jpg"))
    outside = await _run(dsn, "load", str(file))
    file.write_text(text.format("tea.jpg"))
    first = await _run(dsn, "load", str(file))
    again = await _run(dsn, "load", str(file))

    assert (outside.exit_code, "[picture.missing]" in outside.stderr) == (1, True)
    assert "1 added, 0 changed, 0 unchanged." in first.stdout
    assert "0 added, 0 changed, 1 unchanged." in again.stdout


async def test_changes_are_drafted_published_dropped_and_put_in_order(dsn: str) -> None:
    for slug in ("first", "second"):
        assert (
            await _run(dsn, "offering", "add", slug, "--kind", "package", "--title", slug, "--price", "20")
        ).exit_code == 0
    assert (await _run(dsn, "offering", "order", "second")).exit_code == 0
    assert (await _run(dsn, "offering", "list")).stdout.split()[0] == "second"
    assert (await _run(dsn, "draft", "list")).stdout.strip() == "Nothing is being changed."
    assert (await _run(dsn, "draft", "offering", "first", "--price", "25")).exit_code == 0
    assert (await _run(dsn, "draft", "theme", "--accent", "red")).exit_code == 1
    assert (await _run(dsn, "draft", "theme", "--accent", "#112233")).exit_code == 0
    drafted = await _run(dsn, "draft", "list")
    assert "first" in drafted.stdout
    assert "theme" in drafted.stdout
    assert "20.00" in (await _run(dsn, "offering", "show", "first")).stdout
    assert (await _run(dsn, "offering", "set", "first", "--title", "Changed meanwhile")).exit_code == 0
    overtaken = await _run(dsn, "draft", "publish", "first")
    assert overtaken.exit_code == 1
    assert "catalogue.changed" in overtaken.stderr
    assert (await _run(dsn, "draft", "drop", "first")).exit_code == 0
    gone = await _run(dsn, "draft", "publish", "first")
    assert "catalogue.draft.unknown" in gone.stderr
    assert (await _run(dsn, "draft", "publish", "theme")).exit_code == 0
    assert "#112233" in (await _run(dsn, "theme", "show")).stdout
    assert (await _run(dsn, "draft", "offering", "first", "--price", "26")).exit_code == 0
    assert (await _run(dsn, "draft", "publish", "first")).exit_code == 0
    assert "26.00" in (await _run(dsn, "offering", "show", "first")).stdout
    assert (await _run(dsn, "offering", "order", "third")).exit_code == 1


async def test_a_part_of_a_picture_and_another_discount_of_a_code(dsn: str, tmp_path: Path) -> None:
    file = tmp_path / "spa.jpg"
    file.write_bytes(a_picture_file())
    whole = (await _run(dsn, "picture", "add", str(file))).stdout.strip()
    part = await _json(dsn, "picture", "crop", whole, "--box", "0", "0", "50", "100")
    assert (part["width"], part["height"]) == (400, 600)
    assert (await _run(dsn, "picture", "crop", whole, "--box", "50", "0", "50", "100")).exit_code == 1
    assert (await _run(dsn, "promo", "add", "SPRING", "--percent", "10")).exit_code == 0
    changed = await _run(dsn, "promo", "set", "SPRING", "--amount", "5", "--uses", "3")
    assert "5.00 USD" in changed.stdout
    assert "0 of 3 used" in changed.stdout
