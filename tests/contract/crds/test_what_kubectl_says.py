import yaml

from tests.contract.crds.case import manifest
from tests.contract.crds.whole import AGENT, WHOLE
from tests.support.api_server import ApiServer


def refusal(crds: ApiServer, namespace: str, text: str) -> str:
    """Return what kubectl says of a manifest that it must refuse."""
    done = crds.kubectl("apply", "-n", namespace, "-f", "-", stdin=text)
    assert done.returncode == 1, done.stdout
    return done.stderr


def test_kubectl_names_the_field_and_the_remedy(crds: ApiServer, namespace: str) -> None:
    spec = {"mode": "BYOKey", "provider": "openai", "model": "gpt-4o-mini"}
    said = refusal(crds, namespace, yaml.safe_dump(manifest("LLMConfig", "default", spec)))
    assert said == (
        'The LLMConfig "default" is invalid: spec.apiKeySecretRef: Required value: this provider needs a key; '
        "keep it in a Secret of this namespace and name that in apiKeySecretRef\n"
    )


def test_kubectl_names_a_misspelt_field(crds: ApiServer, namespace: str) -> None:
    said = refusal(crds, namespace, yaml.safe_dump(manifest("Agent", "ava", {"systemPromt": "You answer mail."})))
    assert 'unknown field "spec.systemPromt"' in said


def test_kubectl_names_the_routing_mode_that_yaml_takes_for_a_boolean(crds: ApiServer, namespace: str) -> None:
    said = refusal(crds, namespace, yaml.safe_dump(manifest("LLMConfig", "default", {"routing": {"mode": False}})))
    assert 'spec.routing.mode in body must be of type string: "boolean"' in said


def test_kubectl_shows_how_an_agent_is(crds: ApiServer, namespace: str) -> None:
    whole = WHOLE[0]
    assert crds.create(whole, namespace).is_success
    path = f"{crds.path(whole, namespace)}/ava/status"
    crds.http.patch(path, json=whole, headers={"content-type": "application/merge-patch+json"})
    header, line = crds.kubectl("get", "ag", "-n", namespace).stdout.splitlines()
    assert header.split() == ["NAME", "PHASE", "MODEL", "TOKENS", "READY", "AGE"]
    assert line.split()[:-1] == ["ava", "Running", "gpt-4o-mini", "3456", "False"]


def test_kubectl_shows_the_tier_where_an_agent_has_no_model_of_its_own(crds: ApiServer, namespace: str) -> None:
    managed = manifest("Agent", "ava", AGENT, status={"llm": {"mode": "Managed", "tier": "economy"}})
    assert crds.create(managed, namespace).is_success
    path = f"{crds.path(managed, namespace)}/ava/status"
    crds.http.patch(path, json=managed, headers={"content-type": "application/merge-patch+json"})
    _, line = crds.kubectl("get", "agents", "-n", namespace).stdout.splitlines()
    assert line.split()[:2] == ["ava", "economy"]


def test_kubectl_shows_everything_of_the_platform_by_one_word(crds: ApiServer, namespace: str) -> None:
    for whole in WHOLE:
        assert crds.create(whole, namespace).is_success
    said = crds.kubectl("get", "vutler", "-n", namespace, "-o", "name").stdout.split()
    assert len(said) == len(WHOLE)


def test_kubectl_explains_a_field(crds: ApiServer) -> None:
    said = " ".join(crds.kubectl("explain", "agent.spec.storage.size").stdout.split())
    assert "Size of the volume as a Kubernetes quantity" in said
    assert "Default: 5Gi. Example: 10Gi." in said
