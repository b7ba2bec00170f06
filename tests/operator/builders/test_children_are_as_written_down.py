"""Golden files: `data/<case>/agent.yaml` becomes `data/<case>/children.yaml`.

After a wanted change: `GOLDEN=write pytest tests/operator/builders`, and read the difference.
"""

import os
from pathlib import Path

import pytest
import yaml

from tests.operator.builders.agents import children_of, golden_cases, read


class Readable(yaml.SafeDumper):
    """Writes texts of several lines as such."""


Readable.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None),
)


@pytest.mark.parametrize("case", golden_cases(), ids=lambda path: path.name)
def test_an_agent_becomes_exactly_these(case: Path) -> None:
    children = list(children_of(read(case / "agent.yaml")).values())
    if os.environ.get("GOLDEN") == "write":
        (case / "children.yaml").write_text(yaml.dump_all(children, Dumper=Readable, sort_keys=False, width=120))

    assert children == read(case / "children.yaml")


def test_building_twice_gives_the_same() -> None:
    case = read(golden_cases()[0] / "agent.yaml")

    assert children_of(case) == children_of(case)
