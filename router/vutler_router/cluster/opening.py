"""Finds the cluster as kubectl finds it."""

import contextlib
import os
import time
from collections.abc import AsyncIterator

from vutler_router.cluster.absent import NoCluster
from vutler_router.cluster.agents import KubernetesAgents
from vutler_router.cluster.kubeconfig import KubeconfigAccount
from vutler_router.cluster.pod_account import PodAccount, is_mounted
from vutler_router.domain.agent_resource import AgentResources
from vutler_router.settings import Settings

__all__ = ["opened_agent_resources"]


@contextlib.asynccontextmanager
async def opened_agent_resources(settings: Settings) -> AsyncIterator[AgentResources]:
    """Open a way to Agent resources for the life of the block: by `KUBECONFIG`, else by the pod's account, else none.

    The API server is not asked for anything yet, so it may be away when the router starts.

    Raises:
        BrokenFile: There is an account, but it cannot be used.
    """
    if settings.cluster == "off":
        yield NoCluster()
    elif settings.kubeconfig is not None:
        async with KubeconfigAccount.opened(settings.kubeconfig) as account:
            yield KubernetesAgents(account)
    elif is_mounted():
        async with PodAccount.opened(os.environ, time.monotonic) as account:
            yield KubernetesAgents(account)
    else:
        yield NoCluster()
