import re
import tomllib

from tests.project.sources import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def pinned(lock: str) -> set[str]:
    text = (ROOT / "requirements" / lock).read_text()
    return {name.lower() for name in re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE)}


def required(requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=!~ ]", requirement, maxsplit=1)[0].lower() for requirement in requirements}


def test_every_runtime_dependency_is_pinned() -> None:
    assert required(PROJECT["project"]["dependencies"]) - pinned("runtime.txt") == set()


def test_every_development_dependency_is_pinned() -> None:
    assert required(PROJECT["dependency-groups"]["dev"]) - pinned("dev.txt") == set()


def test_development_uses_the_runtime_versions() -> None:
    def versions(lock: str) -> set[str]:
        return set(re.findall(r"^[A-Za-z0-9._-]+==[^ \\;]+", (ROOT / "requirements" / lock).read_text(), re.MULTILINE))

    assert versions("runtime.txt") - versions("dev.txt") == set()
