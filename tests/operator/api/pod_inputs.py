"""Everything that can change about an agent, as pairs, and what each change does to its pod.

`@` in a name stands for the agent's own name: each row has an agent and objects of its own.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

Effect = Literal["rolls", "reloads", "router", "scales", "restates", "nothing", "refused"]
"""What a change does.

rolls: one new pod. reloads: OpenClaw takes it from the ConfigMap. router: only the router hears of it.
scales: the pod goes or comes as it was. restates: it says the same in other words. nothing: nobody needs it.
refused: the API server does not take it.
"""

Spec = dict[str, Any]
Object = tuple[str, str]
"""Kind and name."""


@dataclass(frozen=True, slots=True)
class Row:
    """One change."""

    effect: Effect
    before: Spec = field(default_factory=dict)
    after: Spec = field(default_factory=dict)
    """The Agent's spec before, and what is merged into it; None removes."""
    given: dict[Object, Spec] = field(default_factory=dict)
    """What the Agent refers to; a Secret or ConfigMap by its values, everything else by its spec."""
    changed: dict[Object, Spec] = field(default_factory=dict)
    """What is merged into that."""
    annotations: dict[str, str] = field(default_factory=dict)
    """What the Agent is annotated with."""


def runtime(**fields: Any) -> Spec:
    return {"runtime": fields}


def config(**settings: Any) -> Spec:
    return runtime(config=settings)


def key(kind: str, name: str = "@-x", key: str = "k") -> Spec:
    return {f"{kind}KeyRef": {"name": name, "key": key}}


def variable(**fields: Any) -> Spec:
    return runtime(env=[{"name": "A", **fields}])


def term(**fields: Any) -> list[Spec]:
    return [{"weight": 1, **fields}]


def near(label: str) -> Spec:
    selector = {"labelSelector": {"matchLabels": {"a": label}}, "topologyKey": "kubernetes.io/hostname"}
    return {"preferredDuringSchedulingIgnoredDuringExecution": term(podAffinityTerm=selector)}


def node(label: str) -> Spec:
    match = {"matchExpressions": [{"key": label, "operator": "Exists"}]}
    return {"preferredDuringSchedulingIgnoredDuringExecution": term(preference=match)}


def llm(**fields: Any) -> Spec:
    return {
        "mode": "BYOKey",
        "provider": "openai",
        "model": "a",
        "apiKeySecretRef": {"name": "@-x", "key": "k"},
    } | fields


PROMPT = {"systemPrompt": "You are Ava."}
HEADER = {"name": "Authorization", **key("secret")}
URL = "https://a.example.com/mcp"
TEXT = {("ConfigMap", "@-x"): {"k": "one", "l": "two"}, ("ConfigMap", "@-y"): {"k": "three"}}
VALUE = {("Secret", "@-x"): {"k": "one", "l": "two"}}
USES = {"llmConfigRef": {"name": "@-m"}}
MODEL = ("LLMConfig", "@-m")
BASE = ("AgentTemplate", "@-t")

OF_THE_AGENT: dict[str, Row] = {
    "its name, where a prompt says who it is": Row("reloads", PROMPT | {"displayName": "Ava"}, {"displayName": "Eva"}),
    "its name, which is its prompt": Row("rolls", {"displayName": "Ava"}, {"displayName": "Eva"}),
    "its prompt": Row("rolls", PROMPT, {"systemPrompt": "You are Eva."}),
    "the ConfigMap of its prompt": Row(
        "rolls", {"systemPromptFrom": key("configMap")}, {"systemPromptFrom": key("configMap", "@-y")}, TEXT
    ),
    "the key of its prompt": Row(
        "rolls", {"systemPromptFrom": key("configMap")}, {"systemPromptFrom": key("configMap", key="l")}, TEXT
    ),
    "its template": Row(
        "rolls",
        {"templateRef": {"name": "@-t"}},
        {"templateRef": {"name": "@-u"}},
        {BASE: {"agent": PROMPT}, ("AgentTemplate", "@-u"): {"agent": {"systemPrompt": "You are Eva."}}},
    ),
    "its LLMConfig": Row(
        "router",
        USES,
        {"llmConfigRef": {"name": "@-n"}},
        {MODEL: {"mode": "Managed", "tier": "economy"}, ("LLMConfig", "@-n"): {"mode": "Managed", "tier": "premium"}},
    ),
    "its platform tools": Row("router", {"tools": ["chat"]}, {"tools": ["chat", "drive"]}),
    "its delegates": Row("router", {"delegates": [{"name": "ben"}]}, {"delegates": []}),
    "a tool server's address": Row(
        "reloads", {"mcpServers": {"x": {"url": URL}}}, {"mcpServers": {"x": {"url": "https://b.example.com/mcp"}}}
    ),
    "a tool server more": Row("reloads", {}, {"mcpServers": {"x": {"url": URL}}}),
    "a header of a tool server": Row(
        "rolls", {"mcpServers": {"x": {"url": URL}}}, {"mcpServers": {"x": {"headersFrom": [HEADER]}}}, VALUE
    ),
    "a skill": Row("rolls", {"skills": {"greet": "Say hello."}}, {"skills": {"greet": "Say bye."}}),
    "a skill more": Row("rolls", {}, {"skills": {"greet": "Say hello."}}),
    "stopped": Row("scales", {"running": True}, {"running": False}),
    "started": Row("scales", {"running": False}, {"running": True}),
    "the class of its volume": Row(
        "refused", {"storage": {"storageClassName": "a"}}, {"storage": {"storageClassName": "b"}}
    ),
    "a smaller volume": Row("refused", {"storage": {"size": "2Gi"}}, {"storage": {"size": "1Gi"}}),
    "no volume": Row("rolls", {}, {"storage": {"ephemeral": True}}),
    "its image": Row("rolls", runtime(image="a:1"), runtime(image="a:2")),
    "its pull policy": Row("rolls", {}, runtime(imagePullPolicy="Always")),
    "its pull secrets": Row("rolls", {}, runtime(imagePullSecrets=[{"name": "login"}])),
    "its requests": Row("rolls", {}, runtime(resources={"requests": {"cpu": "300m"}})),
    "its limits": Row("rolls", {}, runtime(resources={"limits": {"memory": "3Gi"}})),
    "the same limits in other words": Row("restates", {}, runtime(resources={"limits": {"memory": "2048Mi"}})),
    "a variable": Row("rolls", variable(value="1"), variable(value="2")),
    "a variable less": Row("rolls", variable(value="1"), runtime(env=[])),
    "its nodes": Row("rolls", {}, runtime(nodeSelector={"disk": "ssd"})),
    "its tolerations": Row("rolls", {}, runtime(tolerations=[{"key": "gpu", "operator": "Exists"}])),
    "its affinity to nodes": Row("rolls", {}, runtime(affinity={"nodeAffinity": node("a")})),
    "its affinity to pods": Row("rolls", {}, runtime(affinity={"podAffinity": near("a")})),
    "its distance to pods": Row("rolls", {}, runtime(affinity={"podAntiAffinity": near("a")})),
    "its runtime class": Row("rolls", {}, runtime(runtimeClassName="gvisor")),
    "a label of its pod": Row("rolls", {}, runtime(podLabels={"team": "a"})),
    "an annotation of its pod": Row("rolls", {}, runtime(podAnnotations={"note": "a"})),
    "a setting of OpenClaw": Row("reloads", {}, config(agents={"defaults": {"maxConcurrent": 2}})),
    "a setting of OpenClaw less": Row("reloads", config(logging={"level": "info"}), config(logging=None)),
    "another model provider": Row(
        "reloads", {}, config(models={"providers": {"mine": {"baseUrl": "https://x/v1", "models": []}}})
    ),
    "what its tools may do": Row("reloads", {}, config(tools={"fs": {"workspaceOnly": False}})),
    "the gateway": Row("refused", {}, config(gateway={"port": 1})),
    "what it may execute": Row("refused", {}, config(tools={"exec": {"mode": "full"}})),
    "what it may execute as root": Row("refused", {}, config(tools={"elevated": {"enabled": True}})),
    "its model provider": Row("refused", {}, config(models={"providers": {"router": {"baseUrl": "https://x"}}})),
    "plugins": Row("refused", {}, config(plugins={"allow": []})),
    "updates": Row("refused", {}, config(update={"checkOnStart": True})),
    "telemetry": Row("refused", {}, config(telemetry={"enabled": True})),
    "new tokens": Row("rolls", annotations={"vutler.io/rotate-tokens": "1"}),
    "a note on the Agent": Row("nothing", annotations={"example.com/note": "1"}),
}
"""Changes of the Agent itself; every field of its spec must be in some row."""

OF_WHAT_IT_REFERS_TO: dict[str, Row] = {
    "the text of its prompt": Row(
        "rolls", {"systemPromptFrom": key("configMap")}, {}, TEXT, {("ConfigMap", "@-x"): {"k": "new"}}
    ),
    "the text of a skill": Row(
        "rolls", {"skills": {"greet": key("configMap")}}, {}, TEXT, {("ConfigMap", "@-x"): {"k": "new"}}
    ),
    "another text of the same ConfigMap": Row(
        "nothing", {"systemPromptFrom": key("configMap")}, {}, TEXT, {("ConfigMap", "@-x"): {"l": "new"}}
    ),
    "a variable's value in a Secret": Row(
        "rolls", variable(valueFrom=key("secret")), {}, VALUE, {("Secret", "@-x"): {"k": "new"}}
    ),
    "a variable's value in a ConfigMap": Row(
        "rolls", variable(valueFrom=key("configMap")), {}, TEXT, {("ConfigMap", "@-x"): {"k": "new"}}
    ),
    "a header's value": Row(
        "rolls",
        {"mcpServers": {"x": {"url": URL, "headersFrom": [HEADER]}}},
        {},
        VALUE,
        {("Secret", "@-x"): {"k": "new"}},
    ),
    "another value of the same Secret": Row(
        "nothing", variable(valueFrom=key("secret")), {}, VALUE, {("Secret", "@-x"): {"l": "new"}}
    ),
    "the prompt of its template": Row(
        "rolls",
        {"templateRef": {"name": "@-t"}},
        {},
        {BASE: {"agent": PROMPT}},
        {BASE: {"agent": {"systemPrompt": "You are Eva."}}},
    ),
    "a setting of its template": Row(
        "reloads",
        {"templateRef": {"name": "@-t"}},
        {},
        {BASE: {"agent": PROMPT}},
        {BASE: {"agent": config(agents={"defaults": {"maxConcurrent": 2}})}},
    ),
    "the tools of its template": Row(
        "router",
        {"templateRef": {"name": "@-t"}},
        {},
        {BASE: {"agent": PROMPT}},
        {BASE: {"agent": {"tools": ["chat"]}}},
    ),
    "what its template says of itself": Row(
        "nothing", {"templateRef": {"name": "@-t"}}, {}, {BASE: {"agent": PROMPT}}, {BASE: {"description": "New."}}
    ),
    "the provider's key": Row("router", USES, {}, VALUE | {MODEL: llm()}, {("Secret", "@-x"): {"k": "new"}}),
    "the model": Row("router", USES, {}, VALUE | {MODEL: llm()}, {MODEL: {"model": "b"}}),
    "a limit": Row("router", USES, {}, VALUE | {MODEL: llm()}, {MODEL: {"limits": {"monthlyTokens": 5}}}),
    "a parameter": Row("router", USES, {}, VALUE | {MODEL: llm()}, {MODEL: {"parameters": {"maxTokens": 5}}}),
    "a fallback": Row(
        "router", USES, {}, VALUE | {MODEL: llm()}, {MODEL: {"fallbacks": [{"provider": "ollama", "model": "b"}]}}
    ),
    "the routing": Row(
        "router", USES, {}, VALUE | {MODEL: llm()}, {MODEL: {"routing": {"mode": "Off", "tools": "Never"}}}
    ),
    "the tier": Row("router", USES, {}, {MODEL: {"mode": "Managed", "tier": "economy"}}, {MODEL: {"tier": "premium"}}),
}
"""Changes of objects that the Agent names."""

ROWS = OF_THE_AGENT | OF_WHAT_IT_REFERS_TO
