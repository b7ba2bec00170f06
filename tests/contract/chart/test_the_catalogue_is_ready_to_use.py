from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.contract.chart.values import DEFAULTS
from tests.support.helm import CHART

TEMPLATES = {file.stem: yaml.safe_load(file.read_text()) for file in (CHART / "files" / "catalogue").glob("*.yaml")}
CRD = yaml.safe_load((CHART / "crds" / "agenttemplate.yaml").read_text())
SPEC_SCHEMA = CRD["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]


def closed(schema: Any) -> Any:
    """Return a copy in which no object takes unknown fields, as the API server's strict validation has it."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    copy = {key: closed(part) for key, part in schema.items()}
    if isinstance(schema.get("properties"), dict) and not schema.get("x-kubernetes-preserve-unknown-fields"):
        copy.setdefault("additionalProperties", False)
    return copy


def test_the_five_agents_recommend_the_plans_of_the_contract() -> None:
    assert {name: template["recommendedTier"] for name, template in TEMPLATES.items()} == {
        "support-email": "economy",
        "faq-bot": "economy",
        "content-writer": "standard",
        "research": "standard",
        "coding-assistant": "premium",
    }


def test_recommended_plans_are_on_sale() -> None:
    on_sale = {tier["id"] for tier in DEFAULTS["tiers"]}
    assert {template["recommendedTier"] for template in TEMPLATES.values()} == on_sale


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_fits_its_resource(name: str) -> None:
    validator = Draft202012Validator(closed(SPEC_SCHEMA))
    assert [error.message for error in validator.iter_errors(TEMPLATES[name])] == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_prompt_treats_what_it_reads_as_material_and_names_no_provider(name: str) -> None:
    prompt = TEMPLATES[name]["agent"]["systemPrompt"]
    assert any(word in prompt for word in ("instruction", "order", "obey"))
    assert [vendor for vendor in ("OpenAI", "GPT", "Claude", "Anthropic", "Gemini") if vendor in prompt] == []
