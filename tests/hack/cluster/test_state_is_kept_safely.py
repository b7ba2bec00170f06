import json
import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from hack.cluster.certificates import Pair
from hack.cluster.errors import ClusterError
from hack.cluster.kubeconfig import render_kubeconfig, write_private
from hack.cluster.locking import hold
from hack.cluster.paths import ClusterPaths, cache_folder, check_name, state_folder
from hack.cluster.processes import Process
from hack.cluster.record import Record, forget_daemon, load_record, save_record

RECORD = Record(
    name="demo",
    level="node",
    provider="local",
    kubeconfig="/state/kubeconfig",
    slot=3,
    apiserver_args=("--v=2",),
    daemons={"etcd": Process(10, 100), "kubelet": Process(11, 101)},
)


@pytest.fixture
def paths(tmp_path: Path) -> ClusterPaths:
    return ClusterPaths(name="demo", state=tmp_path)


def test_a_record_is_read_back_as_it_was_written(paths: ClusterPaths) -> None:
    save_record(paths, RECORD)

    assert load_record(paths) == RECORD


def test_a_cluster_that_never_was_has_no_record(paths: ClusterPaths) -> None:
    assert load_record(paths) is None


def test_a_record_of_another_version_is_refused_with_the_remedy(paths: ClusterPaths) -> None:
    write_private(paths.record, json.dumps({"daemons": {}, "apiserver_args": [], "colour": "blue"}))

    with pytest.raises(ClusterError, match="down --name demo"):
        load_record(paths)


def test_a_forgotten_daemon_is_the_only_one_gone() -> None:
    assert forget_daemon(RECORD, "etcd") == replace(RECORD, daemons={"kubelet": Process(11, 101)})


def test_a_kubeconfig_carries_its_credentials_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    for name in ("ca", "crt", "key"):
        (tmp_path / name).write_text(name)
    text = render_kubeconfig(
        cluster="vutler-demo",
        server="https://127.0.0.1:1",
        authority=tmp_path / "ca",
        client=Pair(tmp_path / "crt", tmp_path / "key"),
    )

    write_private(tmp_path / "kubeconfig", text)

    assert stat.S_IMODE((tmp_path / "kubeconfig").stat().st_mode) == 0o600
    assert json.loads(text)["users"][0]["user"] == {"client-certificate-data": "Y3J0", "client-key-data": "a2V5"}


@pytest.mark.parametrize("name", ["", "UPPER", "-dash", "dash-", "a/b", "..", "a" * 31, "white space"])
def test_a_name_that_could_leave_its_folder_is_refused(name: str) -> None:
    with pytest.raises(ClusterError, match="lower-case"):
        check_name(name)


@pytest.mark.parametrize("name", ["a", "demo", "test-1", "a" * 30])
def test_a_plain_name_is_taken(name: str) -> None:
    assert check_name(name) == name


def test_state_and_cache_follow_the_environment() -> None:
    environment = {"XDG_CACHE_HOME": "/c", "XDG_STATE_HOME": "/s"}

    assert cache_folder(environment) == Path("/c/vutler")
    assert state_folder(environment) == Path("/s/vutler")
    assert state_folder({**environment, "VUTLER_STATE_DIR": "/mine"}) == Path("/mine")


def test_a_lock_keeps_the_second_out_until_the_first_is_done(tmp_path: Path) -> None:
    lock, order = tmp_path / "locks" / "demo.lock", []
    entered = threading.Event()

    def second() -> None:
        entered.set()
        with hold(lock):
            order.append("second")

    with hold(lock):
        other = threading.Thread(target=second)
        other.start()
        assert entered.wait(5)
        order.append("first")
    other.join(5)

    assert order == ["first", "second"]


def test_whoever_waits_for_a_lock_that_is_deleted_gets_the_new_one(tmp_path: Path) -> None:
    lock = tmp_path / "demo.lock"
    seen = []

    def second() -> None:
        with hold(lock):
            seen.append(lock.exists())

    with hold(lock):
        other = threading.Thread(target=second)
        other.start()
        lock.unlink()
    other.join(5)

    assert seen == [True]
