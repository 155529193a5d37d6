"""Assets have addresses that name their content, and stay small."""

import gzip
import re
from pathlib import Path

import pytest

from largesse.ui import DEFAULT_ACCENT, Assets, contrast

ASSETS = Assets()


@pytest.mark.parametrize("recipe", ["shop", "desk"])
def test_a_stylesheet_stays_under_thirty_kilobytes(recipe: str) -> None:
    found = ASSETS.find(ASSETS.style_url(recipe))
    assert found is not None
    assert len(found.body) < 30_000
    assert found.packed is not None
    assert gzip.decompress(found.packed) == found.body


@pytest.mark.parametrize("recipe", ["shop", "desk"])
def test_a_stylesheet_is_whole_and_asks_nobody_else(recipe: str) -> None:
    found = ASSETS.find(ASSETS.style_url(recipe))
    assert found is not None
    css = found.body.decode()
    assert css.count("{") == css.count("}")
    assert "url(" not in css
    assert "@import" not in css
    assert "/*" not in css


@pytest.mark.parametrize("recipe", ["shop", "desk"])
def test_every_property_that_is_used_is_given(recipe: str) -> None:
    found = ASSETS.find(ASSETS.style_url(recipe))
    assert found is not None
    css = found.body.decode()
    given = set(re.findall(r"(--[\w-]+)\s*:", css))
    used = set(re.findall(r"var\((--[\w-]+)\)", css))
    assert used <= given


def test_each_merchant_has_a_stylesheet_in_its_colour() -> None:
    ours, other = ASSETS.style_url("shop"), ASSETS.style_url("shop", "#1F4E8C")
    assert ours != other
    found = ASSETS.find(other)
    assert found is not None
    assert b"--accent:#1f4e8c" in found.body


def test_a_stylesheet_is_found_by_another_process_from_its_address_alone() -> None:
    url = ASSETS.style_url("desk", "#e8c33a")
    assert Assets().find(url) is not None


@pytest.mark.parametrize(
    "url",
    [
        "/assets/shop-7a2e3b.000000000000.css",
        "/assets/shop-7A2E3B.000000000000.css",
        "/assets/none-7a2e3b.000000000000.css",
        "/assets/../assets.py",
        "/assets/",
        "/assets/ui.js",
        "",
    ],
)
def test_no_other_address_finds_anything(url: str) -> None:
    assert ASSETS.find(url) is None


def test_the_script_keeps_its_parts_apart_and_writes_no_html() -> None:
    found = ASSETS.find(ASSETS.url("ui.js"))
    assert found is not None
    script = found.body.decode()
    assert script.count("\n}") >= 6
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "import "):
        assert way not in script
    assert len(found.body) < 10_000


def test_the_address_changes_with_the_content(tmp_path: Path) -> None:
    file = tmp_path / "leaf.svg"
    file.write_text("<svg/>", encoding="utf-8")
    before = Assets({"shop": tmp_path}).url("shop/leaf.svg")
    file.write_text("<svg />", encoding="utf-8")
    after = Assets({"shop": tmp_path}).url("shop/leaf.svg")
    assert before.startswith("/assets/shop/leaf.")
    assert before != after


def test_what_is_no_asset_is_not_served(tmp_path: Path) -> None:
    (tmp_path / "notes.py").write_text("secret = 1", encoding="utf-8")
    with pytest.raises(KeyError):
        Assets({"shop": tmp_path}).url("shop/notes.py")


def test_the_pieces_colours_are_told_apart_by_more_than_colour() -> None:
    # Text and paper of the installation accent: a smoke test that the default itself was chosen well.
    assert contrast(DEFAULT_ACCENT, "#fbf8f2") > 7
