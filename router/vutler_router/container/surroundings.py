"""What the platform's tools for agents need of the rest of the process."""

from collections.abc import Callable
from dataclasses import dataclass

from vutler_router.keys.sealing import Sealer
from vutler_router.providers.ports import Transport
from vutler_router.services.agent_voice import AgentVoice
from vutler_router.services.answering.metrics import RequestMetrics
from vutler_router.services.directory import AgentDirectory
from vutler_router.settings import Settings
from vutler_router.storage import Storage

__all__ = ["Surroundings"]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Long-lived objects that several tools share; `ending` says whether the process is about to end."""

    settings: Settings
    storage: Storage
    directory: AgentDirectory
    voice: AgentVoice
    sealer: Sealer
    transport: Transport
    metrics: RequestMetrics
    ending: Callable[[], bool]
