-- name: outstanding
-- What is outstanding of a merchant's certificates at face, gratuities included, by currency and class of value.
SELECT currency, class_of_value, sum(balance + gratuity_balance)::bigint AS outstanding
FROM certificates
WHERE merchant_id = $1 AND status <> 'inactive'
GROUP BY currency, class_of_value

-- name: touched
-- How many certificates of an import have had anything happen to them since it opened them, by the operation of their own id.
SELECT count(*) FROM imported_certificates i
JOIN certificates c ON c.merchant_id = i.merchant_id AND c.certificate_id = i.certificate_id
JOIN journal j ON j.merchant_id = c.merchant_id AND j.subject_id = c.certificate_id AND j.seq = c.seq
WHERE i.merchant_id = $1 AND i.import_id = $2 AND j.operation_id <> i.certificate_id
