import re

import httpx
import pytest

from tests.contract.crds.agent_cases import AGENT, AGENT_ONLY
from tests.contract.crds.breaking import break_rule
from tests.contract.crds.case import Case, manifest
from tests.contract.crds.llmconfig_cases import LLMCONFIG, TEMPLATE
from tests.contract.crds.rules import KINDS, Rule, rules
from tests.contract.crds.runtime_cases import RUNTIME
from tests.contract.crds.whole import WHOLE
from tests.support.api_server import ApiServer

SHARED = (*AGENT, *RUNTIME)
CASES = (*AGENT_ONLY, *SHARED, *(case.of_template() for case in SHARED), *LLMCONFIG, *TEMPLATE)
RULES = [rule for kind in KINDS for rule in rules(kind)]

SAYS = {
    "required": "Required value",
    "enum": "supported values: ",
    "pattern": "should match",
    "date-time": "must be of type date-time",
    "minimum": "should be greater than or equal to {}",
    "maximum": "should be less than or equal to {}",
    "minLength": "should be at least {} chars long",
    "maxLength": "may not be more than {} bytes",
    "minItems": "should have at least {} items",
    "maxItems": "must have at most {} items",
    "maxProperties": "must have at most {} items",
    "unique": "Duplicate value",
}
"""What the API server says of itself when a rule of JSON schema is broken."""


def broken_by(case: Case) -> list[Rule]:
    """Return the rules that a case says it breaks: exactly one, unless the case is wrong."""
    return [
        rule
        for rule in RULES
        if (rule.kind, rule.path, rule.keyword) == (case.kind, case.path, case.keyword)
        and (case.keyword != "cel" or case.says in rule.argument)
    ]


BY_HAND = {str(rule) for case in CASES for rule in broken_by(case)}
BY_MACHINE = [rule for rule in RULES if str(rule) not in BY_HAND]


def refusals(answer: httpx.Response) -> list[tuple[str, str]]:
    """Return field and message of everything that the server has against a manifest."""
    assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY, answer.text
    causes = answer.json()["details"]["causes"]
    notes = "some validation rules were not checked"
    return [(_dotted(cause["field"]), cause["message"]) for cause in causes if notes not in cause["message"]]


def assert_refused(answer: httpx.Response, field: str, says: str) -> None:
    ((named, message),) = refusals(answer)
    assert named == field
    assert says in message


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_manifest_is_refused_with_the_field_and_the_remedy_when(case: Case, crds: ApiServer, namespace: str) -> None:
    if case.before is None:
        answer = crds.create(case.manifest, namespace, dry_run=True)
    else:
        created = crds.create(manifest(case.kind, case.name, case.before), namespace).json()
        path = f"{crds.path(created, namespace)}/{case.name}"
        answer = crds.http.put(path, json={**created, "spec": case.spec})
    assert_refused(answer, case.field, case.says)


@pytest.mark.parametrize("rule", [rule for rule in BY_MACHINE if not rule.path.startswith("status")], ids=str)
def test_a_manifest_is_refused_when_it_breaks(rule: Rule, crds: ApiServer) -> None:
    broken, field = break_rule(rule, WHOLE) if rule.path else (_without(rule), rule.argument)
    assert_refused(crds.create(broken, "default", dry_run=True), field, SAYS[rule.keyword].format(rule.argument))


@pytest.mark.parametrize("rule", [rule for rule in BY_MACHINE if rule.path.startswith("status")], ids=str)
def test_a_status_is_refused_when_it_breaks(rule: Rule, crds: ApiServer, namespace: str) -> None:
    broken, field = break_rule(rule, WHOLE)
    created = crds.create(broken, namespace).json()
    path = f"{crds.path(broken, namespace)}/{broken['metadata']['name']}/status"
    answer = crds.http.put(path, json={**created, "status": broken["status"]})
    assert_refused(answer, field, SAYS[rule.keyword].format(rule.argument))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_case_states_the_one_rule_it_breaks(case: Case) -> None:
    assert len(broken_by(case)) == 1


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.keyword in {"cel", "not"}], ids=str)
def test_no_rule_in_words_lacks_a_case(rule: Rule) -> None:
    assert str(rule) in BY_HAND


def _dotted(field: str) -> str:
    """Write a map's key in one way: the server says `[weather]` in some refusals and `.weather` in others."""
    return re.sub(r"\[([^\]\d][^\]]*)\]", r".\1", field)


def _without(rule: Rule) -> dict[str, object]:
    """Return a manifest without a field of the top."""
    return {"apiVersion": "vutler.io/v1alpha1", "kind": rule.kind, "metadata": {"name": f"no-{rule.argument}"}}
