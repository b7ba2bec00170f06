"""The router's settings: one typed, frozen object, read once from the environment.

A misspelt name or a malformed value stops the start with one line that names the variable and the remedy.
"""

from vutler_router.settings.loading import SettingsError, load_settings
from vutler_router.settings.mail import MailServer, parse_imap_url, parse_smtp_url
from vutler_router.settings.model import Settings
from vutler_router.settings.names import (
    ENDPOINT_OPTIONAL,
    ENDPOINT_REQUIRED,
    KEYLESS,
    MANAGEABLE,
    ProviderName,
    RoutingMode,
    ToolsRule,
)
from vutler_router.settings.values import AllowedEndpoints, check_http_url, decode_master_key, decode_webhook_secret

__all__ = [
    "ENDPOINT_OPTIONAL",
    "ENDPOINT_REQUIRED",
    "KEYLESS",
    "MANAGEABLE",
    "AllowedEndpoints",
    "MailServer",
    "ProviderName",
    "RoutingMode",
    "Settings",
    "SettingsError",
    "ToolsRule",
    "check_http_url",
    "decode_master_key",
    "decode_webhook_secret",
    "load_settings",
    "parse_imap_url",
    "parse_smtp_url",
]
