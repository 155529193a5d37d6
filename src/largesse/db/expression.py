"""SQLAlchemy as an expression language for lists with many optional filters; they run on the asyncpg connection.

One kind of connection is worth more than an object mapper here (docs/decisions/0002-one-kind-of-connection.md).
"""

from collections.abc import Callable
from typing import cast

from sqlalchemy import Dialect
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

_DIALECT = cast("Callable[[], Dialect]", dialect)()  # SQLAlchemy leaves the constructor untyped


def compile_statement(statement: ClauseElement) -> tuple[str, list[object]]:
    """Return the SQL text of `statement` with `$1`-style parameters, and their values in order."""
    compiled = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    if not isinstance(compiled, SQLCompiler):
        message = "only queries and data statements have parameters"
        raise TypeError(message)
    values = compiled.params
    return str(compiled), [values[name] for name in compiled.positiontup or ()]
