"""`largesse entity`, `location` and `device`, as an operator types them."""

from pathlib import Path

import pytest

from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.runtime import Runtime
from tests.integration.interfaces.cli.test_commands import MERCHANT, Operator


@pytest.fixture
def operator(dsn: str, tmp_path: Path) -> Operator:
    made = Operator(dsn, tmp_path)
    made.asks(*MERCHANT)
    return made


def test_a_legal_entity_is_added_listed_shown_changed_and_archived(operator: Operator) -> None:
    details = (
        "--legal-form",
        "GmbH",
        "--address",
        "Torstr. 1",
        "--city",
        "Berlin",
        "--country",
        "DE",
        "--phone",
        "030 123456",
    )
    made = operator.asks("entity", "add", "corner-spa", "Spa Berlin", *details, "--currency", "EUR")
    assert (made["phone"], made["currency"], made["is_default"]) == ("+4930123456", "EUR", False)
    listed = operator.types("entity", "list", "1001").output
    assert "Corner Spa (default)" in listed
    assert "EUR  DE  Spa Berlin" in listed
    changed = operator.asks("entity", "set", "corner-spa", "spa berlin", "--vat-id", "DE136695976", "--legal-form", "")
    assert (changed["vat_id"], changed["legal_form"]) == ("DE136695976", "")
    shown = operator.types("entity", "show", "corner-spa", made["entity_id"]).output
    assert "DE136695976" in shown
    assert "legal form" not in shown
    assert operator.asks("entity", "archive", "corner-spa", "Spa Berlin")["archived_at"]
    assert "Spa Berlin (archived)" in operator.types("entity", "list", "1001").output
    assert operator.asks("entity", "restore", "corner-spa", "Spa Berlin")["archived_at"] is None
    assert operator.asks("entity", "default", "corner-spa", "Spa Berlin")["is_default"]
    assert [one["name"] for one in operator.asks("entity", "list", "1001")] == ["Spa Berlin", "Corner Spa"]


def test_a_location_is_added_listed_shown_changed_closed_and_opened(operator: Operator) -> None:
    operator.asks("entity", "add", "corner-spa", "Spa Berlin", "--country", "DE")
    details = (
        "--name",
        "The bar",
        "--books-sale",
        "till",
        "--default-rate",
        "standard",
        "19",
        "--time-zone",
        "Europe/Berlin",
    )
    made = operator.asks("location", "add", "corner-spa", "BAR", *details, "--entity", "Spa Berlin", "--takes-no-money")
    assert (made["books_sale"], made["cut_off_hour"], made["takes_money"]) == ("till", 4, False)
    assert made["default_rate"] == {"name": "standard", "rate": "0.19"}
    shown = operator.types("location", "show", "corner-spa", "bar").output
    assert "(Spa Berlin)" in shown
    assert "standard, 19 %" in shown
    assert "America/New_York, as the merchant's" in operator.types("location", "show", "corner-spa", "MAIN").output
    changed = operator.asks(
        "location", "set", "corner-spa", "BAR", "--cut-off-hour", "6", "--entity", "Corner Spa", "--no-default-rate"
    )
    assert (changed["cut_off_hour"], changed["default_rate"], changed["books_sale"]) == (6, None, "till")
    assert changed["entity_id"] != made["entity_id"]
    assert operator.asks("location", "close", "corner-spa", "BAR")["archived_at"]
    listed = operator.types("location", "list", "corner-spa").output
    assert "MAIN      largesse  00:00  Corner Spa (default)" in listed
    assert "The bar (closed)" in listed
    assert operator.asks("location", "reopen", "corner-spa", "BAR")["archived_at"] is None
    moved = operator.asks("location", "default", "corner-spa", "BAR")
    assert moved["is_default"]

    async def home(deps: CommandDependencies) -> str:
        async with deps.database.connection() as connection:
            return str(await connection.fetchval("SELECT location_id FROM books"))

    assert Runtime(operator.application).run(home) == moved["location_id"]
    assert [one["code"] for one in operator.asks("location", "list", "corner-spa")] == ["BAR", "MAIN"]


def test_a_device_is_added_enrolled_confirmed_moved_and_revoked(operator: Operator) -> None:
    assert "first with `largesse device add`" in operator.types("device", "list", "corner-spa").output
    operator.asks("location", "add", "corner-spa", "BAR", "--name", "The bar")
    added = operator.types("device", "add", "corner-spa", "Bar left", "--kind", "handheld", "--offline-hours", "24")
    assert "Keep it now" in added.stderr
    code = operator.asks("device", "code", "corner-spa", "bar left")["code"]
    enrolled = operator.asks("device", "enrol", "corner-spa", "-", "--agent", "Hotel system", stdin=f"{code.lower()}\n")
    assert (enrolled["state"], enrolled["agent"], len(enrolled["key"])) == ("waiting", "Hotel system", 43)
    assert operator.asks("device", "confirm", "corner-spa", "Bar left")["state"] == "live"
    moved = operator.asks("device", "set", "corner-spa", "Bar left", "--location", "bar", "--name", "Bar")
    assert (moved["name"], moved["offline_hours_max"]) == ("Bar", 24)
    assert (
        "BAR       live      handheld  never seen        Bar" in operator.types("device", "list", "corner-spa").output
    )
    for words in (("show", "corner-spa", "Bar"), ("list", "corner-spa")):
        for said in (operator.types("device", *words).output, str(operator.asks("device", *words))):
            assert enrolled["key"] not in said
            assert code not in said
    assert operator.types("location", "close", "corner-spa", "BAR").exit_code == 1
    assert operator.asks("device", "revoke", "corner-spa", "Bar")["state"] == "revoked"
    assert operator.types("location", "close", "corner-spa", "BAR").exit_code == 0


@pytest.mark.parametrize(
    "words, status, told",
    [
        (("entity", "add", "corner-spa", "corner spa"), 1, "entity.taken"),
        (("entity", "add", "corner-spa", "B", "--country", "XX"), 1, "country.invalid"),
        (("entity", "add", "corner-spa", "B", "--phone", "nobody"), 1, "phone.invalid"),
        (("entity", "add", "nowhere", "B"), 1, "merchant.unknown"),
        (("entity", "show", "corner-spa", "nobody"), 1, "entity.unknown"),
        (("entity", "set", "corner-spa", "Corner Spa"), 2, "Say what to change"),
        (("entity", "archive", "corner-spa", "Corner Spa"), 1, "entity.in_use"),
        (("location", "add", "corner-spa", "MAIN", "--name", "B"), 1, "location.taken"),
        (("location", "add", "corner-spa", "bar", "--name", "B"), 1, "location.code.invalid"),
        (("location", "add", "corner-spa", "B", "--name", "B", "--cut-off-hour", "24"), 1, "location.cut_off.range"),
        (("location", "add", "corner-spa", "B", "--name", "B", "--books-sale", "x"), 2, "'x' is not one of"),
        (("location", "add", "corner-spa", "B", "--name", "B", "--default-rate", "a", "19,5"), 2, "percent"),
        (("location", "set", "corner-spa", "MAIN"), 2, "Say what to change"),
        (("location", "set", "corner-spa", "MAIN", "--entity", "nobody"), 1, "entity.unknown"),
        (("location", "close", "corner-spa", "MAIN"), 1, "location.in_use"),
        (("location", "show", "corner-spa", "NOWHERE"), 1, "location.unknown"),
        (("device", "add", "corner-spa", " "), 1, "device.name.invalid"),
        (("device", "add", "corner-spa", "B", "--offline-hours", "99"), 1, "device.offline.range"),
        (("device", "add", "corner-spa", "B", "--location", "NOWHERE"), 1, "location.unknown"),
        (("device", "enrol", "corner-spa", "7K2M9-QXR4T"), 1, "device.code_refused"),
        (("device", "show", "corner-spa", "nobody"), 1, "device.unknown"),
    ],
)
def test_a_refusal_says_what_to_do(operator: Operator, words: tuple[str, ...], status: int, told: str) -> None:
    result = operator.types(*words)
    assert result.exit_code == status
    assert told in result.stderr


def test_a_change_of_a_device_says_what_shall_be_different(operator: Operator) -> None:
    operator.asks("device", "add", "corner-spa", "Bar")
    assert operator.types("device", "set", "corner-spa", "Bar").exit_code == 2
    assert operator.types("device", "confirm", "corner-spa", "Bar").exit_code == 1
