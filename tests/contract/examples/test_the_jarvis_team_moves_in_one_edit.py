import yaml

from tests.support.api_server import ROOT, ApiServer

TEAM = ROOT / "examples" / "jarvis-team"
MEMBERS = {"jarvis-maitre", "codeur", "validateur", "base"}


def test_each_member_has_its_own_settings(crds: ApiServer) -> None:
    agents = [one for one in yaml.safe_load_all((TEAM / "agents.yaml").read_text()) if one]
    assert {one["metadata"]["name"]: one["spec"]["llmConfigRef"]["name"] for one in agents} == {
        name: name for name in MEMBERS
    }
    configs = {
        one["metadata"]["name"]: one["spec"] for one in yaml.safe_load_all((TEAM / "llmconfigs.yaml").read_text())
    }
    assert {name: spec["provider"] for name, spec in configs.items()} == {
        "jarvis-maitre": "gemini",
        "codeur": "openrouter",
        "validateur": "openrouter",
        "base": "openrouter",
    }
    assert crds.kubectl("apply", "--dry-run=server", "-k", str(TEAM)).returncode == 0


def test_one_patch_moves_all_of_them_and_nothing_else(crds: ApiServer) -> None:
    moved = [one for one in yaml.safe_load_all(crds.kubectl("kustomize", str(TEAM)).stdout) if one]
    configs = [one["spec"] for one in moved if one["kind"] == "LLMConfig"]
    assert len(configs) == len(MEMBERS)
    assert {(spec["provider"], spec["model"], spec["apiKeySecretRef"]["key"]) for spec in configs} == {
        ("openrouter", "z-ai/glm-5", "openrouter")
    }
    written = [one for file in sorted(TEAM.glob("*.yaml")) for one in yaml.safe_load_all(file.read_text())]
    others = [one for one in written if one["kind"] != "LLMConfig"]
    assert sorted(others, key=str) == sorted((one for one in moved if one["kind"] != "LLMConfig"), key=str)
