"""What there is to do with Agents and their templates in the cluster."""

from dataclasses import dataclass

from vutler_router.cluster import Cluster
from vutler_router.services.agent_maker import AgentMaker
from vutler_router.services.agent_story import AgentStories
from vutler_router.services.agents import AgentService
from vutler_router.services.directory import AgentDirectory
from vutler_router.services.template_shelf import TemplateShelf

__all__ = ["Resources", "build_resources"]


@dataclass(frozen=True, slots=True)
class Resources:
    """Resources of the cluster.

    Attributes:
        is_there: Whether there is a cluster in which agents can run.
    """

    is_there: bool
    maker: AgentMaker
    stories: AgentStories
    templates: TemplateShelf


def build_resources(cluster: Cluster, agents: AgentService, directory: AgentDirectory, catalogue: str) -> Resources:
    """Put together what works on the cluster's resources; `catalogue` is the namespace of everybody's templates."""
    return Resources(
        is_there=cluster.is_there,
        maker=AgentMaker(agents, cluster.agents),
        stories=AgentStories(directory, cluster.reports),
        templates=TemplateShelf(cluster.templates, catalogue),
    )
