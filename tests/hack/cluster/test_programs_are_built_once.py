import shutil
from io import StringIO
from pathlib import Path

import pytest

from hack.cluster.binaries import BINARIES, Binaries, fingerprint, linker_flags, recent_enough
from hack.cluster.errors import ClusterError
from hack.cluster.paths import REPOSITORY
from hack.cluster.progress import Progress

MODULES = REPOSITORY / "hack" / "go"


def test_every_program_has_a_module_with_pinned_sums() -> None:
    for binary in BINARIES.values():
        module = MODULES / binary.module
        assert (module / "go.mod").exists(), binary.name
        assert (module / "go.sum").exists() or "require" not in (module / "go.mod").read_text(), binary.name


@pytest.mark.parametrize("name", [name for name, binary in BINARIES.items() if binary.version_variable])
def test_the_stamped_version_is_the_pinned_one(name: str) -> None:
    binary = BINARIES[name]
    go_mod = (MODULES / binary.module / "go.mod").read_text()

    version = linker_flags(binary, go_mod).partition(f"{binary.version_variable}=")[2]

    assert version.startswith("v")
    assert f"{binary.version_of} {version}" in go_mod


def test_kubernetes_programs_are_all_of_one_version() -> None:
    go_mod = (MODULES / "kubernetes" / "go.mod").read_text()
    flags = {linker_flags(binary, go_mod) for binary in BINARIES.values() if binary.module == "kubernetes"}

    assert len(flags) == 1


def test_a_changed_pin_makes_another_cache_entry(tmp_path: Path) -> None:
    module = tmp_path / "pause"
    shutil.copytree(MODULES / "pause", module)
    before = fingerprint(BINARIES["pause"], module)

    (module / "go.mod").write_text((module / "go.mod").read_text() + "\n// changed\n")

    assert fingerprint(BINARIES["pause"], module) != before


def test_an_unchanged_module_keeps_its_cache_entry(tmp_path: Path) -> None:
    module = tmp_path / "elsewhere"
    shutil.copytree(MODULES / "pause", module)

    assert fingerprint(BINARIES["pause"], module) == fingerprint(BINARIES["pause"], MODULES / "pause")


def test_a_program_in_the_cache_is_not_built_again(tmp_path: Path) -> None:
    said = StringIO()
    binaries = Binaries(Progress(said), tmp_path)
    cached = tmp_path / "bin" / f"pause-{fingerprint(BINARIES['pause'], MODULES / 'pause')}"
    cached.parent.mkdir()
    cached.write_text("built before")

    assert binaries.paths(["pause"]) == {"pause": cached}
    assert binaries.missing(["pause", "etcd"]) == ["etcd"]
    assert said.getvalue() == ""


def test_a_machine_without_go_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ClusterError, match="install Go"):
        Binaries(Progress(StringIO()), tmp_path).path("pause")
    assert [entry.name for entry in (tmp_path / "bin").iterdir()] == [".pause.lock"]


def test_an_unknown_program_is_answered_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="kube-apiserver"):
        Binaries(Progress(StringIO()), tmp_path).paths(["kubeapi"])


@pytest.mark.parametrize(
    ("version", "usable"),
    [("v1.31.0", True), ("v1.36.2-dispatcher", True), ("v1.30.9", False), ("v0.40.0", False), ("nonsense", False)],
)
def test_an_installed_kubectl_is_used_when_it_is_recent_enough(version: str, *, usable: bool) -> None:
    assert recent_enough(f'{{"clientVersion": {{"gitVersion": "{version}"}}}}') is usable


def test_a_kubectl_that_says_nothing_sensible_is_not_used() -> None:
    assert not recent_enough("")
