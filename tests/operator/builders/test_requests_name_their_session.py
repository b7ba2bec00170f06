import json

import pytest

from tests.operator.builders.agents import children_of


@pytest.mark.parametrize("flag", ["sendSessionIdHeader", "sendSessionAffinityHeaders"])
def test_openclaw_tells_the_router_which_conversation_a_request_belongs_to(flag: str) -> None:
    config = json.loads(children_of({"spec": {}})["ConfigMap"]["data"]["openclaw.json"])

    (model,) = config["models"]["providers"]["router"]["models"]
    assert model["compat"][flag] is True
