"""The trees: as RFC 6962 defines them, whatever their size; and many of them side by side."""

import hashlib
import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.ledger.merkle import EMPTY, Forest, Tree, Versions, leaf_hash, merges, node_hash


def plainly(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962 §2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + plainly(leaves[:k]) + plainly(leaves[k:])).digest()


def streamed(leaves: Sequence[bytes]) -> Tree:
    tree = Tree()
    for leaf in leaves:
        tree.append(leaf_hash(leaf))
    return tree


@given(st.lists(st.binary(max_size=40), max_size=70))
def test_a_stream_of_leaves_has_the_root_of_the_definition(leaves: list[bytes]) -> None:
    tree = streamed(leaves)
    assert (tree.count, tree.root()) == (len(leaves), plainly(leaves))


# Leaves, and the root of all up to there: published with Certificate Transparency's own code.
KNOWN = [
    ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    ("00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
    ("10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
    ("2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    ("3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
    ("40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
    ("5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
    ("606162636465666768696a6b6c6d6e6f", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
]


@pytest.mark.parametrize("count", range(1, 9))
def test_the_structure_of_the_rfc_is_kept(count: int) -> None:
    """The left part is the largest full tree: for seven leaves ((ab)(cd))((ef)g), as the RFC draws it."""
    leaves = [bytes.fromhex(text) for text, _ in KNOWN[:count]]
    a, b, c, d, e, f, g, h = ([leaf_hash(one) for one in leaves] + [b""] * 8)[:8]
    n = node_hash
    drawn = [
        a,
        n(a, b),
        n(n(a, b), c),
        n(n(a, b), n(c, d)),
        n(n(n(a, b), n(c, d)), e),
        n(n(n(a, b), n(c, d)), n(e, f)),
        n(n(n(a, b), n(c, d)), n(n(e, f), g)),
        n(n(n(a, b), n(c, d)), n(n(e, f), n(g, h))),
    ]
    assert streamed(leaves).root() == drawn[count - 1]


def test_the_roots_that_other_implementations_know() -> None:
    assert streamed([]).root() == EMPTY
    for count, (_, root) in enumerate(KNOWN, 1):
        assert streamed([bytes.fromhex(text) for text, _ in KNOWN[:count]]).root().hex() == root


@pytest.mark.parametrize("count, found", [(0, 0), (1, 1), (2, 0), (3, 2), (4, 0), (5, 1), (7, 3), (2**40 - 1, 40)])
def test_how_many_full_trees_a_leaf_joins(count: int, found: int) -> None:
    assert merges(count) == found


def test_a_tree_remembers_as_many_roots_as_its_count_has_bits() -> None:
    tree = Tree()
    for number in range(1, 2_000):
        tree.append(leaf_hash(number.to_bytes(4)))
        assert len(tree._full) == number.bit_count()


@st.composite
def histories(draw: st.DrawFn) -> tuple[int, list[dict[int, bytes]]]:
    """Trees, and leaves that each have a value from some of them on."""
    trees = draw(st.integers(1, 6))
    changes = st.dictionaries(st.integers(0, trees - 1), st.binary(min_size=1, max_size=3), min_size=1, max_size=trees)
    return trees, draw(st.lists(changes, max_size=40))


@given(histories())
def test_a_forest_has_the_root_of_each_of_its_trees(history: tuple[int, list[dict[int, bytes]]]) -> None:
    trees, leaves = history
    forest = Forest(trees)
    for leaf in leaves:
        forest.append([(tree, leaf_hash(value)) for tree, value in sorted(leaf.items())])
    expected = []
    for tree in range(trees):
        those = [leaf[max(one for one in leaf if one <= tree)] for leaf in leaves if min(leaf) <= tree]
        expected.append((len(those), plainly(those)))
    assert forest.roots() == expected


def test_a_forest_works_by_changes_and_not_by_trees_times_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    """A year of nights in which a hundred certificates are sold and a hundred older ones used."""
    hashed = 0

    def counting(left: bytes, right: bytes) -> bytes:
        nonlocal hashed
        hashed += 1
        return node_hash(left, right)

    monkeypatch.setattr("largesse.ledger.merkle.node_hash", counting)
    nights, a_night, chance = 100, 40, random.Random(7)
    leaves: list[Versions] = [[(night, bytes(32))] for night in range(nights) for _ in range(a_night)]
    for night in range(1, nights):
        for place in chance.sample(range(night * a_night), a_night):
            leaves[place].append((night, night.to_bytes(32)))
    forest = Forest(nights)
    for leaf in leaves:
        forest.append(leaf)
    assert len(forest.roots()) == nights
    assert hashed < 20 * 2 * nights * a_night
    assert hashed < nights * nights * a_night / 4
