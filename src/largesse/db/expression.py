"""SQLAlchemy as an expression language: lists with many optional filters are built with it and run on the asyncpg connection.

One kind of connection is worth more than an object mapper here (docs/decisions/0003-one-connection.md).
"""

from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.sql import ClauseElement

_DIALECT = PGDialect_asyncpg()


def compile_statement(statement: ClauseElement) -> tuple[str, list[object]]:
    """Return the SQL text of `statement` with `$1`-style parameters, and their values in order."""
    compiled = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    values = compiled.params
    return str(compiled), [values[name] for name in compiled.positiontup or ()]
