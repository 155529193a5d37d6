"""Accounts of merchants at Stripe: who a key belongs to, and gateways that work with it.

All of them share one set of connections to Stripe, so a thousand accounts hold no more of them than one.
"""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Self

import aiohttp
import stripe
import structlog

from largesse.adapters.stripe_gateway.callbacks import EVENTS
from largesse.adapters.stripe_gateway.gateway import (
    CHECKOUT_ORIGIN,
    RETRIES_MAX,
    STRIPE,
    StripeGateway,
    mode_of,
    new_connections,
)
from largesse.domain.payment_accounts import (
    AccountFacts,
    AccountKeys,
    CallbackNotRegistered,
    PaymentKeyInvalid,
    PaymentKeyRefused,
    PaymentKeyTooNarrow,
)
from largesse.domain.payments import GatewayUnavailable

_KEY = re.compile(r"(sk|rk)_(live|test)_[A-Za-z0-9_]{6,240}")

_log = structlog.get_logger()


class StripeAccounts:
    """Look at accounts, and open gateways. Use `async with`. Conforms to `services.payment_accounts.PaymentProvider`.

    `api_base` and `origins` are as those of `StripeGateway`.
    """

    def __init__(self, *, api_base: str | None = None, origins: Sequence[str] = (CHECKOUT_ORIGIN,)) -> None:
        self._api_base = api_base
        self._origins = tuple(origins)
        self._http = new_connections()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close_async()  # type: ignore[no-untyped-call]  # the library gives it no types

    @property
    def name(self) -> str:
        """Return `stripe`."""
        return STRIPE

    @property
    def events(self) -> tuple[str, ...]:
        """Return the events that an endpoint at Stripe has to listen to."""
        return EVENTS

    async def inspect(self, secret_key: str) -> AccountFacts:
        """Return the account of a key, once the key has read all that it has to.

        Raises:
            PaymentKeyInvalid: it is no key of Stripe's.
            PaymentKeyRefused: Stripe does not know it.
            PaymentKeyTooNarrow: it may not read what is needed.
            GatewayUnavailable: Stripe does not answer.
        """
        live = mode_of(secret_key)
        if live is None or not _KEY.fullmatch(secret_key):
            raise PaymentKeyInvalid
        client = self._client(secret_key)
        async with _examining("account"):
            account = await client.accounts.retrieve_current_async()
            await client.checkout.sessions.list_async({"limit": 1})
            await client.refunds.list_async({"limit": 1})
        return AccountFacts(
            remote_id=account.id,
            live=live,
            charges=bool(getattr(account, "charges_enabled", False)),
            name=_name_of(account),
        )

    async def register(self, secret_key: str, address: str) -> str:
        """Make an endpoint at Stripe that calls back at `address`, and return its signing secret.

        Raises:
            CallbackNotRegistered: Stripe does not take the address.
            PaymentKeyTooNarrow: the key may not make endpoints.
            GatewayUnavailable: Stripe does not answer.
        """
        async with _examining("endpoint"):
            try:
                made = await self._client(secret_key).webhook_endpoints.create_async(
                    {"url": address, "enabled_events": _named(EVENTS), "description": "Largesse"},
                    {"idempotency_key": f"endpoint:{address}"},
                )
            except stripe.InvalidRequestError as error:
                _log.warning("stripe_refused", asked="endpoint", stripe_code=error.code, param=error.param)
                raise CallbackNotRegistered from None
        if not made.secret:
            raise CallbackNotRegistered
        return made.secret

    def open(self, keys: AccountKeys) -> StripeGateway:
        """Return the gateway of an account."""
        return StripeGateway(
            secret_key=keys.secret_key,
            webhook_secrets=keys.signing_secrets,
            account=keys.remote_id,
            api_base=self._api_base,
            origins=self._origins,
            connections=self._http,
        )

    def _client(self, secret_key: str) -> stripe.V1Services:
        return stripe.StripeClient(
            secret_key,
            base_addresses={"api": self._api_base} if self._api_base else None,
            max_network_retries=RETRIES_MAX,
            http_client=self._http,
        ).v1


def _named(events: Sequence[str]) -> list[Any]:
    """Return events as the library's types want them: it knows each by its literal name."""
    return list(events)


@asynccontextmanager
async def _examining(what: str) -> AsyncIterator[None]:
    """Turn what Stripe's library raises about a key into what may be wrong with one; what Stripe says stays there."""
    try:
        yield
    except stripe.AuthenticationError as error:
        _log.warning("stripe_key_refused", asked=what, stripe_code=error.code)
        raise PaymentKeyRefused from None
    except stripe.PermissionError as error:
        _log.warning("stripe_key_too_narrow", asked=what, stripe_code=error.code)
        raise PaymentKeyTooNarrow from None
    except (stripe.StripeError, aiohttp.ClientError, TimeoutError, OSError) as error:
        _log.warning("stripe_unavailable", asked=what, fault=type(error).__name__)
        raise GatewayUnavailable from None


def _name_of(account: stripe.Account) -> str:
    profile = getattr(account, "business_profile", None)
    return str(getattr(profile, "name", None) or "")
