"""What the builders build from: an Agent with everything that it refers to already resolved."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vutler_operator.resources.agent import AgentSpec
from vutler_operator.resources.objects import Manifest
from vutler_operator.settings import Settings

__all__ = ["AgentInputs", "Tokens", "image_of"]


@dataclass(frozen=True, slots=True)
class Tokens:
    """The two secrets of an agent, both random 256 bits; never shown in a repr."""

    router: str = field(repr=False)
    """With it the pod signs in at the router."""
    gateway: str = field(repr=False)
    """With it the router signs in at the pod."""
    rotated_for: str = ""
    """The value of the rotation annotation for which they were minted."""
    minted_at: str = ""
    """When, RFC 3339; empty: an earlier version minted them and did not say."""


@dataclass(frozen=True, slots=True)
class AgentInputs:
    """Everything that the children of one Agent depend on."""

    owner: Manifest
    """The Agent itself; its name, namespace and uid."""
    spec: AgentSpec
    """With the template merged in and defaults applied."""
    tokens: Tokens
    prompt: str
    """The persona: text of AGENTS.md."""
    skills: Mapping[str, str] = field(default_factory=dict)
    """Skill name to the text of its SKILL.md."""
    external: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Values of Secrets and ConfigMaps that the pod's environment takes; a change of one must roll the pod."""

    @property
    def name(self) -> str:
        """Return the Agent's name, which is the name of its children."""
        return str(self.owner["metadata"]["name"])

    @property
    def namespace(self) -> str:
        """Return the Agent's namespace."""
        return str(self.owner["metadata"]["namespace"])

    @property
    def display_name(self) -> str:
        """Return how the agent calls itself."""
        return self.spec.display_name or self.name


def image_of(spec: AgentSpec, settings: Settings) -> str:
    """Return the image that the pod runs."""
    return spec.runtime.image or settings.openclaw_image
