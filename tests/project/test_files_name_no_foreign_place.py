import re

import pytest

from tests.project.sources import ROOT, tracked_files

# Written in pieces, so that this file does not find itself.
REGISTRY_HOSTS = re.compile(
    "|".join(re.escape(name + ending) for name, ending in [
        ("pypi", ".org"),
        ("pythonhosted", ".org"),
        ("registry.npmjs", ".org"),
        ("proxy.golang", ".org"),
        ("deb.debian", ".org"),
        ("crates", ".io"),
    ])
)  # fmt: skip
CHECKOUT_PATHS = re.compile(r"(?<![A-Za-z0-9_.])/(?:work|root)/")
TEXT = (".py", ".sh", ".md", ".txt", ".toml", ".yaml", ".yml", ".json", ".go", ".mod", ".tpl", "Makefile", "Dockerfile")


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for file in tracked_files(*TEXT)
        for number, line in enumerate(file.read_text().splitlines(), start=1)
        if pattern.search(line)
    ]


@pytest.mark.parametrize("pattern", [REGISTRY_HOSTS, CHECKOUT_PATHS], ids=["registry hosts", "paths of one machine"])
def test_no_file_names(pattern: re.Pattern[str]) -> None:
    assert lines_with(pattern) == []


def test_npm_locks_carry_no_download_addresses() -> None:
    locks = tracked_files("package-lock.json")
    assert [str(lock) for lock in locks if '"resolved"' in lock.read_text()] == []


def test_every_pinned_requirement_has_a_hash() -> None:
    for lock in (ROOT / "requirements").glob("*.txt"):
        text = lock.read_text()
        pinned = re.findall(r"^([A-Za-z0-9._-]+)==[^\n]*\\\n    --hash=sha256:", text, re.MULTILINE)
        named = re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE)
        assert named, f"{lock.name} pins nothing"
        assert pinned == named
