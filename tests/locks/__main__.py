"""Prove that the lock files install, today and after every release to come: `python -m tests.locks`.

For every supported Python that can be found here, the oldest pip that comes with it and the newest one resolve every
lock file, beside an index on which each locked distribution has a release that is newer than the locked one. pip has to
choose exactly what is locked. Nothing is installed: pip says what it would install.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import msgspec
from packaging.utils import canonicalize_name

from tests.locks.lock import Locked, read_lock

ROOT = Path(__file__).parents[2]
LOCKS = (ROOT / "requirements" / "test.txt", ROOT / "requirements" / "runtime.txt")
# What ensurepip brings in the first release of each Python.
OLDEST_PIP = {"3.11": "22.3", "3.12": "23.2.1", "3.13": "24.2"}
NEWEST = "newest"
NEWER_VERSION = "99999"
_MARKERS = (
    "import json, os, platform, sys; print(json.dumps({"
    "'implementation_name': sys.implementation.name, 'os_name': os.name,"
    "'platform_machine': platform.machine(), 'platform_release': platform.release(),"
    "'platform_system': platform.system(), 'platform_version': platform.version(),"
    "'platform_python_implementation': platform.python_implementation(), 'sys_platform': sys.platform,"
    "'python_version': '.'.join(platform.python_version_tuple()[:2]),"
    "'python_full_version': platform.python_version()}))"
)


class Interpreter(msgspec.Struct, frozen=True, kw_only=True):
    """A Python that Largesse supports; `environment` are its variables of PEP 508."""

    program: Path
    environment: dict[str, str]

    @property
    def version(self) -> str:
        """The version, such as 3.11."""
        return self.environment["python_version"]

    def needs(self, lock: Path) -> list[Locked]:
        """The lines of a lock file that are for this Python on this machine."""
        return [line for line in read_lock(lock) if line.needed(self.environment)]


class Failure(Exception):
    """A lock file that does not install."""


def interpreters() -> Iterator[Interpreter]:
    """Yield one Python of each supported version: the one that runs this, those on the path, those of pyenv."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = set[str]()
    candidates = [Path(sys.executable)]
    for version in OLDEST_PIP:
        candidates += sorted(pyenv.glob(f"{version}.*/bin/python3"))
        candidates += [Path(path) for path in [shutil.which(f"python{version}")] if path]
    for program in candidates:
        answer = subprocess.run([program, "-c", _MARKERS], capture_output=True, text=True, check=False)
        if answer.returncode:  # a name on the path that leads to no Python
            continue
        interpreter = Interpreter(program=program, environment=json.loads(answer.stdout))
        if interpreter.version in OLDEST_PIP and interpreter.version not in found:
            found.add(interpreter.version)
            yield interpreter


def make_newer_releases(folder: Path) -> None:
    """Write an empty wheel for every locked distribution, of a version that is newer than any."""
    folder.mkdir()
    for name in sorted({line.name for lock in LOCKS for line in read_lock(lock)}):
        stem = f"{name.replace('-', '_')}-{NEWER_VERSION}"
        with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as wheel:
            head = f"Metadata-Version: 2.1\nName: {name}\nVersion: {NEWER_VERSION}\n"
            wheel.writestr(f"{stem}.dist-info/METADATA", head)
            wheel.writestr(f"{stem}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{stem}.dist-info/RECORD", "")


def run(*command: str | Path, environment: dict[str, str] | None = None) -> None:
    """Run a program.

    Raises:
        Failure: it failed, with what it wrote.
    """
    answer = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if answer.returncode:
        raise Failure(f"{' '.join(map(str, command))}\n{answer.stdout}{answer.stderr}")


def fetch_pip(version: str, folder: Path) -> Path:
    """Return the wheel of a pip; a wheel of pip runs without being installed."""
    place = folder / version
    wanted = "pip" if version == NEWEST else f"pip=={version}"
    run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "-d", place, wanted)
    return next(place.glob("pip-*.whl"))


def fetch_wheels(interpreter: Interpreter, pip: Path, folder: Path) -> Path:
    """Download every locked file for one Python; their digests are compared here too."""
    place = folder / f"wheels-{interpreter.version}"
    for lock in LOCKS[:1]:  # the first holds all that the others hold, which a test of the lock files says
        options = ("--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:")
        run(interpreter.program, pip / "pip", "download", *options, "-d", place, "-r", lock)
    return place


def check(interpreter: Interpreter, pip: Path, lock: Path, *, index: tuple[Path, ...], folder: Path) -> None:
    """Let a pip resolve a lock file for one Python, from `index` alone.

    Raises:
        Failure: it refuses, or would install anything else than what is locked.
    """
    bare = Path(tempfile.mkdtemp(dir=folder))
    run(interpreter.program, "-m", "venv", "--without-pip", bare / "bare")
    report = bare / "report.json"
    links = [option for place in index for option in ("--find-links", str(place))]
    options = ("--quiet", "--dry-run", "--require-hashes", "--no-index", "--report", str(report))
    own = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    own |= {"PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    run(bare / "bare" / "bin" / "python", pip / "pip", "install", *options, *links, "-r", lock, environment=own)
    would = {
        (canonicalize_name(item["metadata"]["name"]), item["metadata"]["version"])
        for item in json.loads(report.read_text())["install"]
    }
    locked = {(line.name, line.version) for line in interpreter.needs(lock)}
    if would != locked:
        raise Failure(f"{lock.name}: pip would install {sorted(would - locked)} and not {sorted(locked - would)}")


def attempts(folder: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield every pairing of Python, pip and lock file: what it is, and how to try it."""
    newer = folder / "newer"
    make_newer_releases(newer)
    pips = {NEWEST: fetch_pip(NEWEST, folder / "pips")}
    for interpreter in interpreters():
        wheels = fetch_wheels(interpreter, pips[NEWEST], folder)
        for version in (OLDEST_PIP[interpreter.version], NEWEST):
            pip = pips[version] if version in pips else pips.setdefault(version, fetch_pip(version, folder / "pips"))
            for lock in LOCKS:
                name = f"Python {interpreter.version}, {pip.name.removesuffix('-py3-none-any.whl')}, {lock.name}"
                yield name, partial(check, interpreter, pip, lock, index=(wheels, newer), folder=folder)


def main() -> int:
    """Try every pairing, say what came of each, and return 1 if one of them failed."""
    failed = 0
    with tempfile.TemporaryDirectory(prefix="largesse-locks-") as folder:
        for name, attempt in attempts(Path(folder)):
            try:
                attempt()
            except Failure as failure:
                failed = 1
                print(f"{name}: FAILED\n{failure}")
            else:
                print(f"{name}: installs")
    return failed


if __name__ == "__main__":
    sys.exit(main())
