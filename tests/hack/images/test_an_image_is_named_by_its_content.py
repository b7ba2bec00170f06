import shutil
from pathlib import Path

import pytest

from hack.cluster.paths import REPOSITORY
from hack.images.cache import content_key
from hack.images.openclaw_image import openclaw_reference
from hack.images.vutler_image import context_files, vutler_key, vutler_reference

COPIED = ("Dockerfile", ".dockerignore", "pyproject.toml", "README.md", "LICENSE", "requirements", "operator", "router")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in COPIED:
        source, target = REPOSITORY / name, tmp_path / name
        shutil.copytree(
            source, target, ignore=shutil.ignore_patterns("__pycache__")
        ) if source.is_dir() else shutil.copyfile(source, target)
    return tmp_path


def test_two_checkouts_with_the_same_content_share_an_image(checkout: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    for name in COPIED:
        source, target = checkout / name, other / name
        target.parent.mkdir(exist_ok=True)
        shutil.copytree(
            source, target, ignore=shutil.ignore_patterns("__pycache__")
        ) if source.is_dir() else shutil.copyfile(source, target)

    assert vutler_key(checkout) == vutler_key(other)


@pytest.mark.parametrize(
    "name", ["Dockerfile", ".dockerignore", "requirements/runtime.txt", "router/vutler_router/errors.py", "README.md"]
)
def test_one_line_changed_makes_another_image(checkout: Path, name: str) -> None:
    before = vutler_key(checkout)

    with (checkout / name).open("a") as file:
        file.write("# changed\n")

    assert vutler_key(checkout) != before


def test_a_new_and_a_renamed_source_file_make_other_images(checkout: Path) -> None:
    before = vutler_key(checkout)
    added = checkout / "router/vutler_router/added.py"
    added.touch()
    with_file = vutler_key(checkout)
    added.rename(added.with_name("renamed.py"))

    assert len({before, with_file, vutler_key(checkout)}) == 3


def test_what_the_build_does_not_see_changes_nothing(checkout: Path) -> None:
    before = vutler_key(checkout)

    (checkout / "tests").mkdir()
    (checkout / "tests/test_new.py").write_text("assert True")
    (checkout / "router/vutler_router/__pycache__").mkdir(exist_ok=True)
    (checkout / "router/vutler_router/__pycache__/errors.cpython-311.pyc").write_bytes(b"compiled")

    assert vutler_key(checkout) == before


def test_the_build_sees_everything_that_the_dockerfile_copies() -> None:
    copied = [
        word
        for line in (REPOSITORY / "Dockerfile").read_text().splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for word in line.split()[1:-1]
    ]
    seen = {str(path.relative_to(REPOSITORY)) for path in context_files(REPOSITORY)}

    assert copied
    assert [name for name in copied if not any(path == name or path.startswith(f"{name}/") for path in seen)] == []


def test_an_execute_bit_and_a_fact_are_content(tmp_path: Path) -> None:
    script = tmp_path / "start"
    script.write_text("#!/bin/sh\n")
    plain = content_key(tmp_path, [script], ["x86_64"])
    other_fact = content_key(tmp_path, [script], ["aarch64"])
    script.chmod(0o755)

    assert len({plain, other_fact, content_key(tmp_path, [script], ["x86_64"])}) == 3


def test_references_carry_the_pinned_versions() -> None:
    assert vutler_reference() == "docker.io/library/vutler:0.1.0"
    assert openclaw_reference() == "ghcr.io/openclaw/openclaw:2026.9.6"
