"""What is added to every request to a provider, whatever surface it came by, where the caller says nothing of it."""

from collections.abc import Mapping

from vutler_router.providers.definitions import Definition

__all__ = ["provider_defaults"]


def provider_defaults(fields: Mapping[str, object], definition: Definition) -> dict[str, object]:
    """Return the provider's default fields, completed by what the caller says where both are objects."""
    return {name: _merged(default, fields.get(name)) for name, default in definition.defaults.items()}


def _merged(default: object, given: object) -> object:
    if isinstance(default, dict) and isinstance(given, dict):
        return default | given
    return default if given is None else given
