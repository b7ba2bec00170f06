"""What OpenRouter says of an account and of its models, without asking any of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from vutler_router.domain.agent import Agent
from vutler_router.errors import InvalidRequest, UpstreamUnavailable
from vutler_router.providers.decoding import read_object
from vutler_router.providers.definitions import overrides_of
from vutler_router.providers.ports import Transport, UpstreamCall
from vutler_router.providers.target import Target, build_target
from vutler_router.services.answering.credits import Credits, CreditsReader
from vutler_router.services.answering.targets import Targets
from vutler_router.settings import ProviderName, Settings

__all__ = ["ListedModel", "OpenRouter"]

_OK: Final = 200
_LARGEST: Final = 16 << 20
"""The list of some hundred models has about a megabyte."""

_SECONDS: Final = 10.0
_KEPT_SECONDS: Final = 300.0
_MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class ListedModel:
    """A model as OpenRouter lists it; prices in USD for a million tokens, None where they are not plain numbers."""

    id: str
    name: str
    context_length: int | None
    input: float | None
    output: float | None


class OpenRouter:
    """Asks, on the platform's key or an agent's; the list of models is public and kept for five minutes."""

    def __init__(
        self, settings: Settings, transport: Transport, targets: Targets, monotonic: Callable[[], float]
    ) -> None:
        self._overrides = overrides_of(settings)
        self._keys = settings.managed_keys.get(ProviderName.OPENROUTER, ())
        self._transport = transport
        self._targets = targets
        self._monotonic = monotonic
        self._listed: tuple[float, Sequence[ListedModel]] | None = None

    async def credits(self, agent: Agent | None) -> Credits:
        """Return what is left of a key: an agent's, or the platform's.

        Raises:
            InvalidRequest: There is no key of OpenRouter there.
            UpstreamUnavailable: OpenRouter does not tell.
        """
        found = await CreditsReader(self._transport).of(self._target(agent))
        if found is None:
            raise UpstreamUnavailable(
                "openrouter did not say what is left of this key; check the key with llm-test, or try again.",
                provider=ProviderName.OPENROUTER,
            )
        return found

    async def models(self) -> Sequence[ListedModel]:
        """Return the models that OpenRouter lists, by id. Raises `UpstreamUnavailable`."""
        now = self._monotonic()
        if self._listed is None or now - self._listed[0] > _KEPT_SECONDS:
            self._listed = now, await self._read_models()
        return self._listed[1]

    async def _read_models(self) -> Sequence[ListedModel]:
        target = build_target(ProviderName.OPENROUTER, "", "", overrides=self._overrides)
        call = UpstreamCall(
            target.provider, f"{target.base_url}/models", target.headers, b"", method="GET", seconds=_SECONDS
        )
        reply = await self._transport.send(call)
        try:
            fields = read_object(await reply.whole(_LARGEST)) if reply.status == _OK else None
        finally:
            reply.close()
        data = fields.get("data") if fields is not None else None
        if not isinstance(data, list):
            raise UpstreamUnavailable("openrouter did not list its models; try again.", provider=target.provider)
        models = [_model(entry) for entry in data if isinstance(entry, dict) and isinstance(entry.get("id"), str)]
        return sorted(models, key=lambda model: model.id)

    def _target(self, agent: Agent | None) -> Target:
        if agent is not None:
            own = [target for target in self._targets.of(agent) if target.provider is ProviderName.OPENROUTER]
            if own and not own[0].tier:
                return own[0]
            raise InvalidRequest(f"Agent {agent.id} has no key of OpenRouter of its own.", param="agent_id")
        if not self._keys:
            raise InvalidRequest(
                "The platform has no key of OpenRouter; set MANAGED_LLM_KEY_OPENROUTER, or name an agent that has "
                "one with agent_id.",
                param="agent_id",
            )
        key = self._keys[0].get_secret_value()
        return build_target(ProviderName.OPENROUTER, "", key, overrides=self._overrides)


def _model(entry: Mapping[str, object]) -> ListedModel:
    """Read an entry of the list (API reference, "List available models"): prices are texts in USD a token."""
    pricing, context = entry.get("pricing"), entry.get("context_length")
    name = entry.get("name")
    return ListedModel(
        str(entry["id"]),
        name if isinstance(name, str) else str(entry["id"]),
        context if isinstance(context, int) else None,
        _per_million(pricing, "prompt"),
        _per_million(pricing, "completion"),
    )


def _per_million(pricing: object, name: str) -> float | None:
    """Return a price; a negative one is OpenRouter's way to say that it varies."""
    said = pricing.get(name) if isinstance(pricing, dict) else None
    try:
        price = Decimal(str(said))
    except InvalidOperation:
        return None
    return float(price * _MILLION) if price.is_finite() and price >= 0 else None
