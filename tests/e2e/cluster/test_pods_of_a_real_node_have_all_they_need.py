import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from socket import create_connection

import pytest

from hack.cluster.images import write_image
from hack.cluster.paths import cluster_paths
from tests.e2e.cluster.conftest import Cluster

pytestmark = [pytest.mark.node, pytest.mark.timeout(900)]

IMAGE = "vutler-tests/socat:1"
SERVE = "echo kept >/data/note; echo started; exec socat TCP-LISTEN:8080,fork,reuseaddr SYSTEM:'echo hello'"
CLAIM: dict[str, object] = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "data"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}
OBJECTS = {
    "apiVersion": "v1",
    "kind": "List",
    "items": [
        CLAIM,
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "web", "labels": {"app": "web"}},
            "spec": {
                "securityContext": {"runAsUser": 1000, "runAsGroup": 1000, "fsGroup": 1000},
                "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}],
                "containers": [
                    {
                        "name": "web",
                        "image": IMAGE,
                        "command": ["/bin/sh", "-c"],
                        "args": [SERVE],
                        "readinessProbe": {"tcpSocket": {"port": 8080}, "periodSeconds": 1},
                        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
                    },
                ],
            },
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "web"},
            "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}]},
        },
    ],
}


def files_of(*programs: str) -> dict[str, tuple[bytes, int]]:
    """Return programs of this machine with the libraries they need, as files of an image."""
    files: dict[str, tuple[bytes, int]] = {}
    for program in programs:
        path = shutil.which(program)
        assert path, f"{program} is not installed"
        linked = subprocess.run(["ldd", path], capture_output=True, text=True, check=True).stdout
        for library in re.findall(r"(/\S+) \(0x", linked):
            files[library.lstrip("/")] = (Path(library).read_bytes(), 0o755)
        files[f"bin/{program}"] = (Path(path).read_bytes(), 0o755)
    return files


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Run a little server with a volume and a Service on a real node."""
    cluster = Cluster(cluster_paths(f"e2e-pods-{os.getpid()}"))
    try:
        cluster.up("node", "--yes")
        archive = tmp_path_factory.mktemp("image") / "image.tar"
        write_image(archive, IMAGE, files_of("sh", "socat", "cat", "touch"), {"Env": ["PATH=/bin"]})
        loaded = cluster.run("load", str(archive))
        assert loaded.returncode == 0, loaded.stderr
        assert "loaded already" in cluster.run("load", str(archive)).stderr
        cluster.kubectl("apply", "-f", "-", stdin=json.dumps(OBJECTS))
        cluster.kubectl("wait", "--for=condition=Ready", "pod/web", "--timeout=50s")
        yield cluster
    finally:
        cluster.run("down")


def test_logs_are_shown(web: Cluster) -> None:
    assert web.kubectl("logs", "web") == "started\n"


def test_commands_run_in_the_container_and_see_the_volume(web: Cluster) -> None:
    assert web.kubectl("exec", "web", "--", "cat", "/data/note") == "kept\n"


def test_a_volume_can_be_written_by_a_pod_that_is_not_root_thanks_to_its_fsgroup(web: Cluster) -> None:
    web.kubectl("exec", "web", "--", "touch", "/data/another")

    folders = list(web.paths.volumes.iterdir())
    assert [(folder / "another").stat().st_uid for folder in folders] == [1000]


def test_a_service_is_found_by_name_and_leads_back_to_the_pod(web: Cluster) -> None:
    address = "TCP:web.default.svc.cluster.local:80,connect-timeout=5,retry=25,interval=0.2"

    assert web.kubectl("exec", "web", "--", "socat", "-u", address, "STDOUT") == "hello\n"


def test_the_address_of_no_service_leads_nowhere(web: Cluster) -> None:
    """Nor to the internet, where a proxy may accept the connection and answer in the Service's place."""
    attempt = "socat -u OPEN:/dev/null TCP:10.96.200.200:80,connect-timeout=20 2>&1 || true"

    assert "Network is unreachable" in web.kubectl("exec", "web", "--", "sh", "-c", attempt)


def test_the_api_server_is_reached_by_its_service(web: Cluster) -> None:
    address = "TCP:kubernetes.default:443,connect-timeout=5"

    web.kubectl("exec", "web", "--", "socat", "-u", "OPEN:/dev/null", address)


def test_a_port_can_be_forwarded_to_loopback(web: Cluster) -> None:
    argv = ["kubectl", "port-forward", "service/web", ":80", "--address", "127.0.0.1"]
    environment = {**os.environ, "KUBECONFIG": str(web.paths.kubeconfig)}
    with subprocess.Popen(argv, env=environment, stdout=subprocess.PIPE, text=True) as forward:
        assert forward.stdout
        announced = re.search(r"127\.0\.0\.1:(\d+)", forward.stdout.readline())
        try:
            assert announced
            with create_connection(("127.0.0.1", int(announced.group(1))), timeout=10) as connection:
                assert connection.recv(100) == b"hello\n"
        finally:
            forward.terminate()


def test_a_deleted_claim_takes_its_data_with_it(web: Cluster) -> None:
    web.kubectl("apply", "-f", "-", stdin=json.dumps({**CLAIM, "metadata": {"name": "short-lived"}}))
    web.kubectl("wait", "--for=jsonpath={.status.phase}=Bound", "pvc/short-lived", "--timeout=30s")
    volume = web.kubectl("get", "pvc", "short-lived", "-o", "jsonpath={.spec.volumeName}")
    assert (web.paths.volumes / volume).is_dir()

    web.kubectl("delete", "pvc", "short-lived")
    web.kubectl("wait", "--for=delete", f"pv/{volume}", "--timeout=30s")

    assert not (web.paths.volumes / volume).exists()
