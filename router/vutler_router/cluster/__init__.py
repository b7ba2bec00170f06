"""The only package that talks to the Kubernetes API server."""

from vutler_router.cluster.opening import opened_agent_resources

__all__ = ["opened_agent_resources"]
