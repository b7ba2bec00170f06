"""Render kubeconfig files."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

from hack.cluster.certificates import Pair

__all__ = ["render_kubeconfig", "write_private"]


def render_kubeconfig(*, cluster: str, server: str, authority: Path, client: Pair) -> str:
    """Return a kubeconfig that needs no other file; JSON, which every YAML reader understands."""
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {"name": cluster, "cluster": {"server": server, "certificate-authority-data": _encoded(authority)}},
            ],
            "users": [
                {
                    "name": cluster,
                    "user": {
                        "client-certificate-data": _encoded(client.certificate),
                        "client-key-data": _encoded(client.key),
                    },
                },
            ],
            "contexts": [{"name": cluster, "context": {"cluster": cluster, "user": cluster}}],
            "current-context": cluster,
        },
        indent=2,
    )


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    unfinished.rename(path)


def _encoded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
