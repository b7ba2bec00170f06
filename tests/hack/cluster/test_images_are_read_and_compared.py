import hashlib
import json
import tarfile
from pathlib import Path

import pytest

from hack.cluster.errors import ClusterError
from hack.cluster.images import PAUSE_IMAGE, is_loaded, qualified, read_archive, write_pause_image

HEADER = "REF TYPE DIGEST SIZE PLATFORMS LABELS\n"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "pause"
    path.write_bytes(b"\x7fELF a static program")
    return path


def test_an_image_of_one_program_has_the_digests_it_claims(program: Path, tmp_path: Path) -> None:
    archive = write_pause_image(program, tmp_path / "pause.tar")

    with tarfile.open(archive) as tar:
        manifest = json.loads(_content(tar, "manifest.json"))[0]
        config = _content(tar, manifest["Config"])
        layer = _content(tar, manifest["Layers"][0])
    assert manifest["Config"] == f"{hashlib.sha256(config).hexdigest()}.json"
    assert json.loads(config)["rootfs"]["diff_ids"] == [f"sha256:{hashlib.sha256(layer).hexdigest()}"]


def test_the_program_in_the_image_can_be_run(program: Path, tmp_path: Path) -> None:
    write_pause_image(program, tmp_path / "pause.tar")

    with tarfile.open(tmp_path / "pause.tar") as outer:
        layer = outer.extractfile("layer.tar")
        assert layer
        with tarfile.open(fileobj=layer) as inner:
            entry = inner.getmember("pause")
    assert entry.mode & 0o111
    assert entry.size == program.stat().st_size


def test_an_archive_is_read_as_names_and_ids(program: Path, tmp_path: Path) -> None:
    images = read_archive(write_pause_image(program, tmp_path / "pause.tar"))

    assert list(images) == [PAUSE_IMAGE]
    assert images[PAUSE_IMAGE].startswith("sha256:")


def test_a_file_that_is_no_image_is_refused_by_name(tmp_path: Path) -> None:
    bad = tmp_path / "notes.txt"
    bad.write_text("not an image")

    with pytest.raises(ClusterError, match=r"notes\.txt is no docker-archive"):
        read_archive(bad)


def test_an_image_is_loaded_when_its_name_and_its_id_lead_to_the_same_content() -> None:
    listing = (
        f"{HEADER}docker.io/library/a:1 manifest sha256:m1 1KiB linux -\nsha256:c1 manifest sha256:m1 1KiB linux -\n"
    )

    assert is_loaded({"a:1": "sha256:c1"}, listing)


def test_a_name_that_still_means_older_content_is_loaded_again() -> None:
    listing = (
        f"{HEADER}docker.io/library/a:1 manifest sha256:m1 1KiB linux -\n"
        "sha256:c1 manifest sha256:m1 1KiB linux -\nsha256:c2 manifest sha256:m2 1KiB linux -\n"
    )

    assert not is_loaded({"a:1": "sha256:c2"}, listing)
    assert not is_loaded({"b:1": "sha256:c1"}, listing)


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("busybox:1", "docker.io/library/busybox:1"),
        ("someone/tool:2", "docker.io/someone/tool:2"),
        ("ghcr.io/openclaw/openclaw:2026.9.6", "ghcr.io/openclaw/openclaw:2026.9.6"),
        ("localhost/vutler-pause:1", "localhost/vutler-pause:1"),
        ("registry:5000/x:1", "registry:5000/x:1"),
    ],
)
def test_short_names_are_spelt_out_as_containerd_does(name: str, full: str) -> None:
    assert qualified(name) == full


def _content(tar: tarfile.TarFile, name: str) -> bytes:
    member = tar.extractfile(name)
    assert member
    return member.read()
