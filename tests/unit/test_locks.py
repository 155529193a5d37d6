"""What a lock file has to hold so that pip, of any version and beside any newer release, takes what is locked."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.locks.lock import Locked, read_lock

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKS = {"runtime": ROOT / "requirements" / "runtime.txt", "test": ROOT / "requirements" / "test.txt"}
PYTHONS = ("3.11.0", "3.11.14", "3.12.0", "3.13.0", "3.14.0")
MACHINES = ("x86_64", "aarch64")
ADDRESS = re.compile(r"[a-z]+://|^\s*-(?!-hash)", re.MULTILINE)


def environments() -> list[dict[str, str]]:
    """Every machine that the lock is for, as the variables of PEP 508: Linux, any supported Python."""
    return [
        {
            "implementation_name": "cpython",
            "implementation_version": python,
            "os_name": "posix",
            "platform_machine": machine,
            "platform_python_implementation": "CPython",
            "platform_release": "6.1",
            "platform_system": "Linux",
            "platform_version": "1",
            "python_full_version": python,
            "python_version": python.rpartition(".")[0],
            "sys_platform": "linux",
        }
        for python in PYTHONS
        for machine in MACHINES
    ]


def direct(part: str) -> list[Requirement]:
    """What the project itself asks for."""
    asked = [*PROJECT["dependencies"], *(PROJECT["optional-dependencies"]["test"] if part == "test" else [])]
    build = (ROOT / "requirements" / "build.in").read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in [*asked, *(line for line in build if line and line[0] != "#")]]


def asked_by(line: Locked, environment: Mapping[str, str]) -> Iterator[Requirement]:
    """What a locked distribution asks for on one machine, with the extras that it is locked with."""
    try:
        requires = distribution(line.name).requires or []
    except PackageNotFoundError:  # locked for other machines than this one
        return
    for requirement in map(Requirement, requires):
        extras = {"", *line.requirement.extras}
        marker = requirement.marker
        if marker is None or any(marker.evaluate({**environment, "extra": extra}) for extra in extras):
            yield requirement


def unanswered(asked: Requirement, lines: list[Locked]) -> str | None:
    """Why a requirement is not answered by the lines of a lock that are for the same machine, or None."""
    same = [line for line in lines if line.name == canonicalize_name(asked.name)]
    if not same:
        return f"{asked} is not locked"
    if not all(asked.specifier.contains(line.version, prereleases=True) for line in same):
        return f"{asked} is locked at another version"
    # pip before 24 takes a name with an extra for something else than the name alone: each has to be locked as it is
    # asked for, or a newer release without a digest is chosen, and refused.
    if asked.extras not in [line.requirement.extras for line in same]:
        return f"{asked} is locked with other extras"
    return None


def faults(lines: list[Locked], asked: list[Requirement], environment: Mapping[str, str]) -> list[str]:
    """What of a lock would not install on one machine."""
    here = [line for line in lines if line.needed(environment)]
    everything = asked + [requirement for line in here for requirement in asked_by(line, environment)]
    return sorted({fault for requirement in everything if (fault := unanswered(requirement, here))})


@pytest.mark.parametrize("part", LOCKS)
def test_whatever_is_asked_for_is_locked_as_it_is_asked_for_on_every_machine(part: str) -> None:
    lines = read_lock(LOCKS[part])
    assert {fault for machine in environments() for fault in faults(lines, direct(part), machine)} == set()


@pytest.mark.parametrize("part", LOCKS)
def test_every_line_is_pinned_and_has_digests(part: str) -> None:
    for line in read_lock(LOCKS[part]):
        assert [one.operator for one in line.requirement.specifier] == ["=="], line
        assert line.hashes, line
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest) for digest in line.hashes), line


@pytest.mark.parametrize("part", LOCKS)
def test_a_lock_names_no_index_and_no_path(part: str) -> None:
    assert ADDRESS.findall(LOCKS[part].read_text(encoding="utf-8").replace("    --hash", "")) == []


def test_what_runs_is_locked_alike_for_the_tests() -> None:
    runtime, test = ({line.name: line for line in read_lock(path)} for path in LOCKS.values())
    for name, line in runtime.items():
        assert (test[name].version, test[name].hashes) == (line.version, line.hashes)
        # What tests bring may need on every machine what runs needs on one; nothing is asked for on fewer.
        assert test[name].requirement.marker in {line.requirement.marker, None}, name


def test_what_is_locked_for_this_machine_is_what_is_installed() -> None:
    for line in read_lock(LOCKS["test"]):
        if line.needed({}):
            assert distribution(line.name).version == line.version, (
                "what is installed is not what is locked: make install"
            )


@pytest.mark.parametrize(
    "asked, locked, fault",
    [
        ("coverage[toml]>=7", ["coverage==7.1"], "coverage[toml]>=7 is locked with other extras"),
        ("sqlalchemy>=2", ["sqlalchemy[asyncio]==2.1"], "sqlalchemy>=2 is locked with other extras"),
        ("sqlalchemy>=2", ["sqlalchemy[asyncio]==2.1", "sqlalchemy==2.1"], None),
        ("coverage[toml]>=7", ["coverage[toml]==7.1"], None),
        ("Ruamel.Yaml>=1", ["ruamel-yaml==1.2"], None),
        ("coverage>=8", ["coverage==7.1"], "coverage>=8 is locked at another version"),
        ("tomli", ["tomli==2 ; python_version < '3'"], "tomli is not locked"),
    ],
)
def test_the_check_knows_what_an_older_pip_refuses(
    tmp_path: Path, asked: str, locked: list[str], fault: str | None
) -> None:
    file = tmp_path / "lock.txt"
    file.write_text("".join(f"{line} \\\n    --hash=sha256:{64 * '0'}\n    # via x\n" for line in locked))
    machine = environments()[0]
    here = [line for line in read_lock(file) if line.needed(machine)]
    assert unanswered(Requirement(asked), here) == fault
