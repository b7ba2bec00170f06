from pathlib import Path

import pytest

from tests.chaos.databases import KINDS, opened_database
from tests.chaos.trial import Chaos, run_chaos

pytestmark = pytest.mark.process

SMALL = Chaos(requests=600, concurrency=24, kills=3, outage=3, seed=7, slowness=0.3)
MARKED = [pytest.param(kind, marks=[pytest.mark.database] * (kind != "sqlite")) for kind in KINDS]


@pytest.mark.parametrize("kind", MARKED)
async def test_every_answer_is_counted_through_chaos(tmp_path: Path, free_port: int, kind: str) -> None:
    with opened_database(kind, tmp_path) as database:
        verdict = await run_chaos(tmp_path, free_port, database, SMALL)

    assert not verdict.differences, str(verdict)
    assert verdict.figures["requests"] == SMALL.requests
    assert verdict.figures["rows"] > SMALL.requests * 0.8
    assert verdict.figures["  tokens beyond plans"] > 0
