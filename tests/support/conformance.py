"""Every way in which an agent reaches a provider, and one agent of its own for every test of it."""

import asyncio
import contextlib
import functools
import inspect
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from httpx_aiohttp import HttpxAiohttpClient
from typing_extensions import override

from tests.support.chat_script import ChatDialect
from tests.support.dialects import Dialect, Heard
from tests.support.messages_script import MessagesDialect
from tests.support.responses_script import ResponsesDialect
from tests.support.router_program import RouterProgram, router_program
from tests.support.running_router import ADMIN_TOKEN
from tests.support.scripted_upstream import Reply, ScriptedUpstream
from tests.support.usage_rows import UsageRows
from vutler_router.keys.tokens import hash_token, mint_token
from vutler_router.providers.definitions import DEFINITIONS, Definition
from vutler_router.settings import ENDPOINT_REQUIRED, MANAGEABLE, ProviderName

__all__ = [
    "CHAT",
    "CHATS",
    "MESSAGES",
    "PLAIN_CHATS",
    "PROVIDERS",
    "RESPONSES",
    "SAME",
    "TRANSLATED",
    "WAYS",
    "Bench",
    "Case",
    "Way",
    "at_once",
    "bench",
    "outcomes",
    "over",
    "way_to",
    "ways_of",
]

CHAT, MESSAGES, RESPONSES = ChatDialect(), MessagesDialect(), ResponsesDialect()
PROVIDERS = [name for name in DEFINITIONS if name is not ProviderName.ECHO]

_CALLERS: Sequence[Dialect] = (CHAT, MESSAGES, RESPONSES)
_ROW_SECONDS = 5.0
_TOGETHER_SECONDS = 60.0
_numbers = itertools.count(1)

Input = TypeVar("Input")
Outcome = TypeVar("Outcome")
Check = Callable[..., Coroutine[Any, Any, None]]


@dataclass(frozen=True)
class Way:
    """A provider, what the caller speaks, and what the provider speaks natively for it."""

    provider: ProviderName
    caller: Dialect
    wire: Dialect

    @override
    def __str__(self) -> str:
        spoken = self.caller.surface.rsplit("/", 1)[1]
        return f"{self.provider}-{'chat' if self.caller is CHAT else spoken}"

    @property
    def definition(self) -> Definition:
        """What is particular to the provider."""
        return DEFINITIONS[self.provider]

    @property
    def passes_bytes(self) -> bool:
        """Whether caller and provider speak the same."""
        return self.caller is self.wire


def ways_of(*callers: Dialect) -> list[Way]:
    """Return the ways of callers who speak one of these, over all providers there are."""
    found = [
        Way(name, caller, _wire(name, caller)) for caller in callers for name in PROVIDERS if _offers(name, caller)
    ]
    return sorted(found, key=str)


def _offers(provider: ProviderName, caller: Dialect) -> bool:
    return caller is CHAT or caller.surface in DEFINITIONS[provider].paths


def _wire(provider: ProviderName, caller: Dialect) -> Dialect:
    return caller if caller.surface in DEFINITIONS[provider].paths else MESSAGES


WAYS = ways_of(*_CALLERS)
SAME = [way for way in WAYS if way.passes_bytes]
CHATS = ways_of(CHAT)
PLAIN_CHATS = [way for way in CHATS if way.passes_bytes]
TRANSLATED = [way for way in CHATS if not way.passes_bytes]


def way_to(provider: ProviderName) -> Way:
    """Return the way of a caller of chat completions to this provider."""
    return next(way for way in CHATS if way.provider is provider)


@dataclass(repr=False)
class Case:
    """One agent with keys and models of its own, so that nothing another test does concerns it.

    Attributes:
        lines: What answers its models, in the order of its chain.
    """

    bench: "Bench"
    way: Way
    agent: str
    token: str
    keys: Sequence[str]
    models: Sequence[str]
    lines: Sequence[ScriptedUpstream] = field(default_factory=list)

    @property
    def line(self) -> ScriptedUpstream:
        """What answers its first model."""
        return self.lines[0]

    @property
    def calls(self) -> int:
        """How often its models were asked."""
        return sum(len(line.received) for line in self.lines)

    def play(self, *replies: Reply) -> None:
        """Answer its first model with these, the last one for ever."""
        self.line.play(*replies)

    @property
    def own(self) -> dict[str, str]:
        """Headers of the agent."""
        return {"authorization": f"Bearer {self.token}"}

    async def ask(self, text: str = "Hello", *, seconds: float = 30.0, **fields: Any) -> httpx.Response:
        """Ask for an answer."""
        body = self.way.caller.request(text, **fields)
        return await self.bench.http.post(self.way.caller.surface, json=body, headers=self.own, timeout=seconds)

    async def send(self, content: bytes | AsyncIterator[bytes], **headers: str) -> httpx.Response:
        """Send a body as it is."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.bench.http.post(self.way.caller.surface, content=content, headers=self.own | named)

    async def stream(self, text: str = "Hello", **fields: Any) -> Heard:
        """Ask for a stream and hear it to its end."""
        response = await self.ask(text, stream=True, **fields)
        assert response.status_code == httpx.codes.OK, response.text
        return self.way.caller.heard(response.content)

    async def leave(self, after: bytes = b"", **fields: Any) -> None:
        """Ask, and hang up once this has been heard; nothing: once the provider has been asked."""
        asked = len(self.line.received)
        body = self.way.caller.request(**fields)
        client = self.bench.http.stream("POST", self.way.caller.surface, json=body, headers=self.own)
        if after:
            async with client as response:
                heard = b""
                async for piece in response.aiter_raw():
                    heard += piece
                    if after in heard:
                        return
            raise AssertionError(heard)
        asking = asyncio.create_task(client.__aenter__())
        async with asyncio.timeout(_ROW_SECONDS):
            while len(self.line.received) == asked:  # noqa: ASYNC110 - the script tells nobody what has arrived
                await asyncio.sleep(0.01)
        asking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asking

    async def rows(self, count: int = 1) -> list[dict[str, Any]]:
        """Return the agent's usage rows once there are so many."""
        return await self.bench.rows.until(self.agent, lambda rows: len(rows) >= count)

    async def rows_before(self) -> list[dict[str, Any]]:
        """Return all rows there can be by now: those that are written before that of one more, good request."""
        self.play(self.way.wire.answer())
        response = await self.ask()
        assert response.status_code == httpx.codes.OK, response.text
        last = response.headers["x-request-id"]
        rows = await self.bench.rows.until(self.agent, lambda found: any(row["request_id"] == last for row in found))
        return [row for row in rows if row["request_id"] != last]

    async def breakers(self) -> list[dict[str, Any]]:
        """Return the breakers of its models."""
        response = await self.bench.http.get("/api/v1/breakers", headers=self.bench.admin)
        return [breaker for breaker in response.json()["breakers"] if breaker["model"] in self.models]


@dataclass(repr=False)
class Bench:
    """A router as a process of its own, between scripted providers and callers."""

    program: RouterProgram
    upstream: ScriptedUpstream
    http: httpx.AsyncClient
    rows: UsageRows

    @property
    def admin(self) -> dict[str, str]:
        """Headers of the administrator."""
        return {"authorization": f"Bearer {ADMIN_TOKEN}"}

    async def case(
        self, way: Way, *, links: int = 1, model: str = "scripted", ways: Sequence[Way] = (), **llm: Any
    ) -> Case:
        """Make an agent whose chain has so many models of the provider, each with a key of its own.

        Args:
            way: How it asks.
            links: How many models its chain has.
            model: What its models' names begin with.
            ways: Whose the further models are; by default the same provider's.
            llm: More of its model settings.
        """
        number = next(_numbers)
        chain = [way, *(ways or [way] * (links - 1))]
        models = [f"{model}-{number}{'abcdefghi'[place]}" for place in range(len(chain))]
        keys = [f"sk-of-{link.provider}-{number}-{place}-0123456789abcdef" for place, link in enumerate(chain)]
        case = Case(self, way, f"conformance.agent-{number}", mint_token(), keys, models)
        case.lines = [self.upstream.line(name) for name in models]
        for link, line in zip(chain, case.lines, strict=True):
            line.play(link.wire.answer())
        first, *others = [self.link(link.provider, *rest) for link, *rest in zip(chain, models, keys, strict=True)]
        await self.put(case, {**first, "fallbacks": others, **llm})
        return case

    async def put(self, case: Case, llm: dict[str, Any]) -> None:
        """Give an agent these model settings, as the operator does."""
        body = {"token_sha256": hash_token(case.token), "llm": llm}
        response = await self.http.put(f"/api/v1/agents/{case.agent}", json=body, headers=self.admin)
        assert response.status_code == httpx.codes.OK, response.text

    def link(self, provider: ProviderName, model: str, key: str) -> dict[str, Any]:
        endpoint = {"custom_endpoint": _base_url(self.upstream, provider)} if provider in ENDPOINT_REQUIRED else {}
        return {"provider": provider, "model": model, "api_key": key, **endpoint}

    @property
    def log(self) -> str:
        """All that the router has said so far."""
        return self.program.log.read_text()


@contextlib.asynccontextmanager
async def bench(folder: Path, upstream: ScriptedUpstream, port: int, **environment: str) -> AsyncIterator[Bench]:
    """Run a router all of whose providers are the scripted one, each under a path of its own."""
    urls = {f"PROVIDER_URL_{name.upper()}": _base_url(upstream, name) for name in PROVIDERS if name in MANAGEABLE}
    variables = {**urls, "ALLOWED_PRIVATE_ENDPOINTS": "127.0.0.1", **environment}
    async with (
        router_program(folder, port, **variables) as program,
        HttpxAiohttpClient(base_url=program.url, timeout=30.0, limits=httpx.Limits(max_connections=None)) as http,
    ):
        rows = UsageRows(folder / "data" / "vutler.db")
        yield Bench(program, upstream, http, rows)


def _base_url(upstream: ScriptedUpstream, provider: ProviderName) -> str:
    return f"http://127.0.0.1:{upstream.port}/{provider}"


async def outcomes(check: Callable[[Input], Awaitable[Outcome]], inputs: Mapping[str, Input]) -> dict[str, Outcome]:
    """Run a check over all these inputs at once and return what came of each, by its name."""
    async with asyncio.timeout(_TOGETHER_SECONDS):
        found = await asyncio.gather(*map(check, inputs.values()))
    return dict(zip(inputs, found, strict=True))


def over(ways: Sequence[Way]) -> Callable[[Check], Check]:
    """Run a test over these ways at the same time, for most of it is waiting; each way is a test with its own result.

    The test may ask for `router` and `way`, for a `case` (an agent with one model) or a `pair` (with two of them).
    """

    def decorate(check: Check) -> Check:
        begun: dict[object, asyncio.Task[None]] = {}
        wanted = inspect.signature(check).parameters

        @functools.wraps(check)
        async def test(router: Bench, way: Way, **others: Any) -> None:
            variant = tuple((name, id(value)) for name, value in others.items())
            if (way, variant) not in begun:
                runs = {(other, variant): _run(check, wanted, router, other, others) for other in ways}
                begun.update({key: asyncio.create_task(run) for key, run in runs.items()})
            await begun[way, variant]

        own = [parameter for name, parameter in wanted.items() if name not in {"router", "way", "case", "pair"}]
        shared = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in ("router", "way")]
        named = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]
        test.__signature__ = inspect.Signature([*shared, *named])  # type: ignore[attr-defined]
        marked: Check = pytest.mark.parametrize("way", ways, ids=str)(test)
        return marked

    return decorate


async def _run(check: Check, wanted: Collection[str], router: Bench, way: Way, others: Mapping[str, Any]) -> None:
    given: dict[str, Any] = {"router": router, "way": way, **others}
    if "case" in wanted:
        given["case"] = await router.case(way)
    if "pair" in wanted:
        given["pair"] = await router.case(way, links=2)
    await check(**{name: value for name, value in given.items() if name in wanted})


at_once = over(WAYS)
