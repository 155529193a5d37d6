"""What pgbench does beside redemptions: the same rows as the product writes, one transaction for each."""


def redemption_scripts(*, merchant: str, certificates: int, first: int, run: int) -> dict[str, str]:
    """Return two scripts that take one cent from a random one of `certificates`, whose ids count up from `first`.

    A conditional update and an insert between BEGIN and COMMIT, and the same in a single statement.
    """
    draw = (
        f"\\set n :n + 1\n\\set key {run * 10_000_000_000} + :n * 64 + :client_id\n"
        f"\\set which random({first}, {first + certificates - 1})\n"
    )
    merchant_id, card = f"'{merchant}'::uuid", "lpad(to_hex(:which::bigint), 32, '0')::uuid"
    operation = "lpad(to_hex(:key::bigint), 32, '0')::uuid"
    update = (
        f"UPDATE certificates SET balance = balance - 1, seq = seq + 1 WHERE merchant_id = {merchant_id} "
        f"AND certificate_id = {card} AND status = 'active' AND balance - held >= 1 AND expires_at > now()"
    )
    insert = f"""INSERT INTO journal (merchant_id, subject_id, subject_kind, seq, operation_id, line, kind, leg,
 currency, debit, credit, amount, held_change, balance_after, held_after, gratuity_after, gratuity_held_after, actor,
 fingerprint, recorded_at, effective_at, booked_on, location_id, legal_entity_id, books_sale, hash_format, hash)
 SELECT merchant_id, certificate_id, 'certificate', seq, {operation}, 0, 'redeem', 'value', currency,
 'certificates_outstanding', 'redeemed',
 1, 0, balance, held, gratuity_balance, gratuity_held, 'till:1', '\\x00112233445566778899aabbccddeeff', now(), now(),
 current_date, merchant_id, merchant_id, 'largesse', 1, head"""
    where = f"FROM certificates WHERE merchant_id = {merchant_id} AND certificate_id = {card}"
    plain = f"{draw}BEGIN;\n{update};\n{insert} {where};\nCOMMIT;\n"
    single = f"{draw}WITH taken AS ({update} RETURNING *) {insert} FROM taken;\n"
    return {"plain": plain, "single": single}
