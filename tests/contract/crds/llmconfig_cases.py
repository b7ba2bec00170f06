"""What an LLMConfig and an AgentTemplate may not say."""

from functools import partial

from tests.contract.crds.case import Case, Spec

LLMCase = partial(Case, kind="LLMConfig", name="default")

KEY = {"name": "openai", "key": "api-key"}
OPENAI = {"provider": "openai", "model": "gpt-4o-mini", "apiKeySecretRef": KEY}
URL = "https://llm.example.com/v1"


def own(**changes: object) -> Spec:
    """Return a spec of an own OpenAI key with changes; None leaves a field out."""
    return {"mode": "BYOKey", **{name: value for name, value in {**OPENAI, **changes}.items() if value is not None}}


def managed(**more: object) -> Spec:
    """Return a managed spec with something more."""
    return {"mode": "Managed", "tier": "economy", **more}


def fallback(**link: object) -> Spec:
    """Return a spec with one fallback."""
    return own(fallbacks=[link])


def category(**more: object) -> Spec:
    """Return a spec with one category of its own."""
    return own(routing={"categories": [{"models": ["openai/gpt-4o"], "keywords": ["bill"], **more}]})


OWN_KEY = (
    LLMCase("an own key names no provider", "spec", "spec.provider", "set provider", own(provider=None)),
    LLMCase("an own key names no model", "spec", "spec.model", "set model", own(model=None)),
    LLMCase("an own key names a tier", "spec", "spec.tier", "remove tier", own(tier="economy")),
    LLMCase("an own key is nowhere", "spec", "spec.apiKeySecretRef", "keep it in a Secret", own(apiKeySecretRef=None)),
    LLMCase("a server of one's own has no address", "spec", "spec.endpoint", "set endpoint", own(provider="custom")),
    LLMCase("a known provider gets an address", "spec", "spec.endpoint", "remove endpoint, or use", own(endpoint=URL)),
)

MANAGED = (
    LLMCase("a managed one has no tier", "spec", "spec.tier", "set tier", {"mode": "Managed"}),
    LLMCase("a managed one has a provider", "spec", "spec.provider", "remove provider", managed(provider="openai")),
    LLMCase("a managed one has a model", "spec", "spec.model", "remove model", managed(model="gpt-4o")),
    LLMCase("a managed one has a key", "spec", "spec.apiKeySecretRef", "platform's keys", managed(apiKeySecretRef=KEY)),
    LLMCase("a managed one has an address", "spec", "spec.endpoint", "platform's providers", managed(endpoint=URL)),
    LLMCase("a managed one has fallbacks", "spec", "spec.fallbacks", "remove fallbacks", managed(fallbacks=[OPENAI])),
    LLMCase("a tier is a title", "spec.tier", "spec.tier", "named by its id", managed(tier="The big one")),
)

ENDPOINTS = tuple(
    LLMCase(f"{whose} {wrong}", f"{place}.endpoint", f"{field}.endpoint", says, spec)
    for wrong, endpoint, says in (
        ("has no scheme", "llm.example.com/v1", "http://host/path or https://host/path"),
        ("has a port that does not exist", "https://llm.example.com:70000/v1", "from 1 to 65535"),
        ("has a password in its address", "https://user:secret@llm.example.com/v1", "put the key in a Secret"),
        ("is given with the path of a call", f"{URL}/chat/completions", "remove that ending"),
    )
    for whose, place, field, spec in (
        ("its server", "spec", "spec", own(provider="custom", endpoint=endpoint)),
        (
            "a fallback's server", "spec.fallbacks.[]", "spec.fallbacks[0]",
            fallback(provider="custom", model="m", endpoint=endpoint),
        ),
    )
)  # fmt: skip

FALLBACKS = (
    LLMCase(
        "a fallback has no key of its own",
        "spec.fallbacks.[]", "spec.fallbacks[0].apiKeySecretRef", "keep it in a Secret",
        fallback(provider="anthropic", model="claude-haiku-4-5"),
    ),
    LLMCase(
        "a fallback of one's own has no address",
        "spec.fallbacks.[]", "spec.fallbacks[0].endpoint", "set endpoint", fallback(provider="custom", model="m"),
    ),
    LLMCase(
        "a fallback at a known provider gets an address",
        "spec.fallbacks.[]", "spec.fallbacks[0].endpoint", "remove endpoint, or use", fallback(**OPENAI, endpoint=URL),
    ),
)  # fmt: skip

CATEGORIES = (
    LLMCase(
        "a category cannot be recognised",
        "spec.routing.categories.[]", "spec.routing.categories[0].keywords", "add keywords",
        category(name="bills", keywords=[]),
    ),
    LLMCase(
        "a category's name is a title",
        "spec.routing.categories.[].name", "spec.routing.categories[0].name", "for example invoices",
        category(name="All Bills"),
    ),
    LLMCase(
        "a model is compared with itself",
        "spec.routing.categories.[]", "spec.routing.categories[0].comparison", "choose another one",
        category(name="bills", comparison={"model": "openai/gpt-4o", "percent": 20}),
    ),
)  # fmt: skip

LLMCONFIG = (*OWN_KEY, *MANAGED, *ENDPOINTS, *FALLBACKS, *CATEGORIES)

TEMPLATE = (
    Case(
        "it builds on another template",
        "spec.agent", "spec.agent.templateRef", "remove templateRef",
        {"agent": {"templateRef": {"name": "support-email"}}}, kind="AgentTemplate",
    ),
    Case(
        "its tier is a title",
        "spec.recommendedTier", "spec.recommendedTier", "named by its id",
        {"agent": {}, "recommendedTier": "The small one"}, kind="AgentTemplate",
    ),
)  # fmt: skip
