"""What a router outside of a cluster has in place of Agent resources."""

from collections.abc import Mapping

from typing_extensions import override

from vutler_router.domain.agent_resource import AgentResource, AgentResources
from vutler_router.domain.identifiers import AgentId
from vutler_router.errors import Conflict

__all__ = ["NoCluster"]


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
