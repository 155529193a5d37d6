"""A lock file as values."""

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_CONTINUED = re.compile(r"\\\n\s*")
_HASH = re.compile(r"\s--hash=(\S+)")


class Locked(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a lock: the requirement, pinned, and the digests that its files may have."""

    requirement: Requirement
    hashes: tuple[str, ...]

    @property
    def name(self) -> str:
        """The normalised name of the distribution."""
        return canonicalize_name(self.requirement.name)

    @property
    def version(self) -> str:
        """The pinned version."""
        return next(iter(self.requirement.specifier)).version

    def needed(self, environment: Mapping[str, str]) -> bool:
        """Whether the line is for a machine like `environment` (the variables of PEP 508)."""
        marker = self.requirement.marker
        return marker is None or marker.evaluate(dict(environment))


def read_lock(path: Path) -> list[Locked]:
    """Return the lines of a lock file.

    Raises:
        InvalidRequirement: a line is an option (an index, a path) or anything else that is not a requirement.
    """
    text = _CONTINUED.sub(" ", path.read_text(encoding="utf-8"))
    lines = (line.partition(" #")[0].strip() for line in text.splitlines())
    return [_locked(line) for line in lines if line and not line.startswith("#")]


def _locked(line: str) -> Locked:
    return Locked(requirement=Requirement(_HASH.sub("", line)), hashes=tuple(_HASH.findall(line)))
