from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.agent_team import Team, working_team
from tests.support.scripted_upstream import ScriptedUpstream


@pytest.fixture
async def team(tmp_path: Path, upstream: ScriptedUpstream) -> AsyncIterator[Team]:
    async with working_team(tmp_path, upstream) as running:
        yield running
