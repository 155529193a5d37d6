-- name: networks
-- The networks of a merchant.
SELECT network, name, made_at FROM merchant_networks WHERE merchant_id = $1 ORDER BY name, network

-- name: rules
-- What is bound to them.
SELECT binds_office, binds_tills FROM network_rules WHERE merchant_id = $1

-- name: add_network
-- One more network, or another name for one.
INSERT INTO merchant_networks (merchant_id, network, name, made_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (merchant_id, network) DO UPDATE SET name = excluded.name

-- name: remove_network
-- One network less.
DELETE FROM merchant_networks WHERE merchant_id = $1 AND network = $2

-- name: bind_networks
-- What is bound from now on.
INSERT INTO network_rules (merchant_id, binds_office, binds_tills) VALUES ($1, $2, $3)
ON CONFLICT (merchant_id) DO UPDATE SET binds_office = excluded.binds_office, binds_tills = excluded.binds_tills
