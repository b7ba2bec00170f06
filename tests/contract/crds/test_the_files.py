import pytest
import yaml

from hack.docs.crd_reference import REFERENCE, read_crds, render_reference
from hack.docs.template_crd import AGENT, TEMPLATE, render_template_crd
from tests.contract.crds.rules import KINDS, Rule, fields, rules, schema
from tests.support.api_server import CRDS

PLAIN_APPLY_BYTES = 256 * 1024
"""What `kubectl apply` can keep in its annotation."""


@pytest.mark.parametrize("file", KINDS.values())
def test_a_crd_is_small_enough_for_plain_kubectl_apply(file: str) -> None:
    assert (CRDS / file).stat().st_size < PLAIN_APPLY_BYTES


def test_there_is_no_other_file_than_the_crds() -> None:
    assert {path.name for path in CRDS.iterdir()} == set(KINDS.values())


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_says_what_it_is_for(kind: str) -> None:
    silent = [path for path, node in fields(schema(kind)) if len(node.get("description", "")) < len("Agent.")]
    assert silent == ["metadata"], "the API server allows no description of metadata, and everything else needs one"


@pytest.mark.parametrize("rule", [rule for kind in KINDS for rule in rules(kind) if rule.keyword == "cel"], ids=str)
def test_every_rule_says_what_to_do(rule: Rule) -> None:
    remedies = ("remove", "set ", "write ", "keep ", "choose", "add ", "give ", "use ", "put ", "name ", "for example")
    assert any(word in rule.argument for word in (*remedies, "lower ", "correct", "must be")), rule.argument
    assert "\n" not in rule.argument


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_words_has_a_bound(kind: str) -> None:
    unbounded = [
        path
        for path, node in fields(schema(kind))
        if path.startswith("spec") and node.get("type") == "string" and not {"maxLength", "enum"} & node.keys()
    ]
    assert unbounded == [], "the API server estimates the cost of CEL rules from these"


@pytest.mark.parametrize(
    ("kind", "short", "columns"),
    [
        ("Agent", "ag", ["Phase", "Model", "Tokens", "Ready", "Age"]),
        ("LLMConfig", "llm", ["Mode", "Provider/Tier", "Model", "Ready", "Agents", "Age"]),
        ("AgentTemplate", "agt", ["Description", "Tier", "Age"]),
    ],
)
def test_a_resource_is_named_and_shown_as_documented(kind: str, short: str, columns: list[str]) -> None:
    spec = yaml.safe_load((CRDS / KINDS[kind]).read_text())["spec"]
    shown = [column["name"] for column in spec["versions"][0]["additionalPrinterColumns"] if not column.get("priority")]
    assert (spec["names"]["shortNames"], spec["names"]["categories"], shown) == ([short], ["vutler"], columns)


def test_the_template_has_the_agents_schema() -> None:
    assert TEMPLATE.read_text() == render_template_crd(TEMPLATE.read_text(), AGENT.read_text())


def test_the_reference_is_up_to_date() -> None:
    assert REFERENCE.read_text() == render_reference(read_crds())
