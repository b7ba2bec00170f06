"""The life of a router whose providers and callers all repeat secrets to it; what it leaves behind is for the tests."""

import asyncio
import hashlib
import itertools
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

from tests.support.program_client import admin_headers
from tests.support.scripted_upstream import ScriptedUpstream, answer
from tests.support.secret_search import CASE
from tests.support.telltale_replies import broken_streams, refusals

__all__ = ["BEGINNING", "PROMPT", "Telltale", "new_secret"]

PROMPT = "the-secret-plan-of-the-tests"
BEGINNING = f'sk-{secrets.token_hex(2)}/+="\\&%{secrets.token_hex(1)}'
"""How every secret of a run begins, so that one search finds any of them; it has all that is escaped somewhere."""

_AT_ONCE = 16
_WAYS_PER_REFUSAL = 3

CHAT, MESSAGES, RESPONSES = "/v1/chat/completions", "/v1/messages", "/v1/responses"
TURN, TRIAL = "/chat", "/llm-test"

Fields = Mapping[str, object]


def new_secret() -> str:
    """Make a secret: a key or a token."""
    return BEGINNING + secrets.token_hex(16)


@dataclass(frozen=True)
class Way:
    """One way of asking: a path of the router, and the provider that is asked there.

    Attributes:
        asked: The path at which the provider is asked.
    """

    path: str
    provider: str
    asked: str = CHAT
    streamed: bool = False

    @property
    def body(self) -> Fields:
        """What is sent."""
        messages = {"messages": [{"role": "user", "content": PROMPT}], "stream": self.streamed}
        bodies: Mapping[str, Fields] = {
            CHAT: messages,
            MESSAGES: {**messages, "max_tokens": 50},
            RESPONSES: {"input": PROMPT, "stream": self.streamed},
            "/v1/embeddings": {"input": PROMPT},
            TURN: {"message": PROMPT, "stream": self.streamed},
            TRIAL: {},
        }
        return bodies[self.path]


_WHOLE = (
    Way(CHAT, "openai"),
    Way(CHAT, "anthropic"),
    Way(CHAT, "custom"),
    Way(CHAT, "groq", streamed=True),
    Way(MESSAGES, "openrouter"),
    Way(MESSAGES, "anthropic", streamed=True),
    Way(RESPONSES, "openai"),
    Way("/v1/embeddings", "mistral"),
    Way(TURN, "openai"),
    Way(TURN, "mistral", streamed=True),
    Way(TRIAL, "gemini"),
)
_STREAMED = (
    Way(CHAT, "openai", streamed=True),
    Way(CHAT, "mistral", streamed=True),
    Way(CHAT, "anthropic", MESSAGES, streamed=True),
    Way(MESSAGES, "anthropic", MESSAGES, streamed=True),
    Way(RESPONSES, "openai", RESPONSES, streamed=True),
    Way(TURN, "openai", streamed=True),
)


@dataclass
class Telltale:
    """Plays the run against a router.

    Attributes:
        asked: The requests that providers got, by the key that each must have carried.
    """

    http: httpx.AsyncClient
    upstream: ScriptedUpstream
    asked: dict[str, ScriptedUpstream] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def failures_of_providers(self) -> None:
        """Let providers refuse, in each way of refusing, what is asked of them in turns, and break all streams."""
        names = list(dict(refusals("")))
        ways = itertools.cycle(_WHOLE)
        whole = [(name, next(ways)) for name in names for _ in range(_WAYS_PER_REFUSAL)]
        broken = [(name, way) for way in _STREAMED for name in dict(broken_streams("", way.asked))]
        await asyncio.gather(
            *[self._failure(way, name, breaks=False) for name, way in whole],
            *[self._failure(way, name, breaks=True) for name, way in broken],
        )

    async def failures_of_pods(self) -> None:
        """Let an agent's own pod repeat the token with which it is asked."""
        secret = new_secret()
        agent_id, _ = await self._agent(
            {"provider": "openai", "model": "of-a-pod", "api_key": new_secret()},
            gateway={"url": self.upstream.url.removesuffix("/v1"), "token": secret},
        )
        line = self.asked[secret] = self.upstream.line("openclaw")
        scripts = [(False, reply) for reply in [answer("Fine"), *dict(refusals(secret)).values()]]
        scripts += [(True, reply) for reply in dict(broken_streams(secret, CHAT)).values()]
        for streamed, reply in scripts:
            line.play(reply)
            turn = {"message": PROMPT, "via": "agent", "stream": streamed}
            await self.http.post(f"/api/v1/agents/{agent_id}/chat", json=turn, headers=admin_headers())
        await self.http.get(f"/api/v1/agents/{agent_id}/health", headers=admin_headers())

    async def failures_of_plans(self, tiers: Mapping[str, str], key: str) -> None:
        """Let the platform's own provider repeat the platform's key; `tiers` are plans and their models."""
        replies = dict(refusals(key))
        for (tier, model), name in zip(tiers.items(), ["401", "402", "500", "200, base64"], strict=True):
            line = self.asked[f"{key} for {model}"] = self.upstream.line(model)
            line.play(replies[name])
            agent_id, token = await self._agent({"managed": True, "tier": tier})
            await self._ask(Way(CHAT, "minimax"), agent_id, token)
            await self._ask(Way(TRIAL, "minimax"), agent_id, token)

    async def answers(self) -> None:
        """Let everything go well for once."""
        for way in (*_WHOLE, *_STREAMED):
            model = self._model(way.provider)
            agent_id, token = await self._agent(self._link(way.provider, model, new_secret()))
            self.upstream.line(model).play(answer("Fine"))
            await self._ask(way, agent_id, token)

    async def nonsense(self) -> None:
        """Send the router requests that are wrong, with a secret in every field."""
        agent_id, token = await self._agent({"managed": True, "tier": "first"})
        path = f"/api/v1/agents/{agent_id}"
        for body in _wrong_settings(new_secret()):
            await self.http.put(f"{path}/llm-config", json=body, headers=admin_headers())
            await self.http.put(path, json={"llm": body}, headers=admin_headers())
        for body in _wrong_agents(new_secret()):
            await self.http.put(path, json=body, headers=admin_headers())
            await self.http.post("/api/v1/agents", json=body, headers=admin_headers())
        broken = f'{{"api_key": "{new_secret()}"'
        await self.http.put(f"{path}/llm-config", content=broken, headers=admin_headers())
        own, stranger = {"authorization": f"Bearer {token}"}, {"authorization": f"Bearer {new_secret()}"}
        for surface in (CHAT, MESSAGES, RESPONSES, "/v1/embeddings"):
            await self.http.post(surface, content=broken, headers=own)
            await self.http.post(surface, json={}, headers=stranger)
            await self.http.post(surface, json={}, headers={"x-api-key": new_secret()})
        for headers in (own, stranger, {"authorization": f"Basic {new_secret()}"}):
            await self.http.get("/api/v1/agents", headers=headers)
            await self.http.get("/v1/models", headers=headers)

    async def reads(self) -> None:
        """Read everything there is to read, as the administrator, as an agent and as nobody."""
        listed = await self.http.get("/api/v1/agents", params={"limit": 500}, headers=admin_headers())
        named = [f"/api/v1/agents/{agent['id']}" for agent in listed.json()["agents"]]
        await asyncio.gather(*[self._read(f"{path}/llm-config", admin_headers()) for path in named])
        _, token = await self._agent({"managed": True, "tier": "first"})
        for path in (
            *("/metrics", "/openapi.json", "/docs", "/healthz", "/readyz", "/", "/nothing-here"),
            *("/api/v1/agents/running", "/api/v1/breakers", "/api/v1/usage/summary", "/api/v1/usage/tiers"),
            *(named[0], f"{named[0]}/usage", f"{named[0]}/health", "/v1/models"),
        ):
            for headers in (admin_headers(), {"authorization": f"Bearer {token}"}, {}):
                await self._read(path, headers)

    async def _failure(self, way: Way, name: str, *, breaks: bool) -> None:
        """Ask an agent of its own whose provider, and whose fallback's provider, fail in this way."""
        async with self._room:
            keys = new_secret(), new_secret()
            models = self._model(way.provider), self._model("groq")
            for key, model in zip(keys, models, strict=True):
                replies = broken_streams(key, way.asked) if breaks else refusals(key)
                self.upstream.line(model).play(dict(replies)[name])
            self.asked[keys[0]] = self.upstream.line(models[0])
            fallback = self._link("groq", models[1], keys[1])
            llm = {**self._link(way.provider, models[0], keys[0]), "fallbacks": [fallback]}
            await self._ask(way, *await self._agent(llm), case=f"{way.provider}, {name}")

    async def _agent(self, llm: Fields, **fields: Any) -> tuple[str, str]:
        """Push an agent as the operator does; return its id and token."""
        agent_id, token = f"team-a.a{next(self._numbers)}", new_secret()
        body = {"token_sha256": hashlib.sha256(token.encode()).hexdigest(), "llm": llm, **fields}
        pushed = await self.http.put(f"/api/v1/agents/{agent_id}", json=body, headers=admin_headers())
        assert pushed.status_code == httpx.codes.OK, pushed.text
        return agent_id, token

    async def _ask(self, way: Way, agent_id: str, token: str, case: str = "") -> None:
        """Ask; a `case` makes the answer known again."""
        headers = {CASE: case}
        if way.path in {TURN, TRIAL}:
            path = f"/api/v1/agents/{agent_id}{way.path}"
            await self.http.post(path, json=way.body, headers=headers | admin_headers())
        else:
            await self.http.post(way.path, json=way.body, headers={**headers, "authorization": f"Bearer {token}"})

    async def _read(self, path: str, headers: Mapping[str, str]) -> None:
        async with self._room:
            await self.http.get(path, headers=headers)

    def _model(self, provider: str) -> str:
        name = "claude-haiku-4-5" if provider == "anthropic" else "model"
        return f"{name}-of-{next(self._numbers)}"

    def _link(self, provider: str, model: str, key: str) -> dict[str, object]:
        link: dict[str, object] = {"provider": provider, "model": model, "api_key": key}
        return {**link, "custom_endpoint": self.upstream.url} if provider == "custom" else link


def _wrong_settings(secret: str) -> Iterator[Fields]:
    right = {"provider": "openai", "model": "gpt-4o-mini", "api_key": secret}
    yield {**right, "provider": secret}
    yield {**right, "model": 7}
    yield {**right, "api_key": [secret]}
    yield {**right, "api_key": f"{secret} {secret}"}
    yield {**right, "api_key": f"{secret}\n"} | {"model": ""}
    yield {**right, "custom_endpoint": f"https://user:{quote(secret, safe='')}@elsewhere.example/{secret}"}
    yield {**right, "provider": "custom", "custom_endpoint": f"https://elsewhere.example/?key={secret}"}
    yield {**right, "provider": "custom", "custom_endpoint": f"https://{quote(secret, safe='')}@elsewhere.example/"}
    yield {**right, "fallbacks": [{"provider": "groq", "model": "m", "api_key": {"value": secret}}]}
    yield {**right, "fallbacks": secret}
    yield {**right, "limits": {"requestsPerMinute": secret, "onExceeded": secret}}
    yield {**right, "parameters": {"temperature": secret}}
    yield {"managed": True, "tier": secret, "api_key": secret}
    yield {"managed": secret, "api_key": secret}


def _wrong_agents(secret: str) -> Iterator[Fields]:
    yield {"id": secret, "name": secret}
    yield {"id": "team-a.x", "workspace_id": secret}
    yield {"gateway": {"url": f"http://user:{secret}@pod/", "token": secret}, "id": "a.b.c"}
    yield {"gateway": {"url": 7, "token": secret}, "id": "a.b.c"}
    yield {"token_sha256": secret, "id": "a.b.c"}
    yield {"managed_by": secret, "running": secret, "id": "a.b.c"}
    yield {"tools": [secret], "delegates": [secret], "id": "a.b.c"}
