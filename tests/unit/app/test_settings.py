"""Settings from the environment."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from largesse.app.settings import Environment, SettingsInvalid, base_url_of, from_environment
from largesse.app.web import exempt_of, warn_of_proxies


def test_nothing_set_gives_a_quiet_local_installation() -> None:
    settings = from_environment({})
    assert settings.home == Path("var").absolute()
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.database_url is None
    assert settings.environment is Environment.PRODUCTION
    assert settings.allow_endpoints == ()


def test_an_empty_variable_counts_as_not_set() -> None:
    assert from_environment({"PORT": "", "LARGESSE_HOME": " ", "LARGESSE_DATABASE_URL": ""}) == from_environment({})


def test_every_variable_is_read() -> None:
    settings = from_environment(
        {
            "LARGESSE_HOME": "/srv/largesse",
            "LARGESSE_HOST": "0.0.0.0",
            "PORT": "9000",
            "LARGESSE_BASE_URL": "https://gifts.example.com/",
            "LARGESSE_RP_ID": "Example.com",
            "LARGESSE_DATABASE_URL": "postgresql://u:p@a,b/largesse",
            "LARGESSE_ENV": "DEMO",
            "LARGESSE_DEMO_OUTSIDE": "yes",
            "LARGESSE_WEB_WORKERS": "4",
            "LARGESSE_LOG_LEVEL": "debug",
            "LARGESSE_SMTP_URL": "smtp+starttls://u:p@mail.example.com:587",
            "LARGESSE_MAIL_FROM": "Gifts <gifts@example.com>",
            "LARGESSE_ALLOW_ENDPOINTS": "127.0.0.0/8, ::1, receiver.internal",
            "LARGESSE_POOL_MIN": "3",
            "LARGESSE_POOL_MAX": "30",
        }
    )
    assert settings.home == Path("/srv/largesse")
    assert settings.base_url == "https://gifts.example.com"
    assert settings.is_demo
    assert settings.allow_endpoints == ("127.0.0.0/8", "::1", "receiver.internal")
    assert (settings.web_workers, settings.pool_size_min, settings.pool_size_max) == (4, 3, 30)


@pytest.mark.parametrize(
    "name, value, code",
    [
        ("PORT", "abc", "settings.port.invalid"),
        ("PORT", "-1", "settings.port.invalid"),
        ("PORT", "65536", "settings.port.invalid"),
        ("PORT", "８０００", "settings.port.invalid"),
        ("LARGESSE_WEB_WORKERS", "0", "settings.web_workers.invalid"),
        ("LARGESSE_ENV", "staging", "settings.env.invalid"),
        ("LARGESSE_LOG_LEVEL", "loud", "settings.log_level.invalid"),
        ("LARGESSE_MAIL_FROM", "Gifts", "settings.mail_from.invalid"),
        ("LARGESSE_MAIL_FROM", "büro@müller.example", "settings.mail_from.invalid"),
        ("LARGESSE_MAIL_FROM", "a@b.example, c@d.example", "settings.mail_from.invalid"),
        ("LARGESSE_BASE_URL", "https://i❤.example", "settings.base_url.invalid"),
        ("LARGESSE_ALLOW_ENDPOINTS", "a b", "settings.allow_endpoints.invalid"),
        ("LARGESSE_DATABASE_URL", "mysql://a/b", "settings.database_url.invalid"),
        ("LARGESSE_DATABASE_URL", "postgresql://[broken", "settings.database_url.invalid"),
        ("LARGESSE_MIGRATE_URL", "mysql://a/b", "settings.migrate_url.invalid"),
        ("LARGESSE_MIGRATE_URL", "postgresql://a/b", "settings.migrate_url.invalid"),
        ("LARGESSE_BASE_URL", "gifts.example.com", "settings.base_url.invalid"),
        ("LARGESSE_RP_ID", "https://example.com", "settings.rp_id.invalid"),
        ("LARGESSE_RP_ID", "192.0.2.1", "settings.rp_id.invalid"),
        ("LARGESSE_SMTP_URL", "https://mail", "settings.smtp_url.invalid"),
        ("LARGESSE_ALLOW_ENDPOINTS", "127.0.0.0/8, not a host", "settings.allow_endpoints.invalid"),
        ("LARGESSE_HOME", "a\0b", "settings.home.invalid"),
        ("LARGESSE_POOL_MIN", "100", "settings.pool_min.invalid"),
    ],
)
def test_a_bad_value_is_named_with_what_to_do(name: str, value: str, code: str) -> None:
    with pytest.raises(SettingsInvalid, match=name) as caught:
        from_environment({name: value})
    assert [field.code for field in caught.value.fields] == [code]


def test_all_bad_values_are_named_at_once() -> None:
    with pytest.raises(SettingsInvalid) as caught:
        from_environment({"PORT": "x", "LARGESSE_ENV": "x", "LARGESSE_LOG_LEVEL": "x"})
    assert {field.field for field in caught.value.fields} == {"PORT", "LARGESSE_ENV", "LARGESSE_LOG_LEVEL"}


def test_a_bad_address_is_not_repeated_because_it_may_hold_a_password() -> None:
    with pytest.raises(SettingsInvalid) as caught:
        from_environment({"LARGESSE_DATABASE_URL": "mysql://root:hunter2@db/x"})
    assert "hunter2" not in str(caught.value)


def test_secrets_are_masked_where_settings_are_shown() -> None:
    settings = from_environment(
        {
            "LARGESSE_DATABASE_URL": "postgresql://u:hunter2@db/x",
            "LARGESSE_MIGRATE_URL": "postgresql://u:hunter4@db/x",
            "LARGESSE_SMTP_URL": "smtp://u:hunter3@mail",
        }
    )
    assert "hunter" not in repr(settings)
    assert "postgresql://u:…@db/x" in repr(settings)


@pytest.mark.parametrize(
    "host, url",
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),
        ("::", "http://[::1]:80"),
        ("gifts.local", "http://gifts.local:80"),
    ],
)
def test_the_address_for_a_browser_is_one_that_it_can_reach(host: str, url: str) -> None:
    assert base_url_of(host, 80) == url


STRIPE = {
    "LARGESSE_STRIPE_SECRET_KEY": "sk_live_abcdefghijkl",
    "LARGESSE_STRIPE_WEBHOOK_SECRET": "whsec_abcdefghijkl, whsec_mnopqrstuvwx",
}


def test_stripe_comes_with_all_the_secrets_that_its_callbacks_may_be_signed_with() -> None:
    settings = from_environment(STRIPE | {"LARGESSE_STRIPE_PAGE_ORIGINS": "https://pay.example.com"})
    assert settings.stripe_webhook_secrets == ("whsec_abcdefghijkl", "whsec_mnopqrstuvwx")
    assert settings.stripe_page_origins == ("https://pay.example.com",)
    assert settings.pay_by_hand


def test_settings_show_no_secret_of_stripe() -> None:
    shown = repr(from_environment(STRIPE))
    assert "abcdefghijkl" not in shown
    assert "mnopqrstuvwx" not in shown
    assert "stripe_secret_key" in shown


@pytest.mark.parametrize(
    "given, name",
    [
        ({"LARGESSE_STRIPE_SECRET_KEY": STRIPE["LARGESSE_STRIPE_SECRET_KEY"]}, "LARGESSE_STRIPE_WEBHOOK_SECRET"),
        ({"LARGESSE_STRIPE_WEBHOOK_SECRET": "whsec_abcdefghijkl"}, "LARGESSE_STRIPE_SECRET_KEY"),
        (STRIPE | {"LARGESSE_STRIPE_SECRET_KEY": "my key"}, "LARGESSE_STRIPE_SECRET_KEY"),
        (STRIPE | {"LARGESSE_STRIPE_WEBHOOK_SECRET": "a,b"}, "LARGESSE_STRIPE_WEBHOOK_SECRET"),
        (
            STRIPE | {"LARGESSE_STRIPE_PAGE_ORIGINS": "https://a.io/x; script-src *"},
            "LARGESSE_STRIPE_PAGE_ORIGINS",
        ),
        (STRIPE | {"LARGESSE_STRIPE_API_BASE": "ftp://x"}, "LARGESSE_STRIPE_API_BASE"),
        ({"LARGESSE_PAY_BY_HAND": "perhaps"}, "LARGESSE_PAY_BY_HAND"),
    ],
)
def test_what_is_wrong_about_payments_is_named_without_repeating_secrets(given: dict[str, str], name: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        from_environment(given)
    assert name in {fault.field for fault in caught.value.fields}
    assert "abcdefghijkl" not in str(caught.value)
    assert "my key" not in str(caught.value)


@pytest.mark.parametrize(
    "text, networks",
    [("", None), ("none", ()), ("10.0.0.0/8, 172.16.0.1 ,::1", ("10.0.0.0/8", "172.16.0.1", "::1"))],
)
def test_trusted_proxies_are_networks(text: str, networks: tuple[str, ...] | None) -> None:
    assert from_environment({"LARGESSE_TRUSTED_PROXIES": text}).trusted_proxies == networks


@pytest.mark.parametrize("text", ["proxy.internal", "10.0.0.0/33", "none, 10.0.0.1", "*"])
def test_a_proxy_that_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(SettingsInvalid, match="LARGESSE_TRUSTED_PROXIES"):
        from_environment({"LARGESSE_TRUSTED_PROXIES": text})


def test_all_that_is_wrong_with_a_list_is_named() -> None:
    with pytest.raises(SettingsInvalid, match=r"not 'a b', 'c d'"):
        from_environment({"LARGESSE_ALLOW_ENDPOINTS": "a b, receiver.internal, c d"})


@pytest.mark.parametrize(
    "environ, warned, is_exempt",
    [
        ({}, False, False),
        ({"LARGESSE_BASE_URL": "https://gifts.example.com"}, True, True),
        ({"LARGESSE_BASE_URL": "https://gifts.example.com", "LARGESSE_TRUSTED_PROXIES": "127.0.0.1"}, False, True),
        ({"LARGESSE_BASE_URL": "https://gifts.example.com", "LARGESSE_TRUSTED_PROXIES": "none"}, False, False),
    ],
)
def test_a_public_installation_that_names_no_proxy_is_warned(
    environ: dict[str, str], *, warned: bool, is_exempt: bool
) -> None:
    settings = from_environment(environ)
    with capture_logs() as logs:
        warn_of_proxies(settings)
    assert [one["event"] for one in logs] == (["trusted_proxies_not_set"] if warned else [])
    assert exempt_of(settings)("127.0.0.1") is is_exempt


def test_the_token_of_the_numbers_is_a_secret() -> None:
    settings = from_environment({"LARGESSE_METRICS_TOKEN": "a-token-of-the-operator"})
    assert settings.metrics_token == "a-token-of-the-operator"
    assert "a-token" not in repr(settings)
    with pytest.raises(SettingsInvalid) as refused:
        from_environment({"LARGESSE_METRICS_TOKEN": "short"})
    assert "short" not in str(refused.value)


def test_domains_of_any_script_are_taken_and_written_as_the_network_does() -> None:
    settings = from_environment(
        {
            "LARGESSE_MAIL_FROM": "Büro <gifts@straße.example>",
            "LARGESSE_BASE_URL": "https://gutschein.straße.example/",
            "LARGESSE_SMTP_URL": "smtp://u:p@mail.müller.example:25",
            "LARGESSE_ALLOW_ENDPOINTS": "kasse.müller.example, 10.0.0.0/8",
        }
    )
    assert settings.mail_from == "Büro <gifts@xn--strae-oqa.example>"
    assert settings.base_url == "https://gutschein.xn--strae-oqa.example"
    assert settings.smtp_url == "smtp://u:p@mail.xn--mller-kva.example:25"
    assert settings.allow_endpoints == ("kasse.xn--mller-kva.example", "10.0.0.0/8")


@pytest.mark.parametrize(
    "base_url",
    [
        "http://gifts.example.com",
        "http://gifts.example.com:8443",
        "HTTP://gifts.example.com",
        "http://192.0.2.7",
        "http://[2001:db8::1]",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://localhost@gifts.example.com",
    ],
)
def test_a_production_address_of_plain_http_is_refused(base_url: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        from_environment({"LARGESSE_BASE_URL": base_url})
    assert [fault.code for fault in caught.value.fields] == ["settings.base_url.not_https"]
    assert "https://" in str(caught.value)


@pytest.mark.parametrize(
    "base_url",
    [
        "https://gifts.example.com",
        "http://127.0.0.1:8000",
        "http://127.8.0.1",
        "http://[::1]:8000",
        "http://localhost:8000",
        "http://shop.localhost",
    ],
)
def test_a_production_address_of_https_or_of_this_machine_is_taken(base_url: str) -> None:
    assert from_environment({"LARGESSE_BASE_URL": base_url}).base_url == base_url


def test_a_scheme_is_read_in_any_case() -> None:
    given = from_environment({"LARGESSE_BASE_URL": "HTTPS://Gifts.example.com"})
    assert given.base_url == "https://Gifts.example.com"


@pytest.mark.parametrize("environment", ["demo", "development"])
def test_plain_http_is_taken_where_nothing_is_sold_for_real(environment: str) -> None:
    address = "http://192.0.2.7:8000"
    assert from_environment({"LARGESSE_BASE_URL": address, "LARGESSE_ENV": environment}).base_url == address


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "gifts.example.com"])
def test_a_demo_listens_on_this_machine_alone_unless_it_may_elsewhere(host: str) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        from_environment({"LARGESSE_ENV": "demo", "LARGESSE_HOST": host})
    assert [one.code for one in refused.value.fields] == ["settings.host.demo_outside"]
    assert from_environment({"LARGESSE_ENV": "demo", "LARGESSE_HOST": host, "LARGESSE_DEMO_OUTSIDE": "yes"}).is_demo


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "::1", "localhost"])
def test_a_demo_listens_on_this_machine(host: str) -> None:
    assert from_environment({"LARGESSE_ENV": "demo", "LARGESSE_HOST": host}).host == host
