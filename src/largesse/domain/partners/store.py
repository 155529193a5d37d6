"""The tables of partners, agreements, users, keys and tokens, and the keys in routes."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from largesse.db import Connection, Writes, load
from largesse.db.connection import Row
from largesse.domain.partners.model import (
    Access,
    Agreement,
    AgreementChange,
    AgreementPurpose,
    Credentials,
    DiscountKind,
    Invoicing,
    Key,
    OtherRefcodes,
    Partner,
    PartnerChange,
    PartnerUser,
    SpendingLimit,
    Terms,
    TokenUse,
)
from largesse.kernel.tax import TaxKind, TaxTreatment

_queries = load(__package__)

# A partner, within its merchant.
PartnerRef = tuple[UUID, UUID]


async def insert_partner(connection: Connection, partner: Partner, agreement: Agreement) -> bool:
    """Write a new partner with its agreement; False when the merchant has one of that name."""
    written = await connection.fetchval(
        _queries.insert_partner,
        partner.merchant_id,
        partner.partner_id,
        partner.name,
        partner.contact_email,
        partner.created_at,
    )
    if written is None:
        return False
    await connection.execute(
        _queries.insert_agreement,
        agreement.merchant_id,
        agreement.partner_id,
        agreement.enabled,
        agreement.suspended,
        agreement.token_lifetime_s,
        agreement.payment_terms_days,
        agreement.invoicing.value,
        list(agreement.refcodes),
        agreement.other_refcodes.value,
        *_tax_columns(agreement.tax),
        agreement.purpose.value,
        agreement.discount_ppm,
        agreement.discount_kind.value,
        agreement.po_number,
        agreement.numbers_as_file,
        agreement.own_keys,
    )
    return True


async def put_terms(connection: Connection, partner: PartnerRef, currency: str, terms: Terms) -> None:
    """Write what the agreement allows in a currency; what was used stays as it is, where it was counted before."""
    allowed = terms.amount_max, terms.credit_limit, terms.credit_used
    await connection.execute(_queries.put_terms, *partner, currency, *allowed)


async def put_approval_above(connection: Connection, partner: PartnerRef, currency: str, above: int | None) -> bool:
    """Write above what a second person has to agree; False where the currency is not in the agreement."""
    return await connection.execute(_queries.put_approval_above, *partner, currency, above) == "UPDATE 1"


async def delete_terms(connection: Connection, partner: PartnerRef, currency: str) -> bool:
    """Take a currency out of the agreement; False when it is not there, or something in it is not settled."""
    return await connection.execute(_queries.delete_terms, *partner, currency) == "DELETE 1"


async def change_agreement(connection: Connection, partner: PartnerRef, change: AgreementChange) -> None:
    """Write what is different."""
    await connection.execute(
        _queries.change_agreement,
        *partner,
        change.enabled,
        change.suspended,
        change.token_lifetime_s,
        change.payment_terms_days,
        change.invoicing.value if change.invoicing else None,
        None if change.refcodes is None else list(change.refcodes),
        change.other_refcodes.value if change.other_refcodes else None,
        *(_tax_columns(change.tax) if change.tax else (None, None, None)),
        change.purpose.value if change.purpose else None,
        change.discount_ppm,
        change.discount_kind.value if change.discount_kind else None,
        change.po_number,
        change.numbers_as_file,
        change.own_keys,
    )


async def lock_agreements(connection: Connection, partners: Sequence[PartnerRef]) -> dict[PartnerRef, Agreement]:
    """Return some partners' agreements as they are now, and keep them so until the transaction ends."""
    found = _agreements(await connection.fetch(_queries.lock_agreements, *_columns(partners)))
    bare = [partner for partner in partners if partner not in found]
    if bare:
        found |= _agreements(await connection.fetch(_queries.lock_bare_agreements, *_columns(bare)))
    return found


async def lock_free_agreements(
    connection: Connection, partners: Sequence[PartnerRef]
) -> tuple[dict[PartnerRef, Agreement], set[PartnerRef]]:
    """Return those of some partners' agreements that nobody else has, as `lock_agreements`, and who has to wait.

    Partners that no currency is agreed with come with what stands: nothing can be ordered under it, so nothing is kept.
    """
    found = _agreements(await connection.fetch(_queries.lock_free_agreements, *_columns(partners)))
    missing = [partner for partner in partners if partner not in found]
    if not missing:
        return found, set()
    standing = await agreements(connection, missing)
    locked = {partner for partner, agreement in standing.items() if agreement.terms}
    return found | {partner: standing[partner] for partner in standing.keys() - locked}, locked


async def agreements(connection: Connection, partners: Sequence[PartnerRef]) -> dict[PartnerRef, Agreement]:
    """Return some partners' agreements."""
    return _agreements(await connection.fetch(_queries.agreements, *_columns(partners)))


def use_credit(writes: Writes, used: Mapping[tuple[UUID, UUID, str], int]) -> None:
    """Add to the used credit of merchant, partner and currency. The agreements are locked."""
    if used:
        merchants, partners, currencies = zip(*used, strict=True)
        writes.add(_queries.use_credit, list(merchants), list(partners), list(currencies), list(used.values()))


async def find_partner(connection: Connection, merchant_id: UUID, name_or_id: str) -> Partner | None:
    """Return the partner of a name, in any case, or an id."""
    row = await connection.fetchrow(_queries.find_partner, merchant_id, name_or_id)
    return _of(Partner, row) if row else None


async def update_partner(connection: Connection, partner: PartnerRef, change: PartnerChange) -> Partner | None:
    """Write what is different and return the partner as it is now; None when another one has the name."""
    row = await connection.fetchrow(_queries.update_partner, *partner, *msgspec.structs.astuple(change))
    return _of(Partner, row) if row else None


async def erase_person(connection: Connection, merchant_id: UUID, email: str, *, now: datetime) -> int:
    """Take somebody out of the users of partners, and return how many; `email` in lower case."""
    return _count(await connection.execute(_queries.erase_users, merchant_id, email, now))


async def list_partners(connection: Connection, merchant_id: UUID) -> list[Partner]:
    """Return a merchant's partners, by name."""
    return [_of(Partner, row) for row in await connection.fetch(_queries.list_partners, merchant_id)]


async def insert_user(connection: Connection, user: PartnerUser, password_hash: str) -> bool:
    """Write a new user; False when the address is taken."""
    written = await connection.fetchval(
        _queries.insert_user,
        user.merchant_id,
        user.user_id,
        user.partner_id,
        user.email,
        password_hash,
        user.created_at,
    )
    return written is not None


async def set_password(connection: Connection, merchant_id: UUID, user_id: UUID, password_hash: str) -> None:
    """Write another password for a user."""
    await connection.execute(_queries.set_password, merchant_id, user_id, password_hash)


async def disable_user(connection: Connection, merchant_id: UUID, user_id: UUID, now: datetime) -> None:
    """Write that a user may do nothing any more."""
    await connection.execute(_queries.disable_user, merchant_id, user_id, now)


async def enable_user(connection: Connection, merchant_id: UUID, user_id: UUID) -> None:
    """Write that a user may work again."""
    await connection.execute(_queries.enable_user, merchant_id, user_id)


async def users(connection: Connection, partner: PartnerRef) -> list[PartnerUser]:
    """Return a partner's users, by address."""
    return [_of(PartnerUser, row) for row in await connection.fetch(_queries.users, *partner)]


async def insert_key(connection: Connection, key: Key, digest: bytes) -> bool:
    """Write a new key and the way from it to its merchant; False when there is one of its id."""
    written = await connection.execute(
        _queries.insert_key, key.merchant_id, key.key_id, key.user_id, digest, key.hint, key.created_at
    )
    if written != "INSERT 0 1":
        return False
    await connection.execute(_queries.insert_route, digest, key.merchant_id)
    return True


async def token_uses(connection: Connection, partner: PartnerRef, *, now: datetime) -> dict[UUID, TokenUse]:
    """Return what is known of the tokens of a partner's keys, by key; those that were forgotten are not counted."""
    rows = await connection.fetch(_queries.token_uses, *partner, now)
    return {row["key_id"]: TokenUse(live=row["live"], last_issued_at=row["last_issued_at"]) for row in rows}


async def revoke_key(connection: Connection, merchant_id: UUID, key_id: UUID, now: datetime) -> bool:
    """Write that a key has ended; False when it had before."""
    return await connection.execute(_queries.revoke_key, merchant_id, key_id, now) == "UPDATE 1"


async def keys(connection: Connection, partner: PartnerRef) -> list[Key]:
    """Return a partner's keys, oldest first."""
    return [_of(Key, row) for row in await connection.fetch(_queries.keys, *partner)]


async def credentials(connection: Connection, key_digest: bytes) -> Credentials | None:
    """Return whom a live key belongs to."""
    merchant_id = await connection.fetchval(_queries.route_of_key, key_digest)
    if merchant_id is None:
        return None
    row = await connection.fetchrow(_queries.credentials, merchant_id, key_digest)
    return _of(Credentials, row) if row else None


async def insert_token(
    connection: Connection, credentials: Credentials, digest: bytes, *, issued_at: datetime, expires_at: datetime
) -> None:
    """Write a new access token of a key."""
    await connection.execute(
        _queries.insert_token, credentials.merchant_id, digest, credentials.key_id, issued_at, expires_at
    )


async def access(connection: Connection, key_digest: bytes, token_digest: bytes, now: datetime) -> Access | None:
    """Return in whose name a live key and one of its live tokens speak."""
    merchant_id = await connection.fetchval(_queries.route_of_key, key_digest)
    if merchant_id is None:
        return None
    row = await connection.fetchrow(_queries.access, merchant_id, key_digest, token_digest, now)
    if row is None:
        return None
    values = dict(row)
    who = {name: values.pop(name) for name in ("user_id", "key_id", "expires_at")}
    tax = _tax(*(values.pop(name) for name in ("tax_kind", "tax_country", "tax_rate")))
    who["price_reduction_ppm"] = values.pop("price_reduction_ppm")
    return Access(merchant_id=merchant_id, partner_id=values["partner_id"], partner=Partner(**values), tax=tax, **who)


async def revoke_tokens(connection: Connection, merchant_id: UUID, key_id: UUID, now: datetime) -> int:
    """Write that a key's live tokens have ended, and return how many there were."""
    return _count(await connection.execute(_queries.revoke_tokens, merchant_id, key_id, now))


async def merchants_with_expired_tokens(connection: Connection, before: datetime) -> list[UUID]:
    """Return the merchants that have tokens which expired before a moment."""
    rows = await connection.fetch(_queries.merchants_with_expired_tokens, before)
    return [row["merchant_id"] for row in rows]


async def delete_expired_tokens(connection: Connection, merchant_id: UUID, before: datetime, limit: int) -> int:
    """Delete at most `limit` tokens that expired before a moment, and return how many there were."""
    return _count(await connection.execute(_queries.delete_expired_tokens, merchant_id, before, limit))


async def lock_spending_limits(
    connection: Connection, merchant_id: UUID, spenders: Sequence[UUID]
) -> dict[tuple[UUID, str], SpendingLimit]:
    """Return the limits of some people and keys, and keep them so until the transaction ends."""
    rows = await connection.fetch(_queries.lock_spending_limits, merchant_id, list(spenders))
    return {(row["spender_id"], row["currency"]): _of(SpendingLimit, row) for row in rows}


async def spending_limits_of(connection: Connection, partner: PartnerRef) -> list[SpendingLimit]:
    """Return the limits that a partner's people and keys have."""
    return [_of(SpendingLimit, row) for row in await connection.fetch(_queries.spending_limits_of, *partner)]


async def put_spending_limit(connection: Connection, limit: SpendingLimit) -> None:
    """Write how much somebody or some key may order in a month; what was spent stays."""
    await connection.execute(
        _queries.put_spending_limit,
        limit.merchant_id,
        limit.spender_id,
        limit.currency,
        limit.partner_id,
        limit.monthly,
        limit.month,
    )
    await connection.execute(_queries.mark_limits, limit.merchant_id, limit.partner_id)


async def drop_spending_limit(connection: Connection, partner: PartnerRef, spender_id: UUID, currency: str) -> None:
    """Let somebody or some key have no limit of its own in a currency any more."""
    await connection.execute(_queries.drop_spending_limit, partner[0], spender_id, currency)
    await connection.execute(_queries.mark_limits, *partner)


def spend(writes: Writes, merchant_id: UUID, spent: Mapping[tuple[UUID, str], tuple[date, int]]) -> None:
    """Add to `writes` what people and keys of a merchant's partners spent, by spender and currency, in a month."""
    if spent:
        writes.add(
            _queries.spend,
            [merchant_id] * len(spent),
            [spender_id for spender_id, _ in spent],
            [currency for _, currency in spent],
            [month for month, _ in spent.values()],
            [amount for _, amount in spent.values()],
        )


def _columns(partners: Sequence[PartnerRef]) -> tuple[list[UUID], list[UUID]]:
    return [merchant_id for merchant_id, _ in partners], [partner_id for _, partner_id in partners]


def _agreements(rows: Sequence[Row]) -> dict[PartnerRef, Agreement]:
    found: dict[PartnerRef, Agreement] = {}
    for row in rows:
        agreement = found.setdefault((row["merchant_id"], row["partner_id"]), _agreement(row))
        if row["currency"] is not None:
            agreement.terms[row["currency"]] = Terms(
                amount_max=row["amount_max"],
                credit_limit=row["credit_limit"],
                credit_used=row["credit_used"],
                approval_above=row["approval_above"],
            )
    return found


def _agreement(row: Row) -> Agreement:
    return Agreement(
        merchant_id=row["merchant_id"],
        partner_id=row["partner_id"],
        enabled=row["enabled"],
        suspended=row["suspended"],
        token_lifetime_s=row["token_lifetime_s"],
        payment_terms_days=row["payment_terms_days"],
        invoicing=Invoicing(row["invoicing"]),
        refcodes=tuple(row["refcodes"]),
        other_refcodes=OtherRefcodes(row["other_refcodes"]),
        tax=_tax(row["tax_kind"], row["tax_country"], row["tax_rate"]),
        purpose=AgreementPurpose(row["purpose"]),
        discount_ppm=row["discount_ppm"],
        discount_kind=DiscountKind(row["discount_kind"]),
        po_number=row["po_number"],
        numbers_as_file=row["numbers_as_file"],
        own_keys=row["own_keys"],
        limits_spenders=row["limits_spenders"],
        terms={},
    )


def _tax(kind: str, country: str | None, rate: Decimal | None) -> TaxTreatment:
    # As it was told: the column keeps all six places.
    return TaxTreatment(kind=TaxKind(kind), country=country, rate=Decimal(0) if rate is None else rate.normalize())


def _tax_columns(tax: TaxTreatment) -> tuple[str, str | None, Decimal | None]:
    """Return a tax as its three columns; without a rate at sale there is none."""
    return tax.kind.value, tax.country, tax.rate or None


def _of(kind: Any, row: Row) -> Any:
    return kind(**row)


def _count(command_tag: str) -> int:
    return int(command_tag.rpartition(" ")[2])
