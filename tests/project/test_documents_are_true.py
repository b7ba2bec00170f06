import re
import subprocess

import pytest

from tests.project.sources import ROOT, tracked_files

DOCUMENTS = [str(file.relative_to(ROOT)) for file in tracked_files(".md")]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_to_a_file_leads_somewhere(document: str) -> None:
    page = ROOT / document
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_architecture_page_names_only_folders_that_exist() -> None:
    named = re.findall(r"`([a-z_]+/(?:[a-z_.]+/?)*)`", (ROOT / "docs/architecture.md").read_text())
    roots = [ROOT, ROOT / "operator/vutler_operator", ROOT / "router/vutler_router"]
    assert [name for name in named if not any((root / name).exists() for root in roots)] == []


def test_the_architecture_page_stays_one_page() -> None:
    assert len((ROOT / "docs/architecture.md").read_text().splitlines()) <= 150


def test_every_make_verb_named_in_a_document_exists() -> None:
    verbs = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {verb for page in DOCUMENTS for verb in re.findall(r"`make ([a-z-]+)", (ROOT / page).read_text())}
    assert named - verbs == set()


def test_make_help_lists_every_verb() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    verbs = re.findall(r"^\.PHONY: ([a-z-]+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert [verb for verb in verbs if verb not in shown] == []
