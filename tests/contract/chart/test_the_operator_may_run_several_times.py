import pytest

from tests.support.helm import Helm

pytestmark = pytest.mark.api


@pytest.mark.parametrize("replicas", [1, 3])
def test_an_upgrade_brings_the_new_pod_before_the_old_one_goes(helm: Helm, replicas: int) -> None:
    spec = helm.render({"operator": {"replicas": replicas}}).one("Deployment", "vutler-operator")["spec"]

    assert spec["replicas"] == replicas
    assert spec["strategy"] == {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}


def test_several_are_spread_over_nodes_where_that_is_possible(helm: Helm) -> None:
    release = helm.render({"operator": {"replicas": 2}})

    affinity = release.one("Deployment", "vutler-operator")["spec"]["template"]["spec"]["affinity"]["podAntiAffinity"]
    assert set(affinity) == {"preferredDuringSchedulingIgnoredDuringExecution"}
    assert release.one("PodDisruptionBudget", "vutler-operator")["spec"]["maxUnavailable"] == 1


def test_all_of_a_release_contend_for_one_lease_at_home(helm: Helm) -> None:
    environment = helm.render(namespace="elsewhere").environment("operator")

    assert environment["OPERATOR_NAMESPACE"] == "elsewhere"
    assert environment["POD_ID"] == {"fieldRef": {"fieldPath": "metadata.name"}}
