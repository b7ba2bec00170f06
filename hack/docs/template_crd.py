"""Derive the `agent` part of `crds/agenttemplate.yaml` from the Agent's schema: a template holds an Agent's spec.

Run `python -m hack.docs.template_crd` after a change of `crds/agent.yaml`; a test fails until it was run.
"""

import copy
import textwrap
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
AGENT = ROOT / "crds" / "agent.yaml"
TEMPLATE = ROOT / "crds" / "agenttemplate.yaml"

Schema = dict[str, Any]
"""A JSON schema as YAML reads it."""

MARKER = "                # From here on written by"
"""The line of the template's file below which everything is derived; its indentation is the derived part's."""

DESCRIPTION = (
    "What the Agents that name this template get: any field of an Agent's spec but templateRef. What an Agent sets"
    " itself goes before it: maps merge by key, lists and plain values of the Agent replace these. Defaults come last."
)
REFUSED_REFERENCE: Schema = {
    "type": "object",
    "x-kubernetes-preserve-unknown-fields": True,
    "description": "Refused: a template does not build on another template.",
}
REFERENCE_RULE: Schema = {
    "rule": "!has(self.templateRef)",
    "message": "a template does not build on another template; remove templateRef and write its fields here",
    "fieldPath": ".templateRef",
    "reason": "FieldValueForbidden",
}


def render_template_crd(template_crd: str, agent_crd: str) -> str:
    """Return the text of the AgentTemplate CRD with its derived part renewed from the Agent CRD.

    Raises:
        ValueError: the template's text has no line that says where the derived part begins.
    """
    start = template_crd.index("\n", template_crd.index(MARKER)) + 1
    agent = yaml.safe_load(agent_crd)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    derived = yaml.safe_dump({"agent": _template_agent(agent)}, sort_keys=False, width=120, allow_unicode=True)
    indent = MARKER[: MARKER.index("#")]
    return template_crd[:start] + textwrap.indent(derived, indent)


def _template_agent(agent: Schema) -> Schema:
    """Turn the schema of Agent.spec into that of AgentTemplate.spec.agent."""
    schema = copy.deepcopy(agent)
    _drop_transition_rules(schema)
    schema["description"] = DESCRIPTION
    schema["properties"]["templateRef"] = REFUSED_REFERENCE
    schema["x-kubernetes-validations"].append(REFERENCE_RULE)
    return schema


def _drop_transition_rules(node: object) -> None:
    """Remove the rules about what a change may do: a template has no volume, so it may change freely."""
    if isinstance(node, list):
        for item in node:
            _drop_transition_rules(item)
    elif isinstance(node, dict):
        rules = node.pop("x-kubernetes-validations", [])
        kept = [rule for rule in rules if "oldSelf" not in rule["rule"]]
        if kept:
            node["x-kubernetes-validations"] = kept
        for child in node.values():
            _drop_transition_rules(child)


def main() -> None:
    """Write the file."""
    TEMPLATE.write_text(render_template_crd(TEMPLATE.read_text(), AGENT.read_text()))
    print(f"wrote {TEMPLATE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
