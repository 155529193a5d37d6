-- name: put_view
-- A view, in the place of the one of its name.
INSERT INTO saved_views (merchant_id, view_id, person_id, list, name, query, saved_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (merchant_id, person_id, list, lower(name)) DO UPDATE SET query = excluded.query, saved_at = excluded.saved_at

-- name: views_of
-- Somebody's views of a list, by name.
SELECT merchant_id, view_id, person_id, list, name, query, saved_at FROM saved_views
WHERE merchant_id = $1 AND person_id = $2 AND list = $3
ORDER BY lower(name), view_id

-- name: drop_view
-- One of somebody's views.
DELETE FROM saved_views WHERE merchant_id = $1 AND person_id = $2 AND view_id = $3
