import pytest

from vutler_router.settings import MailServer, SettingsError, load_settings, parse_imap_url, parse_smtp_url

DOMAIN = {"MAIL_DOMAIN": "agents.example.com"}


def test_without_any_variable_agents_write_to_each_other_only() -> None:
    settings = load_settings({})

    assert (settings.mail_smtp_url, settings.mail_domain, settings.mail_allowed_domains) == (None, None, ())
    assert (settings.mail_per_hour, settings.mail_poll_interval) == (60, 30)


def test_domains_are_a_list_in_any_case() -> None:
    settings = load_settings(DOMAIN | {"MAIL_ALLOWED_DOMAINS": "Example.com, example.org"})

    assert settings.mail_allowed_domains == ("example.com", "example.org")
    assert load_settings(DOMAIN | {"MAIL_ALLOWED_DOMAINS": "*"}).mail_allowed_domains == ("*",)


def test_an_address_of_a_server_is_taken_apart() -> None:
    plain = parse_smtp_url("smtp://relay.mail.svc")
    secret = parse_smtp_url("smtps://anna%40example.com:p%3Aw@mail.example.com")

    assert plain == MailServer("relay.mail.svc", 587, is_tls=False, user=None, password=None)
    assert (secret.port, secret.is_tls, secret.user, secret.password) == (465, True, "anna@example.com", "p:w")
    assert (plain.needs_starttls, secret.needs_starttls) == (False, False)
    assert parse_smtp_url("smtp://a:b@x:25").needs_starttls
    assert parse_imap_url("imaps://a:b@x/Agents/New").folder == "Agents/New"
    assert "p:w" not in repr(secret)


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({"MAIL_SMTP_URL": "http://x"}, "MAIL_SMTP_URL"),
        ({"MAIL_SMTP_URL": "smtp://"}, "MAIL_SMTP_URL"),
        ({"MAIL_SMTP_URL": "smtp://user@x"}, "MAIL_SMTP_URL"),
        ({"MAIL_SMTP_URL": "smtp://x:port"}, "MAIL_SMTP_URL"),
        ({"MAIL_IMAP_URL": "imaps://x/INBOX"}, "MAIL_IMAP_URL"),
        ({"MAIL_IMAP_URL": "smtp://a:b@x"}, "MAIL_IMAP_URL"),
        ({"MAIL_DOMAIN": "anna@example.com"}, "MAIL_DOMAIN"),
        ({"MAIL_DOMAIN": "localhost"}, "MAIL_DOMAIN"),
        ({"MAIL_ALLOWED_DOMAINS": "example.com,*.org"}, "MAIL_ALLOWED_DOMAINS"),
        ({"MAIL_PER_HOUR": "0"}, "MAIL_PER_HOUR"),
        ({"MAIL_POLL_INTERVAL": "0"}, "MAIL_POLL_INTERVAL"),
        ({"MAIL_WEBHOOK_SECRET": "short"}, "MAIL_WEBHOOK_SECRET"),
        ({"MAIL_SMTP_ULR": "smtp://x"}, "MAIL_SMTP_ULR"),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(variables: dict[str, str], name: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name}: ") as refused:
        load_settings(DOMAIN | variables)

    assert all(value not in str(refused.value) for value in variables.values() if "@" in value)


@pytest.mark.parametrize(
    "variables",
    [
        {"MAIL_SMTP_URL": "smtp://x"},
        {"MAIL_IMAP_URL": "imaps://a:b@x"},
        {"MAIL_ALLOWED_DOMAINS": "example.com"},
        {"MAIL_WEBHOOK_SECRET": "a secret of some length"},
    ],
)
def test_mail_needs_a_domain(variables: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=r"^MAIL_DOMAIN: required"):
        load_settings(variables)
