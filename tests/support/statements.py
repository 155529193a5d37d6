"""Named statements, parsed: which tables each one reads and writes, and by what its tenants' rows are bound.

`pglast` is PostgreSQL's own parser, so nothing here guesses at SQL.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from pglast import parse_sql
from pglast.ast import (
    A_ArrayExpr,
    A_Expr,
    BoolExpr,
    ColumnRef,
    CommonTableExpr,
    DeleteStmt,
    FuncCall,
    InsertStmt,
    JoinExpr,
    Node,
    ParamRef,
    RangeFunction,
    RangeSubselect,
    RangeVar,
    RowExpr,
    SelectStmt,
    String,
    SubLink,
    TypeCast,
    UpdateStmt,
)
from pglast.enums import A_Expr_Kind, BoolExprType, SubLinkType

from largesse.db.sql import Queries

SOURCE = Path(__file__).parents[2] / "src" / "largesse"
TENANT = "merchant_id"

Tree = Any
"""A node of the parser's: any of its attributes may be missing, so its types say little."""


@dataclass(frozen=True)
class Statement:
    """One named statement: `home` is the folder of its file below the source, such as `domain/orders`."""

    home: str
    file: str
    name: str
    text: str

    def __str__(self) -> str:
        return f"{self.home}:{self.name}"

    @cached_property
    def tree(self) -> Tree:
        """Return the statement as PostgreSQL reads it; there is one behind each name."""
        [raw] = parse_sql(self.text)
        return raw.stmt


@cache
def statements() -> tuple[Statement, ...]:
    """Return every statement of every `.sql` file of the source."""
    found = []
    for path in sorted(SOURCE.rglob("*.sql")):
        queries = Queries(path.read_text(encoding="utf-8"))
        home = path.parent.relative_to(SOURCE).as_posix()
        found += [Statement(home, path.name, name, getattr(queries, name)) for name in queries.names()]
    return tuple(found)


def nodes(tree: Tree) -> Iterator[Tree]:
    """Yield a node and everything below it."""
    yield tree
    for name in tree:
        yield from _below(getattr(tree, name))


def _is(node: Tree, *kinds: type[Node]) -> bool:
    """Return whether a node is of one of these kinds; a plain bool, so that its attributes stay loosely typed."""
    return isinstance(node, kinds)


def _below(value: Any) -> Iterator[Tree]:
    if isinstance(value, Node):
        yield from nodes(value)
    elif isinstance(value, tuple):
        for part in value:
            yield from _below(part)


def written(tree: Tree) -> set[str]:
    """Return the tables that a statement inserts into, updates or deletes from."""
    return {node.relation.relname for node in nodes(tree) if _is(node, InsertStmt, UpdateStmt, DeleteStmt)}


def read(tree: Tree) -> set[str]:
    """Return the tables that a statement looks into; its own common table expressions and aliases are none."""
    own = {node.ctename for node in nodes(tree) if _is(node, CommonTableExpr)}
    return {node.relname for node in nodes(tree) if _is(node, RangeVar)} - own


def functions(tree: Tree) -> set[str]:
    """Return the functions that a statement calls."""
    return {node.funcname[-1].sval for node in nodes(tree) if _is(node, FuncCall)}


def recursive(tree: Tree) -> bool:
    """Return whether a statement has a recursive common table expression."""
    return any(getattr(node, "recursive", False) for node in nodes(tree))


def unbound(tree: Tree, tenants: set[str]) -> set[str]:
    """Return the tenants' tables of which a statement may read rows of more than one merchant.

    A table is bound where its `merchant_id` equals an argument, that of another table which is bound, or a column of
    what was computed before (a common table expression, a function, a row of the query around it).
    """
    computed = {node.ctename for node in nodes(tree) if _is(node, CommonTableExpr)}
    loose: set[str] = set()
    for node in nodes(tree):
        if _is(node, SelectStmt, UpdateStmt, DeleteStmt):
            loose |= _unbound_in(_Scope.of(node, tenants - computed))
    return loose


@dataclass
class _Scope:
    """One level of a statement: its relations by alias, and which pairs of columns are equal in it."""

    tables: dict[str, str] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)
    equal: list[tuple[Any, Any]] = field(default_factory=list)

    @classmethod
    def of(cls, node: Tree, tenants: set[str]) -> "_Scope":
        scope = cls()
        sources = list(getattr(node, "fromClause", None) or getattr(node, "usingClause", None) or ())
        if _is(node, UpdateStmt, DeleteStmt):
            sources.append(node.relation)
        for source in sources:
            scope._take(source, tenants)
        scope._conditions(getattr(node, "whereClause", None))
        return scope

    def _take(self, source: Tree, tenants: set[str]) -> None:
        if _is(source, JoinExpr):
            self._take(source.larg, tenants)
            self._take(source.rarg, tenants)
            self._conditions(source.quals)
            if TENANT in {column.sval for column in source.usingClause or ()}:
                sides = [*_aliases(source.larg)[:1], *_aliases(source.rarg)[:1]]
                self.equal.append((sides[0], sides[1]))
        elif _is(source, RangeVar):
            alias = source.alias.aliasname if source.alias else source.relname
            if source.relname in tenants:
                self.tables[alias] = source.relname
            else:
                self.others.add(alias)
        elif _is(source, RangeSubselect, RangeFunction) and source.alias:
            self.others.add(source.alias.aliasname)

    def _conditions(self, where: Tree) -> None:
        if _is(where, BoolExpr) and where.boolop == BoolExprType.AND_EXPR:
            for part in where.args:
                self._conditions(part)
        elif _is(where, A_Expr) and where.kind in {A_Expr_Kind.AEXPR_OP, A_Expr_Kind.AEXPR_IN}:
            self._equality(where)
        elif _is(where, SubLink) and where.subLinkType == SubLinkType.ANY_SUBLINK:
            columns = where.testexpr.args if _is(where.testexpr, RowExpr) else (where.testexpr,)
            self.equal += [(self._side(one), True) for one in columns]  # x IN (SELECT …)

    def _equality(self, where: Tree) -> None:
        if not (isinstance(where.name[-1], String) and where.name[-1].sval == "="):
            return
        left, right = where.lexpr, where.rexpr
        rows = _is(left, RowExpr) and _is(right, RowExpr)
        pairs = list(zip(left.args, right.args, strict=True)) if rows else [(left, right)]
        for one, other in pairs:
            self.equal += [(self._side(one), self._side(other)), (self._side(other), self._side(one))]

    def _side(self, node: Tree) -> Any:
        """Return the alias whose merchant a node is, True for what comes from outside, None for anything else."""
        if _is(node, ColumnRef):
            names = [part.sval for part in node.fields if _is(part, String)]
            if names[-1:] != [TENANT]:
                return None if len(names) > 1 and names[0] in self.tables else True
            if len(names) == 1:
                return next(iter(self.tables), True) if not self.others else None
            return names[0] if names[0] in self.tables else True
        return True if _is(node, ParamRef, A_ArrayExpr, FuncCall, TypeCast, SubLink) else None


def _aliases(source: Tree) -> list[str]:
    if _is(source, JoinExpr):
        return [*_aliases(source.larg), *_aliases(source.rarg)]
    alias = getattr(source, "alias", None)
    return [alias.aliasname if alias else source.relname]


def _unbound_in(scope: _Scope) -> set[str]:
    bound = {one for one, other in scope.equal if one in scope.tables and other is True}
    growing = True
    while growing:
        growing = False
        for one, other in [*scope.equal, *((b, a) for a, b in scope.equal)]:
            reached = other in bound or other in scope.others
            if one in scope.tables and one not in bound and reached:
                bound.add(one)
                growing = True
    return {scope.tables[alias] for alias in scope.tables.keys() - bound}
