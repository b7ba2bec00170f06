"""Generated requests, right and wrong by the router's own description, to a running router."""

import contextlib
import functools
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.mongo import free_port
from tests.support.program_client import ProgramClient, admin_headers, program_client
from tests.support.router_program import RouterProgram, router_program

pytestmark = pytest.mark.process

AGENT = "team-a.ava"
"""Answered by the built-in echo, like every agent without settings of its own here."""

Operation = schemathesis.APIOperation[Any, Any, Any, Any]

PROBES = {"GET /healthz", "GET /readyz", "GET /metrics", "GET /api/v1/session/ways"}
"""Take nothing that could be wrong: no field, no token."""

HARMLESS = PROBES | {"GET /api/v1/drive/shared/{token}"}
"""A link's token may be any text: there is nothing to generate that the description forbids."""

SIGN_IN = "POST /api/v1/session"
"""Refuses an address that failed too often, as this one has once the tests before have tried generated tokens."""

PUPPET = "team-a.puppet"
"""Gets generated settings and is never asked anything, so that nothing leaves this machine."""

CHANGED = {"PUT", "DELETE"}
EXAMPLES = 8
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@dataclass(frozen=True)
class Described:
    """A running router, what it says of itself, and who may call it."""

    url: str
    schema: schemathesis.BaseSchema
    session: requests.Session
    headers: dict[str, dict[str, str]]


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve OpenRouter's list of models on this machine: it is the one thing that is asked elsewhere unbidden."""
    (folder / "models").write_text('{"data": [{"id": "z-ai/glm-5", "pricing": {"prompt": "0.000001"}}]}')
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="openrouter")
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def described(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Described]:
    folder = tmp_path_factory.mktemp("router")
    with served(tmp_path_factory.mktemp("openrouter")) as openrouter, requests.Session() as session:
        environment = {"MANAGED_LLM_PROVIDER": "echo", "PROVIDER_URL_OPENROUTER": openrouter}
        async with router_program(folder, free_port(), **environment) as router, program_client(router) as client:
            yield await described_by(router, client, session)


async def described_by(router: RouterProgram, client: ProgramClient, session: requests.Session) -> Described:
    created = await client.http.post("/api/v1/agents", json={"id": AGENT})
    own = {"authorization": f"Bearer {created.json()['token']}"}
    schema = schemathesis.openapi.from_url(f"{router.url}/openapi.json")
    return Described(router.url, schema, session, {"admin": admin_headers(), "agent": own})


def operations(described: Described) -> Iterator[Operation]:
    for found in described.schema.get_all_operations():
        assert isinstance(found, Ok), found
        yield found.ok()


def named(operation: Operation) -> dict[str, str] | None:
    """Return the agent to ask for, where an operation is about one."""
    if "{agent_id}" not in operation.path:
        return None
    return {"agent_id": PUPPET if operation.method.upper() in CHANGED else AGENT}


def send(
    described: Described,
    operation: Operation,
    mode: GenerationMode,
    headers: dict[str, str],
    path_parameters: dict[str, str] | None,
) -> None:
    """Send generated requests and check the answers; always the same ones."""

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )
    @given(case=operation.as_strategy(mode, path_parameters=path_parameters))
    def check(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(session=described.session, headers=headers, checks=CHECKS)

    check()


@pytest.mark.parametrize("caller", ["admin", "agent"])
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["right", "wrong"])
def test_every_operation_answers_as_it_is_described(
    described: Described, subtests: pytest.Subtests, caller: str, mode: GenerationMode
) -> None:
    for operation in operations(described):
        harmless = mode is GenerationMode.NEGATIVE and operation.label in HARMLESS
        for parameters in {id(chosen): chosen for chosen in (None, named(operation))}.values():
            with subtests.test(operation.label, agent=parameters):
                expected = pytest.raises(Unsatisfiable) if harmless else contextlib.nullcontext()
                with expected:
                    send(described, operation, mode, described.headers[caller], parameters)


def test_every_path_of_the_application_is_described_and_tried(described: Described) -> None:
    tried = {operation.label for operation in operations(described)}
    said = described.session.get(described.schema.location or "").json()["paths"]
    assert tried == {f"{method.upper()} {path}" for path, methods in said.items() for method in methods}
    assert tried >= {
        "POST /v1/chat/completions",
        "POST /v1/messages",
        "GET /v1/models",
        "PUT /api/v1/agents/{agent_id}",
    }


def test_nobody_gets_anywhere_without_a_token(described: Described, subtests: pytest.Subtests) -> None:
    for operation in operations(described):
        with subtests.test(operation.label):
            path = operation.path.replace("{agent_id}", AGENT)
            answer = described.session.request(operation.method, described.url + path, json={})
            refusals = {401, 429} if operation.label == SIGN_IN else {401}
            assert answer.status_code in ({200} if operation.label in PROBES else refusals)
