import asyncio
from pathlib import Path

from tests.router.drive.conftest import AVA, BOB, Caller, as_admin, as_agent, code_of, contents_in
from tests.support.running_router import RunningRouter

FULL = (413, "drive_quota_exceeded")
ROOM = "/api/v1/drive/room"


async def test_an_agent_fills_its_quota_and_makes_room_again(small_router: RunningRouter, tmp_path: Path) -> None:
    ava = await as_agent(small_router, AVA)
    files = [await ava.kept(f"/shared/{number}" if number else "own", b"x" * 1_000) for number in range(2)]

    assert code_of(await ava.upload("more", b"x" * 501)) == FULL
    assert len(contents_in(tmp_path)) == 2
    await ava.kept("more", b"x" * 500)
    assert code_of(await ava.upload("again", b"x")) == FULL
    assert code_of(await ava.upload(None, b"x", name="again")) == FULL
    await ava.delete(files[0]["id"])
    await ava.kept("again", b"x" * 1_000)


async def test_a_workspace_has_a_quota_of_its_own(small_router: RunningRouter) -> None:
    ava, bob = await as_agent(small_router, AVA), await as_agent(small_router, BOB)
    for number in range(2):
        await ava.kept(f"{number}", b"x" * 1_000)
    await bob.kept("1", b"x" * 1_000)

    assert code_of(await bob.upload("2", b"x" * 501)) == FULL
    assert code_of(await as_admin(small_router, workspace_id="team-a").upload("2", b"x" * 501)) == FULL
    await as_admin(small_router, workspace_id="team-b").kept("2", b"x" * 501)


async def test_a_file_may_be_replaced_by_a_larger_one_that_fits_in_its_stead(small_router: RunningRouter) -> None:
    ava = await as_agent(small_router, AVA)
    for name, size in (("a", 1_000), ("b", 1_000), ("c", 500)):
        await ava.kept(name, b"x" * size)

    assert code_of(await ava.upload("c", b"x" * 501, overwrite="true")) == FULL
    await ava.kept("c", b"y" * 500, overwrite="true")


async def test_uploads_at_once_do_not_pass_a_quota(small_router: RunningRouter, tmp_path: Path) -> None:
    ava: Caller = await as_agent(small_router, AVA)

    answers = await asyncio.gather(*(ava.upload(f"{number}", b"x" * 400) for number in range(10)))

    kept = [answer for answer in answers if answer.status_code == 201]
    assert len(kept) == 6
    assert all(code_of(answer) == FULL for answer in answers if answer not in kept)
    assert len(contents_in(tmp_path)) == 6


async def test_people_and_agents_see_what_is_used_of_a_quota(small_router: RunningRouter) -> None:
    ava = await as_agent(small_router, AVA)
    await ava.kept("own", b"x" * 1_000)
    await as_admin(small_router, workspace_id="team-a").kept("/shared/2", b"x" * 200)

    own = (await ava.get(ROOM)).json()
    named = (await as_admin(small_router, agent_id=AVA).get(ROOM)).json()
    everybodys = (await as_admin(small_router, workspace_id="team-a").get(ROOM)).json()

    assert own == named
    assert (own["agent_id"], own["agent_used"], own["agent_quota"]) == (AVA, 1_000, 2_500)
    assert (own["used"], own["quota"], own["largest_file"]) == (1_200, 3_500, 1_000)
    assert (everybodys["used"], everybodys["agent_id"], everybodys["agent_used"]) == (1_200, None, None)
