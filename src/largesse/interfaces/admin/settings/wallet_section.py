"""`/admin/{slug}/settings/wallets`: the keys for passes of telephones' wallets. Nobody sees them again."""

from collections.abc import Mapping, Sequence
from typing import Final

from litestar.handlers import HTTPRouteHandler

from largesse.domain import wallets
from largesse.domain.staff import Act, ByWhom
from largesse.domain.wallets import Wallet, WalletKeys, WalletKeysInvalid, WalletNotOffered
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.rules import for_act
from largesse.interfaces.admin.settings.frame import SETTINGS_PLACES, section_page
from largesse.services.wallets import remove_wallet, set_apple, set_google
from largesse.ui import Voice, choose_one
from largesse.web.responses import see_other

WALLETS: Final = "/settings/wallets"
_PATH: Final = f"/admin/{{slug:str}}{WALLETS}"
_HERE: Final = f"/admin/{{slug}}{WALLETS}"
_ISSUER_MAX: Final = 60
_DONE: Final = frozenset({"kept", "removed"})


class WalletSection:
    """Answer about the keys of wallets."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return for which wallets there are keys, and where to give others."""
        done = caller.request.query_params.get("done", "")
        return await self._page(caller, done=done if done in _DONE else "")

    async def write(self, caller: Caller) -> Answer:
        """Keep keys that passes can be made with, or forget those there are."""
        merchant, fields = caller.merchant, caller.fields
        assert merchant is not None
        by, now = ByWhom(actor=caller.manager.actor), self._deps.clock.now()
        named, issuer = fields.get("wallet", ""), fields.get("issuer", "").strip()[:_ISSUER_MAX]
        if named not in set(Wallet):
            return await self._page(caller, problem=choose_one(self._front.voice(caller)), status=422)
        wallet, here = Wallet(named), _HERE.format(slug=merchant.slug)
        try:
            if "remove" in fields:
                await remove_wallet(self._deps, merchant, wallet, by=by, now=now)
                return see_other(f"{here}?done=removed")
            if wallet is Wallet.APPLE:
                await set_apple(self._deps, merchant, fields.get("bundle", ""), by=by, now=now)
            else:
                await set_google(self._deps, merchant, issuer, fields.get("account", ""), by=by, now=now)
        except WalletKeysInvalid as wrong:
            usual = "bundle" if wallet is Wallet.APPLE else "account"
            errors = {wrong.fields[0].field if wrong.fields else usual: _said(wrong.message, self._front.voice(caller))}
            return await self._page(caller, errors=errors, issuer=issuer, status=422)
        except WalletNotOffered:
            return see_other(here)
        return see_other(f"{here}?done=kept")

    async def _page(
        self,
        caller: Caller,
        *,
        errors: Mapping[str, str] | None = None,
        issuer: str = "",
        done: str = "",
        problem: str = "",
        status: int = 200,
    ) -> Answer:
        merchant = caller.merchant
        assert merchant is not None
        voice = self._front.voice(caller)
        async with self._deps.database.connection() as connection:
            found = await wallets.keys_of(connection, merchant.merchant_id)
        said = {"kept": voice.t("The keys are kept, and passes are offered."), "removed": voice.t("They are gone.")}
        values: dict[str, object] = {
            "wallets": {wallet.value: self._facts(one, caller, voice) for wallet, one in found.items()},
            "action": _HERE.format(slug=merchant.slug),
            "errors": errors or {},
            "issuer": issuer,
            "done": said.get(done, ""),
            "problem": problem,
        }
        lead = next(one.what(voice) for one in SETTINGS_PLACES if one.path == WALLETS)
        return await section_page(
            self._front,
            caller,
            path=WALLETS,
            lead=lead,
            values=values,
            template="settings/wallets.html",
            status=status,
        )

    def _facts(self, one: WalletKeys, caller: Caller, voice: Voice) -> list[tuple[str, str]]:
        assert caller.merchant is not None
        zone = caller.merchant.zone
        is_apple = one.wallet is Wallet.APPLE
        facts = [
            (voice.t("Pass type") if is_apple else voice.t("Issuer id"), one.name),
            (voice.t("Team") if is_apple else voice.t("Service account"), one.account),
        ]
        if one.ends_at is not None:
            facts.append((voice.t("Good through"), voice.long_day(one.ends_at.astimezone(zone).date())))
        return facts


def _said(message: str, voice: Voice) -> str:
    """Return a refusal in the reader's language."""
    return {
        "The private key does not belong to the certificate. Give the one it was asked for with.": voice.t(
            "The private key does not belong to the certificate. Give the one it was asked for with."
        ),
        "The second certificate did not sign the first. Give Apple's WWDR certificate that did.": voice.t(
            "The second certificate did not sign the first. Give Apple's WWDR certificate that did."
        ),
        "This is no Pass Type ID certificate. Make one at developer.apple.com.": voice.t(
            "This is no Pass Type ID certificate. Make one at developer.apple.com."
        ),
        "A certificate has ended, or does not count yet. Make another at developer.apple.com.": voice.t(
            "A certificate has ended, or does not count yet. Make another at developer.apple.com."
        ),
        "The private key has a pass phrase. Give it without one: it is sealed here.": voice.t(
            "The private key has a pass phrase. Give it without one: it is sealed here."
        ),
        "The private key has to be RSA with at least 2048 bits.": voice.t(
            "The private key has to be RSA with at least 2048 bits."
        ),
        "The issuer id is a number of digits alone: the Google Pay & Wallet Console shows it.": voice.t(
            "The issuer id is a number of digits alone: the Google Pay & Wallet Console shows it."
        ),
        "This is no key of a service account. Give its JSON file as Google made it.": voice.t(
            "This is no key of a service account. Give its JSON file as Google made it."
        ),
    }.get(
        message,
        voice.t(
            "These keys make no passes. Give certificate, private key, and the certificate of Apple that signed it."
        ),
    )


def wallet_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of the keys of wallets."""
    pages, rule = WalletSection(front), for_act(Act.PAYMENT_ACCOUNTS, back=_HERE)
    return [front.route("GET", _PATH, rule, pages.show), front.route("POST", _PATH, rule, pages.write)]
