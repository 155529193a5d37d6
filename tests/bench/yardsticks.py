"""What pgbench does: the same rows as the product writes, one transaction per order or redemption.

The order's script leaves out what the product does besides (locking the agreement,
 looking for an earlier order, using
credit): a row that all clients update would hold pgbench back more than it holds back a batch.
"""

_CERTIFICATE = """INSERT INTO certificates (merchant_id, certificate_id, currency, class_of_value, funding,
 status, balance, held,
 gratuity_balance, gratuity_held, good_through, expires_at, order_number, seq, issued_at)
 VALUES ({merchant}, {id}, 'USD', 'paid', 'partner_receivable', 'active', 2500, 0, 0, 0, '2027-11-22',
 '2027-11-23 05:00+00',
 {number}, 1, now())"""

_JOURNAL = """INSERT INTO journal (merchant_id, certificate_id, seq, operation_id, leg, kind, pot, currency,
 debit, credit, amount,
 held_change, balance_after, held_after, gratuity_after, gratuity_held_after, actor, fingerprint, recorded_at)
 VALUES ({merchant}, {id}, 1, {id}, 0, 'issue', 'value', 'USD', 'partner_receivable',
 'certificates_outstanding', 2500,
 0, 2500, 0, 0, 0, 'partner:01900000-0000-7000-8000-000000000001', '\\x00112233445566778899aabbccddeeff', now())"""

_NUMBER = """INSERT INTO certificate_numbers (merchant_id, certificate_id, digest, cipher, key_id, last_four)
 VALUES ({merchant}, {id}, sha256({id}::text::bytea), sha256({id}::text::bytea)
 || '\\x0011223344556677889900112233445566'::bytea, 'k1', 'HB3C')"""

_ORDER = """INSERT INTO orders (merchant_id, order_id, order_number, channel, status, partner_id, refcode,
 third_party_identifier,
 certificate_id, operation_id, fingerprint, currency, amount, total, good_through, description, placed_at, issued_at)
 VALUES ({merchant}, {id}, {number}, 'partner', 'issued', {partner}, '123456789',
 '{{D21A1915-E024-4B9C-8345-62BECAE048EF}}',
 {id}, {id}, '\\x00112233445566778899aabbccddeeff', 'USD', 2500, 2500, '2027-11-22', 'Gift Certificate', now(),
 now())"""

_EVENT = """INSERT INTO events (merchant_id, event_id, kind, version, payload, occurred_at)
 VALUES ({merchant}, {id}, 'order.issued', 1, rpad('{{"order":{{"order_number":', {payload_length}, 'x'), now())"""

_DELIVERY = """INSERT INTO deliveries (merchant_id, endpoint_id, event_id, queued_at, position, in_order,
 status, next_attempt_at)
 VALUES ({merchant}, {endpoint}, {id}, now(), 1, false, 'pending', now())"""

_PARTS = (_CERTIFICATE, _JOURNAL, _NUMBER, _ORDER, _EVENT, _DELIVERY)


def order_scripts(*, merchant: str, partner: str, endpoint: str, payload_length: int, run: int) -> dict[str, str]:
    """Return two scripts that write one order: plain statements between BEGIN and COMMIT, and a single statement.

    `run` keeps the ids of several runs apart. Ids grow with time in each client, as the product's do.
    """
    next_id = f"\\set n :n + 1\n\\set key {run * 10_000_000_000} + :n * 64 + :client_id\n"
    words = {
        "merchant": f"'{merchant}'::uuid",
        "partner": f"'{partner}'::uuid",
        "endpoint": f"'{endpoint}'::uuid",
        "payload_length": payload_length,
        "id": "lpad(to_hex(:key::bigint), 32, '0')::uuid",
        "number": "('B-' || lpad(to_hex(:key::bigint), 11, '0'))",
    }
    parts = [part.format(**words) for part in _PARTS]
    plain = next_id + "BEGIN;\n" + "".join(f"{part};\n" for part in parts) + "COMMIT;\n"
    steps = ",\n".join(f"step{place} AS ({part})" for place, part in enumerate(parts[:-1]))
    single = f"{next_id}WITH {steps}\n{parts[-1]};\n"
    return {"plain": plain, "single": single}


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
    insert = f"""INSERT INTO journal (merchant_id, certificate_id, seq, operation_id, leg, kind, pot, currency,
 debit, credit,
 amount, held_change, balance_after, held_after, gratuity_after, gratuity_held_after, actor, fingerprint, recorded_at)
 SELECT merchant_id, certificate_id, seq, {operation}, 0, 'redeem', 'value', currency,
 'certificates_outstanding', 'redeemed',
 1, 0, balance, held, gratuity_balance, gratuity_held, 'till:1', '\\x00112233445566778899aabbccddeeff', now()"""
    where = f"FROM certificates WHERE merchant_id = {merchant_id} AND certificate_id = {card}"
    plain = f"{draw}BEGIN;\n{update};\n{insert} {where};\nCOMMIT;\n"
    single = f"{draw}WITH taken AS ({update} RETURNING *) {insert} FROM taken;\n"
    return {"plain": plain, "single": single}
