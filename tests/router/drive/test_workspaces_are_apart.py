from tests.router.drive.conftest import DOWNLOAD, FILES, Caller, code_of


async def test_an_agent_of_another_workspace_finds_nothing(ava: Caller, zoe: Caller) -> None:
    for path in ("own.txt", "/shared/team.txt"):
        file = await ava.kept(path)
        answers = [
            await zoe.get(f"{FILES}/{file['id']}"),
            await zoe.get(f"{DOWNLOAD}/{file['id']}"),
            await zoe.delete(file["id"]),
        ]
        assert [code_of(answer) for answer in answers] == [(404, "file_not_found")] * 3
        assert await ava.content(file["id"]) == b"hello"

    for folder in ("/", "/shared", "/agents", "/agents/ava"):
        assert await zoe.listed(folder) == ([], [])


async def test_the_same_path_is_another_file_in_another_workspace(ava: Caller, zoe: Caller) -> None:
    ours, theirs = await ava.kept("/shared/x", b"ours"), await zoe.kept("/shared/x", b"theirs", overwrite="true")

    assert (await ava.content(ours["id"]), await zoe.content(theirs["id"])) == (b"ours", b"theirs")


async def test_nobody_chooses_another_workspace_than_their_own(ava: Caller, zoe: Caller) -> None:
    await ava.kept("/shared/x")
    asking = Caller(zoe.http, zoe.headers, {"workspace_id": "team-a", "agent_id": "team-a.ava"})

    assert await asking.listed("/shared") == ([], [])
    assert (await asking.kept("y"))["path"] == "/agents/zoe/y"


async def test_agents_of_a_workspace_read_each_others_files_and_change_their_own(ava: Caller, bob: Caller) -> None:
    file = await ava.kept("notes.txt")

    assert await bob.listed("/") == (["/agents/"], [])
    assert await bob.listed("/agents/ava") == ([], ["/agents/ava/notes.txt"])
    assert await bob.content(file["id"]) == b"hello"
    assert code_of(await bob.upload("/agents/ava/other.txt")) == (403, "drive_read_only")
    assert code_of(await bob.upload("/agents/ava/notes.txt", overwrite="true")) == (403, "drive_read_only")
    assert code_of(await bob.delete(file["id"])) == (403, "drive_read_only")
    assert await ava.listed() == ([], ["/agents/ava/notes.txt"])


async def test_a_folder_with_a_similar_name_is_not_ones_own(ava: Caller) -> None:
    for path, status in (("/agents/av/x", 403), ("/agents/avast/x", 403), ("/sharedx/x", 400), ("/SHARED/x", 400)):
        assert (await ava.upload(path)).status_code == status


async def test_everybody_changes_files_in_the_shared_folder(ava: Caller, bob: Caller) -> None:
    await ava.kept("/shared/x", b"from ava")

    file = await bob.kept("/shared/x", b"from bob", overwrite="true")

    assert file["agent_id"] == "team-a.bob"
    assert await ava.content(file["id"]) == b"from bob"
    assert (await ava.delete(file["id"])).status_code == 204
