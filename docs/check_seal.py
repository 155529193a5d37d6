"""Check a seal of Largesse without Largesse (docs/howto/seals.md): python3 check_seal.py EXPORT [HASH FROM THE MAIL]"""

import json
import sys
from datetime import UTC, datetime, timedelta
from functools import reduce
from hashlib import sha256
from pathlib import Path
from uuid import UUID

# Row format 1 (docs/internals/row-format.md); u an id, i an integer, t text, d a day, m a moment, b bytes.
FORMAT_1 = """merchant_id:u subject_id:u subject_kind:t seq:i operation_id:u line:i kind:t leg:t currency:t debit:t
credit:t amount:i held_change:i balance_after:i held_after:i gratuity_after:i gratuity_held_after:i status_after:t
good_through_after:d expires_at_after:m hold_ends_at:m class_of_value:t offering_id:u partner_id:u refcode:t
order_number:t tax_kind:t home_location_id:u lot_id:u lot_face_after:i lot_gratuity_after:i lot_discount_after:i
lot_included_tax_after:i lot_added_tax_after:i books_sale:t legal_entity_id:u location_id:u device_id:u entry_mode:t
party_id:u open_item_kind:t open_item_id:u tax_country:t tax_rate_ppm:i taxable_amount:i tax_amount:i tax_point:d
refers_to:u reason:t actor:t fingerprint:b fingerprint_key:t memo_hash:b claimed_at:m effective_at:m recorded_at:m
booked_on:d"""
SEAL = "format:i merchant_id:u number:i cut:m leaf_count:i row_count:i totals:t root:b previous:b"


def need(*, true, otherwise):
    if not true:
        sys.exit(f"This does not check: {otherwise}.")


def instant(text):
    return (datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


WRITE = {"u": lambda v: UUID(v).bytes, "i": lambda v: v.to_bytes(8, "big", signed=True), "t": str.encode}
WRITE |= {"m": lambda v: WRITE["i"](instant(v)), "d": str.encode, "b": bytes.fromhex}


def framed(facts, fields):
    named = [field.split(":") for field in fields.split()]
    parts = [None if facts[name] is None else WRITE[kind](facts[name]) for name, kind in named]
    return b"".join(b"\xff" * 4 if one is None else len(one).to_bytes(4, "big") + one for one in parts)


def grow(tree, count, leaf):  # RFC 6962: the roots of full trees stand side by side; a leaf joins those of its size
    tree.append(sha256(b"\x00" + leaf).digest())
    while count % 2:
        tree[-2:], count = [sha256(b"\x01" + tree[-2] + tree[-1]).digest()], count // 2


def check(lines, mailed):
    seal, subject, head, seq, rows, leaves, tree, totals = json.loads(next(lines)), "", b"", 0, 0, 0, [], {}
    for row in map(json.loads, lines):
        where = f"row {row['seq']} of {row['subject_id']}"
        need(true=(row["merchant_id"], row["hash_format"]) == (seal["merchant_id"], 1), otherwise=f"{where} is foreign")
        need(true=instant(row["recorded_at"]) <= instant(seal["cut"]), otherwise=f"{where} is later than the seal")
        if row["subject_id"] != subject:
            need(true=row["subject_id"] > subject, otherwise=f"{where} is out of order")
            if subject:
                grow(tree, leaves - 1, UUID(subject).bytes + WRITE["i"](seq) + head)
            subject, seq, leaves = row["subject_id"], 0, leaves + 1
            head = sha256(b"largesse/journal" + UUID(row["merchant_id"]).bytes + UUID(subject).bytes).digest()
        need(true=row["seq"] == seq + 1, otherwise=f"a row is missing before {where}, or {where} is there twice")
        seq, rows, head = seq + 1, rows + 1, sha256(head + framed(row, FORMAT_1)).digest()
        need(true=row["hash"] == head.hex(), otherwise=f"{where} is not what its hash was made of")
        for side, account in enumerate(() if row["amount"] is None else (row["debit"], row["credit"])):
            totals.setdefault((row["currency"], account), [0, 0])[side] += row["amount"]
    need(true=(seal["row_count"], seal["leaf_count"]) == (rows, leaves), otherwise=f"{rows} rows are not all of them")
    grow(tree, leaves - 1, UUID(subject).bytes + WRITE["i"](seq) + head)
    root = reduce(lambda right, left: sha256(b"\x01" + left + right).digest(), reversed(tree))
    text = "".join(f"{one} {account} {sums[0]} {sums[1]}\n" for (one, account), sums in sorted(totals.items()))
    need(true=seal["totals"] == text, otherwise="the totals are not what the rows come to")
    need(true=seal["root"] == root.hex(), otherwise="the rows are not those that were sealed")
    need(true=seal["hash"] == sha256(framed(seal, SEAL)).hexdigest(), otherwise="the seal is not what its hash says")
    need(true=mailed in {None, seal["hash"]}, otherwise=f"the mail is of another seal than {seal['hash']}")
    return f"Seal {seal['number']} is good: {rows} rows of {leaves} subjects up to {seal['cut']}, hash {seal['hash']}"


try:
    with Path(sys.argv[1]).open(encoding="utf-8") as export:
        print(check(export, sys.argv[2].strip().lower() if len(sys.argv) > 2 else None))
except (ArithmeticError, AttributeError, LookupError, OSError, StopIteration, TypeError, ValueError) as fault:
    need(true=False, otherwise=f"the file is cut short, or no export of a seal ({type(fault).__name__}: {fault})")
