"""The chart's release in the demo: images into the cluster, then `helm upgrade --install`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from hack.demo.target import DemoError, Target, tool

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "charts" / "vutler"
NAMESPACE = "vutler-system"
NAME = "vutler"
SERVICE = "vutler-router"
CREDENTIALS = "vutler-credentials"
"""The chart's Secret with the router's admin token."""


def load_images(target: Target, cluster_name: str) -> str:
    """Build both images and put them on the node; somebody else's cluster pulls them itself.

    Returns:
        What tells this build of Vutler's image from another of the same tag.

    Raises:
        DemoError: Somebody else's cluster, and no `VUTLER_IMAGE` that it could pull.
    """
    if target.provider == "kubeconfig":
        if not os.environ.get("VUTLER_IMAGE"):
            raise DemoError(
                "a cluster of your own has to pull Vutler's image: build it (make image), push it, "
                "then set VUTLER_IMAGE=registry/name:tag"
            )
        return os.environ["VUTLER_IMAGE"]
    archives = tool("images", "build", "vutler", "openclaw", capture=True).split()
    tool("cluster", "load", "--name", cluster_name, *archives)
    return Path(archives[0]).stem


def install(target: Target, build: str, values: Mapping[str, str]) -> None:
    """Install the chart, or upgrade it to `values`, and wait until operator and router are available.

    Args:
        target: The cluster.
        build: Which build of the image this is; another one rolls the pods though the tag is the same.
        values: Chart values by dotted name.
    """
    chosen = {"router.service.type": "NodePort", "podAnnotations.build": build, **values}
    if image := os.environ.get("VUTLER_IMAGE"):
        repository, _, tag = image.rpartition(":")
        chosen |= {"image.repository": repository, "image.tag": tag}
    settings = [
        part
        for name, value in chosen.items()
        for part in ("--set-string" if value.isalpha() else "--set", f"{name}={value}")
    ]
    target.run("kubectl", "apply", "--server-side", "--force-conflicts", "-f", str(ROOT / "crds"))
    target.run(
        "helm",
        "upgrade",
        NAME,
        str(CHART),
        *("--install", "--namespace", NAMESPACE, "--create-namespace", "--wait", "--timeout", "180s"),
        *settings,
    )


def uninstall(target: Target) -> None:
    """Remove the release and its namespace; the CRDs stay, because other releases may use them."""
    target.run("helm", "uninstall", NAME, "--namespace", NAMESPACE, "--ignore-not-found", "--wait")
    target.run("kubectl", "delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=true")
