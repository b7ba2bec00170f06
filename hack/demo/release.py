"""The chart's release in the demo: images into the cluster, then `helm upgrade --install`."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hack.demo.target import DemoError, Target, tool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "charts" / "vutler"
NAMESPACE = "vutler-system"
NAME = "vutler"
SERVICE = "vutler-router"
CREDENTIALS = "vutler-credentials"
"""The chart's Secret with the router's admin token."""


@contextmanager
def image_build() -> Iterator[Callable[[], list[str]]]:
    """Build both images, and helm, beside whatever the block does; what it gives waits for the archives' paths.

    Cold, a compiler, a linker and a download each leave a processor idle at times: together they take minutes less.

    Raises:
        DemoError: A build failed; it has said why itself.
    """
    if os.environ.get("KUBECONFIG"):
        yield list
        return
    images = [sys.executable, "-m", "hack.images", "build", "vutler", "openclaw"]
    programs = [sys.executable, "-m", "hack.cluster", "binaries", "coredns", "helm"]
    with (
        subprocess.Popen(images, stdout=subprocess.PIPE, text=True) as build,
        subprocess.Popen(programs, stdout=subprocess.DEVNULL) as compilation,
    ):

        def archives() -> list[str]:
            printed, _ = build.communicate()
            if build.returncode:
                raise DemoError("hack.images build failed, see above")
            return printed.split()

        try:
            yield archives
        finally:
            for running in (build, compilation):
                if running.poll() is None:
                    running.terminate()


def load_images(target: Target, cluster_name: str, archives: Sequence[str]) -> str:
    """Put the images on the node; somebody else's cluster pulls them itself.

    Returns:
        What tells this build of Vutler's image from another of the same tag.

    Raises:
        DemoError: Somebody else's cluster, and no `VUTLER_IMAGE` that it could pull.
    """
    if archives:
        tool("cluster", "load", "--name", cluster_name, *archives)
        return Path(archives[0]).stem
    if not os.environ.get("VUTLER_IMAGE"):
        raise DemoError(
            f"{target.kubeconfig} is a cluster of your own and has to pull Vutler's image: build it (make image), "
            "push it, then set VUTLER_IMAGE=registry/name:tag"
        )
    return os.environ["VUTLER_IMAGE"].rpartition(":")[2]


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
