"""Small Kubernetes objects for tests of pure code."""

from typing import Any

from vutler_operator.resources.objects import Manifest


def obj(
    kind: str, name: str, version: int = 1, *, agent: str = "", namespace: str = "team-a", **content: Any
) -> Manifest:
    """Make an object; with `agent` it carries the operator's labels."""
    labels = {"app.kubernetes.io/managed-by": "vutler-operator", "vutler.io/agent": agent} if agent else {}
    metadata = {"name": name, "namespace": namespace, "uid": f"uid-{name}", "resourceVersion": str(version)}
    return {"apiVersion": "v1", "kind": kind, "metadata": {**metadata, "labels": labels, "generation": 1}, **content}
