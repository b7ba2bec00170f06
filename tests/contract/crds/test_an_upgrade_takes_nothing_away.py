"""The resources of release 0.1.0 against today's: additions only, but for what is listed here with its reason."""

import copy
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.contract.crds.case import manifest
from tests.contract.crds.compatibility import Break, crd_breaks, known_part
from tests.contract.crds.rules import KINDS
from tests.contract.crds.whole import WHOLE
from tests.support.api_server import CRDS, RESOURCES, ApiServer, wait_until_served

OLD = Path(__file__).parent / "data" / "0.1.0"

NEVER_WORKED = "no object of such a name can exist: the agent was never Ready"
NARROWED = (
    (
        r"\.(name|templateRef\.name|runtimeClassName|storageClassName)$",
        r"pattern \^\[a-z0-9\]|pattern \^\[a-z\]",
        NEVER_WORKED,
    ),
    (
        r"\.key$",
        r"pattern \^\[-\._a-zA-Z0-9\]\+\$",
        "a Secret and a ConfigMap have no such key: the agent was never Ready",
    ),
    (r"\.(url|endpoint)$", r"rule: a port is a number", "there is no such port: nothing was ever reached"),
    (
        r"\.(nodeSelector|podLabels|podAnnotations)$",
        r"rule: the key of (a label|an annotation)",
        "the API server refused the pod: the agent never started",
    ),
    (
        r"^spec\.limits\.\w+$",
        r"minimum (1|0\.01)",
        "0 meant either nothing or no limit, depending on who read it; running: false and leaving it out say which",
    ),
    (
        r"^spec\.routing\.categories\.\[\]$",
        r"rule: a model is compared with the first",
        "it speaks of comparison, which no stored object has",
    ),
)
"""Where, what, and why it harms nobody. Values that are stored already stay: the API server checks what changes."""


def old(kind: str) -> dict[str, Any]:
    return dict(yaml.safe_load((OLD / KINDS[kind]).read_text()))


def new(kind: str) -> dict[str, Any]:
    return dict(yaml.safe_load((CRDS / KINDS[kind]).read_text()))


def allows(exception: tuple[str, str, str], found: Break) -> bool:
    path, what, _ = exception
    return bool(re.search(path, found.path) and re.match(what, found.what))


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_gone_or_narrower(kind: str) -> None:
    found = crd_breaks(old(kind), new(kind))
    assert [str(broken) for broken in found if not any(allows(exception, broken) for exception in NARROWED)] == []


def test_every_exception_is_needed() -> None:
    found = [broken for kind in KINDS for broken in crd_breaks(old(kind), new(kind))]
    assert [exception for exception in NARROWED if not any(allows(exception, broken) for broken in found)] == []


def spec_of(crd: dict[str, Any]) -> dict[str, Any]:
    found = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    assert isinstance(found, dict)
    return found


Change = Callable[[dict[str, Any]], object]
CHANGES: dict[str, tuple[Change, str]] = {
    "a field is removed": (lambda spec: spec["properties"].pop("delegates"), "spec.delegates: is gone"),
    "a type changes": (
        lambda spec: spec["properties"]["running"].update(type="string"),
        "spec.running: type is another",
    ),
    "a field becomes required": (lambda spec: spec.update(required=["displayName"]), "spec: displayName is required"),
    "a choice is taken away": (
        lambda spec: spec["properties"]["tools"]["items"]["enum"].remove("drive"),
        "spec.tools.[]: enum ['email', 'chat']",
    ),
    "a bound comes nearer": (
        lambda spec: spec["properties"]["mcpServers"].update(maxProperties=8),
        "spec.mcpServers: maxProperties 8",
    ),
    "a pattern appears": (
        lambda spec: spec["properties"]["displayName"].update(pattern="^A"),
        "spec.displayName: pattern ^A",
    ),
    "a rule appears": (
        lambda spec: spec["properties"]["skills"].update(
            {"x-kubernetes-validations": [{"rule": "false", "message": "no"}]}
        ),
        "spec.skills: rule: no",
    ),
    "a list is merged by another key": (
        lambda spec: spec["properties"]["delegates"].update({"x-kubernetes-list-type": "atomic"}),
        "spec.delegates: x-kubernetes-list-type is another",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_it_would_be_noticed_when(change: str) -> None:
    altered = copy.deepcopy(new("Agent"))
    apply, noticed = CHANGES[change]
    apply(spec_of(altered))

    assert noticed in [str(broken) for broken in crd_breaks(new("Agent"), altered)]


def test_additions_and_wider_bounds_are_no_break() -> None:
    altered = copy.deepcopy(new("Agent"))
    spec = spec_of(altered)
    spec["properties"]["hobbies"] = {"type": "array", "maxItems": 3, "items": {"type": "string", "enum": ["chess"]}}
    spec["properties"]["mcpServers"]["maxProperties"] += 1
    spec["properties"]["tools"]["items"]["enum"].append("calendar")

    assert list(crd_breaks(new("Agent"), altered)) == []


ODD = (
    manifest("LLMConfig", "nothing", {"mode": "Managed", "tier": "economy", "limits": {"monthlyTokens": 0}}),
    manifest("Agent", "shouting", {"llmConfigRef": {"name": "SHOUTING"}, "displayName": "Ava"}),
)
"""What was taken then and is not now."""


@pytest.fixture
def old_release(api_server: ApiServer) -> Iterator[ApiServer]:
    """Serve the old resources, and today's again at the end, whatever happens."""
    install(api_server, OLD)
    yield api_server
    install(api_server, CRDS)


def of_old_release(object_: dict[str, Any]) -> dict[str, Any]:
    """Return an object as it could be written then."""
    schema = old(object_["kind"])["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return dict(known_part(object_, schema))


def install(server: ApiServer, folder: Path) -> None:
    applied = server.kubectl("apply", "--server-side", "--force-conflicts", "-f", str(folder))
    assert applied.returncode == 0, applied.stderr
    for resource in RESOURCES:
        wait_until_served(server, f"/apis/vutler.io/v1alpha1/{resource}")


def await_refusal(server: ApiServer, namespace: str) -> None:
    """Wait until the new rules are in force: the server takes a moment to change over."""
    for _ in range(600):
        if server.create(ODD[0], namespace, dry_run=True).status_code == 422:
            return
    raise AssertionError("the new rules never came into force")


@pytest.mark.api
def test_objects_of_the_old_release_live_on(old_release: ApiServer, namespace: str) -> None:
    server = old_release
    stored: dict[str, dict[str, Any]] = {}
    for object_ in (*map(of_old_release, WHOLE), *ODD):
        made = server.create(object_, namespace)
        assert made.is_success, made.text
        path = f"{server.path(object_, namespace)}/{object_['metadata']['name']}"
        if "status" in object_:
            made = server.http.put(f"{path}/status", json={**made.json(), "status": object_["status"]})
            assert made.is_success, made.text
        stored[path] = made.json()

    install(server, CRDS)
    await_refusal(server, namespace)

    for path, before in stored.items():
        assert server.http.get(path).json() == before
        for part in ("", "/status") if before["kind"] != "AgentTemplate" else ("",):
            label = {
                "metadata": {"labels": {"edited": "yes"}},
                **({"status": {"observedGeneration": 9}} if part else {}),
            }
            headers = {"Content-Type": "application/merge-patch+json"}
            edited = server.http.patch(f"{path}{part}", json=label, headers=headers)
            assert edited.is_success, edited.text
            assert edited.json()["spec"] == before["spec"]
