import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.operator.builders.agents import children_of

pytestmark = pytest.mark.process

HEADER = {"name": "Authorization", "secretKeyRef": {"name": "mail", "key": "token"}}

AGENTS: dict[str, dict[str, Any]] = {
    "nothing set": {},
    "a name": {"spec": {"displayName": 'Ava "the" Ñandú'}},
    "a prompt": {"prompt": "You answer support mail."},
    "skills": {"skills": {"greet": "Say hello.", "part": "---\nname: part\ndescription: Say bye.\n---\nBye."}},
    "a tool server": {"spec": {"mcpServers": {"mail": {"url": "http://mail.tools.svc:8080/mcp"}}}},
    "a tool server with a header": {
        "spec": {"mcpServers": {"mail": {"url": "https://mail.example.com/mcp", "headersFrom": [HEADER]}}}
    },
    "several tool servers": {
        "spec": {"mcpServers": {name: {"url": f"https://{name}.example.com/mcp"} for name in ("a", "b-c", "d_e", "F9")}}
    },
    "fewer runs at once": {"spec": {"runtime": {"config": {"agents": {"defaults": {"maxConcurrent": 1}}}}}},
    "sampling": {"spec": {"runtime": {"config": {"agents": {"defaults": {"params": {"temperature": 0.2}}}}}}},
    "more tools": {"spec": {"runtime": {"config": {"tools": {"alsoAllow": ["bundle-mcp", "read", "write"]}}}}},
    "hooks of its own": {"spec": {"runtime": {"config": {"session": {"reset": {"mode": "daily"}}}}}},
    "an identity": {
        "spec": {"runtime": {"config": {"agents": {"entries": {"main": {"identity": {"name": "A", "emoji": "🦊"}}}}}}}
    },
}


def validate(openclaw: Path, folder: Path, case: dict[str, Any]) -> dict[str, Any]:
    """Let OpenClaw judge the configuration of an agent, with the variables that its pod has."""
    children = children_of(case)
    path = folder / "openclaw.json"
    path.write_text(children["ConfigMap"]["data"]["openclaw.json"])
    container = children["Deployment"]["spec"]["template"]["spec"]["containers"][0]
    environment = {
        **{variable["name"]: "x" for variable in container["env"]},
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "OPENCLAW_CONFIG_PATH": str(path),
        "OPENCLAW_STATE_DIR": str(folder / "state"),
        "OPENCLAW_OFFLINE": "1",
        "OPENCLAW_CONFIG_READONLY": "1",
    }
    done = subprocess.run(
        [str(openclaw), "config", "validate", "--json"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    verdict: dict[str, Any] = json.loads(done.stdout[done.stdout.index("{") :])
    return verdict


@pytest.mark.parametrize("agent", AGENTS)
def test_of_an_agent_with(openclaw: Path, tmp_path: Path, agent: str) -> None:
    verdict = validate(openclaw, tmp_path, AGENTS[agent])

    assert (verdict["valid"], verdict.get("issues", []), verdict.get("warnings", [])) == (True, [], [])


def test_a_setting_that_openclaw_does_not_know_is_refused(openclaw: Path, tmp_path: Path) -> None:
    # Of another version the operator lets everything through.
    case = {"spec": {"runtime": {"image": "openclaw:other", "config": {"agents": {"defaults": {"zzz": 1}}}}}}

    verdict = validate(openclaw, tmp_path, case)

    assert verdict["valid"] is False
    assert "zzz" in json.dumps(verdict["issues"])
