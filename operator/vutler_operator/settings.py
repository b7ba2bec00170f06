"""The operator's settings: read once from the environment, typed and frozen.

A value that is wrong, or a variable that looks like ours but is not, stops the start: a misspelt name must never
be silently without effect.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

__all__ = ["DNS_LABEL", "LogLevel", "Settings", "SettingsError"]

DNS_LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
"""What a namespace may be called (RFC 1123)."""
_OURS: Final = ("AGENT_ROUTER_", "CLUSTER_DOMAIN", "OPENCLAW_", "OPERATOR_", "ROUTER_", "TEMPLATES_", "WATCH_")
_ROUTERS_OWN: Final = frozenset(
    {
        "ROUTER_ALERT_THRESHOLDS",
        "ROUTER_ALERT_WEBHOOK_SECRET",
        "ROUTER_ALERT_WEBHOOK_URL",
        "ROUTER_CLUSTER",
        "ROUTER_CONNECT_TIMEOUT",
        "ROUTER_DATABASE_TIMEOUT",
        "ROUTER_DATA_DIR",
        "ROUTER_HOST",
        "ROUTER_IDLE_TIMEOUT",
        "ROUTER_KEEP_ALIVE",
        "ROUTER_LEDGER_QUEUE",
        "ROUTER_LEDGER_SYNC",
        "ROUTER_LOG_LEVEL",
        "ROUTER_MAX_BODY_BYTES",
        "ROUTER_MAX_CONCURRENCY",
        "ROUTER_PORT",
        "ROUTER_PUBLIC_URL",
        "ROUTER_SESSIONS_PER_USER",
        "ROUTER_SESSION_HOURS",
        "ROUTER_SESSION_IDLE_MINUTES",
        "ROUTER_SHUTDOWN_GRACE",
        "ROUTER_TOTAL_TIMEOUT",
        "ROUTER_TRUSTED_PROXIES",
        "ROUTER_UI_DIR",
    }
)
"""The router's settings, which may stand in a shared environment; a test holds this list to the router's own."""
_SERVICE_LINK: Final = re.compile(r".*_(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT|PORT_\d+_(TCP|UDP|SCTP)(_.+)?)")
"""What Kubernetes puts into each container for each Service of its namespace, for example `ROUTER_PORT_3456_TCP`."""


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an http:// or https:// URL with a host")
    if parts.username or parts.query or parts.fragment:
        raise ValueError("must have no user, query or fragment")
    return value.rstrip("/")


def _dns_label(value: str) -> str:
    if not DNS_LABEL.fullmatch(value):
        raise ValueError("must be the name of a namespace: lower-case letters, digits and dashes")
    return value


def _names(value: object) -> object:
    return tuple(filter(None, (part.strip() for part in value.split(",")))) if isinstance(value, str) else value


def _not_blank(value: str) -> str:
    if not value.strip() or any(c.isspace() for c in value):
        raise ValueError("must not be empty or contain spaces")
    return value


def _age(value: object) -> object:
    if value is None or isinstance(value, timedelta):
        return value
    form = re.fullmatch(r"(\d{1,4})d", str(value).strip())
    if form is None:
        raise ValueError("must be a number of days, like 90d, or 0d for never")
    return timedelta(days=int(form[1])) or None


HttpUrl = Annotated[str, AfterValidator(_http_url)]
NamespaceName = Annotated[str, AfterValidator(_dns_label)]
Word = Annotated[str, AfterValidator(_not_blank)]
LogLevel = Literal["debug", "info", "warning", "error"]


class SettingsError(Exception):
    """The process cannot start: a setting is missing, malformed or unknown; one line that names the variable."""


class Settings(BaseModel):
    """What may be set; each field's alias is its environment variable."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    router_url: HttpUrl = Field("http://vutler-router.vutler-system.svc:3456", alias="ROUTER_URL")
    """Where the operator itself reaches the router."""
    agent_router_url: HttpUrl = Field("http://vutler-router.vutler-system.svc:3456", alias="AGENT_ROUTER_URL")
    """Where agents' pods reach it; `/v1` is appended."""
    router_admin_token: SecretStr = Field(alias="ROUTER_ADMIN_TOKEN", min_length=1)
    """The router's admin token; it has no default because nothing would work without it."""
    watch_namespaces: Annotated[tuple[NamespaceName, ...], BeforeValidator(_names)] = Field(
        (), alias="WATCH_NAMESPACES"
    )
    """Comma-separated; empty: the whole cluster."""
    templates_namespace: NamespaceName = Field("vutler-system", alias="TEMPLATES_NAMESPACE")
    """The catalogue: AgentTemplates here are used where a namespace has none of that name."""
    openclaw_image: Word = Field("ghcr.io/openclaw/openclaw:2026.9.6", alias="OPENCLAW_IMAGE")
    """Image of an agent that names none itself."""
    cluster_domain: Word = Field("cluster.local", alias="CLUSTER_DOMAIN")
    """The cluster's DNS suffix; tells hosts inside the cluster from those outside."""
    operator_namespace: NamespaceName | None = Field(None, alias="OPERATOR_NAMESPACE")
    """Where the operator is at home: operators of one home that watch the same namespaces agree there, by a Lease, on
    the one that acts. None: the pod's own namespace, or `default` outside of a pod."""
    pod_id: str = Field("", alias="POD_ID", pattern=r"^[a-zA-Z0-9.-]{0,253}$")
    """Name of the operator's pod; it takes up the Lease of its earlier containers at once. Empty: not in a pod."""
    operator_port: int = Field(8081, alias="OPERATOR_PORT", ge=0, le=65535)
    """Probes and metrics; 0 takes any free port and prints it."""
    operator_log_level: LogLevel = Field("info", alias="OPERATOR_LOG_LEVEL")
    """The least severe line that is logged."""
    operator_resync_seconds: float = Field(600, alias="OPERATOR_RESYNC_SECONDS", ge=0.5, le=86400)
    """How often everything is read anew, give or take a tenth: a watch that broke may have missed something."""
    operator_rollouts: int = Field(10, alias="OPERATOR_ROLLOUTS", ge=1, le=10_000)
    """How many running agents may be rolled at once by what they do not say themselves: a template, a prompt file,
    another default image, the age of tokens. An edit of an Agent never waits."""
    operator_token_max_age: Annotated[timedelta | None, BeforeValidator(_age)] = Field(
        timedelta(days=90), alias="OPERATOR_TOKEN_MAX_AGE"
    )
    """Age in days (`90d`) before which an agent's tokens are replaced, which rolls its pod; `0d`: never. Without an
    end, a token that was copied out of a backup or a pod would be good for ever."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings.

        Raises:
            SettingsError: naming the first variable that is wrong, unknown or missing.
        """
        known = {str(field.alias) for field in cls.model_fields.values()}
        for name in sorted(environment.keys() - known):
            if name.startswith(_OURS) and name not in _ROUTERS_OWN and not _SERVICE_LINK.fullmatch(name):
                raise SettingsError(f"{name}: unknown setting; known are {', '.join(sorted(known))}")
        try:
            return cls.model_validate({name: environment[name] for name in known & environment.keys()})
        except ValidationError as invalid:
            first = invalid.errors(include_url=False, include_input=False)[0]
            raise SettingsError(f"{first['loc'][0]}: {_plain(first['type'], first['msg'])}") from None

    def watches(self, namespace: str) -> bool:
        """Tell whether Agents in a namespace are this operator's business."""
        return not self.watch_namespaces or namespace in self.watch_namespaces


def _plain(kind: str, message: str) -> str:
    return "must be set" if kind == "missing" else message.removeprefix("Value error, ")
