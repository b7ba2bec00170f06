"""Mirror of the Agent's spec, with its defaults.

The defaults stand here and not in the CRD: they apply after the template's fields were merged in, so that a default
never wins over a template.
"""

from typing import Any, Literal

from pydantic import Field, JsonValue

from vutler_operator.resources.schema import KeyRef, NameRef, Schema

__all__ = ["AgentSpec", "EnvSource", "EnvVar", "HeaderSource", "McpServer", "Runtime", "SkillRef", "Storage"]


class ConfigMapSource(Schema):
    """A text kept in a ConfigMap."""

    config_map_key_ref: KeyRef


class SkillRef(ConfigMapSource):
    """A skill's text kept in a ConfigMap."""


class HeaderSource(Schema):
    """A request header whose value a Secret holds."""

    name: str
    secret_key_ref: KeyRef


class McpServer(Schema):
    """A tool server of the user's own."""

    url: str
    headers_from: tuple[HeaderSource, ...] = ()


class FieldRef(Schema):
    """A field of the pod."""

    field_path: str


class EnvSource(Schema):
    """Where a variable's value comes from; exactly one is set."""

    secret_key_ref: KeyRef | None = None
    config_map_key_ref: KeyRef | None = None
    field_ref: FieldRef | None = None


class EnvVar(Schema):
    """An extra environment variable."""

    name: str
    value: str | None = None
    value_from: EnvSource | None = None


class Resources(Schema):
    """Compute resources as quantities; absent: the operator's defaults."""

    requests: dict[str, str | int] = Field(default_factory=dict)
    limits: dict[str, str | int] = Field(default_factory=dict)


class Storage(Schema):
    """The volume that holds the agent's sessions and memory."""

    size: str = "5Gi"
    storage_class_name: str | None = None
    ephemeral: bool = False


class Runtime(Schema):
    """How the pod runs; what is absent is the operator's default."""

    image: str | None = None
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] = "IfNotPresent"
    image_pull_secrets: tuple[NameRef, ...] = ()
    resources: Resources = Field(default_factory=Resources)
    env: tuple[EnvVar, ...] = ()
    node_selector: dict[str, str] = Field(default_factory=dict)
    tolerations: tuple[dict[str, JsonValue], ...] = ()
    affinity: dict[str, JsonValue] = Field(default_factory=dict)
    runtime_class_name: str | None = None
    pod_labels: dict[str, str] = Field(default_factory=dict)
    pod_annotations: dict[str, str] = Field(default_factory=dict)
    config: dict[str, Any] = Field(default_factory=dict)


class AgentSpec(Schema):
    """What the user asks for, after the template was merged in."""

    display_name: str = ""
    template_ref: NameRef | None = None
    system_prompt: str = ""
    system_prompt_from: ConfigMapSource | None = None
    llm_config_ref: NameRef | None = None
    tools: tuple[Literal["email", "chat", "drive"], ...] = ("email", "chat", "drive")
    delegates: tuple[NameRef, ...] = ()
    mcp_servers: dict[str, McpServer] = Field(default_factory=dict)
    skills: dict[str, str | SkillRef] = Field(default_factory=dict)
    running: bool = True
    storage: Storage = Field(default_factory=Storage)
    runtime: Runtime = Field(default_factory=Runtime)
