-- name: wheres
-- Locations of some merchants with what the books ask of them; a null location is the merchant's default.
SELECT wanted.location_id AS wanted_id, l.merchant_id, l.location_id, l.entity_id, coalesce(nullif(l.country, ''), e.country) AS country,
    coalesce(l.time_zone, m.time_zone) AS time_zone, l.cut_off_hour, l.books_sale, l.takes_money, l.default_rate_name, l.default_rate, l.archived_at
FROM unnest($1::uuid[], $2::uuid[]) AS wanted (merchant_id, location_id)
JOIN locations l ON l.merchant_id = wanted.merchant_id
    AND (l.location_id = wanted.location_id OR (wanted.location_id IS NULL AND l.is_default))
JOIN legal_entities e ON e.merchant_id = l.merchant_id AND e.entity_id = l.entity_id
JOIN merchants m ON m.merchant_id = l.merchant_id

-- name: place_of_entity
-- The location that stands for a legal entity: the default one before others, and those that are closed last.
SELECT location_id FROM locations
WHERE merchant_id = $1 AND entity_id = $2
ORDER BY archived_at IS NOT NULL, NOT is_default, location_id
LIMIT 1
