from hack.demo.agent import AgentState, read_state


def test_an_agent_the_operator_has_not_seen_is_pending() -> None:
    assert read_state({}) == AgentState("Pending", ready=False, reason="not seen by the operator yet", tokens=0)


def test_the_reason_of_a_waiting_agent_is_its_ready_condition() -> None:
    ready = {"type": "Ready", "status": "False", "reason": "SecretNotFound", "message": "create Secret a"}
    state = read_state({"status": {"phase": "Pending", "conditions": [ready]}})
    assert state == AgentState("Pending", ready=False, reason="SecretNotFound: create Secret a", tokens=0)


def test_a_ready_agent_shows_the_tokens_it_used() -> None:
    ready = {"type": "Ready", "status": "True", "reason": "Ready", "message": "answers"}
    state = read_state({"status": {"phase": "Running", "conditions": [ready], "usage": {"tokens": 42}}})
    assert state.ready
    assert state.tokens == 42
