"""`python3 -m hack.demo up | ask | down`: what `make demo` and `make demo-down` run."""

from __future__ import annotations

import argparse
import os
import sys
import time

from hack.demo.agent import EXAMPLE, wait_for
from hack.demo.conversation import admin_token, ask, router_address
from hack.demo.release import CREDENTIALS, NAMESPACE, image_build, install, load_images, uninstall
from hack.demo.target import DemoError, Target, bring_up, tool
from hack.demo.upstream import UnusableUpstreamError, choose_upstream

AGENT = "ava"
QUESTION = "Hello! Who are you, and what can you do for me?"


def main() -> int:
    """Run one verb; return the exit code."""
    parser = argparse.ArgumentParser(prog="python3 -m hack.demo", description=__doc__)
    parser.add_argument("verb", choices=["up", "ask", "down"])
    parser.add_argument("question", nargs="?", default=QUESTION, help="what to ask the agent (up, ask)")
    parser.add_argument("--name", default="demo", help="name of the local cluster")
    parser.add_argument("--namespace", default="demo", help="namespace of the agent")
    arguments = parser.parse_args()
    try:
        match arguments.verb:
            case "up":
                up(arguments.name, arguments.namespace, arguments.question)
            case "ask":
                with router_address(target := bring_up(arguments.name)) as address:
                    show_answer(target, address, arguments.namespace, arguments.question)
            case _:
                down(arguments.name, arguments.namespace)
    except (DemoError, UnusableUpstreamError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


def up(name: str, namespace: str, question: str) -> None:
    """Bring everything up, ask the question, and show what can be seen afterwards."""
    started = time.monotonic()
    upstream = choose_upstream(os.environ)
    step(f"a cluster named {name} with a real node, and the images of Vutler and OpenClaw")
    with image_build() as archives:
        target = bring_up(name)
        build = load_images(target, name, archives())
    step(f"the chart, into namespace {NAMESPACE}")
    install(target, build, upstream.values)
    step(f"an agent named {AGENT}, in namespace {namespace}, answered by {upstream.label}")
    target.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}], namespace)
    target.apply(upstream.manifests, namespace)
    target.run("kubectl", "apply", "-n", namespace, "-f", str(EXAMPLE))
    before = wait_for(target, namespace, AGENT)
    with router_address(target) as address:
        show_answer(target, address, namespace, question)
        wait_for(target, namespace, AGENT, tokens=before.tokens + 1, seconds=60)
        print(f"\n{target.run('kubectl', 'get', 'agents', '-n', namespace)}")
        show_next_steps(target, address, name, namespace)
    step(f"done in {time.monotonic() - started:.0f} s")


def show_answer(target: Target, address: str, namespace: str, question: str) -> None:
    """Ask through the agent's own pod and print the answer."""
    step(f"asking: {question}")
    asked = time.monotonic()
    answer = ask(address, admin_token(target), f"{namespace}.{AGENT}", question)
    print(
        f"\n    {AGENT}: {answer}\n\n    ({time.monotonic() - asked:.1f} s: OpenClaw pod, router, upstream, and back)"
    )


def show_next_steps(target: Target, address: str, name: str, namespace: str) -> None:
    """Say where things are and what to try next."""
    path = "jsonpath='{.data.ROUTER_ADMIN_TOKEN}'"
    rows = [
        ("dashboard", f"{address}  (sign in with the admin token; the API's documentation is at {address}/docs)"),
        ("admin token", f"kubectl get secret {CREDENTIALS} -n {NAMESPACE} -o {path} | base64 -d"),
        ("kubectl", f"export KUBECONFIG={target.kubeconfig}"),
        ("its story", f"kubectl describe agent {AGENT} -n {namespace}"),
        ("ask again", f"python3 -m hack.demo ask 'What is on the list today?' --name {name} --namespace {namespace}"),
        ("remove it all", "make demo-down"),
    ]
    for label, text in rows:
        print(f"    {label:<15}{text}")
    print()


def down(name: str, namespace: str) -> None:
    """Remove the local cluster, or what the demo put into a cluster of your own."""
    if os.environ.get("KUBECONFIG"):
        step("the demo's agent and release, from your cluster (the CRDs stay)")
        target = bring_up(name)
        target.run("kubectl", "delete", "namespace", namespace, "--ignore-not-found", "--wait=true")
        uninstall(target)
        return
    tool("cluster", "down", "--name", name)


def step(text: str) -> None:
    """Print what comes now."""
    colour = ("\033[1;34m", "\033[0m") if sys.stdout.isatty() else ("", "")
    print(f"{colour[0]}==>{colour[1]} {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
