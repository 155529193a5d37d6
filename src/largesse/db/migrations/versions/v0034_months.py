"""Events, their deliveries and the attempts of these are partitioned by month, on the time in their ids.

What stands becomes the partition of all that is older than the months to come: no row is copied. Ids that are no
UUIDv7 would lie behind all months; they go to the default partition.
"""

from largesse.db.migrations.statements import run

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE events RENAME TO events_before;
ALTER INDEX events_pkey RENAME TO events_before_pkey;
CREATE TABLE events (
    LIKE events_before INCLUDING DEFAULTS INCLUDING CONSTRAINTS,
    PRIMARY KEY (merchant_id, event_id)
) PARTITION BY RANGE (event_id);
CREATE TABLE events_default PARTITION OF events DEFAULT;

ALTER TABLE deliveries RENAME TO deliveries_before;
ALTER INDEX deliveries_pkey RENAME TO deliveries_before_pkey;
ALTER INDEX deliveries_due RENAME TO deliveries_before_due;
ALTER INDEX deliveries_in_order RENAME TO deliveries_before_in_order;
ALTER INDEX deliveries_failed RENAME TO deliveries_before_failed;
CREATE TABLE deliveries (
    LIKE deliveries_before INCLUDING DEFAULTS INCLUDING CONSTRAINTS,
    PRIMARY KEY (merchant_id, endpoint_id, event_id)
) PARTITION BY RANGE (event_id);
CREATE INDEX deliveries_due ON deliveries (merchant_id, endpoint_id, next_attempt_at) WHERE status = 'pending';
CREATE INDEX deliveries_in_order ON deliveries (merchant_id, endpoint_id, queued_at, position, event_id)
    WHERE status = 'pending' AND in_order;
CREATE INDEX deliveries_failed ON deliveries (merchant_id, endpoint_id, settled_at) WHERE status = 'failed';
CREATE TABLE deliveries_default PARTITION OF deliveries DEFAULT
    WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.1);

ALTER TABLE attempts RENAME TO attempts_before;
ALTER INDEX attempts_pkey RENAME TO attempts_before_pkey;
CREATE TABLE attempts (
    LIKE attempts_before INCLUDING DEFAULTS INCLUDING CONSTRAINTS,
    PRIMARY KEY (merchant_id, endpoint_id, event_id, attempt)
) PARTITION BY RANGE (event_id);
CREATE TABLE attempts_default PARTITION OF attempts DEFAULT;

DO $$
DECLARE
    relation text;
    storage text;
    month timestamp;
    month_start uuid;
    month_end uuid;
BEGIN
    FOREACH relation IN ARRAY ARRAY['events', 'deliveries', 'attempts'] LOOP
        storage := CASE WHEN relation = 'deliveries' THEN
            'WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.1)'
            ELSE '' END;
        -- rows of this month stand already: the first month of its own is the next
        FOR ahead IN 0..2 LOOP
            month := date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => ahead);
            month_end := (lpad(to_hex((extract(epoch FROM month + interval '1 month') * 1000)::bigint), 12, '0')
                || repeat('0', 20))::uuid;
            IF ahead = 0 THEN
                EXECUTE format(
                    'WITH moved AS (DELETE FROM %1$I WHERE event_id >= %2$L RETURNING *) '
                    'INSERT INTO %3$I SELECT * FROM moved',
                    relation || '_before', month_end, relation || '_default'
                );
                EXECUTE format(
                    'ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (MINVALUE) TO (%L)',
                    relation, relation || '_before', month_end
                );
            ELSE
                EXECUTE format(
                    'CREATE TABLE %1$I (LIKE %2$I INCLUDING ALL) %3$s',
                    relation || to_char(month, '_YYYY_MM'), relation, storage
                );
                EXECUTE format(
                    'WITH moved AS (DELETE FROM %1$I WHERE event_id >= %2$L AND event_id < %3$L RETURNING *) '
                    'INSERT INTO %4$I SELECT * FROM moved',
                    relation || '_default', month_start, month_end, relation || to_char(month, '_YYYY_MM')
                );
                EXECUTE format(
                    'ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                    relation, relation || to_char(month, '_YYYY_MM'), month_start, month_end
                );
            END IF;
            month_start := month_end;
        END LOOP;
    END LOOP;
END $$;
"""


def upgrade() -> None:
    """Put the tables under partitioned ones of their names."""
    run(_SQL)
