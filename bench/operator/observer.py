"""What the API server says of agents and Deployments, each with the moment at which it was heard: no polling."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

import aiohttp

from bench.operator.api import Api, Manifest
from bench.router.errors import BenchError

__all__ = ["AGENTS", "AgentView", "DeploymentView", "Observer", "observing"]

AGENTS: Final = "/apis/vutler.io/v1alpha1/{}agents"
_DEPLOYMENTS: Final = "/apis/apps/v1/deployments"
_PROGRESS_SECONDS: Final = 5.0


@dataclass(slots=True)
class DeploymentView:
    """A Deployment.

    Attributes:
        generation: Counts the changes of its specification.
        changed: When the generation was first heard.
        is_rolled_out: Whether its one pod is up to date and available.
        rolled_out: When that last became so.
        version: Its resource version: changes with every write.
    """

    generation: int = 0
    changed: float = 0.0
    is_rolled_out: bool = False
    rolled_out: float = 0.0
    version: str = ""


@dataclass(slots=True)
class AgentView:
    """An Agent.

    Attributes:
        is_ready: Whether its condition `Ready` is true and its status speaks of its present specification.
        ready: When that last became so.
        version: Its resource version: changes with every write.
    """

    is_ready: bool = False
    ready: float = 0.0
    version: str = ""


@dataclass(slots=True)
class Observer:
    """Follows all Agents and Deployments by name; the names of one run are different in all namespaces."""

    say: Callable[[str], None]
    agents: dict[str, AgentView] = field(default_factory=dict)
    deployments: dict[str, DeploymentView] = field(default_factory=dict)
    broken: str = ""
    """Why nothing is heard any more."""
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, count: Callable[[], int], wanted: int, what: str, *, seconds: float) -> None:
        """Wait until a count reaches what is wanted.

        Raises:
            BenchError: It does not in time, or a watch broke.
        """
        began = said = time.perf_counter()
        while (found := count()) < wanted:
            if self.broken:
                raise BenchError(self.broken)
            now = time.perf_counter()
            if now - began > seconds:
                raise BenchError(f"{found} of {wanted} {what} after {seconds:.0f} s")
            if now - said > _PROGRESS_SECONDS:
                said = now
                self.say(f"  {found} of {wanted} {what} after {now - began:.0f} s")
            self._news.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), 1.0)
            await asyncio.sleep(0.01)  # events come in bursts: one look for each burst

    def count_deployed(self, names: Iterable[str]) -> int:
        """Return how many of these have a Deployment."""
        return sum(name in self.deployments for name in names)

    def count_ready(self, names: Iterable[str]) -> int:
        """Return how many of these agents are ready."""
        return sum(name in self.agents and self.agents[name].is_ready for name in names)

    def hear_agent(self, kind: str, obj: Manifest, now: float) -> None:
        """Take in an event of an Agent."""
        metadata, status = obj["metadata"], obj.get("status") or {}
        if kind == "DELETED":
            self.agents.pop(metadata["name"], None)
        else:
            view = self.agents.setdefault(metadata["name"], AgentView())
            view.version = metadata["resourceVersion"]
            conditions = {found["type"]: found["status"] for found in status.get("conditions") or ()}
            current = status.get("observedGeneration") == metadata["generation"]
            ready = current and conditions.get("Ready") == "True"
            if ready and not view.is_ready:
                view.ready = now
            view.is_ready = ready
        self._news.set()

    def hear_deployment(self, kind: str, obj: Manifest, now: float) -> None:
        """Take in an event of a Deployment."""
        metadata, status = obj["metadata"], obj.get("status") or {}
        if kind == "DELETED":
            self.deployments.pop(metadata["name"], None)
        else:
            view = self.deployments.setdefault(metadata["name"], DeploymentView())
            view.version = metadata["resourceVersion"]
            if metadata["generation"] > view.generation:
                view.generation, view.changed = metadata["generation"], now
            counts = [status.get(key, 0) for key in ("replicas", "updatedReplicas", "availableReplicas")]
            rolled_out = status.get("observedGeneration") == metadata["generation"] and counts == [1, 1, 1]
            if rolled_out and not view.is_rolled_out:
                view.rolled_out = now
            view.is_rolled_out = rolled_out
        self._news.set()


@contextlib.asynccontextmanager
async def observing(api: Api, say: Callable[[str], None]) -> AsyncIterator[Observer]:
    """Observe for the length of the block."""
    observer = Observer(say)
    sources = ((AGENTS.format(""), observer.hear_agent), (_DEPLOYMENTS, observer.hear_deployment))
    tasks = [asyncio.create_task(_follow(api, path, hear, observer)) for path, hear in sources]
    try:
        yield observer
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _follow(api: Api, path: str, hear: Callable[[str, Manifest, float], None], observer: Observer) -> None:
    """Hear every event of a collection; where the server ends a watch, as it does with slow ones, go on from there."""
    version = (await api.get(path, {"limit": "1"}))["metadata"]["resourceVersion"]
    while not observer.broken:
        try:
            async for event in api.watch(path, version):
                if event["type"] == "ERROR":
                    observer.broken = f"the watch of {path} broke: {event['object'].get('message')}"
                    return
                version = event["object"]["metadata"]["resourceVersion"]
                hear(event["type"], event["object"], time.perf_counter())
        except (aiohttp.ClientError, OSError) as error:
            observer.broken = f"the watch of {path} broke: {error}"
