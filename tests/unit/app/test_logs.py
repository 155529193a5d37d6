"""One JSON object per line, and never a secret, whoever logs."""

import json
import subprocess
import sys
from typing import Any

import asyncpg
import pytest

from largesse.app.logs import describe, mask_event, stack_of
from largesse.app.masking import MASK
from largesse.kernel.numbers import in_groups, make_number

TOKEN = "k3j9x0c8v7b6n5m4q1w2e3r4t5y6u7i8o9p0a1s2"


def run(code: str) -> list[dict[str, Any]]:
    """Run `code` in a process whose logs are configured, and return the lines of its stderr."""
    preface = "import logging, structlog, warnings\nfrom largesse.app import logs\nlogs.configure(process='test')\n"
    done = subprocess.run(
        [sys.executable, "-c", preface + code], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout == ""
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_our_logs_and_those_of_libraries_and_of_python_itself_look_alike() -> None:
    lines = run(
        """
logs.request_id_of_this_task.set("r-1")
structlog.get_logger().info("ours", count=3)
logging.getLogger("somebody.else").warning("theirs %s", 4)
warnings.warn("python's")
raise RuntimeError("the end")
"""
    )
    assert [line["event"].partition("\n")[0][:30] for line in lines[:2]] == ["ours", "theirs 4"]
    assert "python's" in lines[2]["event"]
    assert lines[3]["event"] == "died"
    assert lines[3]["error"] == "RuntimeError: the end"
    for line in lines:
        assert {"level", "timestamp", "process", "event", "request_id"} <= set(line)
        assert line["process"] == "test"


def test_secrets_are_masked_however_they_are_logged() -> None:
    number = make_number("GL")
    grouped = in_groups(number)
    lines = run(
        f"""
log, number, grouped, token = structlog.get_logger(), {number!r}, {grouped!r}, {TOKEN!r}
log.info("said " + grouped)
log.info("x", deep={{"a": [{{"b": (number,)}}], "password": "sesame", number: 1}}, raw=number.encode())
log.info("x", api_key="sesame", token=token, value=token, url="https://h/?code=sesame")
logging.getLogger("lib").info("got %s and %s", grouped, {{"api_token": "sesame"}})
logging.getLogger("lib").warning("got %r", token)
try:
    raise ValueError("no such number: " + number)
except ValueError:
    log.exception("failed")
    logging.getLogger("lib").exception("failed")
log.bind(secret="sesame").warning("bound")
raise KeyError(number)
"""
    )
    text = json.dumps(lines)
    assert len(lines) == 9
    assert number not in text
    assert grouped not in text
    assert TOKEN not in text
    assert "sesame" not in text


def test_a_stack_names_places_but_no_values() -> None:
    def inner(password: str) -> None:
        raise ValueError(len(password))

    with pytest.raises(ValueError, match="6") as caught:
        inner("sesame")
    lines = stack_of(caught.value)
    assert lines[-1] == "ValueError: 6"
    assert any("in inner" in line for line in lines)
    assert not any("sesame" in line for line in lines)


def test_the_cause_of_an_error_is_told_before_it() -> None:
    def fail() -> None:
        try:
            raise KeyError("cause")
        except KeyError as error:
            raise RuntimeError("effect") from error

    with pytest.raises(RuntimeError) as caught:
        fail()
    lines = stack_of(caught.value)
    assert lines.index("KeyError: 'cause'") < lines.index("RuntimeError: effect")


def test_what_a_driver_says_about_an_argument_is_left_out() -> None:
    error = asyncpg.InterfaceError("invalid input for query argument $1: 'sesame' (expected int)")
    assert "sesame" not in describe(error)


def test_a_long_message_is_cut_without_showing_half_a_secret() -> None:
    for at in range(1_950, 2_140, 7):
        event = mask_event(None, "info", {"event": "·" * at + TOKEN + "·" * 500})
        assert TOKEN[:12] not in event["event"]


def test_an_endless_structure_is_cut() -> None:
    deep: dict[str, Any] = {}
    deep["again"] = deep
    assert MASK in json.dumps(mask_event(None, "info", {"event": "x", "deep": deep}))
