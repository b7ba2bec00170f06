"""Turns an environment into `Settings`, or into one line that says what to correct."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from vutler_router.settings.environment import own_variables, unknown_variable
from vutler_router.settings.model import Settings
from vutler_router.settings.names import KEYLESS, MANAGEABLE, ProviderName

__all__ = ["KNOWN_VARIABLES", "SettingsError", "load_settings"]

_VARIABLES: Final[Mapping[str, str]] = {
    "ROUTER_HOST": "host",
    "ROUTER_PORT": "port",
    "ROUTER_ADMIN_TOKEN": "admin_token",
    "ROUTER_PUBLIC_URL": "public_url",
    "ROUTER_DATA_DIR": "data_dir",
    "DATABASE_URL": "database_url",
    "LLM_ENCRYPTION_KEY": "encryption_keys",
    "MANAGED_LLM_PROVIDER": "managed_provider",
    "TIERS_FILE": "tiers_file",
    "PRICES_FILE": "prices_file",
    "DRIVE_STORAGE_PATH": "drive_storage_path",
    "DRIVE_STORAGE_URL": "drive_storage_url",
    "DRIVE_MAX_FILE_SIZE": "drive_max_file_size",
    "DRIVE_AGENT_QUOTA": "drive_agent_quota",
    "DRIVE_WORKSPACE_QUOTA": "drive_workspace_quota",
    "ROUTING_MODE": "routing_mode",
    "ROUTING_TOOLS": "routing_tools",
    "ROUTING_API_MODEL": "routing_api_model",
    "ROUTING_TIMEOUT": "routing_timeout",
    "ROUTING_SURE": "routing_sure",
    "OLLAMA_URL": "ollama_url",
    "OLLAMA_MODEL": "ollama_model",
    "ALLOWED_PRIVATE_ENDPOINTS": "allowed_private_endpoints",
    "ROUTER_LOG_LEVEL": "log_level",
    "ROUTER_MAX_BODY_BYTES": "max_body_bytes",
    "ROUTER_MAX_CONCURRENCY": "max_concurrency",
    "ROUTER_CONNECT_TIMEOUT": "connect_timeout",
    "ROUTER_IDLE_TIMEOUT": "idle_timeout",
    "ROUTER_KEEP_ALIVE": "keep_alive",
    "ROUTER_TOTAL_TIMEOUT": "total_timeout",
    "ROUTER_SHUTDOWN_GRACE": "shutdown_grace",
    "ROUTER_DATABASE_TIMEOUT": "database_timeout",
    "ROUTER_LEDGER_QUEUE": "ledger_queue",
    "ROUTER_LEDGER_SYNC": "ledger_sync",
    "ROUTER_CLUSTER": "cluster",
    "KUBECONFIG": "kubeconfig",
    "TEMPLATES_NAMESPACE": "templates_namespace",
    "ROUTER_SESSION_HOURS": "session_hours",
    "ROUTER_SESSION_IDLE_MINUTES": "session_idle_minutes",
    "ROUTER_SESSIONS_PER_USER": "sessions_per_user",
    "ROUTER_TRUSTED_PROXIES": "trusted_proxies",
    "ROUTER_UI_DIR": "ui_dir",
    "OIDC_ISSUER": "oidc_issuer",
    "OIDC_CLIENT_ID": "oidc_client_id",
    "OIDC_CLIENT_SECRET": "oidc_client_secret",
    "OIDC_SCOPES": "oidc_scopes",
    "OIDC_USERNAME_CLAIM": "oidc_username_claim",
    "OIDC_USERNAME_PREFIX": "oidc_username_prefix",
    "OIDC_GROUPS_CLAIM": "oidc_groups_claim",
    "OIDC_GROUPS_PREFIX": "oidc_groups_prefix",
    "ROUTER_ALERT_THRESHOLDS": "alert_thresholds",
    "ROUTER_ALERT_WEBHOOK_URL": "alert_webhook_url",
    "ROUTER_ALERT_WEBHOOK_SECRET": "alert_webhook_secret",
    "AUDIT_DAYS": "audit_days",
    "ASK_DEPTH": "ask_depth",
    "ASK_TIMEOUT": "ask_timeout",
    "MAIL_SMTP_URL": "mail_smtp_url",
    "MAIL_DOMAIN": "mail_domain",
    "MAIL_ALLOWED_DOMAINS": "mail_allowed_domains",
    "MAIL_PER_HOUR": "mail_per_hour",
    "MAIL_IMAP_URL": "mail_imap_url",
    "MAIL_POLL_INTERVAL": "mail_poll_interval",
    "MAIL_WEBHOOK_SECRET": "mail_webhook_secret",
}
"""Variable -> field of `Settings`."""

_BUILT_UI: Final = Path(__file__).parent.parent / "ui"
"""Where the dashboard is in a package that was built with it."""

_MANAGED_KEY: Final = "MANAGED_LLM_KEY"
_KEY_VARIABLES: Final = {f"{_MANAGED_KEY}_{name.upper()}": name for name in MANAGEABLE - KEYLESS}
_URL_VARIABLES: Final = {f"PROVIDER_URL_{name.upper()}": name for name in MANAGEABLE - {ProviderName.ECHO}}
_RATE_VARIABLES: Final = {f"MANAGED_LLM_RPM_{name.upper()}": name for name in MANAGEABLE}
_BY_PROVIDER: Final[Mapping[str, Mapping[str, ProviderName]]] = {
    "managed_keys": _KEY_VARIABLES,
    "managed_rates": _RATE_VARIABLES,
    "provider_urls": _URL_VARIABLES,
}
"""Field of `Settings` -> its variables, one a provider."""

KNOWN_VARIABLES: Final = (
    *_VARIABLES,
    _MANAGED_KEY,
    *sorted(_KEY_VARIABLES),
    *sorted(_RATE_VARIABLES),
    *sorted(_URL_VARIABLES),
)
"""Every variable that the router reads."""


class SettingsError(Exception):
    """The environment cannot be used; the message has a line per variable with the remedy, and no value."""


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings, by default from this process's environment.

    Raises:
        SettingsError: A variable is misspelt, malformed or missing.
    """
    ours, unknown = own_variables(os.environ if environ is None else environ, KNOWN_VARIABLES)
    if unknown:
        raise SettingsError("\n".join(unknown_variable(name, KNOWN_VARIABLES) for name in unknown))
    fields: dict[str, object] = {field: ours[name] for name, field in _VARIABLES.items() if name in ours}
    if _BUILT_UI.is_dir():
        fields.setdefault("ui_dir", _BUILT_UI)
    fields["managed_keys"] = _managed_keys(ours)
    fields["managed_rates"] = {provider: ours[name] for name, provider in _RATE_VARIABLES.items() if name in ours}
    fields["provider_urls"] = {provider: ours[name] for name, provider in _URL_VARIABLES.items() if name in ours}
    try:
        return Settings.model_validate(fields)
    except ValidationError as error:
        raise SettingsError("\n".join(_problems(error))) from None


def _managed_keys(ours: Mapping[str, str]) -> dict[str, str]:
    """Collect the platform's keys by provider; the general variable belongs to the managed provider."""
    keys = {str(provider): ours[name] for name, provider in _KEY_VARIABLES.items() if name in ours}
    general = ours.get(_MANAGED_KEY)
    if general is not None:
        owner = ours.get("MANAGED_LLM_PROVIDER", ProviderName.MINIMAX)
        keys[owner] = ",".join(filter(None, (general, keys.get(owner))))
    return keys


def _problems(error: ValidationError) -> list[str]:
    """Word each problem by the variable a person has to change."""
    lines = []
    for problem in error.errors(include_input=False, include_url=False):
        text = problem["msg"].removeprefix("Value error, ")
        if not problem["loc"]:
            lines.append(text)  # a rule over several variables names them itself
            continue
        lines.append(f"{_variable(problem['loc'])}: {text[:1].lower()}{text[1:]}")
    return list(dict.fromkeys(lines))


def _variable(location: tuple[int | str, ...]) -> str:
    """Find the variable behind a field, or behind one entry of a per-provider field."""
    field = location[0]
    for name, target in _VARIABLES.items():
        if target == field:
            return name
    entry = str(location[1]) if len(location) > 1 else ""
    by_provider = _BY_PROVIDER.get(str(field), _KEY_VARIABLES)
    return next((name for name, provider in by_provider.items() if provider == entry), "MANAGED_LLM_PROVIDER")
