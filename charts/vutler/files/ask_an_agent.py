"""Ask an agent something through the installed router; `helm test` runs this in a pod of its own.

It makes an agent of its own with the built-in echo provider: that needs no key, costs nothing and disturbs nobody.
"""
# ruff: noqa: INP001 - a script in a chart, not part of a package

import json
import os
import sys
import time
import urllib.error
import urllib.request

ROUTER = os.environ["ROUTER_URL"]
AGENT = os.environ["AGENT_ID"]
QUESTION = "Are you there?"
READY_WITHIN_SECONDS = 60.0


def call(method: str, path: str, body: dict[str, object] | None = None) -> dict[str, object]:
    """Call the router as an administrator and return what it answers."""
    request = urllib.request.Request(  # noqa: S310 - the address is the release's own Service
        ROUTER + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"authorization": f"Bearer {os.environ['ROUTER_ADMIN_TOKEN']}", "content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - see above
        text = answer.read()
    return json.loads(text) if text.startswith(b"{") else {}


def wait_until_ready() -> None:
    """Wait for the router to accept work.

    Raises:
        OSError: it did not within the deadline.
    """
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while True:
        try:
            call("GET", "/readyz")
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)
        else:
            return


def remove() -> None:
    """Remove the agent of this test; it may not be there."""
    try:
        call("DELETE", f"/api/v1/agents/{AGENT}")
    except urllib.error.HTTPError as error:
        if error.code != 404:  # noqa: PLR2004 - HTTP's own number
            raise


def main() -> str:
    """Ask, and return the answer."""
    wait_until_ready()
    remove()
    call("POST", "/api/v1/agents", {"id": AGENT, "display_name": "helm test"})
    try:
        call("PUT", f"/api/v1/agents/{AGENT}/llm-config", {"provider": "echo", "model": "echo"})
        answer = call("POST", f"/api/v1/agents/{AGENT}/chat", {"message": QUESTION})
    finally:
        remove()
    return str(answer.get("content", ""))


if __name__ == "__main__":
    try:
        content = main()
    except urllib.error.HTTPError as error:
        sys.exit(f"the router answered {error.code}: {error.read().decode(errors='replace')}")
    except OSError as error:
        sys.exit(f"the router at {ROUTER} cannot be reached: {error}")
    if QUESTION not in content:
        sys.exit(f"expected an echo of the question, got: {content!r}")
    sys.stdout.write(f"asked: {QUESTION}\nanswer: {content}\n")
