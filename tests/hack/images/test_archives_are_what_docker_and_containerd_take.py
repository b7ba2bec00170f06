import hashlib
import io
import json
import os
import tarfile
from pathlib import Path
from typing import Any

import pytest

from hack.images.archive import ImageConfig, write_archive
from hack.images.layer import Layer, LayerWriter

CONFIG = ImageConfig(
    environment={"PATH": "/bin"}, entrypoint=("tini", "--"), command=("serve",), user="1000", folder="/app", ports=(80,)
)


@pytest.fixture
def layers(tmp_path: Path) -> tuple[Layer, Layer]:
    base, top = LayerWriter(tmp_path / "base.tar"), LayerWriter(tmp_path / "top.tar")
    base.add_file("etc/passwd", b"root:x:0:0::/root:/bin/sh\n")
    top.add_folder("data", 0o700, 1000)
    top.add_link("bin", "usr/bin")
    return base.finish(), top.finish()


def read(archive: Path, name: str) -> bytes:
    with tarfile.open(archive) as tar:
        member = tar.extractfile(name)
        assert member is not None
        return member.read()


def read_json(archive: Path, name: str) -> Any:
    return json.loads(read(archive, name))


def test_the_manifest_leads_to_the_configuration_and_to_every_layer(
    tmp_path: Path, layers: tuple[Layer, Layer]
) -> None:
    archive = tmp_path / "image.tar"
    write_archive(archive, ["example.org/app:1"], CONFIG, layers)

    [manifest] = read_json(archive, "manifest.json")
    assert manifest["RepoTags"] == ["example.org/app:1"]
    assert manifest["Config"] == f"{hashlib.sha256(read(archive, manifest['Config'])).hexdigest()}.json"
    assert read_json(archive, manifest["Config"])["rootfs"]["diff_ids"] == [
        f"sha256:{hashlib.sha256(read(archive, name)).hexdigest()}" for name in manifest["Layers"]
    ]


def test_the_configuration_says_how_a_container_starts(layers: tuple[Layer, Layer]) -> None:
    config = json.loads(CONFIG.document(layers))

    assert config["os"] == "linux"
    assert config["created"] == "2026-01-01T00:00:00Z"
    assert config["config"] == {
        "Env": ["PATH=/bin"],
        "Entrypoint": ["tini", "--"],
        "Cmd": ["serve"],
        "User": "1000",
        "WorkingDir": "/app",
        "ExposedPorts": {"80/tcp": {}},
        "Labels": {},
    }


def test_the_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    def written(name: str) -> bytes:
        folder = tmp_path / name
        for file in ("b/two", "a", "b/one") if name == "first" else ("a", "b/one", "b/two"):
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(file)
        for path in [*folder.rglob("*"), folder]:
            os.utime(path, (1_000_000_000, 1_000_000_000))
        writer = LayerWriter(tmp_path / f"{name}.tar")
        writer.add_tree(folder, "app", owner=0)
        return writer.finish().path.read_bytes()

    assert written("first") == written("second")


def test_a_folders_links_modes_and_contents_arrive_with_their_parents_first(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "bin").mkdir(parents=True)
    (source / "bin/run").write_text("#!/bin/sh\n")
    (source / "bin/run").chmod(0o755)
    (source / "current").symlink_to("bin")
    writer = LayerWriter(tmp_path / "layer.tar")
    writer.add_tree(source, "app", owner=0)
    layer = writer.finish()

    with tarfile.open(fileobj=io.BytesIO(layer.path.read_bytes())) as tar:
        entries = {entry.name: entry for entry in tar}
    assert list(entries) == ["app/bin", "app/current", "app/bin/run"]
    assert entries["app/current"].linkname == "bin"
    assert entries["app/bin/run"].mode == 0o755
    assert {entry.uid for entry in entries.values()} == {0}


def test_a_layers_digest_is_that_of_its_tar(layers: tuple[Layer, Layer]) -> None:
    for layer in layers:
        assert layer.sha256 == hashlib.sha256(layer.path.read_bytes()).hexdigest()


def test_another_layer_is_another_image(layers: tuple[Layer, Layer]) -> None:
    base, top = layers

    assert CONFIG.image_id([base]) != CONFIG.image_id([base, top])
