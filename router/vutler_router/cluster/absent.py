"""What a router outside of a cluster has in place of Agent resources."""

from collections.abc import Mapping, Sequence

from typing_extensions import override

from vutler_router.domain.agent_report import AgentEvent, AgentReport, AgentReports
from vutler_router.domain.agent_resource import AgentResource, AgentResources, NewAgentResource
from vutler_router.domain.agent_template import AgentTemplate, AgentTemplates
from vutler_router.domain.identifiers import AgentId
from vutler_router.errors import Conflict

__all__ = ["NoCluster", "NoReports", "NoTemplates"]


class NoCluster(AgentResources):
    """Finds nothing, and says so to who wants to change something."""

    @override
    async def read(self, agent_id: AgentId) -> AgentResource | None:
        return None

    @override
    async def read_all(self, namespace: str) -> Mapping[str, AgentResource]:
        return {}

    @override
    async def set_running(self, agent_id: AgentId, running: bool) -> None:
        change = f'{{"spec":{{"running":{str(running).lower()}}}}}'
        raise Conflict(
            f"This router has no account in the cluster that runs the agent (ROUTER_CLUSTER, KUBECONFIG). Change it "
            f"there: kubectl -n {agent_id.workspace} patch agents.vutler.io {agent_id.name} --type=merge -p '{change}'",
            code="no_cluster",
        )

    @override
    async def create(self, new: NewAgentResource) -> None:
        raise Conflict(
            f"This router has no account in a cluster, where the agent would run (ROUTER_CLUSTER, KUBECONFIG). Apply "
            f"an Agent {new.agent_id.name} in namespace {new.agent_id.workspace} there with kubectl, or make one that "
            f"has a model and no pod: POST /api/v1/agents.",
            code="no_cluster",
        )


class NoReports(AgentReports):
    """Knows nothing of any Agent."""

    @override
    async def of(self, agent_id: AgentId) -> AgentReport | None:
        return None

    @override
    async def events(self, agent_id: AgentId, most: int) -> Sequence[AgentEvent]:
        return ()


class NoTemplates(AgentTemplates):
    """Has no templates."""

    @override
    async def of(self, namespace: str) -> Sequence[AgentTemplate]:
        return ()
