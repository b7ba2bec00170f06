"""The services over memory, with a clock that stands still."""

import os
from dataclasses import dataclass
from datetime import datetime

import pytest

from tests.support.router_values import NOON
from vutler_router.domain.agent_store import InMemoryAgentStore
from vutler_router.domain.plans import load_plans
from vutler_router.keys.sealing import Sealer
from vutler_router.services.agents import AgentService
from vutler_router.services.directory import AgentDirectory
from vutler_router.services.model_settings import ModelSettingsService
from vutler_router.services.settings_builder import SettingsBuilder


class Clock:
    """Stands still until told otherwise."""

    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        return self.time


@dataclass(frozen=True)
class World:
    """The services and what they work on."""

    store: InMemoryAgentStore
    directory: AgentDirectory
    sealer: Sealer
    clock: Clock
    agents: AgentService
    model_settings: ModelSettingsService


@pytest.fixture
def world() -> World:
    store, sealer, clock = InMemoryAgentStore(), Sealer([os.urandom(32)]), Clock()
    directory, builder = AgentDirectory(store, sealer, clock), SettingsBuilder(sealer, load_plans())
    return World(
        store,
        directory,
        sealer,
        clock,
        AgentService(store, directory, builder, sealer, clock),
        ModelSettingsService(store, directory, builder, clock),
    )
