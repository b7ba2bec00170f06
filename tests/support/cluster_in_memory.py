"""Agent resources without a cluster: what there is, what was asked, and what goes wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from typing_extensions import override

from vutler_router.domain.agent_resource import AgentResource, AgentResources, NewAgentResource
from vutler_router.domain.identifiers import AgentId
from vutler_router.errors import Conflict, RouterError

__all__ = ["ClusterInMemory"]


@dataclass
class ClusterInMemory(AgentResources):
    """The port over a dictionary, by agent ids.

    Attributes:
        calls: What was asked, `read team-a.ava` and the like.
        failure: Raised by every call.
    """

    resources: dict[str, AgentResource] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    failure: RouterError | None = None

    @override
    async def read(self, agent_id: AgentId) -> AgentResource | None:
        self._called(f"read {agent_id}")
        return self.resources.get(str(agent_id))

    @override
    async def read_all(self, namespace: str) -> Mapping[str, AgentResource]:
        self._called(f"read all of {namespace}")
        prefix = f"{namespace}."
        return {name.removeprefix(prefix): one for name, one in self.resources.items() if name.startswith(prefix)}

    @override
    async def set_running(self, agent_id: AgentId, running: bool) -> None:
        self._called(f"set {agent_id} {running}")
        if str(agent_id) not in self.resources:
            raise Conflict(f"There is no Agent resource {agent_id}.", code="agent_without_resource")
        self.resources[str(agent_id)] = replace(self.resources[str(agent_id)], running=running, observed=False)

    @override
    async def create(self, new: NewAgentResource) -> None:
        self._called(f"create {new.agent_id}")
        self.resources[str(new.agent_id)] = AgentResource()

    def _called(self, what: str) -> None:
        self.calls.append(what)
        if self.failure is not None:
            raise self.failure
