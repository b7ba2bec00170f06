"""Finds the cluster as kubectl finds it."""

import contextlib
import os
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from vutler_router.cluster.absent import NoCluster, NoReports, NoTemplates
from vutler_router.cluster.accounts import KubernetesAccounts, NoAccounts
from vutler_router.cluster.agents import KubernetesAgents
from vutler_router.cluster.kubeconfig import KubeconfigAccount
from vutler_router.cluster.pod_account import PodAccount, is_mounted
from vutler_router.cluster.ports import ApiSender
from vutler_router.cluster.reports import KubernetesReports
from vutler_router.cluster.templates import KubernetesTemplates
from vutler_router.domain.agent_report import AgentReports
from vutler_router.domain.agent_resource import AgentResources
from vutler_router.domain.agent_template import AgentTemplates
from vutler_router.domain.cluster_accounts import ClusterAccounts
from vutler_router.settings import Settings

__all__ = ["Cluster", "opened_cluster"]


@dataclass(frozen=True, slots=True)
class Cluster:
    """What the router has business with in a cluster: Agents and their templates, and who people are.

    Attributes:
        is_there: Whether there is a cluster at all.
    """

    is_there: bool
    agents: AgentResources
    reports: AgentReports
    templates: AgentTemplates
    accounts: ClusterAccounts


@contextlib.asynccontextmanager
async def opened_cluster(settings: Settings) -> AsyncIterator[Cluster]:
    """Open a way to the cluster for the life of the block: by `KUBECONFIG`, else by the pod's account, else none.

    The API server is not asked for anything yet, so it may be away when the router starts.

    Raises:
        BrokenFile: There is an account, but it cannot be used.
    """
    if settings.cluster == "off":
        yield _none()
    elif settings.kubeconfig is not None:
        async with KubeconfigAccount.opened(settings.kubeconfig) as account:
            yield _reached_by(account)
    elif is_mounted():
        async with PodAccount.opened(os.environ, time.monotonic) as account:
            yield _reached_by(account)
    else:
        yield _none()


def _reached_by(account: ApiSender) -> Cluster:
    return Cluster(
        is_there=True,
        agents=KubernetesAgents(account),
        reports=KubernetesReports(account),
        templates=KubernetesTemplates(account),
        accounts=KubernetesAccounts(account),
    )


def _none() -> Cluster:
    return Cluster(
        is_there=False, agents=NoCluster(), reports=NoReports(), templates=NoTemplates(), accounts=NoAccounts()
    )
