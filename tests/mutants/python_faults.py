"""The single faults that a Python module can be given, found in its syntax tree.

Left alone is what no behaviour hangs on or another check holds: imports, types, decorators, docstrings, texts of error
messages, assertions.
"""

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

from tests.mutants.mutant import Mutant

_COMPARISONS: Mapping[type[ast.cmpop], tuple[str, ...]] = {
    ast.Lt: ("<=", ">="),
    ast.LtE: ("<", ">"),
    ast.Gt: (">=", "<="),
    ast.GtE: (">", "<"),
    ast.Eq: ("!=",),
    ast.NotEq: ("==",),
    ast.Is: ("is not",),
    ast.IsNot: ("is",),
    ast.In: ("not in",),
    ast.NotIn: ("in",),
}
_ARITHMETIC: Mapping[type[ast.operator], str] = {
    ast.Add: "-",
    ast.Sub: "+",
    ast.Mult: "+",
    ast.FloorDiv: "*",
    ast.BitOr: "&",
    ast.BitAnd: "|",
}
_OPPOSITES = {"min": "max", "max": "min", "any": "all", "all": "any"}
_SYMMETRIC = {"min", "max", "compare_digest"}
"""Functions that take their arguments in any order."""
_TWINS = {
    "balance": "available",
    "available": "balance",
    "debit": "credit",
    "credit": "debit",
    "value": "gratuity",
    "gratuity": "value",
    "held": "balance",
}
_Change = tuple[ast.AST, str, str]


def enums_of(sources: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the members of each enumeration that some modules define, by its name."""
    found = {}
    for source in sources.values():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ClassDef) and any("Enum" in ast.unparse(base) for base in node.bases):
                members = [one.targets[0] for one in node.body if isinstance(one, ast.Assign)]
                found[node.name] = tuple(member.id for member in members if isinstance(member, ast.Name))
    return found


def python_mutants(file: str, text: str, enums: Mapping[str, tuple[str, ...]]) -> list[Mutant]:
    """Return every mutant of a module, in the order of its lines."""
    lines = _starts_of_lines(text)
    found = []
    for inside, (node, kind, after) in _Walk(enums).module(ast.parse(text)):
        start, end = _span(node, lines, text)
        before = text[start:end]
        found.append(Mutant(file=file, inside=inside, kind=kind, text=text, start=start, before=before, after=after))
    return sorted({(one.start, one.before, one.after): one for one in found}.values(), key=lambda one: one.start)


class _Walk:
    """A walk through a module that yields what can be changed, and in which function."""

    def __init__(self, enums: Mapping[str, tuple[str, ...]]) -> None:
        self._enums = enums

    def module(self, tree: ast.Module) -> Iterator[tuple[str, _Change]]:
        yield from self._body(tree.body, "module")

    def _body(self, body: Sequence[ast.stmt], inside: str) -> Iterator[tuple[str, _Change]]:
        for statement in body:
            if _is_left_alone(statement):
                continue
            if isinstance(statement, ast.ClassDef):
                if not _is_error(statement):
                    yield from self._body(statement.body, _within(inside, statement.name))
            elif isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from self._function(statement, _within(inside, statement.name))
            else:
                yield from self._statement(statement, inside)

    def _function(self, function: ast.FunctionDef | ast.AsyncFunctionDef, name: str) -> Iterator[tuple[str, _Change]]:
        for default in (*function.args.defaults, *function.args.kw_defaults):
            if default is not None:
                yield from self._nodes(default, name)
        yield from self._body(function.body, name)

    def _statement(self, statement: ast.stmt, inside: str) -> Iterator[tuple[str, _Change]]:
        for change in _statement_changes(statement):
            yield inside, change
        for field, value in ast.iter_fields(statement):
            if field == "annotation":
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.stmt):
                    yield from self._body([child], inside)
                elif isinstance(child, ast.ExceptHandler | ast.match_case):
                    yield from self._body(child.body, inside)
                elif isinstance(child, ast.AST):
                    yield from self._nodes(child, inside)

    def _nodes(self, top: ast.AST, inside: str) -> Iterator[tuple[str, _Change]]:
        if isinstance(top, ast.JoinedStr | ast.Lambda):
            return
        for change in self._expression_changes(top):
            yield inside, change
        for child in ast.iter_child_nodes(top):
            yield from self._nodes(child, inside)

    def _expression_changes(self, node: ast.AST) -> Iterator[_Change]:
        for kind in _EXPRESSIONS:
            yield from kind(node)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and isinstance(node.ctx, ast.Load):
            members = self._enums.get(node.value.id, ())
            if node.attr in members and len(members) > 1:
                other = members[(members.index(node.attr) + 1) % len(members)]
                yield node, "enum member", f"{node.value.id}.{other}"


def _comparison(node: ast.AST) -> Iterator[_Change]:
    if not isinstance(node, ast.Compare):
        return
    operands = [node.left, *node.comparators]
    for place, operator in enumerate(node.ops):
        for other in _COMPARISONS[type(operator)]:
            texts = [ast.unparse(_wrapped(operand)) for operand in operands]
            signs = [_sign(one) if at != place else other for at, one in enumerate(node.ops)]
            yield node, "comparison", texts[0] + "".join(f" {s} {t}" for s, t in zip(signs, texts[1:], strict=True))


def _arithmetic(node: ast.AST) -> Iterator[_Change]:
    if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        left, right = ast.unparse(_wrapped(node.left)), ast.unparse(_wrapped(node.right))
        yield node, "arithmetic", f"({left} {_ARITHMETIC[type(node.op)]} {right})"
        yield node, "operand dropped", left
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node, "sign dropped", ast.unparse(_wrapped(node.operand))


def _boolean(node: ast.AST) -> Iterator[_Change]:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node, "not dropped", ast.unparse(_wrapped(node.operand))
    if isinstance(node, ast.BoolOp):
        other = " or " if isinstance(node.op, ast.And) else " and "
        texts = [ast.unparse(_wrapped(value)) for value in node.values]
        yield node, "and/or", f"({other.join(texts)})"
        same = " and " if isinstance(node.op, ast.And) else " or "
        for place in range(len(texts)):
            yield node, "condition dropped", f"({same.join(texts[:place] + texts[place + 1 :])})"


def _constant(node: ast.AST) -> Iterator[_Change]:
    if not isinstance(node, ast.Constant):
        return
    if isinstance(node.value, bool):
        yield node, "constant", str(not node.value)
    elif isinstance(node.value, int):
        yield node, "constant", f"({node.value + 1})"
        yield node, "constant", f"({node.value - 1})"
    elif isinstance(node.value, str) and node.value.isidentifier():
        yield node, "constant", repr(f"{node.value}_")


def _choice(node: ast.AST) -> Iterator[_Change]:
    if isinstance(node, ast.IfExp):
        yes, test, no = (ast.unparse(_wrapped(part)) for part in (node.body, node.test, node.orelse))
        yield node, "arms swapped", f"({no} if {test} else {yes})"
        yield node, "one arm", yes
        yield node, "one arm", no
    if isinstance(node, ast.comprehension):
        for condition in node.ifs:
            yield condition, "filter dropped", "True"


def _call(node: ast.AST) -> Iterator[_Change]:
    if not isinstance(node, ast.Call):
        return
    if isinstance(node.func, ast.Name) and node.func.id in _OPPOSITES:
        yield node.func, "opposite", _OPPOSITES[node.func.id]
    if ast.unparse(node.func).rpartition(".")[2] in _SYMMETRIC:
        return
    arguments = [argument for argument in node.args if not isinstance(argument, ast.Starred)]
    for one, other in pairwise(arguments):
        yield from _swapped(node, one, other)
    keywords = [keyword for keyword in node.keywords if keyword.arg]
    for first, second in pairwise(keywords):
        yield from _swapped(node, first.value, second.value)


def _swapped(call: ast.Call, one: ast.expr, other: ast.expr) -> Iterator[_Change]:
    texts = ast.unparse(one), ast.unparse(other)
    if texts[0] != texts[1] and "lambda" not in "".join(texts):
        exchange = {id(one): other, id(other): one}
        keywords = [ast.keyword(known.arg, exchange.get(id(known.value), known.value)) for known in call.keywords]
        arguments = [exchange.get(id(argument), argument) for argument in call.args]
        yield call, "arguments swapped", ast.unparse(ast.Call(call.func, arguments, keywords))


def _attribute(node: ast.AST) -> Iterator[_Change]:
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and node.attr in _TWINS:
        yield node, "attribute", f"{ast.unparse(node.value)}.{_TWINS[node.attr]}"


_EXPRESSIONS: tuple[Callable[[ast.AST], Iterator[_Change]], ...] = (
    _comparison,
    _arithmetic,
    _boolean,
    _constant,
    _choice,
    _call,
    _attribute,
)


def _statement_changes(statement: ast.stmt) -> Iterator[_Change]:
    if isinstance(statement, ast.Expr | ast.AugAssign | ast.Raise | ast.Delete):
        yield statement, "statement dropped", "pass"
    if isinstance(statement, ast.Continue):
        yield statement, "statement dropped", "pass"
    if isinstance(statement, ast.If | ast.While):
        test = ast.unparse(statement.test)
        yield statement.test, "condition negated", f"not ({test})"
        yield statement.test, "condition false", "False"
        if isinstance(statement, ast.If):
            yield statement.test, "condition true", "True"
    if isinstance(statement, ast.Return) and statement.value is not None and ast.unparse(statement.value) != "None":
        yield statement.value, "nothing returned", "None"


def _is_left_alone(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Import | ast.ImportFrom | ast.Assert | ast.Pass):
        return True
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return True
    if isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING":
        return True
    if isinstance(statement, ast.Assign):
        names = {target.id for target in statement.targets if isinstance(target, ast.Name)}
        return bool(names & {"__all__", "message", "code", "__slots__"})
    return isinstance(statement, ast.AnnAssign) and statement.value is None


def _is_error(node: ast.ClassDef) -> bool:
    """Return whether a class only names a refusal: its texts are held by other checks."""
    return all(
        isinstance(one, ast.Expr)
        or (isinstance(one, ast.Assign) and _is_left_alone(one))
        or (isinstance(one, ast.FunctionDef) and one.name == "__init__")
        for one in node.body
    )


def _within(inside: str, name: str) -> str:
    return name if inside == "module" else f"{inside}.{name}"


def _wrapped(node: ast.expr) -> ast.expr:
    """Return a node whose text keeps its meaning among operators."""
    plain = (
        ast.Name | ast.Constant | ast.Attribute | ast.Call | ast.Subscript | ast.Tuple | ast.Set | ast.List | ast.Dict
    )
    return node if isinstance(node, plain) else ast.Name(f"({ast.unparse(node)})")


_SIGNS: Mapping[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}


def _sign(operator: ast.cmpop) -> str:
    return _SIGNS[type(operator)]


def _starts_of_lines(text: str) -> list[int]:
    starts, at = [0], 0
    for line in text.splitlines(keepends=True):
        at += len(line)
        starts.append(at)
    return starts


def _span(node: ast.AST, lines: Sequence[int], text: str) -> tuple[int, int]:
    """Return where a node's text begins and ends; the tree counts columns in bytes."""
    assert isinstance(node, ast.stmt | ast.expr)
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return (
        _offset(text, lines, node.lineno, node.col_offset),
        _offset(text, lines, node.end_lineno, node.end_col_offset),
    )


def _offset(text: str, lines: Sequence[int], line: int, column: int) -> int:
    start = lines[line - 1]
    return start + len(text[start : lines[line]].encode()[:column].decode())
