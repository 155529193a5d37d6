-- name: insert_rule
-- A rule that waits for another person; nothing where one of that id stands.
INSERT INTO breakage_rules (merchant_id, rule_id, class_of_value, currency, method, rate_ppm, remote_months, since, why, state, requested_by,
    requester_id, requested_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'requested', $10, $11, $12)
ON CONFLICT DO NOTHING

-- name: lock_rule
-- One rule, locked.
SELECT * FROM breakage_rules WHERE merchant_id = $1 AND rule_id = $2 FOR UPDATE

-- name: decide_rule
-- A rule is agreed to, or refused.
UPDATE breakage_rules SET state = $3, decided_by = $4, decided_at = $5, alone = $6
WHERE merchant_id = $1 AND rule_id = $2 AND state = 'requested'

-- name: list_rules
-- All rules of a merchant, the newest first.
SELECT * FROM breakage_rules WHERE merchant_id = $1 ORDER BY requested_at DESC, rule_id
