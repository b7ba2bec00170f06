from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.support.anthropic_words import AnthropicWords
from tests.support.mongo import free_port
from tests.support.openai_words import MistralWords, OpenAIWords
from tests.support.program_client import ProgramClient, program_client
from tests.support.provider_words import ProviderWords
from tests.support.router_program import router_program
from tests.support.scripted_upstream import ScriptedUpstream

ALL_WORDS = (OpenAIWords(), AnthropicWords(), MistralWords())


@pytest.fixture(params=ALL_WORDS, ids=[words.provider for words in ALL_WORDS])
def words(request: pytest.FixtureRequest) -> ProviderWords:
    found: ProviderWords = request.param
    return found


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def running_upstream() -> AsyncIterator[ScriptedUpstream]:
    async with ScriptedUpstream.running() as server:
        yield server


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def program(
    tmp_path_factory: pytest.TempPathFactory, running_upstream: ScriptedUpstream
) -> AsyncIterator[ProgramClient]:
    """Run one router for the folder: its agents, and so its breakers, are each test's own."""
    server = running_upstream.url.removesuffix("/v1")
    urls = {f"PROVIDER_URL_{name}": running_upstream.url for name in ("OPENAI", "MISTRAL", "OPENROUTER")}
    folder = tmp_path_factory.mktemp("router")
    async with (
        router_program(folder, free_port(), PROVIDER_URL_ANTHROPIC=server, **urls) as router,
        program_client(router) as client,
    ):
        yield client


@pytest.fixture
def upstream(running_upstream: ScriptedUpstream) -> Iterator[ScriptedUpstream]:
    """Give a test the upstream with an empty memory."""
    running_upstream.received.clear()
    yield running_upstream
    running_upstream.received.clear()
