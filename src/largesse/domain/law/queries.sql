-- name: choose
-- The law profile that a merchant goes by from now on.
INSERT INTO law_choices (merchant_id, code, refuses, when_unknown, chosen_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (merchant_id) DO UPDATE
SET code = excluded.code, refuses = excluded.refuses, when_unknown = excluded.when_unknown, chosen_at = excluded.chosen_at

-- name: choose_none
-- Go by no profile any more.
DELETE FROM law_choices WHERE merchant_id = $1

-- name: choice_of
-- What a merchant chose.
SELECT merchant_id, code, refuses, when_unknown, chosen_at FROM law_choices WHERE merchant_id = $1
