"""What is only added to may be deleted of a sandbox, and of nobody else."""

from largesse.db.migrations.statements import run

revision = "0089"
down_revision = "0088"
branch_labels = None
depends_on = None

_SQL = """
-- What a merchant is never changes, so this can be said of each row at any time.
CREATE FUNCTION refuse_change_of_live() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT 1 FROM merchants WHERE merchant_id = OLD.merchant_id AND kind = 'sandbox'
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% is append-only: write a new row that corrects the old one', TG_TABLE_NAME USING ERRCODE =
    'restrict_violation';
END $$;

CREATE FUNCTION refuse_other_kind() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what a merchant is never changes' USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER merchants_keep_their_kind BEFORE UPDATE OF kind, parent_id ON merchants
    FOR EACH ROW WHEN (OLD.kind IS DISTINCT FROM NEW.kind) EXECUTE FUNCTION refuse_other_kind();
"""

_ONE = frozenset({"journal", "audit_log"})
_TABLES = ("journal", "seals", "ledger_days", "closings", "ledger_figures", "ledger_acts", "audit_log")


def upgrade() -> None:
    """Refuse what changes them row by row."""
    run(_SQL)
    for table in _TABLES:
        refuse = "refuse_audit_change" if table == "audit_log" else "refuse_change"
        name = f"{table}_{'is' if table in _ONE else 'are'}_append_only"
        run(f"""
DROP TRIGGER {name} ON {table};
CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change_of_live();
CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {refuse}();
""")
