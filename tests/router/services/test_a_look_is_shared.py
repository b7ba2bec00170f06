import asyncio

import pytest

from vutler_router.errors import NotReady
from vutler_router.services.recent import Recent


class Looks:
    """Counts; each look waits until it is told to go on."""

    def __init__(self) -> None:
        self.begun = 0
        self.go_on = asyncio.Event()
        self.now = 100.0

    def clock(self) -> float:
        return self.now

    async def look(self) -> int:
        self.begun += 1
        number = self.begun
        await self.go_on.wait()
        return number

    async def fail(self) -> int:
        self.begun += 1
        raise NotReady("Not now.")


async def test_all_who_ask_at_once_share_one_look() -> None:
    looks = Looks()
    recent: Recent[str, int] = Recent(1.0, looks.clock)
    asking = [asyncio.create_task(recent.get("ava", looks.look)) for _ in range(10)]
    await asyncio.sleep(0)
    looks.go_on.set()
    assert await asyncio.gather(*asking) == [1] * 10


async def test_one_who_hangs_up_leaves_the_others_their_look() -> None:
    looks = Looks()
    recent: Recent[str, int] = Recent(1.0, looks.clock)
    first, second = [asyncio.create_task(recent.get("ava", looks.look)) for _ in range(2)]
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    looks.go_on.set()
    assert await second == 1


async def test_a_look_is_good_for_its_time_and_no_longer() -> None:
    looks = Looks()
    looks.go_on.set()
    recent: Recent[str, int] = Recent(1.0, looks.clock)
    found = [await recent.get("ava", looks.look)]
    looks.now += 0.9
    found.append(await recent.get("ava", looks.look))
    looks.now += 0.1
    found.append(await recent.get("ava", looks.look))
    recent.forget("ava")
    found.append(await recent.get("ava", looks.look))
    assert found == [1, 1, 2, 3]


async def test_a_failure_is_told_and_not_kept() -> None:
    looks = Looks()
    recent: Recent[str, int] = Recent(1.0, looks.clock)
    for _ in range(2):
        with pytest.raises(NotReady):
            await recent.get("ava", looks.fail)
    assert looks.begun == 2


async def test_old_looks_do_not_pile_up() -> None:
    looks = Looks()
    looks.go_on.set()
    recent: Recent[str, int] = Recent(1.0, looks.clock)
    for number in range(3000):
        looks.now += 0.01
        await recent.get(f"agent-{number}", looks.look)
    assert len(recent._looks) < 1100


async def test_the_oldest_memories_give_way_and_the_latest_stay() -> None:
    looks = Looks()
    looks.go_on.set()
    recent: Recent[str, int] = Recent(1.0, looks.clock, most=2)
    for key in ("a", "b", "c", "c", "b"):
        await recent.get(key, looks.look)

    assert (looks.begun, list(recent._looks)) == (3, ["b", "c"])
