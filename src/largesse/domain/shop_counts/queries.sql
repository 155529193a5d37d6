-- name: lock_day
-- Let nobody else add to a merchant's day until the transaction ends.
SELECT pg_advisory_xact_lock(hashtextextended('shop_counts:' || $1::uuid::text || ':' || $2::date::text, 0))

-- name: campaigns_of_day
-- The campaigns that a merchant's day tells apart.
SELECT DISTINCT utm_source, utm_medium, utm_campaign FROM shop_counts WHERE merchant_id = $1 AND counted_on = $2

-- name: add_counts
-- Add to the sums of a day: $3 is a JSON array of what each grows by.
INSERT INTO shop_counts (
    merchant_id, counted_on, offering_id, language, utm_source, utm_medium, utm_campaign, shown, begun, placed
)
SELECT $1, $2, offering_id, language, utm_source, utm_medium, utm_campaign, coalesce(shown, 0), coalesce(begun, 0), coalesce(placed, 0)
FROM json_to_recordset($3::json) AS given (
    offering_id uuid, language text, utm_source text, utm_medium text, utm_campaign text, shown bigint, begun bigint, placed bigint
)
ON CONFLICT (merchant_id, counted_on, offering_id, language, utm_source, utm_medium, utm_campaign) DO UPDATE
SET shown = shop_counts.shown + excluded.shown, begun = shop_counts.begun + excluded.begun, placed = shop_counts.placed + excluded.placed

-- name: counts_to_forget
-- Who has sums of days before one.
SELECT DISTINCT merchant_id FROM shop_counts WHERE counted_on < $1

-- name: forget_counts
-- Delete sums of a merchant's days before one.
DELETE FROM shop_counts WHERE merchant_id = $1 AND counted_on < $2
