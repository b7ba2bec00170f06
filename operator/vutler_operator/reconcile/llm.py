"""Resolves an LLMConfig and the Secrets of its keys into what the router is told."""

from dataclasses import dataclass, field

from pydantic import JsonValue, ValidationError

from vutler_operator.errors import Blocked
from vutler_operator.reconcile.lookup import Lookup, read_key
from vutler_operator.resources.condition import Condition
from vutler_operator.resources.llmconfig import ChainLink, LLMConfigSpec
from vutler_operator.resources.objects import LLM_CONFIG, SECRET, Manifest
from vutler_operator.resources.schema import NameRef

__all__ = ["LLMOutcome", "resolve_llm", "resolve_llm_config"]


@dataclass(frozen=True, slots=True)
class LLMOutcome:
    """Model settings as far as they could be resolved."""

    problem: Blocked | None
    """Why they are not complete."""
    record: dict[str, JsonValue] | None = field(repr=False)
    """For the router, with keys; None: it has none from here. A link whose key is missing is left out, so that a key
    whose Secret was deleted is forgotten there, too."""
    shown: dict[str, JsonValue]
    """For the status: mode, provider, model, tier."""
    has_key: bool = False
    """Whether the first link's key was found."""

    @property
    def condition(self) -> Condition:
        """Return the Agent's condition `LLMReady`."""
        if self.problem is not None:
            return Condition("LLMReady", "False", self.problem.reason, str(self.problem))
        if self.record is None:
            return Condition(
                "LLMReady", "True", "SetInRouter", "spec.llmConfigRef is absent: the model is set by API or dashboard"
            )
        what = self.shown.get("model") or f"tier {self.shown.get('tier')}"
        return Condition("LLMReady", "True", "Resolved", f"{self.record['source']}: {what}")


async def resolve_llm(lookup: Lookup, namespace: str, ref: NameRef | None) -> LLMOutcome:
    """Resolve the LLMConfig that an Agent names."""
    if ref is None:
        return LLMOutcome(None, None, {})
    found = await lookup.find(LLM_CONFIG, namespace, ref.name)
    if found is None:
        message = (
            f'LLMConfig "{ref.name}" does not exist in namespace {namespace}: create it, or correct spec.llmConfigRef'
        )
        return LLMOutcome(Blocked("LLMConfigNotFound", message), None, {})
    return await resolve_llm_config(lookup, found)


async def resolve_llm_config(lookup: Lookup, config: Manifest) -> LLMOutcome:
    """Resolve an LLMConfig with the keys that it names."""
    namespace, name = config["metadata"]["namespace"], config["metadata"]["name"]
    try:
        spec = LLMConfigSpec.model_validate(config.get("spec") or {})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        return LLMOutcome(Blocked("InvalidSpec", f'LLMConfig "{name}": spec.{where}: {first["msg"]}'), None, {})
    common: dict[str, JsonValue] = {"source": f"{namespace}/{name}"}
    for key in ("parameters", "routing", "limits"):
        value = getattr(spec, key)
        if value is not None:
            common[key] = _snake_parameters(value) if key == "parameters" else value
    if spec.mode == "Managed":
        shown: dict[str, JsonValue] = {"mode": spec.mode, "tier": spec.tier}
        return LLMOutcome(None, {**common, "managed": True, "tier": spec.tier}, shown, has_key=True)
    return await _resolve_chain(lookup, namespace, spec, common)


async def _resolve_chain(
    lookup: Lookup, namespace: str, spec: LLMConfigSpec, common: dict[str, JsonValue]
) -> LLMOutcome:
    links: list[dict[str, JsonValue]] = []
    problems: list[Blocked | None] = []
    for link in spec.chain:
        key, problem = await _key_of(lookup, namespace, link)
        problems.append(problem)
        links.append({"provider": link.provider, "model": link.model, "api_key": key, "custom_endpoint": link.endpoint})
    usable = [link for link, problem in zip(links, problems, strict=True) if problem is None]
    record: dict[str, JsonValue] | None = None
    if usable:
        record = {**common, **usable[0], "fallbacks": [*usable[1:]]}
    shown: dict[str, JsonValue] = {"mode": spec.mode, "provider": spec.provider, "model": spec.model}
    return LLMOutcome(next(filter(None, problems), None), record, shown, has_key=bool(links[0]["api_key"]))


async def _key_of(lookup: Lookup, namespace: str, link: ChainLink) -> tuple[str | None, Blocked | None]:
    ref = link.api_key_secret_ref
    if ref is None:
        return None, None
    try:
        return await read_key(lookup, SECRET, namespace, ref.name, ref.key), None
    except Blocked as problem:
        return None, problem


def _snake_parameters(parameters: dict[str, JsonValue]) -> dict[str, JsonValue]:
    names = {"maxTokens": "max_tokens", "topP": "top_p"}
    return {names.get(key, key): value for key, value in parameters.items()}
