"""Shows and changes which model answers an agent."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from vutler_router.domain.agent import Agent
from vutler_router.domain.agent_store import AgentStore
from vutler_router.domain.llm import LlmSettings
from vutler_router.errors import SettingsReadOnly
from vutler_router.services.directory import AgentDirectory
from vutler_router.services.edits import edit_agent
from vutler_router.services.settings_builder import LlmPut, SettingsBuilder

__all__ = ["ModelSettingsService"]


class ModelSettingsService:
    """The API's side of model settings; those of an LLMConfig are read-only here."""

    def __init__(
        self, store: AgentStore, directory: AgentDirectory, builder: SettingsBuilder, now: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._directory = directory
        self._builder = builder
        self._now = now

    async def get(self, agent_id: str) -> LlmSettings | None:
        """Return an agent's settings, or None. Raises `NotFound`."""
        return (await self._store.get(agent_id)).llm

    async def put(self, agent_id: str, put: LlmPut) -> LlmSettings:
        """Check and keep settings; they hold from the next request on.

        Raises:
            NotFound: There is no such agent.
            SettingsReadOnly: They come from an LLMConfig.
            InvalidRequest: They are incomplete or contradictory.
        """

        def changed(agent: Agent) -> Agent:
            if agent.llm is not None and agent.llm.source is not None:
                raise SettingsReadOnly(agent.llm.source)
            settings = self._builder.build(agent_id, replace(put, source=None), agent.llm)
            return agent if settings == agent.llm else replace(agent, llm=settings, updated_at=self._now())

        agent = await edit_agent(self._store, agent_id, changed)
        self._directory.put(agent)
        return agent.llm or LlmSettings()
