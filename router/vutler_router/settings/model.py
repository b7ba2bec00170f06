"""The settings object; each field says which variable feeds it and what it is for."""

from collections.abc import Mapping
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

from vutler_router.settings.mail import check_mail_domain, parse_imap_url, parse_smtp_url
from vutler_router.settings.names import ProviderName, RoutingMode, ToolsRule
from vutler_router.settings.values import (
    AllowedEndpoints,
    check_http_url,
    check_managed_model,
    check_networks,
    decode_master_key,
    decode_webhook_secret,
    split_list,
)

__all__ = ["Settings"]

_SQLITE: Final = "sqlite:///"
_MONGO: Final = ("mongodb://", "mongodb+srv://")
_BUCKETS: Final = ("s3://", "gs://", "az://")


def _secret_list(value: object) -> object:
    return tuple(SecretStr(part) for part in split_list(value)) if isinstance(value, str) else value


def _parts(value: object) -> object:
    return tuple(split_list(value)) if isinstance(value, str) else value


def _ascending(value: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(set(value)))


def _routing_mode(value: object) -> object:
    return _in_any_case(value, RoutingMode)


def _tools_rule(value: object) -> object:
    return _in_any_case(value, ToolsRule)


def _in_any_case(value: object, choices: type[StrEnum]) -> object:
    names = {choice.value.lower(): choice for choice in choices}
    return names.get(value.strip().lower(), value) if isinstance(value, str) else value


def _allowed(value: object) -> object:
    return AllowedEndpoints.parse(value) if isinstance(value, str) else value


def _domain_list(value: object) -> object:
    return split_list(value) if isinstance(value, str) else value


def _mail_domain_or_all(value: str) -> str:
    return value if value == "*" else check_mail_domain(value)


HttpUrl = Annotated[str, AfterValidator(check_http_url)]
SecretList = Annotated[tuple[SecretStr, ...], BeforeValidator(_secret_list)]
Percent = Annotated[int, Field(ge=1, le=1_000)]
Thresholds = Annotated[tuple[Percent, ...], BeforeValidator(_parts), Field(min_length=1), AfterValidator(_ascending)]
Rate = Annotated[int, Field(ge=1, le=1_000_000)]
Seconds = Annotated[float, Field(gt=0, le=3600)]
Networks = tuple[IPv4Network | IPv6Network, ...]
Share = Annotated[float, Field(ge=0, le=1)]
ManagedModel = Annotated[str, AfterValidator(check_managed_model)]
MailDomain = Annotated[str, AfterValidator(check_mail_domain)]
MailDomains = Annotated[tuple[Annotated[str, AfterValidator(_mail_domain_or_all)], ...], BeforeValidator(_domain_list)]


class Settings(BaseModel):
    """Everything the router is told from outside.

    Made by `load_settings`; the constructor takes field names and reads no environment, so tests state what they mean.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    host: str = Field("0.0.0.0", min_length=1)
    """`ROUTER_HOST`: the address to listen on."""

    port: int = Field(3456, ge=0, le=65535)
    """`ROUTER_PORT`: the port to listen on; 0 takes any free one."""

    public_url: HttpUrl | None = None
    """`ROUTER_PUBLIC_URL`: where people reach this router, `https://vutler.example.com`; links begin with it, and an
    identity provider sends people back there."""

    admin_token: SecretStr | None = None
    """`ROUTER_ADMIN_TOKEN`: the operator's and administrators' token. Absent: made once, kept in the data folder."""

    data_dir: Path = Path("data")
    """`ROUTER_DATA_DIR`: database, made secrets and files of a single-machine router."""

    database_url: SecretStr | None = None
    """`DATABASE_URL`: `sqlite:///relative`, `sqlite:////absolute` or `mongodb://…/name`. Absent: in `data_dir`."""

    encryption_keys: SecretList = ()
    """`LLM_ENCRYPTION_KEY`: base64 of 32 bytes each; the first encrypts, all decrypt. Absent with SQLite: made once."""

    managed_provider: ProviderName = ProviderName.MINIMAX
    """`MANAGED_LLM_PROVIDER`: whose key `MANAGED_LLM_KEY` is; `echo` answers every plan itself (demo, development)."""

    managed_keys: Mapping[ProviderName, SecretList] = Field(default_factory=dict)
    """`MANAGED_LLM_KEY` (for `managed_provider`) and `MANAGED_LLM_KEY_<PROVIDER>`: the platform's keys, in order."""

    managed_rates: Mapping[ProviderName, Rate] = Field(default_factory=dict)
    """`MANAGED_LLM_RPM_<PROVIDER>`: requests a minute that each managed key allows, all models together; agents take
    turns within it. Absent: learned for each model from the provider's refusals."""

    provider_urls: Mapping[ProviderName, HttpUrl] = Field(default_factory=dict)
    """`PROVIDER_URL_<PROVIDER>`: another base URL for a provider (proxy, region, test); the platform vouches for it."""

    tiers_file: Path | None = None
    """`TIERS_FILE`: plans as YAML or JSON in place of the built-in three."""

    prices_file: Path | None = None
    """`PRICES_FILE`: model prices that override the built-in snapshot."""

    drive_storage_path: Path | None = None
    """`DRIVE_STORAGE_PATH`: a folder for the drive. Absent, without a URL: `drive` in `data_dir`."""

    drive_storage_url: SecretStr | None = None
    """`DRIVE_STORAGE_URL`: `s3://bucket/prefix`, `gs://…` or `az://…` in place of a folder; may hold credentials and
    other options (`?endpoint=…&region=…`), else they come from the usual variables (`AWS_…`, `GOOGLE_…`, `AZURE_…`)."""

    drive_max_file_size: int = Field(52_428_800, ge=1)
    """`DRIVE_MAX_FILE_SIZE`: the largest file the drive takes, in bytes."""

    drive_agent_quota: int | None = Field(None, ge=1)
    """`DRIVE_AGENT_QUOTA`: bytes that the files of one agent may come to. Absent: any number."""

    drive_workspace_quota: int | None = Field(None, ge=1)
    """`DRIVE_WORKSPACE_QUOTA`: bytes that all files of a workspace may come to. Absent: any number."""

    routing_mode: Annotated[RoutingMode, BeforeValidator(_routing_mode)] = RoutingMode.OFF
    """`ROUTING_MODE`: how requests for the model `router` are classified where an agent does not say."""

    routing_tools: Annotated[ToolsRule, BeforeValidator(_tools_rule)] = ToolsRule.NEEDED
    """`ROUTING_TOOLS`: when a request with tools is one for the category `tools`, where an agent does not say."""

    routing_api_model: ManagedModel | None = None
    """`ROUTING_API_MODEL`: `provider/model` that classifies requests in the modes API and Hybrid, on the platform's key
    of that provider. Absent: none is asked."""

    routing_timeout: Seconds = 1.5
    """`ROUTING_TIMEOUT`: seconds a request waits for a model that classifies it, all tries together."""

    routing_sure: Share = 0.75
    """`ROUTING_SURE`: Hybrid asks a model where the local classifier is less sure than this, 0 to 1."""

    ollama_url: HttpUrl | None = None
    """`OLLAMA_URL`: the Ollama server that classifies requests, and the usual address of the provider `ollama`."""

    ollama_model: str = Field("qwen2.5:0.5b", min_length=1)
    """`OLLAMA_MODEL`: the model that classifies requests at `OLLAMA_URL`."""

    allowed_private_endpoints: Annotated[AllowedEndpoints, BeforeValidator(_allowed)] = AllowedEndpoints()
    """`ALLOWED_PRIVATE_ENDPOINTS`: hosts, addresses or CIDRs that a custom endpoint may point at though private."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """`ROUTER_LOG_LEVEL`: the least severe line that is logged."""

    max_body_bytes: int = Field(20 * 1024 * 1024, ge=1024)
    """`ROUTER_MAX_BODY_BYTES`: the largest request body but for drive uploads; images in prompts need megabytes."""

    max_concurrency: int = Field(1000, ge=1)
    """`ROUTER_MAX_CONCURRENCY`: model calls under way at once in this process; more get 503 with Retry-After."""

    connect_timeout: Seconds = 5.0
    """`ROUTER_CONNECT_TIMEOUT`: seconds to reach a provider."""

    idle_timeout: Seconds = 120.0
    """`ROUTER_IDLE_TIMEOUT`: seconds a provider may send nothing; reasoning models think for minutes."""

    keep_alive: Seconds = 15.0
    """`ROUTER_KEEP_ALIVE`: seconds of silence in a stream after which the caller gets a sign of life."""

    total_timeout: Seconds = 600.0
    """`ROUTER_TOTAL_TIMEOUT`: seconds for one answer with all its retries."""

    shutdown_grace: Seconds = 30.0
    """`ROUTER_SHUTDOWN_GRACE`: seconds that running streams get to finish after SIGTERM."""

    database_timeout: Seconds = 5.0
    """`ROUTER_DATABASE_TIMEOUT`: seconds for one database call."""

    ledger_queue: int = Field(1_000_000, ge=100)
    """`ROUTER_LEDGER_QUEUE`: usage rows kept on disk for a database that is away before new requests are refused."""

    ledger_sync: Literal["always", "soon"] = "soon"
    """`ROUTER_LEDGER_SYNC`: `soon` writes a usage row to its file before its caller sees the end of the answer, which
    outlives a killed router, and syncs it within 0.1 s of that: a power cut in between loses it. `always` also syncs it
    first, so that a power cut loses nothing; that costs an answer half a millisecond."""

    cluster: Literal["auto", "off"] = "auto"
    """`ROUTER_CLUSTER`: `auto` makes, starts and stops agents in the cluster that `KUBECONFIG` names, else in that of
    the pod's service account, if it has one; `off` leaves clusters alone."""

    kubeconfig: str | None = None
    """`KUBECONFIG`: files that say where the cluster is and who the router is there, as kubectl reads them."""

    templates_namespace: Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")] = "vutler-system"
    """`TEMPLATES_NAMESPACE`: where the AgentTemplates are that every namespace may use; the operator's too."""

    session_hours: float = Field(12.0, gt=0, le=720)
    """`ROUTER_SESSION_HOURS`: hours after which who signed in on the dashboard signs in again."""

    session_idle_minutes: float = Field(60.0, ge=2, le=43_200)
    """`ROUTER_SESSION_IDLE_MINUTES`: minutes without a request after which a session ends; noted once a minute."""

    sessions_per_user: int = Field(10, ge=1, le=1_000)
    """`ROUTER_SESSIONS_PER_USER`: browsers that one person may be signed in with; the oldest session gives way."""

    trusted_proxies: Annotated[Networks, BeforeValidator(check_networks)] = ()
    """`ROUTER_TRUSTED_PROXIES`: addresses or CIDRs of proxies; their X-Forwarded-For tells where sign-ins come from."""

    oidc_issuer: HttpUrl | None = None
    """`OIDC_ISSUER`: an OpenID Connect provider that people may sign in with, as it calls itself."""

    oidc_client_id: str | None = Field(None, min_length=1)
    """`OIDC_CLIENT_ID`: the router's name at the provider."""

    oidc_client_secret: SecretStr | None = None
    """`OIDC_CLIENT_SECRET`: its secret there; absent where the provider wants none."""

    oidc_scopes: Annotated[tuple[str, ...], BeforeValidator(_parts)] = ("profile", "email", "groups")
    """`OIDC_SCOPES`: what is asked for beside `openid`, separated by commas."""

    oidc_username_claim: str = Field("sub", min_length=1)
    """`OIDC_USERNAME_CLAIM`: the claim that is the name RBAC knows, as in the API server's `--oidc-username-claim`."""

    oidc_username_prefix: str | None = None
    """`OIDC_USERNAME_PREFIX`: in front of names; `-` means nothing. Absent: the issuer and `#`, but nothing before an
    email address, which is the API server's rule."""

    oidc_groups_claim: str = Field("groups", min_length=1)
    """`OIDC_GROUPS_CLAIM`: the claim that lists groups."""

    oidc_groups_prefix: str = ""
    """`OIDC_GROUPS_PREFIX`: in front of each group."""

    ui_dir: Path | None = None
    """`ROUTER_UI_DIR`: the folder of the built dashboard, served at `/`. Absent: the one in the package, if any."""

    alert_thresholds: Thresholds = (80, 100)
    """`ROUTER_ALERT_THRESHOLDS`: per cent of a plan or budget at which people are told, each once a month; that all of
    it is used (100) is told in any case."""

    alert_webhook_url: HttpUrl | None = None
    """`ROUTER_ALERT_WEBHOOK_URL`: where alerts are posted."""

    alert_webhook_secret: SecretStr | None = None
    """`ROUTER_ALERT_WEBHOOK_SECRET`: signs what is posted (Standard Webhooks, `whsec_…` or any text of 16 and more)."""

    audit_days: int = Field(90, ge=1, le=3650)
    """`AUDIT_DAYS`: for how many days it is kept what agents did with tools, and who asked whom."""

    ask_depth: int = Field(4, ge=1, le=20)
    """`ASK_DEPTH`: how many agents may ask each other in a row."""

    ask_timeout: Seconds = 120.0
    """`ASK_TIMEOUT`: seconds an agent waits for another's answer where it does not say."""
    mail_smtp_url: SecretStr | None = None
    """`MAIL_SMTP_URL`: `smtp://user:password@host:587` (STARTTLS) or `smtps://…`; takes agents' mail elsewhere."""

    mail_domain: MailDomain | None = None
    """`MAIL_DOMAIN`: agents are `<agent>.<workspace>@` this domain."""

    mail_allowed_domains: MailDomains = ()
    """`MAIL_ALLOWED_DOMAINS`: domains that agents may write to; `*` is all. Absent: agents of their workspace only."""

    mail_per_hour: int = Field(60, ge=1, le=100_000)
    """`MAIL_PER_HOUR`: mails that an agent may send in an hour."""

    mail_imap_url: SecretStr | None = None
    """`MAIL_IMAP_URL`: `imaps://user:password@host/INBOX`; unseen mails in it are brought to the agents they name."""

    mail_poll_interval: Annotated[float, Field(ge=1, le=3600)] = 30.0
    """`MAIL_POLL_INTERVAL`: seconds between two looks into the IMAP folder."""

    mail_webhook_secret: SecretStr | None = None
    """`MAIL_WEBHOOK_SECRET`: signs mails posted to `/api/v1/hooks/mail` (Standard Webhooks, as for the alerts)."""

    @field_validator("mail_smtp_url")
    @classmethod
    def _smtp_url_is_one(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            parse_smtp_url(value.get_secret_value())
        return value

    @field_validator("mail_imap_url")
    @classmethod
    def _imap_url_is_one(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            parse_imap_url(value.get_secret_value())
        return value

    @field_validator("admin_token")
    @classmethod
    def _admin_token_fits_a_header(cls, value: SecretStr | None) -> SecretStr | None:
        token = value.get_secret_value() if value else "x"
        if not (token.isascii() and token.isprintable()) or " " in token:
            raise ValueError("must be printable ASCII without spaces (make one with: openssl rand -hex 32)")
        return value

    @field_validator("database_url")
    @classmethod
    def _database_is_known(cls, value: SecretStr | None) -> SecretStr | None:
        url = value.get_secret_value() if value else None
        if url is not None and not url.startswith((_SQLITE, *_MONGO)):
            raise ValueError("must be sqlite:///path/to/file.db or mongodb://host:27017/name")
        if url == _SQLITE:
            raise ValueError("must name a file after sqlite:///")
        return value

    @field_validator("drive_storage_url")
    @classmethod
    def _drive_is_a_bucket(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith(_BUCKETS):
            raise ValueError("must be s3://bucket/prefix, gs://… or az://…; use DRIVE_STORAGE_PATH for a folder")
        return value

    @field_validator("encryption_keys")
    @classmethod
    def _master_keys_are_strong(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for secret in value:
            decode_master_key(secret.get_secret_value())
        return value

    @field_validator("alert_webhook_secret", "mail_webhook_secret")
    @classmethod
    def _webhook_secret_is_strong(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            decode_webhook_secret(value.get_secret_value())
        return value

    @model_validator(mode="after")
    def _parts_fit(self) -> "Settings":
        if self.uses_mongo and not self.encryption_keys:
            raise ValueError(
                "LLM_ENCRYPTION_KEY: required with a MongoDB database, so that every router opens the same keys "
                "(make one with: openssl rand -base64 32)"
            )
        if self.drive_storage_path and self.drive_storage_url:
            raise ValueError("DRIVE_STORAGE_URL: set either it or DRIVE_STORAGE_PATH, not both")
        if self.alert_webhook_url and self.alert_webhook_secret is None:
            raise ValueError(
                "ROUTER_ALERT_WEBHOOK_SECRET: required with ROUTER_ALERT_WEBHOOK_URL, so that the receiver can tell "
                'alerts from forgeries (make one with: echo "whsec_$(openssl rand -base64 32)")'
            )
        if self.oidc_issuer and (self.oidc_client_id is None or self.public_url is None):
            raise ValueError(
                "OIDC_CLIENT_ID, ROUTER_PUBLIC_URL: both required with OIDC_ISSUER; register "
                "https://<public address>/api/v1/session/oidc/callback at the provider"
            )
        if self.routing_mode is RoutingMode.OLLAMA and self.ollama_url is None:
            raise ValueError(
                "OLLAMA_URL: required with ROUTING_MODE=Ollama, for example http://ollama:11434; set it, or choose "
                "another mode"
            )
        if self.routing_mode is RoutingMode.API and self.routing_api_model is None:
            raise ValueError(
                "ROUTING_API_MODEL: required with ROUTING_MODE=API, for example openai/gpt-4o-mini; set it, or choose "
                "another mode"
            )
        needs_domain = (
            self.mail_smtp_url,
            self.mail_imap_url,
            self.mail_webhook_secret,
            self.mail_allowed_domains,
        )
        if self.mail_domain is None and any(needs_domain):
            raise ValueError(
                "MAIL_DOMAIN: required with MAIL_SMTP_URL, MAIL_IMAP_URL, MAIL_WEBHOOK_SECRET and "
                "MAIL_ALLOWED_DOMAINS, for agents have addresses under it; for example agents.example.com"
            )
        return self

    @property
    def uses_mongo(self) -> bool:
        """Whether the database is a MongoDB server rather than a file of this machine."""
        return self.database_url is not None and self.database_url.get_secret_value().startswith(_MONGO)

    @property
    def sqlite_path(self) -> Path:
        """The SQLite file; only meaningful when `uses_mongo` is false."""
        if self.database_url is None:
            return self.data_dir / "vutler.db"
        return Path(self.database_url.get_secret_value().removeprefix(_SQLITE))

    @property
    def spool_folder(self) -> Path:
        """Where usage rows are safe until the database has them; on a volume that outlives the process."""
        return self.data_dir / "spool"

    @property
    def drive_folder(self) -> Path:
        """The drive's folder when it is not in a bucket."""
        return self.drive_storage_path or self.data_dir / "drive"
