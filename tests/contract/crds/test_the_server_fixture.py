import pytest

from tests.support.api_server import ApiServer, cluster


def test_a_server_that_cannot_be_had_fails_the_test_in_the_tools_own_words() -> None:
    with pytest.raises(pytest.fail.Exception, match="use 1-30 lower-case letters"):
        cluster("kubeconfig", "--name", "Not A Name")


def test_a_test_that_uses_the_server_is_marked(api_server: ApiServer, request: pytest.FixtureRequest) -> None:
    assert api_server.kubeconfig.exists()
    assert request.node.get_closest_marker("api") is not None


def test_each_test_has_a_namespace_of_its_own(api_server: ApiServer, namespace: str) -> None:
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "note"}}
    assert api_server.create(config, namespace).is_success
    assert (
        api_server.http.get(f"{api_server.path(config, namespace)}/note").json()["metadata"]["namespace"] == namespace
    )
