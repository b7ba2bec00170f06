"""The only package that talks to the Kubernetes API server."""

from vutler_router.cluster.opening import Cluster, opened_cluster

__all__ = ["Cluster", "opened_cluster"]
