import os
import shutil
from pathlib import Path

import pytest

from hack.dashboard.build import dashboard_key, publish
from hack.dashboard.packages import UI, is_installed

SOURCES = ("index.html", "package.json", "package-lock.json", "vite.config.ts", "src", "public", "scripts")


@pytest.fixture
def ui(tmp_path: Path) -> Path:
    copy = tmp_path / "ui"
    for name in SOURCES:
        source, target = UI / name, copy / name
        target.parent.mkdir(exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copyfile(source, target)
    return copy


@pytest.mark.parametrize("name", ["src/main.tsx", "index.html", "package-lock.json", "vite.config.ts"])
def test_a_line_changed_makes_another_build(ui: Path, name: str) -> None:
    before = dashboard_key(ui)

    with (ui / name).open("a") as file:
        file.write("\n")

    assert dashboard_key(ui) != before


def test_what_is_installed_built_or_only_tested_makes_no_other_build(ui: Path) -> None:
    before = dashboard_key(ui)
    for name in ("node_modules/some/index.js", "dist/index.html", "e2e/one.test.ts"):
        (ui / name).parent.mkdir(parents=True)
        (ui / name).touch()

    assert dashboard_key(ui) == before


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "built"
    for name, text in {"index.html": "new", "assets/new.js": "new", ".vite/manifest.json": "{}"}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def files(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_what_was_published_before_is_replaced_as_a_whole(built: Path, tmp_path: Path) -> None:
    place = tmp_path / "package/ui"
    (place / "assets").mkdir(parents=True)
    (place / "index.html").write_text("old")
    (place / "assets/old.js").write_text("old")

    publish(built, place, tmp_path / "scratch")

    assert files(place) == {"index.html": "new", "assets/new.js": "new"}
    assert list((tmp_path / "scratch").iterdir()) == []


def test_what_is_published_already_is_left_alone(built: Path, tmp_path: Path) -> None:
    place = tmp_path / "package/ui"
    place.parent.mkdir()
    publish(built, place, tmp_path / "scratch")
    os.utime(place / "index.html", (1, 1))

    publish(built, place, tmp_path / "scratch")

    assert (place / "index.html").stat().st_mtime == 1


def test_packages_of_another_lock_file_do_not_count_as_installed(ui: Path) -> None:
    (ui / ".npmrc").touch()
    (ui / "node_modules").mkdir()
    (ui / "node_modules/.installed-from").write_text("another")

    assert not is_installed(ui)
