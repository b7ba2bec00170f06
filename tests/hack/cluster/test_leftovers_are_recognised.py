from pathlib import Path

import pytest

from hack.cluster.cleaning import belongs_to, cgroup_mounts, mounts_below, sandboxes_of

ROOT = Path("/home/dev/state/clusters/demo")
SANDBOX = "ab" * 32


@pytest.mark.parametrize(
    "argv",
    [
        ("/home/dev/.cache/vutler/bin/etcd-0123456789ab", f"--data-dir={ROOT}/etcd"),
        ("containerd", "--config", f"{ROOT}/config/containerd.toml"),
        ("/usr/bin/containerd-shim-runc-v2", "-id", "x", "-address", f"{ROOT}/containerd.sock"),
        ("/usr/bin/python3", "-m", "hack.cluster.provisioner", f"--volumes={ROOT}/volumes"),
    ],
)
def test_a_daemon_of_the_cluster_is_found_by_its_command_line(argv: tuple[str, ...]) -> None:
    assert belongs_to(argv, ROOT)


@pytest.mark.parametrize(
    "argv",
    [
        (),
        ("tail", "-f", f"{ROOT}/logs/etcd.log"),
        ("vim", f"{ROOT}/config/containerd.toml"),
        ("/home/dev/.cache/vutler/bin/etcd-0123456789ab", f"--data-dir={ROOT}-2/etcd"),
        ("/usr/bin/containerd", "--config", "/etc/containerd/config.toml"),
        ("/usr/bin/containerd-shim-runc-v2", "-address", "/run/containerd/containerd.sock"),
    ],
)
def test_what_others_run_is_left_alone(argv: tuple[str, ...]) -> None:
    assert not belongs_to(argv, ROOT)


def test_mounts_are_taken_down_in_reverse_order_and_only_below_the_folder() -> None:
    mountinfo = "\n".join(
        [
            "27 1 254:0 / / rw - ext4 /dev/vda rw",
            f"40 27 254:0 / {ROOT}/kubelet rw shared:1 - ext4 /dev/vda rw",
            f"41 40 0:50 / {ROOT}/kubelet/pods/a/volumes\\040b rw shared:2 - tmpfs tmpfs rw",
            f"42 27 0:51 / {ROOT}-2/kubelet rw - tmpfs tmpfs rw",
        ],
    )

    assert mounts_below(ROOT, mountinfo) == [f"{ROOT}/kubelet/pods/a/volumes b", f"{ROOT}/kubelet"]


def test_both_versions_of_cgroups_are_found() -> None:
    mountinfo = (
        "30 23 0:26 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"
        "31 30 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
        "32 30 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
    )

    assert cgroup_mounts(mountinfo) == [Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup/unified")]


def test_network_caches_of_a_cluster_with_a_longer_name_are_not_taken_for_ours() -> None:
    cached = [
        f"vutler-demo-{SANDBOX}-eth0",
        f"vutler-demo-2-{'cd' * 32}-eth0",
        f"cni-loopback-{SANDBOX}-lo",
    ]

    assert sandboxes_of("demo", cached) == {SANDBOX}
