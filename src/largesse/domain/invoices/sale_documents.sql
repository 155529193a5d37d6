-- name: next_sale_number
-- The next number of a kind. The row stays locked until the transaction ends, so a number is given with its document or not at all.
INSERT INTO sale_document_series AS s (merchant_id, kind, last_number) VALUES ($1, $2, 1)
ON CONFLICT (merchant_id, kind) DO UPDATE SET last_number = s.last_number + 1
RETURNING last_number

-- name: insert_sale_document
-- What is written here never changes.
INSERT INTO sale_documents (merchant_id, document_id, checkout_id, tax_group, kind, number, corrects, reason, currency, total, tax, issued_at, document,
    document_hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)

-- name: sale_documents_of
-- All documents of a checkout: those of the sale, then what corrects them, in order.
SELECT merchant_id, document_id, checkout_id, corrects, issued_at, document FROM sale_documents
WHERE merchant_id = $1 AND checkout_id = $2 ORDER BY corrects IS NOT NULL, issued_at, kind DESC, number

-- name: first_sale_document
-- The receipt or invoice of a checkout for what is taxed so; locked, so that what corrects it is written one after the other.
SELECT merchant_id, document_id, checkout_id, corrects, issued_at, document FROM sale_documents
WHERE merchant_id = $1 AND checkout_id = $2 AND tax_group = $3 AND corrects IS NULL FOR UPDATE

-- name: sale_document_of_number
-- A document by its number.
SELECT merchant_id, document_id, checkout_id, corrects, issued_at, document FROM sale_documents
WHERE merchant_id = $1 AND kind = $2 AND number = $3
