-- name: put_rates
-- Rates of days; one that stands is set anew.
INSERT INTO exchange_rates (merchant_id, currency, day, rate, source, set_by, set_at)
SELECT $1, new.currency, new.day, new.rate, $3, $4, $5
FROM unnest($2::text[], $6::date[], $7::numeric[]) AS new (currency, day, rate)
ON CONFLICT (merchant_id, currency, day) DO UPDATE
SET rate = excluded.rate, source = excluded.source, set_by = excluded.set_by, set_at = excluded.set_at

-- name: rate_on
-- The rate of a currency on a day: the latest of it or before, not older than a bound.
SELECT merchant_id, currency, day, rate, source, set_by, set_at FROM exchange_rates
WHERE merchant_id = $1 AND currency = $2 AND day <= $3 AND day > $4
ORDER BY day DESC
LIMIT 1

-- name: list_rates
-- A merchant's rates, the newest first.
SELECT merchant_id, currency, day, rate, source, set_by, set_at FROM exchange_rates
WHERE merchant_id = $1 AND ($2::text IS NULL OR currency = $2)
ORDER BY day DESC, currency
LIMIT $3
