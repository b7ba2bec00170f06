import tarfile
from pathlib import Path

import pytest
import yaml

from tests.support.helm import CHART, Helm

CRDS = CHART.parents[1] / "crds"


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def test_the_charts_crds_are_the_projects() -> None:
    assert (CHART / "crds").resolve() == CRDS
    assert sorted(yaml.safe_load(text)["metadata"]["name"] for text in contents(CHART / "crds").values()) == [
        "agents.vutler.io",
        "agenttemplates.vutler.io",
        "llmconfigs.vutler.io",
    ]


@pytest.mark.api
def test_the_packaged_chart_contains_them_letter_for_letter(helm: Helm, tmp_path: Path) -> None:
    helm.run("package", str(CHART), "--destination", str(tmp_path))
    (archive,) = tmp_path.glob("*.tgz")
    with tarfile.open(archive) as package:
        package.extractall(tmp_path, filter="data")
    assert contents(tmp_path / "vutler" / "crds") == contents(CRDS)


@pytest.mark.api
def test_helm_shows_them_for_upgrades(helm: Helm) -> None:
    shown = yaml.safe_load_all(helm.run("show", "crds", str(CHART)))
    assert {document["metadata"]["name"] for document in shown if document} == {
        yaml.safe_load(text)["metadata"]["name"] for text in contents(CRDS).values()
    }
