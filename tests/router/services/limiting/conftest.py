import pytest

from tests.router.services.limiting.gates import Gates


@pytest.fixture
async def gates() -> Gates:
    return Gates()
