import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vutler_router.domain.identifiers import AgentId
from vutler_router.errors import InvalidRequest

LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
LABELS = st.from_regex(r"[a-z0-9]([-a-z0-9]{0,40}[a-z0-9])?", fullmatch=True)


@given(LABELS, LABELS)
def test_an_id_is_its_workspace_and_its_name(workspace: str, name: str) -> None:
    agent_id = AgentId.parse(f"{workspace}.{name}")

    assert (agent_id.workspace, agent_id.name, str(agent_id)) == (workspace, name, f"{workspace}.{name}")


@given(st.text(alphabet=st.sampled_from("aZ09-._/ \n\u00e9"), max_size=12))
def test_whatever_is_accepted_is_two_dns_labels(text: str) -> None:
    try:
        agent_id = AgentId.parse(text)
    except InvalidRequest:
        return
    assert LABEL.fullmatch(agent_id.workspace)
    assert LABEL.fullmatch(agent_id.name)
    assert str(agent_id) in {text, f"default.{text}"}


def test_a_bare_name_belongs_to_the_workspace_at_hand() -> None:
    assert str(AgentId.parse("ava", workspace="team-a")) == "team-a.ava"


@pytest.mark.parametrize(
    "text", ["", ".", "a.", ".a", "a.b.c", "A.b", "-a.b", "a.b-", "a_b.c", "a.b\n", "a" * 64 + ".b", "a." + "b" * 53]
)
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InvalidRequest, match=r"team-a\.ava") as refused:
        AgentId.parse(text)

    assert refused.value.code == "invalid_agent_id"
