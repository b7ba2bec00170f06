import pytest

from vutler_router.settings import SettingsError, load_settings


def test_a_cluster_is_looked_for_unless_told_otherwise() -> None:
    assert load_settings({}).cluster == "auto"
    assert load_settings({"ROUTER_CLUSTER": "off"}).cluster == "off"
    assert load_settings({"KUBECONFIG": "/home/a/.kube/config:/tmp/b"}).kubeconfig == "/home/a/.kube/config:/tmp/b"


def test_anything_else_is_refused_by_the_variables_name() -> None:
    with pytest.raises(SettingsError, match=r"^ROUTER_CLUSTER: "):
        load_settings({"ROUTER_CLUSTER": "on"})
