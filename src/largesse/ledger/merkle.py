"""Merkle trees as RFC 6962 §2.1 builds them, in a stream: a leaf is hashed behind 0x00, a node behind 0x01.

The left part of a tree is always the largest full one. So whoever appends leaves needs to remember only the roots of
the full trees that stand beside each other: as many as the count has bits.
"""

import hashlib
from typing import NamedTuple

EMPTY = hashlib.sha256().digest()


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of what stands above two others."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """One tree that grows leaf by leaf."""

    def __init__(self) -> None:
        self.count = 0
        self._full: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """Add the hash of a leaf at the right end."""
        self._full.append(leaf)
        for _ in range(merges(self.count)):
            right = self._full.pop()
            self._full[-1] = node_hash(self._full[-1], right)
        self.count += 1

    def root(self) -> bytes:
        """Return the root of what was appended until now."""
        if not self._full:
            return EMPTY
        root = self._full[-1]
        for left in self._full[-2::-1]:
            root = node_hash(left, root)
        return root


Versions = list[tuple[int, bytes]]
"""What a hash is in the trees of a forest: from which tree on, in their order."""


class _Stand(NamedTuple):
    """The trees from `first` to before `end`: all have as many leaves."""

    first: int
    end: int
    leaves: int
    full: list[Versions]

    def part(self, first: int, end: int) -> "_Stand":
        return _Stand(first, end, self.leaves, [_clipped(one, first, end) for one in self.full])

    def appended(self, leaf: Versions) -> "_Stand":
        full = [*self.full, _clipped(leaf, self.first, self.end)]
        for _ in range(merges(self.leaves)):
            right = full.pop()
            full[-1] = _joined(full[-1], right)
        return self._replace(leaves=self.leaves + 1, full=full)

    def roots(self) -> Versions:
        root = self.full[-1]
        for left in self.full[-2::-1]:
            root = _joined(left, root)
        return root


class Forest:
    """Many trees over leaves that come in one order, where each tree differs from the one before in few of them.

    A leaf belongs to every tree from one on, and may have another hash from a later one on. What trees have in common
    is hashed once: the work goes by the changes, not by the number of trees times that of leaves.
    """

    def __init__(self, trees: int) -> None:
        self._trees = trees
        self._stands = [_Stand(0, trees, 0, [])] if trees else []

    def append(self, leaf: Versions) -> None:
        """Add a leaf at the right end of every tree that has it; `leaf` has at least one version, in their order."""
        first, later = leaf[0][0], list[_Stand]()
        while self._stands and self._stands[-1].end > first:
            stand = self._stands.pop()
            if stand.first < first:
                self._stands.append(stand.part(stand.first, first))
                stand = stand.part(first, stand.end)
            later.append(stand.appended(leaf))
        self._stands += reversed(later)

    def roots(self) -> list[tuple[int, bytes]]:
        """Return of each tree how many leaves it has, and its root."""
        found = list[tuple[int, bytes]]()
        for stand in self._stands:
            versions = stand.roots() if stand.full else [(stand.first, EMPTY)]
            ends = [first for first, _ in versions[1:]] + [stand.end]
            for (first, root), end in zip(versions, ends, strict=True):
                found += [(stand.leaves, root)] * (end - first)
        return found


def merges(count: int) -> int:
    """Return how many full trees become one with the leaf that follows `count` others: its bits from the low end."""
    return (~count & (count + 1)).bit_length() - 1


def _joined(left: Versions, right: Versions) -> Versions:
    """Return the nodes above two hashes: another one from each tree on where either is another."""
    found, at, beside = Versions(), 0, 0
    while True:
        found.append((max(left[at][0], right[beside][0]), node_hash(left[at][1], right[beside][1])))
        following = left[at + 1][0] if at + 1 < len(left) else None
        opposite = right[beside + 1][0] if beside + 1 < len(right) else None
        if following is None and opposite is None:
            return found
        at += following is not None and (opposite is None or following <= opposite)
        beside += opposite is not None and (following is None or opposite <= following)


def _clipped(versions: Versions, first: int, end: int) -> Versions:
    """Return what a hash is in the trees from `first` to before `end`; it is in all of these."""
    before = [one for one in versions if one[0] <= first]
    return [(first, before[-1][1]), *(one for one in versions if first < one[0] < end)]
