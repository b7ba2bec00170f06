import json
import os
import signal
from pathlib import Path

import pytest

from tests.e2e.cluster.conftest import Cluster

pytestmark = [pytest.mark.api, pytest.mark.timeout(900)]


def test_a_second_up_changes_nothing(cluster: Cluster) -> None:
    cluster.up("api")
    before = cluster.pids()

    cluster.up("api")

    assert cluster.pids() == before
    assert cluster.status()["healthy"] is True


@pytest.mark.parametrize("victim", ["etcd", "kube-apiserver", "kube-controller-manager"])
def test_up_starts_a_killed_daemon_again_and_keeps_the_data(cluster: Cluster, victim: str) -> None:
    cluster.up("api")
    cluster.kubectl("create", "namespace", "kept")
    before = cluster.pids()
    os.kill(before[victim], signal.SIGKILL)

    said = cluster.up("api")

    after = cluster.pids()
    assert victim in said
    assert {name for name in before if before[name] != after[name]} == {victim}
    assert "kept" in cluster.kubectl("get", "namespaces", "-o", "name")


def test_status_notices_a_killed_daemon(cluster: Cluster) -> None:
    cluster.up("api")
    os.kill(cluster.pids()["etcd"], signal.SIGKILL)

    status = cluster.status()

    assert status["healthy"] is False
    assert status["daemons"]["etcd"]["alive"] is False
    assert cluster.run("status").returncode == 1


def test_down_leaves_no_process_and_no_file(cluster: Cluster) -> None:
    cluster.up("api")
    assert cluster.processes()

    done = cluster.run("down")

    assert done.returncode == 0, done.stderr
    assert cluster.processes() == []
    assert not cluster.paths.root.exists()
    assert not cluster.paths.lock.exists()


def test_down_finds_the_daemons_of_a_cluster_whose_record_is_lost(cluster: Cluster) -> None:
    cluster.up("api")
    cluster.paths.record.unlink()

    done = cluster.run("down")

    assert done.returncode == 0, done.stderr
    assert cluster.processes() == []


def test_the_kubeconfig_is_private_and_its_path_is_all_that_is_printed(cluster: Cluster) -> None:
    cluster.up("api")

    printed = cluster.run("kubeconfig").stdout

    assert printed == f"{cluster.paths.kubeconfig}\n"
    assert cluster.paths.kubeconfig.stat().st_mode & 0o077 == 0


def test_extra_flags_reach_the_api_server(cluster: Cluster, tmp_path: Path) -> None:
    policy, log = tmp_path / "policy.json", tmp_path / "audit.log"
    policy.write_text(
        json.dumps({"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": [{"level": "Metadata"}]}),
    )

    cluster.up("api", f"--apiserver-arg=audit-policy-file={policy}", f"--apiserver-arg=audit-log-path={log}")
    cluster.kubectl("create", "namespace", "watched")

    events = [json.loads(line) for line in log.read_text().splitlines()]
    assert ("create", "watched") in [(event["verb"], event.get("objectRef", {}).get("name")) for event in events]


def test_another_level_under_the_same_name_is_refused_with_the_remedy(cluster: Cluster) -> None:
    cluster.up("api")

    done = cluster.run("up", "--provider", "local", "--level", "simulated")

    assert done.returncode == 1
    assert f"down --name {cluster.paths.name}" in done.stderr
    assert "Traceback" not in done.stderr


def test_asking_for_a_cluster_that_is_not_there_is_one_clear_line(cluster: Cluster) -> None:
    done = cluster.run("kubeconfig")

    assert done.returncode == 1
    assert done.stderr.startswith("error: there is no cluster")
    assert done.stderr.count("\n") == 1
