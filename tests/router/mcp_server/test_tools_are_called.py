import json
from typing import Any

import pytest

from tests.support.agent_team import Team, eventually, text_of
from tests.support.tool_ports import MemoryChat, MemoryDrive, MemoryMail
from vutler_router.services.tools.ports import ToolPorts

AVA, ZOE = "team-a.ava", "team-b.zoe"
DRIVE_TOOLS = {"drive_list", "drive_read", "drive_write", "drive_delete", "drive_share_link"}
MAIL_TOOLS = {"email_send", "email_list", "email_read", "email_reply"}
CHAT_TOOLS = {"chat_channels", "chat_post", "chat_read"}
ASKING = {"agent_ask", "agents_list"}


@pytest.fixture
def drive() -> MemoryDrive:
    return MemoryDrive()


@pytest.fixture
def mail() -> MemoryMail:
    return MemoryMail()


@pytest.fixture
def chat() -> MemoryChat:
    return MemoryChat()


@pytest.fixture
async def equipped(team: Team, drive: MemoryDrive, mail: MemoryMail, chat: MemoryChat) -> Team:
    await team.equip(ToolPorts(drive, mail, chat))
    return team


async def names(team: Team, agent_id: str) -> set[str]:
    async with team.tools(agent_id) as session:
        return {tool.name for tool in (await session.list_tools()).tools}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, DRIVE_TOOLS | MAIL_TOOLS | CHAT_TOOLS),
        ({"tools": []}, set()),
        ({"tools": ["drive"]}, DRIVE_TOOLS),
        ({"tools": ["email"]}, MAIL_TOOLS),
        ({"tools": ["chat"], "delegates": [ZOE]}, CHAT_TOOLS | ASKING),
    ],
)
async def test_an_agent_sees_what_it_is_granted(equipped: Team, fields: dict[str, Any], expected: set[str]) -> None:
    await equipped.join(AVA, None, **fields)

    assert await names(equipped, AVA) == expected | {"usage_mine"}


async def test_tools_of_what_the_router_does_not_have_are_not_there(team: Team) -> None:
    await team.equip(ToolPorts())
    await team.join(AVA, None)

    result = await team.call(AVA, "drive_list")

    assert await names(team, AVA) == {"usage_mine"}
    assert text_of(result) == "Error (unknown_tool): There is no tool of this name; you have: usage_mine."


async def test_every_tool_explains_itself_to_a_model(equipped: Team) -> None:
    await equipped.join(AVA, None, delegates=[ZOE])

    async with equipped.tools(AVA) as session:
        tools = (await session.list_tools()).tools

    assert {tool.name for tool in tools} == DRIVE_TOOLS | MAIL_TOOLS | CHAT_TOOLS | ASKING | {"usage_mine"}
    for tool in tools:
        assert len(tool.description or "") > 40, tool.name
        assert tool.input_schema["type"] == "object"
        assert tool.input_schema["additionalProperties"] is False
        for name, field in tool.input_schema["properties"].items():
            assert field.get("description"), f"{tool.name}.{name}"
            assert not {"title", "anyOf"} & field.keys(), f"{tool.name}.{name}"


async def test_a_tool_that_is_not_granted_is_refused_and_audited(equipped: Team, drive: MemoryDrive) -> None:
    await equipped.join(AVA, None, tools=["chat"])

    result = await equipped.call(AVA, "drive_write", path="a.txt", content="x")

    assert result.is_error
    assert text_of(result) == (
        "Error (not_granted): The tool drive_write is not granted to you; you have: chat_channels, chat_post, "
        "chat_read, usage_mine."
    )
    assert drive.files == {}
    (call,) = await eventually(lambda: equipped.audit(agent_id=AVA))
    assert (call["tool"], call["result"], call["code"]) == ("drive_write", "refused", "not_granted")


async def test_a_grant_that_is_taken_away_counts_at_once(equipped: Team) -> None:
    await equipped.join(AVA, None)
    async with equipped.tools(AVA) as session:
        before = await session.call_tool("chat_channels", {})
        await equipped.router.http.put(f"/api/v1/agents/{AVA}", json={"tools": []}, headers=equipped.router.admin)
        after = await session.call_tool("chat_channels", {})

    assert (before.is_error, after.is_error) == (False, True)


async def test_files_are_written_read_listed_shared_and_deleted(equipped: Team) -> None:
    await equipped.join(AVA, None)
    async with equipped.tools(AVA) as session:
        written = await session.call_tool("drive_write", {"path": "reports/é.md", "content": "héllo"})
        read = await session.call_tool("drive_read", {"path": "reports/é.md"})
        listed = await session.call_tool("drive_list", {"path": "reports"})
        shared = await session.call_tool("drive_share_link", {"path": "reports/é.md", "seconds": 60})
        deleted = await session.call_tool("drive_delete", {"path": "reports/é.md"})
        gone = await session.call_tool("drive_read", {"path": "reports/é.md"})

    assert json.loads(text_of(written))["size"] == 6
    assert text_of(read) == '{"path":"reports/é.md"}\nhéllo'
    assert json.loads(text_of(listed))["files"] == [{"path": "reports/é.md"}]
    assert json.loads(text_of(shared)) == {"url": "http://drive/reports/é.md", "seconds": 60}
    assert not deleted.is_error
    assert text_of(gone) == "Error (file_not_found): There is no file reports/é.md."


async def test_an_agent_of_another_workspace_gets_not_found(equipped: Team) -> None:
    await equipped.join(AVA, None)
    await equipped.join(ZOE, None)
    await equipped.call(AVA, "drive_write", path="a.txt", content="x")

    result = await equipped.call(ZOE, "drive_read", path="a.txt")

    assert text_of(result) == "Error (file_not_found): There is no file a.txt."


async def test_a_long_file_comes_in_parts_that_fit_together(equipped: Team, drive: MemoryDrive) -> None:
    await equipped.join(AVA, None)
    whole = "aé€😀" * 5_000
    drive.files["team-a", "long.txt"] = whole.encode()
    found, offset = "", 0
    async with equipped.tools(AVA) as session:
        while True:
            read = await session.call_tool("drive_read", {"path": "long.txt", "offset": offset, "max_bytes": 20_001})
            _, _, text = text_of(read).partition("\n")
            text, more, rest = text.partition("\n[Bytes ")
            found += text
            if not more:
                break
            offset = int(rest.partition("offset=")[2].removesuffix(".]"))

    assert found == whole


async def test_a_file_that_is_no_text_is_said_to_be_none(equipped: Team, drive: MemoryDrive) -> None:
    await equipped.join(AVA, None)
    drive.files["team-a", "a.png"] = bytes(range(256))

    assert "This file is no text" in text_of(await equipped.call(AVA, "drive_read", path="a.png"))


async def test_bytes_are_written_as_base64(equipped: Team, drive: MemoryDrive) -> None:
    await equipped.join(AVA, None)

    right = await equipped.call(AVA, "drive_write", path="a.bin", content="AAH/", encoding="base64")
    wrong = await equipped.call(AVA, "drive_write", path="b.bin", content="not base64!", encoding="base64")

    assert not right.is_error
    assert drive.files == {("team-a", "a.bin"): b"\x00\x01\xff"}
    assert text_of(wrong).startswith("Error (invalid_arguments): content is not valid base64")


async def test_mails_are_sent_listed_read_and_answered(equipped: Team, mail: MemoryMail) -> None:
    await equipped.join(AVA, None)
    async with equipped.tools(AVA) as session:
        new = {"to": ["anna@example.com", "coder"], "subject": "Hi", "text": "Hello"}
        await session.call_tool("email_send", new)
        listed = await session.call_tool("email_list", {"limit": 5})
        await session.call_tool("email_reply", {"id": "mail_1", "text": "Thanks"})

    assert [sent["text"] for sent in mail.sent] == ["Hello", "Thanks"]
    assert json.loads(text_of(listed))["mails"] == [{"id": "mail_1"}]
    calls = await eventually(lambda: _when(equipped, 3))
    targets = {call["tool"]: call["target"] for call in calls}
    assert targets == {"email_send": "anna@example.com, coder", "email_list": "", "email_reply": "mail_1"}
    assert "Hello" not in json.dumps(calls)


async def _when(team: Team, count: int) -> list[dict[str, Any]]:
    calls = await team.audit(agent_id=AVA)
    return calls if len(calls) >= count else []


async def test_a_long_mail_comes_in_parts(equipped: Team) -> None:
    await equipped.join(AVA, None)

    first = text_of(await equipped.call(AVA, "email_read", id="mail_1"))
    last = text_of(await equipped.call(AVA, "email_read", id="mail_1", offset=35_000))

    assert first.endswith("[There is more: call again with offset=7000.]")
    assert len(json.loads(last)["text"]) == 5_000


async def test_a_long_answer_is_cut_and_says_how_to_get_less(equipped: Team, chat: MemoryChat) -> None:
    await equipped.join(AVA, None)
    chat.posts = [(AVA, "é" * 10_000)] * 5

    text = text_of(await equipped.call(AVA, "chat_read", channel="general"))

    assert len(text.encode()) < 33_000
    assert text.endswith(" bytes. Call again with a smaller limit.]")


async def test_messages_are_posted_and_read(equipped: Team) -> None:
    await equipped.join(AVA, None)
    async with equipped.tools(AVA) as session:
        await session.call_tool("chat_post", {"channel": "general", "text": "Hello"})
        read = await session.call_tool("chat_read", {"channel": "general"})
        missing = await session.call_tool("chat_post", {"channel": "secret", "text": "Hello"})

    assert json.loads(text_of(read))["messages"] == [{"from": AVA, "text": "Hello"}]
    assert text_of(missing) == "Error (channel_not_found): There is no channel secret."


async def test_a_fault_of_ours_is_an_answer_without_details(equipped: Team) -> None:
    await equipped.join(AVA, None)

    result = await equipped.call(AVA, "chat_post", channel="broken", text="Hello")

    assert text_of(result) == "The router failed on this call; trying again may not help."
    (call,) = await eventually(lambda: equipped.audit(agent_id=AVA))
    assert (call["result"], call["code"]) == ("failed", "internal_error")


@pytest.mark.parametrize(
    ("tool", "arguments", "complaint"),
    [
        ("drive_read", {}, "path is missing"),
        ("drive_read", {"path": ""}, "path: string should have at least 1 character"),
        ("drive_read", {"path": "a", "max_bytes": 10**9}, "max_bytes: input should be less than or equal to 30000"),
        ("drive_read", {"path": ["a"]}, "path: input should be a valid string"),
        ("drive_list", {"folder": "a"}, "there is no argument folder; known are: path, limit, cursor"),
        ("email_send", {"to": ["a b"], "subject": "x", "text": "x"}, "to.0: string should match pattern"),
        ("email_send", {"to": [], "subject": "a\nBcc: b@c.de", "text": "x"}, "subject: string should match pattern"),
        ("chat_read", {"channel": "general", "limit": "many"}, "limit: input should be a valid integer"),
        ("usage_mine", {"period": "year"}, "period: input should be 'day', 'week' or 'month'"),
    ],
)
async def test_wrong_arguments_are_explained(
    equipped: Team, tool: str, arguments: dict[str, Any], complaint: str
) -> None:
    await equipped.join(AVA, None)

    result = await equipped.call(AVA, tool, **arguments)

    assert result.is_error
    assert text_of(result).startswith("Error (invalid_arguments): ")
    assert complaint in text_of(result)
    assert text_of(result).endswith("Correct this and call again.")
    (call,) = await eventually(lambda: equipped.audit(agent_id=AVA))
    assert (call["tool"], call["result"], call["code"]) == (tool, "failed", "invalid_arguments")


async def test_numbers_as_texts_are_understood(equipped: Team) -> None:
    await equipped.join(AVA, None)

    assert not (await equipped.call(AVA, "drive_list", limit="5")).is_error


async def test_an_agent_sees_its_own_usage_and_whom_it_may_ask(team: Team) -> None:
    await team.join(AVA, None, delegates=["team-a.bob", ZOE])
    await team.join(ZOE)
    await team.router.chat(team.tokens[AVA])
    await team.router.rows(1)

    used = json.loads(text_of(await team.call(AVA, "usage_mine", period="day")))
    listed = json.loads(text_of(await team.call(AVA, "agents_list")))

    assert (used["requests"], used["tokens_total"]) == (1, 14)
    assert listed == {
        "agents": [
            {"name": "bob", "status": "does not exist yet"},
            {"name": ZOE, "display_name": "zoe", "status": "runs"},
        ]
    }
