"""The migrations form one chain."""

import importlib
from itertools import pairwise
from pathlib import Path

from largesse.db.migrations import versions


def test_each_migration_follows_the_one_before_and_its_file_is_named_for_it() -> None:
    folder = Path(versions.__file__).parent
    names = sorted(path.stem for path in folder.glob("v*.py"))
    modules = [importlib.import_module(f"{versions.__name__}.{name}") for name in names]
    assert [name[1:5] for name in names] == [f"{number:04}" for number in range(1, len(names) + 1)]
    assert [module.revision for module in modules] == [name[1:5] for name in names]
    assert [module.down_revision for module in modules] == [None, *(one.revision for one, _ in pairwise(modules))]
