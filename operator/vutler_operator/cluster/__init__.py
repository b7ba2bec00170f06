"""The only package that talks to the API server."""

from vutler_operator.cluster.client import Client, Transport, own_namespace
from vutler_operator.cluster.leases import LeaseRecord
from vutler_operator.cluster.objects import Cluster
from vutler_operator.cluster.permissions import PERMISSIONS, Permission

__all__ = ["PERMISSIONS", "Client", "Cluster", "LeaseRecord", "Permission", "Transport", "own_namespace"]
