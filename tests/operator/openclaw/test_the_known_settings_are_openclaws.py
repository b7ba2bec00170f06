import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from hack.openclaw_schema import FOLDER, pinned_version, print_schema, render_schema
from tests.operator.builders.agents import SETTINGS, children_of
from tests.operator.openclaw.configurations import LEFT_TO_OPENCLAW, RIGHT, STRICTER, WRONG
from vutler_operator.builders.openclaw_config import merge_config
from vutler_operator.openclaw import VERSION, is_known_image

JUDGE = """
import fs from "node:fs";
const { validateConfigObjectWithPlugins } = await import(process.argv[1]);
const verdicts = {};
for (const [name, config] of Object.entries(JSON.parse(fs.readFileSync(process.argv[2], "utf8"))))
    verdicts[name] = (await validateConfigObjectWithPlugins(config)).ok;
process.stdout.write("\\n" + JSON.stringify(verdicts), () => process.exit(0));
"""
"""OpenClaw's own check of a configuration, of many in one process: the program takes seconds for each."""


def test_of_the_version_that_is_installed_and_run() -> None:
    assert pinned_version() == VERSION
    assert is_known_image(SETTINGS.openclaw_image)
    assert [path.name for path in FOLDER.glob("schema-*")] == [f"schema-{VERSION}.json"]


@pytest.mark.process
def test_as_it_prints_them(openclaw: Path) -> None:
    committed = (FOLDER / f"schema-{VERSION}.json").read_text()

    assert render_schema(print_schema(openclaw)) == committed, "run: make openclaw-schema"


@pytest.mark.process
def test_and_so_is_the_verdict(openclaw: Path, tmp_path: Path) -> None:
    right = {f"right: {name}": config for name, config in {**RIGHT, **STRICTER}.items()}
    wrong = {name: config for name, (config, _) in WRONG.items()} | LEFT_TO_OPENCLAW
    cases = right | {f"wrong: {name}": config for name, config in wrong.items()}

    verdicts = judge(openclaw, tmp_path, {name: merged(config) for name, config in cases.items()})

    assert {name: ok for name, ok in verdicts.items() if ok is not name.startswith("right")} == {}
    assert verdicts.keys() == cases.keys()


def merged(overrides: dict[str, Any]) -> dict[str, Any]:
    generated = json.loads(children_of({})["ConfigMap"]["data"]["openclaw.json"])
    return merge_config(generated, overrides)


def judge(openclaw: Path, folder: Path, configs: dict[str, Any]) -> dict[str, bool]:
    home, cases = openclaw.parents[1], folder / "cases.json"
    cases.write_text(json.dumps(configs))
    done = subprocess.run(
        [
            str(home / "bin/node"),
            "--input-type=module",
            "--eval",
            JUDGE,
            (home / "node_modules/openclaw/dist/config/config.js").as_uri(),
            str(cases),
        ],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "OPENCLAW_STATE_DIR": str(folder / "state"),
            "OPENCLAW_OFFLINE": "1",
            "HOOKS_TOKEN": "x",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    verdicts: dict[str, bool] = json.loads(done.stdout.splitlines()[-1])
    return verdicts
