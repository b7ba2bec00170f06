"""Ready-made kinds of agents, and the port that lists them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

__all__ = ["AgentTemplate", "AgentTemplates"]


@dataclass(frozen=True, slots=True)
class AgentTemplate:
    """An AgentTemplate, as far as people choose by it.

    Attributes:
        namespace: Where it lives.
        description: What its agents are good for; empty where nobody said.
        recommended_tier: The plan that suits them.
        display_name: The name that they have if they get no other.
        tools: The platform tools that they may use; None leaves it at the default.
        llm_config: Name of the LLMConfig that says which model answers them, where the template does.
    """

    name: str
    namespace: str
    description: str = ""
    recommended_tier: str | None = None
    display_name: str | None = None
    tools: tuple[str, ...] | None = None
    llm_config: str | None = None


class AgentTemplates(Protocol):
    """A way to templates, or the lack of one."""

    async def of(self, namespace: str) -> Sequence[AgentTemplate]:
        """Return a namespace's templates by their names.

        Raises:
            ClusterUnavailable: The API server does not answer.
            ClusterRefused: It does not let the router look.
        """
        ...
