-- name: checklist
-- How far a merchant is after its first run.
SELECT
    EXISTS (SELECT 1 FROM themes t WHERE t.merchant_id = $1 AND t.logo_id IS NOT NULL) AS logo,
    EXISTS (SELECT 1 FROM offerings o WHERE o.merchant_id = $1 AND o.status = 'active') AS offering,
    EXISTS (SELECT 1 FROM payment_accounts a WHERE a.merchant_id = $1 AND a.retired_at IS NULL AND a.is_default)
        OR EXISTS (SELECT 1 FROM bank_accounts b WHERE b.merchant_id = $1 AND b.retired_at IS NULL)
        OR EXISTS (
            SELECT 1 FROM payments h
            WHERE h.merchant_id = $1 AND h.gateway IN ('manual', 'cash', 'terminal', 'till') AND h.status = 'succeeded'
        ) AS payment,
    EXISTS (SELECT 1 FROM law_choices l WHERE l.merchant_id = $1) AS law,
    EXISTS (
        SELECT 1 FROM endpoints m WHERE m.merchant_id = $1 AND m.format = 'email' AND m.last_success_at IS NOT NULL
    ) AS mail,
    EXISTS (
        SELECT 1 FROM endpoints e WHERE e.merchant_id = $1 AND e.format <> 'email' AND e.status IN ('active', 'paused')
    ) AS endpoint,
    (SELECT count(*) FROM memberships p
     WHERE p.merchant_id = $1 AND p.role = 'owner' AND p.ended_at IS NULL AND p.confirmed_at IS NOT NULL) AS owners
