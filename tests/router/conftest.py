from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.running_router import RunningRouter, running_router
from tests.support.scripted_upstream import ScriptedUpstream


@pytest.fixture
async def upstream() -> AsyncIterator[ScriptedUpstream]:
    async with ScriptedUpstream.running() as server:
        yield server


@pytest.fixture
async def router(tmp_path: Path, upstream: ScriptedUpstream) -> AsyncIterator[RunningRouter]:
    async with running_router(tmp_path, upstream) as running:
        yield running
