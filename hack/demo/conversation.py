"""Asking an agent something through the router's API, the whole way: OpenClaw pod, router, upstream, and back."""

from __future__ import annotations

import base64
import json
import re
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from os import environ
from typing import TYPE_CHECKING

from hack.demo.release import CREDENTIALS, NAMESPACE, SERVICE
from hack.demo.target import DemoError, Target

if TYPE_CHECKING:
    from collections.abc import Iterator

PORT_FORWARD_DEADLINE = 15.0
"""Seconds until `kubectl port-forward` must have said its port."""


@contextmanager
def router_address(target: Target) -> Iterator[str]:
    """Give the router's address as this machine reaches it: the node's port, else a port-forward while in use."""
    port = target.run("kubectl", "get", "service", SERVICE, "-n", NAMESPACE, "-o", "jsonpath={.spec.ports[0].nodePort}")
    if target.node_address and port and _answers(target.node_address, int(port)):
        yield f"http://{target.node_address}:{port}"
        return
    command = [target.kubectl, "port-forward", "-n", NAMESPACE, f"service/{SERVICE}", ":3456"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**environ, "KUBECONFIG": target.kubeconfig}
    ) as forward:
        try:
            yield f"http://127.0.0.1:{_forwarded_port(forward)}"
        finally:
            forward.terminate()


def admin_token(target: Target) -> str:
    """Return the router's admin token from the chart's Secret."""
    path = "jsonpath={.data.ROUTER_ADMIN_TOKEN}"
    encoded = target.run("kubectl", "get", "secret", CREDENTIALS, "-n", NAMESPACE, "-o", path)
    return base64.b64decode(encoded).decode()


def ask(address: str, token: str, agent_id: str, question: str, *, seconds: float = 120) -> str:
    """Ask the agent through its own pod and return the answer.

    Raises:
        DemoError: The router refused or the agent did not answer; the message is the router's.
    """
    request = urllib.request.Request(  # noqa: S310  # the address is the router's own, http by construction
        f"{address}/api/v1/agents/{agent_id}/chat",
        data=json.dumps({"message": question, "via": "agent"}).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=seconds) as response:  # noqa: S310  # as above
            answer: dict[str, str] = json.load(response)
    except urllib.error.HTTPError as error:
        raise DemoError(f"the agent did not answer: {error.read().decode(errors='replace')[:500]}") from error
    except OSError as error:
        raise DemoError(f"the router at {address} cannot be reached: {error}") from error
    return answer["content"]


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=2).close()
    except OSError:
        return False
    return True


def _forwarded_port(forward: subprocess.Popen[str]) -> str:
    deadline = time.monotonic() + PORT_FORWARD_DEADLINE
    while time.monotonic() < deadline and forward.poll() is None:
        line = forward.stdout.readline() if forward.stdout else ""
        if found := re.search(r":(\d+) ->", line):
            return found[1]
    raise DemoError("kubectl port-forward to the router did not start")
