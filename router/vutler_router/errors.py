"""Everything that can go wrong in the router, as one tree that knows nothing of HTTP.

    RouterError
    ├── CallerError                 the caller has to change something; never retried
    │   ├── InvalidRequest          a field is missing, malformed or contradicts another
    │   │   ├── UnknownTier         a plan id that the tiers file does not have
    │   │   ├── UnknownModel        a model this agent may not ask for
    │   │   ├── LlmNotConfigured    the agent has no model settings and no default applies
    │   │   └── TooLarge            a body or field beyond its limit
    │   ├── Unauthenticated         no bearer token, or one that nobody holds
    │   ├── Forbidden               a known caller outside its rights; see `NotFound`
    │   ├── NotFound                the thing is absent, or is not this caller's to know of
    │   └── Conflict                the state does not allow it
    │       ├── SettingsReadOnly    the settings belong to an LLMConfig
    │       └── ClusterRefused      the API server does not let the router do it
    ├── LimitExceeded               a rate, budget or concurrency limit; passes with time
    ├── UpstreamError               a provider did not answer as asked
    │   ├── UpstreamRejected        permanent: key, credit, model or request refused
    │   ├── UpstreamBusy            passing: the provider's own rate limit
    │   └── UpstreamUnavailable     passing: unreachable, timed out, broken, overloaded
    ├── NotReady                    starting, stopping or full; passes within seconds
    ├── ClusterUnavailable          the Kubernetes API server did not answer; passing
    ├── StorageError                the database did not do what was asked; passing
    │   └── WriteConflict           somebody else changed the record in between
    ├── SealBroken                  a stored secret cannot be opened (other key, other owner)
    └── BrokenFile                  a tiers or prices file that cannot be used; stops the start

A caller who may not see a thing gets `NotFound`, not `Forbidden`, so that names cannot be guessed; `Forbidden` is for
what the caller knows of but may not do. Messages go out to callers: they name the object and the remedy and never hold
a key.
"""

# ruff: noqa: N818 - the names read as what happened (`NotFound`, `LimitExceeded`); the tree says that they are errors

from enum import StrEnum
from typing import ClassVar

__all__ = [
    "BrokenFile",
    "CallerError",
    "Category",
    "ClusterRefused",
    "ClusterUnavailable",
    "Conflict",
    "Forbidden",
    "InvalidRequest",
    "LimitExceeded",
    "LlmNotConfigured",
    "NotFound",
    "NotReady",
    "RouterError",
    "SealBroken",
    "SettingsReadOnly",
    "StorageError",
    "TooLarge",
    "Unauthenticated",
    "UnknownModel",
    "UnknownTier",
    "UpstreamBusy",
    "UpstreamError",
    "UpstreamRejected",
    "UpstreamUnavailable",
    "WriteConflict",
]


class Category(StrEnum):
    """The `type` of an error body, in the words OpenAI's clients know."""

    INVALID_REQUEST = "invalid_request_error"
    AUTHENTICATION = "authentication_error"
    PERMISSION = "permission_error"
    NOT_FOUND = "not_found_error"
    CONFLICT = "conflict_error"
    RATE_LIMIT = "rate_limit_error"
    UPSTREAM = "upstream_error"
    UNAVAILABLE = "service_unavailable_error"
    INTERNAL = "internal_error"


class RouterError(Exception):
    """Any failure the router names itself.

    Attributes:
        code: Stable machine-readable name; a class default that an instance may narrow.
        category: The broad kind, for the error body's `type`.
        retryable: Whether the same call may succeed later without a change by the caller.
        param: The field at fault, as the caller spelt it (`llm.tier`), when there is one.
        retry_after: Seconds after which a retry makes sense, when known.
    """

    code: str = "internal_error"
    category: ClassVar[Category] = Category.INTERNAL
    retryable: ClassVar[bool] = False

    def __init__(
        self, message: str, *, code: str | None = None, param: str | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.retry_after = retry_after
        if code is not None:
            self.code = code


class CallerError(RouterError):
    """The caller has to change the request; trying again as it is cannot help."""

    code = "invalid_request"
    category = Category.INVALID_REQUEST


class InvalidRequest(CallerError):
    """A field is missing, malformed or contradicts another."""


class UnknownTier(InvalidRequest):
    """A plan id that the tiers file does not have."""

    code = "unknown_tier"


class UnknownModel(InvalidRequest):
    """A model this agent may not ask for."""

    code = "model_not_found"


class LlmNotConfigured(InvalidRequest):
    """The agent has no model settings and no default applies."""

    code = "llm_not_configured"


class TooLarge(InvalidRequest):
    """A body or field beyond its limit."""

    code = "request_too_large"


class Unauthenticated(CallerError):
    """No bearer token, or one that nobody holds."""

    code = "unauthenticated"
    category = Category.AUTHENTICATION


class Forbidden(CallerError):
    """A known caller asks for something outside its rights."""

    code = "forbidden"
    category = Category.PERMISSION


class NotFound(CallerError):
    """The thing is absent, or is not this caller's to know of."""

    code = "not_found"
    category = Category.NOT_FOUND


class Conflict(CallerError):
    """The current state does not allow the change."""

    code = "conflict"
    category = Category.CONFLICT


class SettingsReadOnly(Conflict):
    """The model settings belong to a Kubernetes resource and are changed there.

    Args:
        resource: Namespace and name of the LLMConfig, `team-a/default`.
    """

    code = "settings_read_only"

    def __init__(self, resource: str) -> None:
        super().__init__(
            f"The model settings of this agent come from LLMConfig {resource} and are read-only here. "
            f"Change that resource, or remove llmConfigRef from the Agent."
        )
        self.resource = resource


class ClusterRefused(Conflict):
    """The Kubernetes API server refuses: the router's account may not, or the resource would break a rule."""

    code = "cluster_refused"


class LimitExceeded(RouterError):
    """A rate, budget or concurrency limit is reached; it passes with time."""

    code = "limit_exceeded"
    category = Category.RATE_LIMIT
    retryable = True


class UpstreamError(RouterError):
    """A provider did not answer as asked.

    Attributes:
        provider: The provider that was asked.
        upstream_status: Its HTTP status, or None when there was no answer.
        said: The provider's own words within the message, scrubbed and bounded; they may quote a prompt.
        summary: The message without them: what may be kept and shown to others than the caller.
    """

    code = "upstream_error"
    category = Category.UPSTREAM

    def __init__(
        self,
        message: str,
        *,
        provider: str,
        upstream_status: int | None = None,
        code: str | None = None,
        param: str | None = None,
        retry_after: float | None = None,
        said: str = "",
        summary: str | None = None,
    ) -> None:
        super().__init__(message, code=code, param=param, retry_after=retry_after)
        self.provider = provider
        self.upstream_status = upstream_status
        self.said = said
        self.summary = message if summary is None else summary


class UpstreamRejected(UpstreamError):
    """The provider refused for good: key, credit, model or request."""

    code = "upstream_rejected"
    category = Category.INVALID_REQUEST


class UpstreamBusy(UpstreamError):
    """The provider's own rate limit is reached."""

    code = "upstream_rate_limited"
    category = Category.RATE_LIMIT
    retryable = True


class UpstreamUnavailable(UpstreamError):
    """The provider is unreachable, slow, broken or overloaded."""

    code = "upstream_unavailable"
    retryable = True


class NotReady(RouterError):
    """The router is starting, stopping or full."""

    code = "not_ready"
    category = Category.UNAVAILABLE
    retryable = True


class ClusterUnavailable(RouterError):
    """The Kubernetes API server did not answer, or is too busy."""

    code = "cluster_unavailable"
    category = Category.UNAVAILABLE
    retryable = True


class StorageError(RouterError):
    """The database did not do what was asked, in the time it was given."""

    code = "storage_unavailable"
    category = Category.UNAVAILABLE
    retryable = True


class WriteConflict(StorageError):
    """Somebody else changed the record between reading and writing it."""

    code = "write_conflict"


class SealBroken(RouterError):
    """A stored secret cannot be opened: sealed with another key, or for another owner."""

    code = "secret_unreadable"


class BrokenFile(RouterError):
    """A configuration file cannot be used; the message names file, line and field."""

    code = "broken_file"
