"""What a chain link must fulfil before it is kept."""

from dataclasses import dataclass, field
from typing import Final

from vutler_router.errors import InvalidRequest
from vutler_router.settings import ENDPOINT_OPTIONAL, ENDPOINT_REQUIRED, ProviderName, check_http_url

__all__ = ["LinkPut", "checked_endpoint", "checked_key", "checked_model", "checked_provider"]

_LONGEST_KEY: Final = 4096
_LONGEST_MODEL: Final = 256


@dataclass(frozen=True, slots=True)
class LinkPut:
    """One link as a caller sends it.

    Attributes:
        api_key: None keeps a stored key of the same provider and address; an empty text removes it.
    """

    provider: str
    model: str | None = None
    api_key: str | None = field(default=None, repr=False)
    custom_endpoint: str | None = None


def checked_provider(text: str, param: str) -> ProviderName:
    """Return the provider. Raises `InvalidRequest` when there is none of that name."""
    try:
        return ProviderName(text)
    except ValueError:
        raise InvalidRequest(
            f"There is no provider of that name; choose one of: {', '.join(ProviderName)}.",
            code="unknown_provider",
            param=f"{param}provider",
        ) from None


def checked_model(provider: ProviderName, model: str | None, param: str) -> str:
    """Return the model's name. Raises `InvalidRequest` when it is missing or no name."""
    if provider is ProviderName.ECHO and not model:
        return "echo"
    if not model or len(model) > _LONGEST_MODEL or not model.isprintable() or model != model.strip():
        raise InvalidRequest(
            f"Name the model by which {provider} knows it, for example gpt-4o-mini.", param=f"{param}model"
        )
    return model


def checked_endpoint(provider: ProviderName, endpoint: str | None, param: str) -> str | None:
    """Return the base URL, or None where the provider has its own. Raises `InvalidRequest`."""
    name = f"{param}custom_endpoint"
    if not endpoint:
        if provider in ENDPOINT_REQUIRED:
            raise InvalidRequest(f"The provider {provider} needs its base URL, such as https://host/v1.", param=name)
        return None
    if provider not in ENDPOINT_REQUIRED | ENDPOINT_OPTIONAL:
        raise InvalidRequest(
            f"{provider} has its own address, and its key is sent nowhere else. "
            f"Leave custom_endpoint out, or use the provider custom.",
            param=name,
        )
    try:
        return check_http_url(endpoint)
    except ValueError as error:
        raise InvalidRequest(f"custom_endpoint {error}.", param=name) from None


def checked_key(key: str, param: str) -> str:
    """Return a key that fits a header. Raises `InvalidRequest`, without repeating the key."""
    key = key.strip()
    if not key or len(key) > _LONGEST_KEY or not key.isascii() or not key.isprintable() or " " in key:
        raise InvalidRequest(
            "This is no API key: it must be printable ASCII without spaces. Copy it again.", param=f"{param}api_key"
        )
    return key
