"""Agents that ask: noisy ones without end from many callers, a quiet one now and then; refused, they come back."""

import asyncio
import time
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import aiohttp

from bench.fairness.options import Options
from bench.fairness.setups import AGENTS, QUIET, Running
from bench.router.errors import WrongAnswerError
from bench.router.workload import MODEL

__all__ = ["Experience", "put_load"]

_BODY: Final = {"model": "router", "messages": [{"role": "user", "content": "Say twenty words, please."}]}
_PASSING: Final = frozenset({429, 503})
_USUAL_PAUSE: Final = 1.0
_ANSWER_SECONDS: Final = 600.0


@dataclass(slots=True)
class Experience:
    """What one agent went through.

    Attributes:
        waits: Seconds from a question to its answer, whatever came in between.
        refused: How often it was asked to come back.
        left: For how many seconds questions had waited that had no answer at the end.
    """

    waits: list[float] = field(default_factory=list)
    refused: int = 0
    left: list[float] = field(default_factory=list)


async def put_load(running: Running, options: Options) -> dict[str, Experience]:
    """Let all agents ask for as long as the options say, and return what each went through.

    Raises:
        WrongAnswerError: The router answered something else than an answer or a refusal that passes.
    """
    experiences = {name: Experience() for name in AGENTS}
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=_ANSWER_SECONDS)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        tasks = [asyncio.create_task(agent) for agent in _agents(session, running, options, experiences)]
        try:
            done, _ = await asyncio.wait(tasks, timeout=options.seconds, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            await _cancelled(tasks)
    for failed in done:
        failed.result()
    return experiences


def _agents(
    session: aiohttp.ClientSession, running: Running, options: Options, experiences: dict[str, Experience]
) -> Iterator[Coroutine[None, None, None]]:
    for name, experience in experiences.items():
        agent = _Agent(session, running.url, running.tokens[name], experience)
        if name == QUIET:
            yield agent.ask_now_and_then(options.pause)
        else:
            yield from (agent.ask_without_end() for _ in range(options.callers))


class _Agent:
    def __init__(self, session: aiohttp.ClientSession, url: str, token: str, experience: Experience) -> None:
        self._session = session
        self._url = url
        self._headers = {"authorization": f"Bearer {token}"}
        self._experience = experience

    async def ask_without_end(self) -> None:
        """Ask again as soon as there is an answer."""
        while True:
            await self._ask()

    async def ask_now_and_then(self, pause: float) -> None:
        """Ask every so often, whether there was an answer or not."""
        questions: list[asyncio.Task[None]] = []
        try:
            while True:
                questions.append(asyncio.create_task(self._ask()))
                await asyncio.sleep(pause)
                for question in questions:
                    if question.done():
                        question.result()
        finally:
            await _cancelled(questions)

    async def _ask(self) -> None:
        """Ask until there is an answer."""
        began = time.perf_counter()
        try:
            while (pause := await self._attempt()) is not None:
                self._experience.refused += 1
                await asyncio.sleep(pause)
        except asyncio.CancelledError:
            self._experience.left.append(time.perf_counter() - began)
            raise
        self._experience.waits.append(time.perf_counter() - began)

    async def _attempt(self) -> float | None:
        """Ask once; returns None after an answer, else when to come back, in seconds."""
        async with self._session.post(self._url, json=_BODY, headers=self._headers) as response:
            text = await response.text()
            if response.status in _PASSING:
                return float(response.headers.get("retry-after", _USUAL_PAUSE))
            if not response.ok or MODEL not in text:
                raise WrongAnswerError(f"the router answered {response.status}: {text[:300]}")
        return None


async def _cancelled(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
